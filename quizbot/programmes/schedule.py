"""When a programme's next question, digests and end notices come, and whether it has ended.

Digests and end notices come after questions have closed: members answer one until their next one
comes, wherever they live, and an hour after that the reports add it up (see reports.refresh).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from db.programmes import Programme
from quizbot.quiz.asking.question_days import (
    DueQuestion,
    QuestionDays,
    local_date,
    next_due,
    utc_moment,
)

_ONE_DAY = timedelta(days=1)
_FINISHED_AFTER = timedelta(days=10)

_HOURS_TO_REPORT = 2  # after a question has closed
_LATEST_QUESTION_TIME = time(18)  # after a later one, that would be at night
_MORNING = time(8)


class EndedError(Exception):
    """The programme has ended: only its name, its members and who runs it can still change."""


def has_ended(programme: Programme, now: datetime) -> bool:
    """Returns whether its last day has passed in its time zone."""
    return programme.ends_on is not None and local_date(now, programme.timezone) > programme.ends_on


def check_not_ended(programme: Programme, now: datetime) -> None:
    """Raises EndedError after the end, when most things cannot change any more."""
    if has_ended(programme, now):
        raise EndedError


@dataclass(frozen=True)
class NextQuestion:
    """When (UTC) a programme's next question comes, None after the last one; `zone` is its zone.

    `is_first`: the programme has not begun. `today_was_due`: there was one today, before now.
    """

    at: datetime | None
    zone: str
    is_first: bool = False
    today_was_due: bool = False


def due_question(
    programme: Programme, days: QuestionDays, last: date | None, now: datetime
) -> DueQuestion:
    """Returns the next question by the programme's own zone and time, after the date `last`.

    After the last question, this is the day after the end at the same time: the end notice's.
    """

    def is_on(day: date) -> bool:
        return days.asks(day) or days.is_over(day)

    return next_due(now, programme.timezone, programme.question_time, last, is_on)


def next_question(programme: Programme, days: QuestionDays, now: datetime) -> NextQuestion:
    """Returns when the next question comes; `days` are the programme's own."""
    today, zone = local_date(now, programme.timezone), programme.timezone
    due = due_question(programme, days, None, now)
    return NextQuestion(
        None if days.is_over(due.local_date) else due.at,
        zone,
        is_first=today < programme.starts_on,
        today_was_due=days.asks(today) and due.local_date > today,
    )


def is_finished(programme: Programme, now: datetime) -> bool:
    """Returns whether the last day is settled: nobody, wherever they live, can answer any more.

    Ten days after the end it is true in any case: a member whose next question is weeks away, and
    who can answer until then, does not keep the others waiting.
    """
    if programme.ends_on is None:
        return False
    reported_until = programme.reported_until
    settled = reported_until is not None and reported_until >= programme.ends_on
    return settled or programme.ends_on <= now.date() - _FINISHED_AFTER


def next_after_closing(programme: Programme, now: datetime) -> datetime:
    """Returns the next time (UTC) after a question has closed: two hours after the question time.

    If that would be at night, it is at eight in the morning.
    """
    return next_due(now, programme.timezone, _time_after_closing(programme), None).at


def _time_after_closing(programme: Programme) -> time:
    at = programme.question_time
    return at.replace(hour=at.hour + _HOURS_TO_REPORT) if at <= _LATEST_QUESTION_TIME else _MORNING


def next_digest(programme: Programme, now: datetime) -> datetime | None:
    """Returns when the next digest is due (UTC), on a Monday; None after the programme's last one.

    The last digest is about the week in which the programme ended, and there is none on the Monday
    on which it begins. The week's last question closes when Monday's question comes. If that is
    late in the evening, the digest does not wait and says that a day is not added up yet.
    """

    def has_digest(day: date) -> bool:
        return day.weekday() == 0 and day != programme.starts_on

    due = next_due(now, programme.timezone, _time_after_closing(programme), None, has_digest)
    if programme.ends_on is not None and due.local_date > programme.ends_on + 7 * _ONE_DAY:
        return None
    return due.at


def end_notice_at(programme: Programme) -> datetime | None:
    """Returns when end notices are due (UTC); they wait longer if it is not finished by then."""
    if programme.ends_on is None:
        return None
    day = programme.ends_on + _ONE_DAY
    while (closed := utc_moment(day, programme.question_time, programme.timezone)) is None:
        day += _ONE_DAY
    return next_after_closing(programme, closed)
