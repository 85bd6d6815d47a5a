"""The steps to a new programme, and what is wrong with an answer."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from db.programmes import ALL_WEEKDAYS, WORKDAYS
from quizbot.programmes import wizard
from quizbot.programmes.text_input import Answers
from quizbot.programmes.wizard import Step
from quizbot.quiz.people import local_time
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Button, Message, bold, lines, rows_of
from quizbot.telegram.messages.words import Words

Rows = list[list[Button]]


class Asked(NamedTuple):
    """What a step is asked with. `typed` is an answer that was none, `today` the draft's date.

    `own_zone` is the coordinator's own (IANA).
    """

    step: Step
    draft: Answers
    today: date
    own_zone: str
    topic: str
    typed: str = ""


def ask(w: Words, asked: Asked, fault: str = "") -> Message:
    """A step; with what was wrong with the last answer, a reason of OrganisingError."""
    text, rows = _QUESTIONS[asked.step](w, asked)
    number = list(Step).index(asked.step) + 1
    place = w._("New programme · {step} of {steps}").format(
        step=w.number(number), steps=w.number(len(Step))
    )
    moves = [_choice(asked.step, w._("‹ Back"), "back")] if number > 1 else []
    moves.append(_choice(asked.step, w._("✖ Cancel"), "cancel"))
    return Message(
        lines(f"📋 <i>{place}</i>", f"⚠️ {refusal(w, fault)}" if fault else "", text),
        [*rows, moves],
    )


def _choice(step: Step, label: str, value: str) -> Button:
    return Button(label, f"plan:{step}:{value}")


def _name(w: Words, asked: Asked) -> tuple[str, Rows]:
    _ = w._
    current = asked.draft.get(Step.NAME.value)
    keep = [[_choice(asked.step, _("Keep {name}").format(name=_cut(current)), "keep")]]
    return (
        lines(
            bold(_("What is the programme called?")),
            _("Members see this name. Send it, for example: Autumn at Example Ltd"),
        ),
        keep if current else [],
    )


def _cut(text: object) -> str:
    return str(text)[:40]


def _zone(w: Words, asked: Asked) -> tuple[str, Rows]:
    _ = w._
    meant = local_time.suggest_zones(asked.typed) if asked.typed else []
    offered = meant or list(dict.fromkeys([asked.own_zone, *local_time.COMMON_ZONES]))[:12]
    buttons = [_choice(asked.step, _city(zone, offered), zone) for zone in offered]
    hint = (
        _("Did you mean one of these?")
        if meant
        else _("Choose it, or send the area and a large city: Europe/Lisbon")
    )
    return lines(bold(_("In which time zone is the programme?")), hint), rows_of(
        2 if meant else 3, buttons
    )


def _city(zone: str, offered: Sequence[str]) -> str:
    city = zone.rsplit("/", 1)[-1]
    alike = [each for each in offered if each.rsplit("/", 1)[-1] == city]
    return city.replace("_", " ") if len(alike) == 1 else zone


def _start(w: Words, asked: Asked) -> tuple[str, Rows]:
    _, today = w._, asked.today
    monday = today + timedelta(days=7 - today.weekday())
    offered = {
        today: _("Today"),
        today + timedelta(days=1): _("Tomorrow"),
        monday: _("Next Monday, {date}").format(date=w.short_day(monday)),
    }
    # Where tomorrow is Monday, that is what the last label says.
    buttons = [_choice(asked.step, label, day.isoformat()) for day, label in offered.items()]
    return (
        lines(
            bold(_("Which is its first day?")),
            _("Choose it, or send a date: {example}").format(example=monday.isoformat()),
        ),
        rows_of(2, buttons),
    )


def _end(w: Words, asked: Asked) -> tuple[str, Rows]:
    _, first = w._, wizard.starts_on(asked.draft)
    weeks = [
        _choice(
            asked.step,
            w.ngettext("{count} week", "{count} weeks", number),
            wizard.end_after(first, number).isoformat(),
        )
        for number in wizard.WEEKS_OFFERED
    ]
    example = wizard.end_after(first, 5).isoformat()
    return (
        lines(
            bold(_("How long does it run?")),
            _("It begins on {first}.").format(first=w.full_date(first)),
            _("Choose, or send its last day: {example}").format(example=example),
        ),
        [*rows_of(2, weeks), [_choice(asked.step, _("No end yet"), wizard.NO_END)]],
    )


def _time(w: Words, asked: Asked) -> tuple[str, Rows]:
    _ = w._
    meant: Sequence[time] = local_time.suggest_times(asked.typed) if asked.typed else []
    offered = meant or local_time.COMMON_TIMES
    buttons = [_choice(asked.step, w.clock(each), f"{each:%H:%M}") for each in offered]
    return (
        lines(
            bold(_("At what time does the day's question come?")),
            _(
                "For members who are new to the quiz, and for the programme's group chats; members "
                "can change their own. Choose, or send it: 07:30"
            ),
        ),
        rows_of(4, buttons),
    )


def _days(w: Words, asked: Asked) -> tuple[str, Rows]:
    _, chosen = w._, wizard.weekdays(asked.draft)
    toggles = [
        _choice(asked.step, f"{'✅' if chosen >> day & 1 else '▫️'} {name}", f"toggle{day}")
        for day, name in enumerate(w.weekdays)
    ]
    presets = [
        _choice(asked.step, words.weekdays(w, ALL_WEEKDAYS).capitalize(), wizard.EVERY),
        _choice(asked.step, words.weekdays(w, WORKDAYS), wizard.WORK),
    ]
    done = _choice(
        asked.step, _("Go on: {days}").format(days=words.weekdays(w, chosen)), wizard.DONE
    )
    return (
        lines(
            bold(_("On which days is there a question?")),
            _("Days without one break no streak. Tap days to change them, or send: Mon-Fri"),
        ),
        [presets, *rows_of(4, toggles), [done]],
    )


def _holidays(w: Words, asked: Asked) -> tuple[str, Rows]:
    _, there = w._, wizard.holidays(asked.draft)
    listed = (
        _("So far: {days}").format(days=words.holidays(w, there))
        if there
        else _("On these days no question comes, and no streak breaks.")
    )
    first = wizard.starts_on(asked.draft) + timedelta(days=7)
    example = f"{first.isoformat()} to {(first + timedelta(days=2)).isoformat()}"
    rows = (
        [
            [_choice(asked.step, _("Go on"), wizard.DONE)],
            [_choice(asked.step, _("Clear them"), wizard.NONE)],
        ]
        if there
        else [[_choice(asked.step, _("No holidays"), wizard.NONE)]]
    )
    return (
        lines(
            bold(_("Are there holidays in between?")),
            listed,
            _("Send a date or a span, or several with commas: {example}").format(example=example),
        ),
        rows,
    )


def _review(w: Words, asked: Asked) -> tuple[str, Rows]:
    _, draft = w._, asked.draft
    first, last = wizard.starts_on(draft), wizard.ends_on(draft)
    there = wizard.holidays(draft)
    at = time.fromisoformat(draft[Step.TIME.value])
    facts = [
        (_("Name"), draft[Step.NAME.value]),
        (_("Dates"), words.from_to(w, first, last)),
        (_("Questions"), f"{words.weekdays(w, wizard.weekdays(draft))}, {w.clock(at)}"),
        (_("Time zone"), draft[Step.ZONE.value]),
        (_("Holidays"), words.holidays(w, there) if there else _("none")),
        (_("Topic"), asked.topic),
    ]
    return (
        lines(
            bold(_("Is this right?")),
            "\n".join(f"{label}: {bold(value)}" for label, value in facts),
        ),
        [[_choice(asked.step, _("✅ Create the programme"), "create")]],
    )


_QUESTIONS: dict[Step, Callable[[Words, Asked], tuple[str, Rows]]] = {
    Step.NAME: _name,
    Step.ZONE: _zone,
    Step.START: _start,
    Step.END: _end,
    Step.TIME: _time,
    Step.DAYS: _days,
    Step.HOLIDAYS: _holidays,
    Step.REVIEW: _review,
}


def cancelled(w: Words) -> Message:
    return Message(w._("No programme was made. /programme new begins again."))


def refusal(w: Words, reason: str) -> str:
    """A sentence for each reason of OrganisingError, in HTML."""
    _ = w._
    sentences = {
        "no-name": _(
            "A name needs something that can be seen; send for example: Sales and Service"
        ),
        "long-name": _("That name is too long; send a shorter one, such as: Sales and Service"),
        "hidden": _("That name has characters that cannot be seen; send it without them."),
        "link": _(
            "That name would become a link; send it without @, / and dots, such as: Blue Team"
        ),
        "no-zone": _("I do not know that time zone; send for example: Europe/Lisbon"),
        "no-date": _("That is not a date I can read; send year-month-day, such as: 2026-12-01"),
        "no-dates": _("I cannot read that; send for example: 2026-12-24 to 2026-12-26, 2027-01-01"),
        "no-time": _("That is not a time I know; use hours and minutes, such as: 07:30"),
        "no-days": _("At least one day needs a question; choose them, or send: Mon, Wed, Fri"),
        "past": _("That day has begun already; choose a later one."),
        "too-far": _("The first day lies at most a year ahead; choose an earlier one."),
        "end-before-start": _("The last day comes before the first; send a later one."),
        "too-long": _("A programme runs for three years at most; choose an earlier last day."),
        "outside": _("A holiday lies between the first and the last day; check the year."),
        "too-many-holidays": _("A programme has 200 holidays at most; send fewer."),
        "ended": _("The programme has ended, so this cannot be changed any more."),
        "team-taken": _("There is a team of that name, or one just like it; try another."),
        "too-many-teams": _("A programme has 200 teams at most; remove one first."),
    }
    return sentences[reason]
