"""Messages of the wizard that makes a programme: its steps, and what is wrong with an answer."""

from collections.abc import Callable
from datetime import date, time, timedelta
from html import escape
from typing import NamedTuple

from db.programmes import ALL_WEEKDAYS, WORKDAYS, Programme
from quizbot.programmes import wizard
from quizbot.programmes.text_input import Answers
from quizbot.programmes.wizard import Step
from quizbot.quiz import places, typed_times
from quizbot.quiz.asking.question_days import QuestionDays
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    Rows,
    bold,
    message,
    rows_of,
)
from quizbot.telegram.messages.words import Words

_Question = tuple[list[str], Rows]
_TEAMS_SHOWN = 5


class StepContext(NamedTuple):
    """What a step asks with. `typed` is a refused answer, `today` the date in the draft's zone.

    `own_zone` is the coordinator's (IANA). `of` is the programme that is changed, None for a new
    one.
    """

    step: Step
    draft: Answers
    today: date
    own_zone: str
    topic: str
    typed: str = ""
    of: Programme | None = None


def ask(w: Words, context: StepContext, fault: str = "") -> Message:
    """For each step. `fault` is the reason of a ProgrammeError that the last answer raised."""
    texts, rows = _STEPS[context.step](w, context)
    number = list(Step).index(context.step) + 1
    heading = w._("New programme · {step} of {steps}").format(
        step=w.number(number), steps=w.number(len(Step))
    )
    navigation = [_button(context, w._("‹ Back"), "back")] if number > 1 or context.of else []
    if not context.of:
        navigation.append(_button(context, w._("✖ Cancel"), "cancel"))
    return message(
        f"⚙️ <i>{escape(context.of.name)}</i>" if context.of else f"📋 <i>{heading}</i>",
        f"⚠️ {refusal(w, fault)}" if fault else "",
        *texts,
        rows=[*rows, navigation],
    )


def _button(context: StepContext, label: str, value: str) -> Button:
    flow = f"set:{context.of.id}" if context.of else "plan"
    return Button(label, f"{flow}:{context.step}:{value}")


def _name(w: Words, context: StepContext) -> _Question:
    current = context.draft.get(Step.NAME.value)
    label = w._("Keep {name}").format(name=str(current)[:40])
    texts = [
        bold(w._("What's your programme called?")),
        w._("Members see this name. Send one, like: Autumn at Example Ltd"),
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
        else w._("Pick a city, or send one near you, like: Lisbon")
    )
    texts = [bold(w._("Which time zone are you in?")), hint]
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
        bold(w._("When does it start?")),
        w._("Pick a day, or send one, like: {example}").format(example=w.full_date(monday)),
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
    example = w.full_date(wizard.end_after(first, 5))
    last = wizard.ends_on(context.draft)
    begun = context.of is not None and first <= context.today
    starts = w._("It started on {first}.") if begun else w._("It starts on {first}.")
    early = w._("The last day you set, {last}, is before that.") if last and last < first else ""
    texts = [
        bold(w._("How long does it run?")),
        starts.format(first=w.dated_weekday(first)),
        early.format(last=w.dated_weekday(last)) if last else "",
        w._(
            "Pick one, or send the last day or a number of weeks, like: {example} or 5 weeks"
        ).format(example=example),
    ]
    return texts, [*rows_of(2, weeks), [_button(context, w._("No end yet"), wizard.NO_END)]]


