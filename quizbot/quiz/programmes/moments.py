"""When it is told how a programme goes and that it has ended: after the questions have closed.

Members answer a day's question until their next one comes, wherever they live; an hour after that
it is added up (see reporting).
"""

from datetime import date, datetime, time, timedelta

from db.programmes import Programme
from quizbot.quiz.due import moment_of, next_due

_DAY = timedelta(days=1)
_DONE_AFTER = timedelta(days=10)

_ADDED_UP = 2  # hours after a question has closed
_LATEST = time(18)  # question time; after a later one it would be told at night
_MORNING = time(8)


def is_done_with(programme: Programme, now: datetime) -> bool:
    """Whether the last day is settled: nobody, wherever they live, can answer a question of it.

    Or it is long over: whoever waits for weeks until their next question does not keep the others
    waiting.
    """
    if programme.ends_on is None:
        return False
    reported_until = programme.reported_until
    settled = reported_until is not None and reported_until >= programme.ends_on
    return settled or programme.ends_on <= now.date() - _DONE_AFTER


def next_news(programme: Programme, now: datetime) -> datetime:
    """The next time (UTC) at which a day's outcome is told: two hours after the question time.

    Where that would be at night, at eight in the morning.
    """
    return next_due(now, programme.timezone, _news_time(programme), None).at


def _news_time(programme: Programme) -> time:
    at = programme.question_time
    return at.replace(hour=at.hour + _ADDED_UP) if at <= _LATEST else _MORNING


def next_digest(programme: Programme, now: datetime) -> datetime | None:
    """The next Monday's digest (UTC); the last one tells of the week in which it ended.

    The week's last question closes when Monday's comes. Where that is late in the evening the
    digest does not wait for it, and says that the day is not added up yet. There is none on the
    Monday on which the programme begins.
    """

    def is_told(day: date) -> bool:
        return day.weekday() == 0 and day != programme.starts_on

    due = next_due(now, programme.timezone, _news_time(programme), None, is_told)
    if programme.ends_on is not None and due.local_date > programme.ends_on + 7 * _DAY:
        return None
    return due.at


def farewell(programme: Programme) -> datetime | None:
    """When members hear of the end (UTC), if it is done with by then; else on a later day."""
    if programme.ends_on is None:
        return None
    day = programme.ends_on + _DAY
    while (closed := moment_of(day, programme.question_time, programme.timezone)) is None:
        day += _DAY
    return next_news(programme, closed)
