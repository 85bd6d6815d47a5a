"""The steps to a new programme, which a coordinator answers one at a time.

All but `create` are pure functions.

A draft holds the answers so far, as JSON values because it is stored between the steps. Its dates
are in the programme's time zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ALL_WEEKDAYS, MAX_NAME_LENGTH, WORKDAYS, Programme
from quizbot.programmes import programme as programmes
from quizbot.programmes import staff
from quizbot.programmes.programme import (
    MAX_HOLIDAYS,
    Plan,
    ProgrammeError,
    check_dates,
    check_start,
    clean_name,
    plan_of,
    today_of,
)
from quizbot.programmes.schedule import has_ended
from quizbot.programmes.text_input import Answers
from quizbot.quiz import places, typed_times
from quizbot.quiz.asking.question_days import local_date

WEEKS_OFFERED = (4, 6, 8, 12)

T = TypeVar("T")


class Step(StrEnum):
    """The questions that the wizard asks, in their order."""

    NAME = "name"
    ZONE = "zone"
    START = "start"
    END = "end"
    TIME = "time"
    DAYS = "days"
    HOLIDAYS = "holidays"
    REVIEW = "review"


_STEPS = list(Step)

# What buttons send instead of typed text.
NO_END, NONE, DONE, EVERY, WORK, TOGGLE = "never", "none", "done", "every", "work", "toggle"
_TOGGLES = [f"{TOGGLE}{weekday}" for weekday in range(7)]  # Monday's first


# What else the draft of a next season holds: names of teams, and the id of the programme before.
TEAMS, AFTER = "teams", "after"


@dataclass(frozen=True)
class NextStep:
    """The draft with one more answer, and the step that comes next."""

    draft: Answers
    step: Step


def step_after(draft: Answers, step: Step) -> Step:
    """Returns the next step: the review if all are answered, unless the dates do not fit."""
    if not _is_complete(draft):
        return _STEPS[min(_STEPS.index(step) + 1, len(_STEPS) - 1)]
    try:
        check_dates(starts_on(draft), ends_on(draft))
    except ProgrammeError:
        return Step.END
    return Step.REVIEW


def step_before(draft: Answers, step: Step) -> Step:
    """Returns the step before: the review for a line changed there, the first for the first."""
    if _is_complete(draft) and step is not Step.REVIEW:
        return Step.REVIEW
    return _STEPS[max(_STEPS.index(step) - 1, 0)]


def _is_complete(draft: Answers) -> bool:
    return all(step.value in draft for step in _STEPS[:-1])


def with_answer(draft: Answers, step: Step, answer: str, now: datetime) -> NextStep:
    """Returns the draft with an answer, typed or from a button. Raises ProgrammeError."""
    answer = answer.strip()
    if step is Step.DAYS:
        return _with_days(draft, answer)
    if step is Step.HOLIDAYS:
        return _with_holidays(draft, answer, now)
    return _next({**draft, step.value: _parsed(draft, step, answer, now)}, step)


def _next(draft: Answers, step: Step) -> NextStep:
    return NextStep(draft, step_after(draft, step))


def _parsed(draft: Answers, step: Step, answer: str, now: datetime) -> str | None:
    """Returns an answer that ends its step, as the draft holds it. Raises ProgrammeError."""
    match step:
        case Step.ZONE:
            return _known(places.find_zone(answer), "no-zone")
        case Step.START:
            start = _known(typed_times.parse_day(answer, today(draft, now)), "no-date")
            check_start(start, today(draft, now))
            return start.isoformat()
        case Step.END if answer == NO_END:
            return None
        case Step.END:
            end = _known(_last_day(draft, answer, now), "no-last-day")
            check_dates(starts_on(draft), end)
            return end.isoformat()
        case Step.TIME:
            return f"{_known(typed_times.parse_time(answer), 'no-time'):%H:%M}"
        case _:
            return clean_name(answer)


def _last_day(draft: Answers, answer: str, now: datetime) -> date | None:
    """Returns the last day, which is typed as a date or as the programme's length."""
    start = starts_on(draft)
    if length := typed_times.parse_length(answer):
        return start + length - timedelta(days=1)
    return typed_times.parse_day(answer, today(draft, now), start)


def _known(value: T | None, reason: str) -> T:
    """Returns what the answer was found to mean. Raises ProgrammeError if that is nothing."""
    if value is None:
        raise ProgrammeError(reason)
    return value


def _with_days(draft: Answers, answer: str) -> NextStep:
    chosen = weekdays(draft)
    if answer == DONE:
        return _next({**draft, Step.DAYS.value: chosen}, Step.DAYS)
    if answer in _TOGGLES:
        chosen ^= 1 << _TOGGLES.index(answer)
        if not chosen:
            raise ProgrammeError("no-days")
        return NextStep({**draft, Step.DAYS.value: chosen}, Step.DAYS)
    known = {EVERY: ALL_WEEKDAYS, WORK: WORKDAYS}
    typed = _known(known.get(answer) or typed_times.parse_weekdays(answer), "no-days")
    return _next({**draft, Step.DAYS.value: typed}, Step.DAYS)


