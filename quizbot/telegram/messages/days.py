"""A programme's dates in words; they are dates in its zone."""

from collections.abc import Sequence
from datetime import date, timedelta

from db.programmes import Programme
from quizbot.quiz.question_days import EVERY_WEEKDAY, WORKDAYS
from quizbot.telegram.words import Words

_RUNS_SHOWN = 12


def from_to(w: Words, first: date, last: date | None) -> str:
    """From the first day to the last, if there is one."""
    if last is None:
        return w._("from {first}, without an end").format(first=w.full_date(first))
    return w._("{first} – {last}").format(first=w.full_date(first), last=w.full_date(last))


def weekdays(w: Words, bits: int) -> str:
    """Which days of the week have a question."""
    if bits == EVERY_WEEKDAY:
        return w._("every day")
    names = w.weekdays
    if bits == WORKDAYS:
        return f"{names[0]}–{names[4]}"
    return ", ".join(name for day, name in enumerate(names) if bits >> day & 1)


def when(w: Words, programme: Programme) -> str:
    """Which days, at what time, in which zone."""
    return w._("{days} at {time} ({zone})").format(
        days=weekdays(w, programme.weekdays),
        time=w.clock(programme.question_time),
        zone=programme.timezone,
    )


def holidays(w: Words, days: Sequence[date]) -> str:
    """Days one after the other as spans, and how many more there are of them."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    shown = [_run(w, run) for run in runs[:_RUNS_SHOWN]]
    if more := len(runs) - _RUNS_SHOWN:
        shown += [w.ngettext("… and {count} more", "… and {count} more", more)] if more > 0 else []
    return ", ".join(shown)


def _run(w: Words, run: Sequence[date]) -> str:
    first, last = w.full_date(run[0]), w.full_date(run[-1])
    return first if len(run) == 1 else w._("{first} – {last}").format(first=first, last=last)
