"""Charts to draw: as they mostly are, and as they hardly ever are."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from quizbot.charts.delivery_health import DeliveryHealth, HealthDay, HealthWords
from quizbot.charts.digest import Digest, DigestDay, DigestWords, Headline
from quizbot.charts.figures import Figure
from quizbot.charts.group_mastery import Mastery, MasteryPoint, MasteryWords
from quizbot.charts.kinds import Chart, Picture
from quizbot.charts.learning import Learning, LearningPoint, LearningWords
from quizbot.charts.options import Option, Options, OptionsWords
from quizbot.charts.taking_part import TakingPart, TakingPartDay, TakingPartWords

Values = TypeVar("Values")

MONDAY = date(2026, 3, 2)
SHARES = ("0 %", "50 %", "100 %")
UNTOLD = Figure(None, "a secret")
TOO_FEW = "Fewer than 5 people"

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
)


def count(value: int | None) -> Figure:
    return UNTOLD if value is None else Figure(value, f"{value:,}")


def share(value: float | None) -> Figure:
    return UNTOLD if value is None else Figure(value, f"{value:.0%}".replace("%", " %"))


def taking_part(
    counts: list[tuple[int | None, int | None, float | None] | None], first: date = MONDAY
) -> TakingPart:
    """From the first date on: asked, answered and right, None for a day without a question."""
    days = [
        TakingPartDay(on, _short(on), count(day[0]), count(day[1]), share(day[2]))
        for on, day in _dated(counts, first)
    ]
    words = TakingPartWords(
        title="Taking part",
        subtitle="Spring programme, team River",
        counts="Questions a day",
        accuracy="Right answers",
        day="Day",
        asked="Asked",
        answered="Answered",
        right="Share right",
        too_few=TOO_FEW,
        shares=SHARES,
        alt="Taking part by day.",
    )
    return TakingPart(words, first, first + timedelta(days=len(counts) - 1), tuple(days))


def season(length: int) -> TakingPart:
    """So many days, asked on weekdays, with some shares that are not told."""
    days: list[tuple[int | None, int | None, float | None] | None] = []
    for number in range(length):
        asked, answered = 48 - number % 5, 20 + number * 7 % 23
        right = None if number % 11 == 3 else 0.4 + number % 9 / 20
        days.append(None if number % 7 > 4 else (asked, answered, right))
    return taking_part(days)


def learning(points: list[tuple[str, float | None, float | None, int]]) -> Learning:
    """Label, first, later and people."""
    words = LearningWords(
        title="Learning",
        subtitle="First and later attempts",
        point="Key point",
        first="First attempt",
        later="Later attempts",
        gain="Difference",
        people="People",
        too_few="Too few people",
        shares=SHARES,
        alt="Learning by key point.",
    )
    return Learning(words, tuple(_learning_point(*point) for point in points))


def _learning_point(
    label: str, first: float | None, later: float | None, people: int
) -> LearningPoint:
    gain = UNTOLD
    if first is not None and later is not None:
        points = round(100 * (later - first))
        gain = Figure(points, f"{points:+} ({points - 9} to {points + 9})")
    told = Figure(people, f"n = {people:,}") if first is not None else UNTOLD
    return LearningPoint(label, share(first), share(later), gain, told)


def mastery(points: list[tuple[str, float | None, float | None, float | None]]) -> Mastery:
    words = MasteryWords(
        title="Mastery",
        subtitle="By key point",
        point="Key point",
        mastered="Mastered",
        learning="Learning",
        new="New",
        too_few="Too few people",
        alt="Mastery by key point.",
    )
    return Mastery(
        words, tuple(MasteryPoint(label, *(share(s) for s in shares)) for label, *shares in points)
    )


def health(counts: list[tuple[int | None, ...] | None], first: date = MONDAY) -> DeliveryHealth:
    """In time, late, unconfirmed, refused, unsent and reminders from the first date on."""
    days = [
        HealthDay(on, _short(on), *(count(value) for value in day))
        for on, day in _dated(counts, first)
    ]
    words = HealthWords(
        title="Delivery health",
        subtitle="",
        deliveries="Questions",
        day="Day",
        in_time="Sent in time",
        late="Late",
        unconfirmed="Unconfirmed",
        refused="Blocked or refused",
        unsent="Not sent",
        reminders="Reminders",
        too_few=TOO_FEW,
        alt="Deliveries by day.",
    )
    return DeliveryHealth(words, first, first + timedelta(days=len(counts) - 1), tuple(days))


def healthy(length: int) -> DeliveryHealth:
    """So many days that are mostly well."""
    return health(
        [
            None
            if number % 7 == 6
            else (44 - number % 3, number * 5 % 7, int(number % 9 == 4), number % 2, 0, number % 13)
            for number in range(length)
        ]
    )


def options(taken: list[tuple[str, float | None, int | None]], key: int = 0) -> Options:
    words = OptionsWords(
        title="",
        subtitle="Which of these foods holds the most vitamin B12 in 100 g?",
        option="Option",
        share="Share",
        count="Answers",
        key="Right answer",
        other="Other options",
        too_few=TOO_FEW,
        alt="Options taken.",
    )
    chosen = [
        Option(label, share(part), count(number), number_of == key)
        for number_of, (label, part, number) in enumerate(taken)
    ]
    return Options(words, tuple(chosen))


def digest(
    answered: list[int | None], first: float | None, later: float | None, question: str
) -> Digest:
    words = DigestWords(
        title="Spring programme",
        subtitle="2 to 8 March",
        answered="Answered",
        gain="Learning",
        first="First",
        later="Later",
        too_few="Too few people answered a question twice",
        hardest="Hardest question",
        alt="The week of the programme.",
    )
    headlines = (
        Headline("Enrolled", "48", "+3"),
        Headline("Active", "41", "−2"),
        Headline("Answered", "78 %", "+5 points"),
        Headline("Right", "64 %", "±0"),
    )
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    days = tuple(
        DigestDay(MONDAY + timedelta(days=n), names[n % 7], count(48), count(value))
        for n, value in enumerate(answered)
    )
    return Digest(words, headlines, days, share(first), share(later), question, "31 % right")


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
PARTS: list[tuple[str, float | None, float | None, float | None]] = [
    (LABELS[0], 0.5, 0.3, 0.2),
    (LABELS[1], 0.98, 0.01, 0.01),
    (LABELS[2], 0.0, 0.0, 1.0),
    (LABELS[3], None, None, None),
    (LABELS[4], 0.34, 0.66, 0.0),
    (LABELS[5], 0.0, 0.0, 0.0),
]
TAKEN: list[tuple[str, float | None, int | None]] = [
    ("Beef liver", 0.62, 30),
    (LONG, 0.25, 12),
    ("Nothing of this", 0.0, 0),
    (LABELS[3], 0.13, 6),
]

CHARTS: dict[str, Chart] = {
    "taking part, four weeks": season(28),
    "taking part, 92 days": season(92),
    "taking part, a day": taking_part([(48, 31, 0.62)]),
    "taking part, nothing told": taking_part([(None, None, None)] * 10),
    "taking part, nobody": taking_part([(0, 0, 0.0)] * 3),
    "taking part, no question": taking_part([None] * 30),
    "learning": learning(POINTS),
    "learning, 15 points": learning(
        [(f"Point {n} of the article", n / 15, 0.7, n + 5) for n in range(15)]
    ),
    "learning, nothing told": learning([(label, None, None, 0) for label in LABELS]),
    "learning, no points": learning([]),
    "mastery": mastery(PARTS),
    "mastery, 15 points": mastery(
        [(f"Point {n} of the article", n / 15, 0.0, 1 - n / 15) for n in range(15)]
    ),
    "health, four weeks": healthy(28),
    "health, 92 days": healthy(92),
    "health, a day": health([(40, 3, 2, 1, 2, 9)]),
    "health, a bad week": health(
        [(0, 0, 9, 9, 30, 0), (20, 20, 5, 3, 0, 4), (None,) * 6, (9, 0, 0, 0, 0, 0)]
    ),
    "health, nobody": health([(0,) * 6] * 5),
    "options": options(TAKEN),
    "options, all": options(
        [(label, 0.0 if n else 1.0, 0 if n else 12345) for n, label in enumerate(LABELS)]
    ),
    "options, nothing told": options([(label, None, None) for label in LABELS], key=2),
}
PICTURES: dict[str, Picture] = {
    **CHARTS,
    "digest": digest([38, 41, 40, 35, 30, 12, 9], 0.62, 0.79, LONG + "?"),
    "digest, little": digest([None, 0, 48], None, None, ""),
}