def _with_holidays(draft: Answers, answer: str, now: datetime) -> NextStep:
    """Returns the draft with typed holidays added; the step ends with DONE or NONE."""
    if answer == DONE:
        return NextStep({**draft, Step.HOLIDAYS.value: _isoformats(holidays(draft))}, Step.REVIEW)
    if answer == NONE:
        return NextStep({**draft, Step.HOLIDAYS.value: []}, Step.REVIEW)
    first, last = starts_on(draft), ends_on(draft)
    spans = _known(typed_times.parse_spans(answer, today(draft, now), first), "no-dates")
    if any(begin < first or (last is not None and end > last) for begin, end in spans):
        raise ProgrammeError("outside")
    if sum(map(typed_times.span_length, spans)) > MAX_HOLIDAYS:
        raise ProgrammeError("too-many-holidays")
    every = {*holidays(draft), *(day for span in spans for day in typed_times.span_days(span))}
    if len(every) > MAX_HOLIDAYS:
        raise ProgrammeError("too-many-holidays")
    return NextStep({**draft, Step.HOLIDAYS.value: _isoformats(sorted(every))}, Step.HOLIDAYS)


def _isoformats(days: list[date]) -> list[str]:
    return [day.isoformat() for day in days]


def today(draft: Answers, now: datetime) -> date:
    """Returns the date in the programme's time zone; in UTC until it is chosen."""
    return local_date(now, draft.get(Step.ZONE.value, "UTC"))


def starts_on(draft: Answers) -> date:
    return date.fromisoformat(draft[Step.START.value])


def ends_on(draft: Answers) -> date | None:
    """Returns the last day; None for no end."""
    last = draft.get(Step.END.value)
    return date.fromisoformat(last) if last else None


def end_after(start: date, weeks: int) -> date:
    """Returns the last day of so many weeks."""
    return start + timedelta(weeks=weeks, days=-1)


def weekdays(draft: Answers) -> int:
    """Returns one bit per chosen weekday; from Monday to Friday at first."""
    return int(draft.get(Step.DAYS.value, WORKDAYS))


def holidays(draft: Answers) -> list[date]:
    """Returns the holidays in order, without those that a change of dates has left outside."""
    outside = holidays_outside(draft)
    return [day for day in _holidays_typed(draft) if day not in outside]


def holidays_outside(draft: Answers) -> list[date]:
    """Returns the holidays that a change of dates has left outside, in order."""
    first, last = starts_on(draft), ends_on(draft) or date.max
    return [day for day in _holidays_typed(draft) if not first <= day <= last]


def _holidays_typed(draft: Answers) -> list[date]:
    return [date.fromisoformat(day) for day in draft.get(Step.HOLIDAYS.value, [])]


def draft_of(programme: Plan) -> Answers:
    """Returns a complete draft with the settings of an existing programme."""
    last = programme.ends_on
    return {
        Step.NAME.value: programme.name,
        Step.ZONE.value: programme.timezone,
        Step.START.value: programme.starts_on.isoformat(),
        Step.END.value: last.isoformat() if last is not None else None,
        Step.TIME.value: f"{programme.question_time:%H:%M}",
        Step.DAYS.value: programme.weekdays,
        Step.HOLIDAYS.value: _isoformats(sorted(programme.holidays)),
    }


def next_season(
    programme: Programme, teams: Sequence[str], now: datetime, numbered: str
) -> Answers:
    """Returns a finished draft of the season after a programme: the same length, days and teams.

    It begins on the first Monday that is a week away. Holidays are not repeated. `numbered` is how
    a name is numbered that ends with another number, with {name} and {number}. Raises
    ProgrammeError while the programme has not ended.
    """
    if not has_ended(programme, now):
        raise ProgrammeError("not-over")
    earliest = today_of(programme, now) + timedelta(days=7)
    start = earliest + timedelta(days=-earliest.weekday() % 7)
    last = programme.ends_on
    plan = replace(
        plan_of(programme),
        name=next_name(programme.name, programme.starts_on, start, numbered),
        starts_on=start,
        ends_on=last and start + (last - programme.starts_on),
    )
    return {**draft_of(plan), TEAMS: list(teams), AFTER: programme.id}


def next_name(name: str, began: date, begins: date, numbered: str) -> str:
    """Returns the name with the new year, the next number, or a 2 at its end; cut if too long.

    A 2 behind another number, such as a year, would be a riddle: it is written as in `numbered`.
    """
    words, _, last = name.rpartition(" ")
    if last == str(began.year) != str(begins.year):
        return f"{words} {begins.year}".strip()
    form, number = "{name} {number}", 2
    if last.isascii() and last.isdecimal():
        if words and len(last) < 3:
            name, number = words, int(last) + 1
        else:
            form = numbered
    room = MAX_NAME_LENGTH - len(form.format(name="", number=number))
    return form.format(name=name[:room].rstrip(), number=number)


def plan(draft: Answers, topic: str) -> Plan:
    """Returns the plan of a complete draft."""
    return Plan(
        name=draft[Step.NAME.value],
        topic=topic,
        timezone=draft[Step.ZONE.value],
        starts_on=starts_on(draft),
        ends_on=ends_on(draft),
        question_time=time.fromisoformat(draft[Step.TIME.value]),
        weekdays=weekdays(draft),
        holidays=holidays(draft),
        teams=draft.get(TEAMS, ()),
    )


def new_plan(draft: Answers, topic: str, now: datetime) -> Plan:
    """Returns the plan of a new programme. Raises ProgrammeError if its start has passed."""
    check_start(starts_on(draft), today(draft, now))
    return plan(draft, topic)


async def create(
    session: AsyncSession, draft: Answers, topic: str, actor_id: int, now: datetime
) -> tuple[Programme, list[str]]:
    """Create the programme of a complete draft; a next season keeps its colleagues.

    Returns it with the names of all who run it if there are several. Raises ProgrammeError.
    """
    before = draft.get(AFTER)
    made = await programmes.create(
        session, new_plan(draft, topic, now), actor_id, now, after_id=before
    )
    return made, await staff.keep_colleagues(session, made.id, before or 0, actor_id)
