"""Messages of the wizard that makes a programme: its steps, and what is wrong with an answer."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import NamedTuple

from db.programmes import ALL_WEEKDAYS, WORKDAYS
from quizbot.programmes import wizard
from quizbot.programmes.text_input import Answers
from quizbot.programmes.wizard import Step
from quizbot.quiz import places, typed_times
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Button, Message, Rows, bold, message, rows_of
from quizbot.telegram.messages.words import Words

_Question = tuple[list[str], Rows]


class StepContext(NamedTuple):
    """What a step asks with. `typed` is a refused answer, `today` the date in the draft's zone.

    `own_zone` is the coordinator's (IANA).
    """

    step: Step
    draft: Answers
    today: date
    own_zone: str
    topic: str
    typed: str = ""


def ask(w: Words, context: StepContext, fault: str = "") -> Message:
    """For each step. `fault` is the reason of a ProgrammeError that the last answer raised."""
    texts, rows = _STEPS[context.step](w, context)
    number = list(Step).index(context.step) + 1
    heading = w._("New programme · {step} of {steps}").format(
        step=w.number(number), steps=w.number(len(Step))
    )
    navigation = [_button(context, w._("‹ Back"), "back")] if number > 1 else []
    navigation.append(_button(context, w._("✖ Cancel"), "cancel"))
    return message(
        f"📋 <i>{heading}</i>",
        f"⚠️ {refusal(w, fault)}" if fault else "",
        *texts,
        rows=[*rows, navigation],
    )


def _button(context: StepContext, label: str, value: str) -> Button:
    return Button(label, f"plan:{context.step}:{value}")


def _name(w: Words, context: StepContext) -> _Question:
    current = context.draft.get(Step.NAME.value)
    label = w._("Keep {name}").format(name=str(current)[:40])
    texts = [
        bold(w._("What is the programme called?")),
        w._("Members see this name. Send it, for example: Autumn at Example Ltd"),
    ]
    return texts, [[_button(context, label, "keep")]] if current else []


def _zone(w: Words, context: StepContext) -> _Question:
    similar = places.suggest_zones(context.typed) if context.typed else ()
    common = list(dict.fromkeys([context.own_zone, *places.COMMON_ZONES]))[:12]
    offered = similar or common
    buttons = [
        _button(context, label, zone)
        for label, zone in zip(words.zone_labels(offered), offered, strict=True)
    ]
    hint = (
        w._("Did you mean one of these?")
        if similar
        else w._("Choose it, or send the area and a large city: Europe/Lisbon")
    )
    texts = [bold(w._("In which time zone is the programme?")), hint]
    return texts, rows_of(2 if similar else 3, buttons)


def _start(w: Words, context: StepContext) -> _Question:
    today = context.today
    monday = today + timedelta(days=7 - today.weekday())
    offered = {
        today: w._("Today"),
        today + timedelta(days=1): w._("Tomorrow"),
        monday: w._("Next Monday, {date}").format(date=w.short_day(monday)),
    }
    # If tomorrow is a Monday, its label replaces "Tomorrow".
    buttons = [_button(context, label, day.isoformat()) for day, label in offered.items()]
    texts = [
        bold(w._("Which is its first day?")),
        w._("Choose it, or send a date: {example}").format(example=monday.isoformat()),
    ]
    return texts, rows_of(2, buttons)


def _end(w: Words, context: StepContext) -> _Question:
    first = wizard.starts_on(context.draft)
    weeks = [
        _button(
            context,
            w.ngettext("{count} week", "{count} weeks", number),
            wizard.end_after(first, number).isoformat(),
        )
        for number in wizard.WEEKS_OFFERED
    ]
    example = wizard.end_after(first, 5).isoformat()
    texts = [
        bold(w._("How long does it run?")),
        w._("It begins on {first}.").format(first=w.full_date(first)),
        w._("Choose, or send its last day: {example}").format(example=example),
    ]
    return texts, [*rows_of(2, weeks), [_button(context, w._("No end yet"), wizard.NO_END)]]


def _time(w: Words, context: StepContext) -> _Question:
    buttons = [
        _button(context, w.clock(each), f"{each:%H:%M}") for each in typed_times.COMMON_TIMES
    ]
    texts = [
        bold(w._("At what time does the day's question come?")),
        w._(
            "For members who are new to the quiz, and for the programme's group chats; members "
            "can change their own. Choose, or send it: 07:30"
        ),
    ]
    return texts, rows_of(4, buttons)


def _days(w: Words, context: StepContext) -> _Question:
    chosen = wizard.weekdays(context.draft)
    toggles = [
        _button(context, f"{'✅' if chosen >> day & 1 else '▫️'} {name}", f"{wizard.TOGGLE}{day}")
        for day, name in enumerate(w.weekdays)
    ]
    presets = [
        _button(context, words.weekdays(w, ALL_WEEKDAYS).capitalize(), wizard.EVERY),
        _button(context, words.weekdays(w, WORKDAYS), wizard.WORK),
    ]
    done = _button(
        context, w._("Go on: {days}").format(days=words.weekdays(w, chosen)), wizard.DONE
    )
    texts = [
        bold(w._("On which days is there a question?")),
        w._("Days without one break no streak. Tap days to change them, or send: Mon-Fri"),
    ]
    return texts, [presets, *rows_of(4, toggles), [done]]


def _holidays(w: Words, context: StepContext) -> _Question:
    chosen = wizard.holidays(context.draft)
    listed = (
        w._("So far: {days}").format(days=words.date_list(w, chosen))
        if chosen
        else w._("On these days no question comes, and no streak breaks.")
    )
    first = wizard.starts_on(context.draft) + timedelta(days=7)
    example = f"{first.isoformat()} to {(first + timedelta(days=2)).isoformat()}"
    rows = (
        [
            [_button(context, w._("Go on"), wizard.DONE)],
            [_button(context, w._("Clear them"), wizard.NONE)],
        ]
        if chosen
        else [[_button(context, w._("No holidays"), wizard.NONE)]]
    )
    texts = [
        bold(w._("Are there holidays in between?")),
        listed,
        w._("Send a date or a span, or several with commas: {example}").format(example=example),
    ]
    return texts, rows


def _review(w: Words, context: StepContext) -> _Question:
    draft = context.draft
    first, last = wizard.starts_on(draft), wizard.ends_on(draft)
    holidays = wizard.holidays(draft)
    at = time.fromisoformat(draft[Step.TIME.value])
    summary = [
        (w._("Name"), draft[Step.NAME.value]),
        (w._("Dates"), words.date_range(w, first, last)),
        (w._("Questions"), f"{words.weekdays(w, wizard.weekdays(draft))}, {w.clock(at)}"),
        (w._("Time zone"), draft[Step.ZONE.value]),
        (w._("Holidays"), words.date_list(w, holidays) if holidays else w._("none")),
        (w._("Topic"), context.topic),
    ]
    texts = [
        bold(w._("Is this right?")),
        "\n".join(f"{label}: {bold(value)}" for label, value in summary),
    ]
    return texts, [[_button(context, w._("✅ Create the programme"), "create")]]


_STEPS: dict[Step, Callable[[Words, StepContext], _Question]] = {
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
    """After the button that cancels."""
    return message(w._("No programme was made. /programme new begins again."))


def refusal(w: Words, reason: str) -> str:
    """Returns a sentence in HTML for the reason of a ProgrammeError."""
    sentences = {
        "no-name": w._(
            "A name needs something that can be seen; send for example: Sales and Service"
        ),
        "long-name": w._("That name is too long; send a shorter one, such as: Sales and Service"),
        "hidden": w._("That name has characters that cannot be seen; send it without them."),
        "link": w._(
            "That name would become a link; send it without @, / and dots, such as: Blue Team"
        ),
        "no-zone": w._("I do not know that time zone; send for example: Europe/Lisbon"),
        "no-date": w._("That is not a date I can read; send year-month-day, such as: 2026-12-01"),
        "no-dates": w._(
            "I cannot read that; send for example: 2026-12-24 to 2026-12-26, 2027-01-01"
        ),
        "no-time": w._("That is not a time I know; use hours and minutes, such as: 07:30"),
        "no-days": w._("At least one day needs a question; choose them, or send: Mon, Wed, Fri"),
        "past": w._("That day has begun already; choose a later one."),
        "too-far": w._("The first day lies at most a year ahead; choose an earlier one."),
        "end-before-start": w._("The last day comes before the first; send a later one."),
        "too-long": w._("A programme runs for three years at most; choose an earlier last day."),
        "outside": w._("A holiday lies between the first and the last day; check the year."),
        "too-many-holidays": w._("A programme has 200 holidays at most; send fewer."),
        "ended": w._("The programme has ended, so this cannot be changed any more."),
        "team-taken": w._("There is a team of that name, or one just like it; try another."),
        "too-many-teams": w._("A programme has 200 teams at most; remove one first."),
    }
    return sentences[reason]
