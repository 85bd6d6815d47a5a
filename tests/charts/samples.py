"""Charts and pictures with usual and with extreme values."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from quizbot.charts import Figure
from quizbot.charts.days import (
    CountedDay,
    Delivery,
    DeliveryDay,
    Participation,
    ParticipationDay,
)
from quizbot.charts.digest import DigestPicture, Headline
from quizbot.charts.items import Option, Options
from quizbot.charts.keepsakes import MilestonePicture, RecapPicture
from quizbot.charts.learning import Learning, LearningPoint
from quizbot.charts.mastery import Mastery, MasteryPoint
from quizbot.charts.progress import Outcome, Point, ProgressPicture

Chart = Participation | Learning | Mastery | Delivery | Options
Picture = ProgressPicture | DigestPicture | MilestonePicture | RecapPicture

Values = TypeVar("Values")

MONDAY = date(2026, 3, 2)
HIDDEN = Figure(None, "a secret")


@dataclass(frozen=True)
class English:
    """The words of the templates, or one text in place of each; `asked` are those asked for."""

    instead: str | None = None
    asked: set[str] = field(default_factory=set, compare=False)

    def _(self, english: str) -> str:
        self.asked.add(english)
        return english if self.instead is None else self.instead

    def ngettext(self, one: str, many: str, count: int) -> str:
        many = self.instead or (one if count == 1 else many)
        return many.replace("{count}", self.number(count))

    def number(self, value: int) -> str:
        return f"{value:,}" if self.instead is None else self.instead

    def percent(self, share: float) -> str:
        return self._(f"{share:.0%}".replace("%", " %"))

    @property
    def weekdays(self) -> tuple[str, ...]:
        return tuple(map(self._, ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")))

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(map(self._, "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()))


ENGLISH = English()

LONG = (
    "Taking a supplement every day helps people who eat no animal products, more than those who do"
)
LABELS = (
    "Why vitamin B12 matters",
    LONG,
    "Homocysteine and the vessels",
    "מה קורה כאשר חסר ויטמין בדם?",
    "血液中的维生素与血管健康之间的关系是什么，为什么它对素食者来说很重要，以及应该多久检查一次",
    "W" * 100,
    "لماذا فيتامين B12 مهم للأوعية الدموية؟",
    "Eat greens 🥦 with 👩‍🔬 in 🇩🇪 👍🏽",
)


def count(value: int | None) -> Figure:
    return HIDDEN if value is None else Figure(value, f"{value:,}")


def share(value: float | None) -> Figure:
    return HIDDEN if value is None else Figure(value, f"{value:.0%}".replace("%", " %"))


def participation(
    counts: list[tuple[int | None, int | None, float | None] | None], first: date = MONDAY
) -> Participation:
    """From the first date on: asked, answered and right, None for a day without a question."""
    days = [
        ParticipationDay(on, _short(on), count(day[0]), count(day[1]), share(day[2]))
        for on, day in _dated(counts, first)
    ]
    return Participation(
        ENGLISH, "By day.", first, first + timedelta(days=len(counts) - 1), tuple(days)
    )


def season(length: int) -> Participation:
    """So many days, asked on weekdays, with some shares that are not told."""
    days: list[tuple[int | None, int | None, float | None] | None] = []
    for number in range(length):
        asked, answered = 48 - number % 5, 20 + number * 7 % 23
        right = None if number % 11 == 3 else 0.4 + number % 9 / 20
        days.append(None if number % 7 > 4 else (asked, answered, right))
    return participation(days)


def learning(points: list[tuple[str, float | None, float | None, int]]) -> Learning:
    """Label, first, review and people."""
    return Learning(
        ENGLISH,
        "Learning by key point",
        "Key point",
        "By key point.",
        tuple(_learning_point(*point) for point in points),
    )


def _learning_point(
    label: str, first: float | None, review: float | None, people: int
) -> LearningPoint:
    gain, bounds = HIDDEN, ""
    if first is not None and review is not None:
        points = round(100 * (review - first))
        gain, bounds = Figure(points, f"{points:+}"), f"{points - 9:+} to {points + 9:+}"
    told = count(people) if first is not None else HIDDEN
    return LearningPoint(label, share(first), share(review), gain, told, bounds, margin=0.09)


def mastery(points: list[tuple[str, float | None]]) -> Mastery:
    return Mastery(
        ENGLISH,
        "By key point.",
        tuple(MasteryPoint(label, share(mastered)) for label, mastered in points),
    )


def delivery(counts: list[tuple[int | None, ...] | None], first: date = MONDAY) -> Delivery:
    """In time, late, unconfirmed, refused, unsent and reminders from the first date on."""
    days = [
        DeliveryDay(on, _short(on), *(count(value) for value in day))
        for on, day in _dated(counts, first)
    ]
    return Delivery(ENGLISH, "By day.", first, first + timedelta(days=len(counts) - 1), tuple(days))


def healthy_delivery(length: int) -> Delivery:
    """So many days that are mostly well."""
    return delivery(
        [
            None
            if number % 7 == 6
            else (44 - number % 3, number * 5 % 7, int(number % 9 == 4), number % 2, 0, number % 13)
            for number in range(length)
        ]
    )


def options(
    taken: list[tuple[str, float | None, int | None]], key: int = 0, unsure: float = 0.0
) -> Options:
    """Options; shares of wrong ones may be larger by `unsure`."""
    chosen = [
        Option(
            label,
            share(part),
            count(number),
            number_of == key,
            part + unsure if part is not None and unsure and number_of != key else None,
        )
        for number_of, (label, part, number) in enumerate(taken)
    ]
    return Options(ENGLISH, "Options taken.", "Too few people", tuple(chosen))


def digest(
    answered: list[int | None], first: float | None, review: float | None, question: str
) -> DigestPicture:
    headlines = (
        Headline("Enrolled", "48", "+3"),
        Headline("Active", "41", "−2"),
        Headline("Answered", "78 %", "+5 points"),
        Headline("Right", "64 %", "±0"),
    )
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    days = tuple(
        CountedDay(MONDAY + timedelta(days=n), names[n % 7], count(48), count(value))
        for n, value in enumerate(answered)
    )
    return DigestPicture(
        language=ENGLISH,
        alt="The week of the programme.",
        title="Spring programme",
        subtitle="2 to 8 March",
        headlines=headlines,
        days=days,
        first=share(first),
        review=share(review),
        too_few="Too few answers to tell yet",
        question=question,
        question_note="31 % right",
    )


def _dated(days: Sequence[Values | None], first: date) -> list[tuple[date, Values]]:
    dates = (first + timedelta(days=number) for number in range(len(days)))
    return [(on, day) for on, day in zip(dates, days, strict=True) if day is not None]


def _short(on: date) -> str:
    return f"{on.day} {on:%b}"


POINTS: list[tuple[str, float | None, float | None, int]] = [
    (LABELS[0], 0.62, 0.79, 34),
    (LABELS[1], 0.41, 0.83, 1280),
    (LABELS[2], 0.7, 0.66, 12),
    (LABELS[3], None, None, 3),
    (LABELS[4], 0.5, 0.5, 20),
    (LABELS[5], 0.0, 1.0, 9),
]
PARTS: list[tuple[str, float | None]] = [
    (LABELS[0], 0.5),
    (LABELS[1], 0.98),
    (LABELS[2], 0.0),
    (LABELS[3], None),
    (LABELS[4], 0.34),
    (LABELS[5], 1.0),
]
TAKEN: list[tuple[str, float | None, int | None]] = [
    ("Beef liver", 0.62, 30),
    (LONG, 0.25, 12),
    ("Nothing of this", 0.0, 0),
    (LABELS[3], 0.13, 6),
]

CHARTS: dict[str, Chart] = {
    "participation, four weeks": season(28),
    "participation, 92 days": season(92),
    "participation, a day": participation([(48, 31, 0.62)]),
    "participation, suppressed": participation([(None, None, None)] * 10),
    "participation, nobody": participation([(0, 0, 0.0)] * 3),
    "participation, no question": participation([None] * 30),
    "learning": learning(POINTS),
    "learning, 15 points": learning(
        [(f"Point {n} of the article", n / 15, 0.7, n + 5) for n in range(15)]
    ),
    "learning, suppressed": learning([(label, None, None, 0) for label in LABELS]),
    "learning, no points": learning([]),
    "mastery": mastery(PARTS),
    "mastery, 15 points": mastery([(f"Point {n} of the article", n / 15) for n in range(15)]),
    "delivery, four weeks": healthy_delivery(28),
    "delivery, 92 days": healthy_delivery(92),
    "delivery, a day": delivery([(40, 3, 2, 1, 2, 9)]),
    "delivery, a bad week": delivery(
        [(0, 0, 9, 9, 30, 0), (20, 20, 5, 3, 0, 4), (None,) * 6, (9, 0, 0, 0, 0, 0)]
    ),
    "delivery, all in time": delivery([(48, 0, 0, 0, 0, 3)] * 5),
    "delivery, nobody": delivery([(0,) * 6] * 5),
    "options": options(TAKEN, unsure=0.1),
    "options, all": options(
        [(label, 0.0 if n else 1.0, 0 if n else 12345) for n, label in enumerate(LABELS)]
    ),
    "options, suppressed": options([(label, None, None) for label in LABELS], key=2),
}
OUTCOMES: tuple[Outcome, ...] = ("correct", "incorrect", "unanswered", "frozen")
TODAY = date(2026, 3, 18)  # a Wednesday

PROGRESS = ProgressPicture(
    language=ENGLISH,
    alt="4 answers, 3 of them right.",
    subtitle="4 answers",
    last_day=TODAY,
    days={
        TODAY: "correct",
        TODAY - timedelta(days=1): "incorrect",
        TODAY - timedelta(days=2): "unanswered",
        TODAY - timedelta(days=3): "frozen",
    },
    points=(Point("Sleep and the heart", 4, 2, 0, right_once=1), Point("Noise", 0, 0, 5)),
    streak="12 days",
    mastered="4 of 11 lessons mastered",
)

MANY_POINTS = replace(
    PROGRESS,
    days={TODAY - timedelta(days=n): OUTCOMES[n * n % 7 % 4] for n in range(90) if n % 9},
    points=tuple(
        Point(label, 100, number, 1000 * number, number // 2) for number, label in enumerate(LABELS)
    ),
    more="… and 7 more",
)

MILESTONE = MilestonePicture(
    language=ENGLISH,
    alt="30 days of questions.",
    number=Figure(30, "30"),
    unit="days",
    alias="Brave Otter",
    topic="Sleep and the heart",
    bot="@quiz_bot",
)
RECAP = RecapPicture(
    language=ENGLISH,
    alt="A week with 4 answers.",
    dates="2 – 8 March",
    monday=MONDAY,
    days={
        MONDAY: "correct",
        MONDAY + timedelta(days=1): "incorrect",
        MONDAY + timedelta(days=2): "frozen",
        MONDAY + timedelta(days=3): "unanswered",
        MONDAY + timedelta(days=4): "correct",
        MONDAY + timedelta(days=7): "correct",  # of the next week
    },
    answered=4,
    right=3,
    mastered=2,
    alias="Brave Otter",
    topic="Sleep and the heart",
    bot="@quiz_bot",
)

PICTURES: dict[str, Picture] = {
    "progress": PROGRESS,
    "progress, many points": MANY_POINTS,
    "progress, a newcomer": replace(PROGRESS, days={}, points=(), streak="", weeks=1),
    "progress, five weeks": replace(PROGRESS, weeks=5),
    "digest": digest([38, 41, 40, 35, 30, 12, 9], 0.62, 0.79, LONG + "?"),
    "digest, little": digest([None, 0, 48], None, None, ""),
    "digest, nothing": replace(digest([], None, None, ""), headlines=()),
    "milestone": MILESTONE,
    "milestone, long texts": replace(
        MILESTONE,
        number=Figure(10_000, "10,000"),
        unit="objectives mastered for the whole of a topic",
        alias="W" * 32,
        topic=LONG,
        emblem="mastered",
        learned="10,000 of 10,000 right",
    ),
    "milestone, streak": replace(MILESTONE, number=Figure(3, "3"), emblem="streak"),
    "recap": RECAP,
    "recap, nothing mastered": replace(RECAP, mastered=0, objectives_right=7),
    "recap, long texts": replace(RECAP, alias="W" * 32, topic=LONG, mastered=1000, days={}),
}
EVERYTHING: dict[str, Chart | Picture] = {**CHARTS, **PICTURES}