def _time(w: Words, context: StepContext) -> _Question:
    buttons = [
        _button(context, w.clock(each), f"{each:%H:%M}") for each in typed_times.COMMON_TIMES
    ]
    texts = [
        bold(w._("What time should the question come?")),
        w._(
            "That's for group chats, and for people new to the quiz until they choose their own. "
            "Pick a time, or send one, like: 07:30"
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
    label = w._("Save: {days}") if context.of else w._("Next: {days}")
    done = _button(context, label.format(days=words.weekdays(w, chosen)), wizard.DONE)
    texts = [
        bold(w._("Which days have a question?")),
        w._(
            "Streaks continue on days without a question. Tap the days, or send them, like: Mon-Fri"
        ),
    ]
    return texts, [presets, *rows_of(4, toggles), [done]]


def _holidays(w: Words, context: StepContext) -> _Question:
    chosen = wizard.holidays(context.draft)
    listed = (
        w._("So far: {days}").format(days=words.date_list(w, chosen))
        if chosen
        else w._("No question comes on a holiday, and streaks continue.")
    )
    first = wizard.starts_on(context.draft) + timedelta(days=7)
    example = f"{w.short_day(first)} - {w.short_day(first + timedelta(days=2))}"
    rows = (
        [
            [_button(context, w._("Next"), wizard.DONE)],
            [_button(context, w._("Clear the list"), wizard.NONE)],
        ]
        if chosen
        else [[_button(context, w._("No holidays"), wizard.NONE)]]
    )
    texts = [
        bold(w._("Any holidays?")),
        listed,
        w._("Send dates with commas between them, like: {example}").format(example=example),
    ]
    return texts, rows


def _review(w: Words, context: StepContext) -> _Question:
    draft = context.draft
    first, last = wizard.starts_on(draft), wizard.ends_on(draft)
    holidays = wizard.holidays(draft)
    days = QuestionDays(first, last, wizard.weekdays(draft), frozenset(holidays))
    at = time.fromisoformat(draft[Step.TIME.value])
    summary = [
        (w._("Name"), draft[Step.NAME.value]),
        (w._("Dates"), words.weekday_range(w, first, last)),
        (
            w._("Questions"),
            f"{words.weekdays(w, days.weekdays)}, {w.clock(at)}{words.in_all(w, days.count())}",
        ),
        (w._("Time zone"), draft[Step.ZONE.value]),
        (w._("Holidays"), words.date_list(w, holidays) if holidays else w._("none")),
        (w._("Topic"), context.topic),
    ]
    if teams := draft.get(wizard.TEAMS):
        listed = [", ".join(teams[:_TEAMS_SHOWN]), words.and_more(w, len(teams) - _TEAMS_SHOWN)]
        summary.append((w._("Teams"), " ".join(filter(None, listed))))
    texts = [
        bold(w._("All good?")),
        "\n".join(f"{label}: {bold(value)}" for label, value in summary),
        _left_out(w, wizard.holidays_outside(draft)),
    ]
    changes = [_button(context, f"✏️ {label}", step.value) for step, label in step_labels(w).items()]
    return texts, [[_button(context, w._("✅ Create it"), "create")], *rows_of(2, changes)]


def _left_out(w: Words, days: list[date]) -> str:
    """Returns the sentence about holidays that a change of dates has left outside; "" for none."""
    sentence = w.ngettext(
        "⚠️ {days} is not between the first and last day, so it's no longer a holiday.",
        "⚠️ {days} are not between the first and last day, so they're no longer holidays.",
        len(days),
        days=words.date_list(w, days),
    )
    return sentence if days else ""


def step_labels(w: Words) -> dict[Step, str]:
    """Returns what can be changed at the review, and later: in the order of the steps."""
    return {
        Step.NAME: w._("Name"),
        Step.ZONE: w._("Time zone"),
        Step.START: w._("First day"),
        Step.END: w._("Last day"),
        Step.TIME: w._("Question time"),
        Step.DAYS: w._("Question days"),
        Step.HOLIDAYS: w._("Holidays"),
    }


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
    return message(w._("Cancelled. Send /programme new to start over."))


def refusal(w: Words, reason: str) -> str:
    """Returns a sentence in HTML for the reason of a ProgrammeError."""
    sentences = {
        "no-name": w._("A name needs letters, like: Sales and Service"),
        "long-name": w._("That name is too long. Send a shorter one, like: Sales and Service"),
        "hidden": w._("That name has characters nobody can see. Send it without them."),
        "link": w._("That name looks like a link. Send it without @, / and dots, like: Blue Team"),
        "no-zone": w._("I don't know that place. Send a big city near you, like: Lisbon"),
        "no-date": w._("I can't read that date. Send it like: 1 Dec, 1 Dec 2026 or Monday"),
        "no-last-day": w._(
            "I can't read that. Send the last day or how long it runs, like: 18 Dec or 5 weeks"
        ),
        "no-dates": w._("I can't read that. Send dates, like: 24-26 Dec, 1 Jan 2027"),
        "no-time": w._("I can't read that time. Send hours and minutes, like: 07:30"),
        "no-days": w._("Pick at least one day, or send some: Mon, Wed, Fri"),
        "past": w._("That day has already started. Pick a later one."),
        "too-far": w._("That's more than a year away. Pick an earlier first day."),
        "end-before-start": w._("The last day comes before the first. Send a later one."),
        "too-long": w._("A programme can run for three years at most. Pick an earlier last day."),
        "outside": w._("A holiday must be between the first and last day. Check the year."),
        "too-many-holidays": w._("That's too many: a programme can have 200 holidays. Send fewer."),
        "begun": w._("It has begun, so the first day and the time zone can't change any more."),
        "joined": w._("Somebody has joined, so it can't be deleted."),
        "too-late": w._("It has begun, so it can't be called off. You can end it instead."),
        "group-polls": w._(
            "One of its group chats has an open poll. Send /unlink there, then try again."
        ),
        "team-taken": w._("A team already has that name, or one just like it. Try another."),
        "team-twice": w._("Your list has that name twice, or one just like it."),
        "too-many-teams": w._("That's the limit: 200 teams. Remove one first."),
    }
    return sentences[reason]
