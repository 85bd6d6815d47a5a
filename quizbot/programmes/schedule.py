"""When a programme's digests and its end are announced, and dates that people type.

Announcements come after questions have closed: members answer a day's question until their next one
comes, wherever they live, and an hour after that the reports add it up (see reports.refresh).
"""

import re
from datetime import date, datetime, time, timedelta

from db.programmes import Programme
from quizbot.quiz.asking.question_days import next_due, utc_moment

_ONE_DAY = timedelta(days=1)
_FINISHED_AFTER = timedelta(days=10)

_HOURS_TO_REPORT = 2  # after a question has closed
_LATEST_QUESTION_TIME = time(18)  # after a later one, the announcement would come at night
_MORNING = time(8)


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


def next_announcement(programme: Programme, now: datetime) -> datetime:
    """Returns the next time (UTC) for announcements: two hours after the question time.

    If that would be at night, it is at eight in the morning.
    """
    return next_due(now, programme.timezone, _announcement_time(programme), None).at


def _announcement_time(programme: Programme) -> time:
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

    due = next_due(now, programme.timezone, _announcement_time(programme), None, has_digest)
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
    return next_announcement(programme, closed)


_DAY = r"\d{4}-\d{2}-\d{2}"
_TO = r"\s*(?:to|until|-|–|—|\.\.+|…)\s*"
_SPAN = re.compile(rf"({_DAY})(?:>({_DAY}))?", re.ASCII)
_BETWEEN = re.compile(r"\s*(?:[,;\n]|\band\b|\s(?=\d{4}-))\s*", re.ASCII)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = re.compile(r"([a-z]{3,9})(?:\s*(?:to|-|–|—)\s*([a-z]{3,9}))?")


def parse_day(text: str) -> date | None:
    """Returns the date of 2026-12-01 (ISO 8601) or 1.12.2026; None for anything else."""
    text = _as_iso(text.strip())
    try:
        return date.fromisoformat(text) if re.fullmatch(_DAY, text, re.ASCII) else None
    except ValueError:
        return None


def parse_spans(text: str) -> list[tuple[date, date]] | None:
    """Returns first and last days, from text such as "2026-12-24 to 2026-12-26, 2027-01-01".

    Returns None if anything else is in the text, or a last day is before its first one.
    """
    written = _as_iso(text.strip())
    joined = re.sub(rf"({_DAY}){_TO}(?={_DAY})", r"\1>", written, flags=re.ASCII)
    found = []
    for part in filter(None, _BETWEEN.split(joined)):
        match = _SPAN.fullmatch(part)
        first = parse_day(match[1]) if match else None
        last = parse_day(match[2]) if match and match[2] else first
        if first is None or last is None or last < first:
            return None
        found.append((first, last))
    return found or None


def _as_iso(text: str) -> str:
    """Returns the text with dates like 1.12.2026 written as 2026-12-01."""
    return re.sub(
        r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)",
        lambda match: f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}",
        text,
        flags=re.ASCII,
    )


def span_length(span: tuple[date, date]) -> int:
    """Returns how many days the span has."""
    return (span[1] - span[0]).days + 1


def span_days(span: tuple[date, date]) -> list[date]:
    """Returns each day of the span; check its length before."""
    return [span[0] + timedelta(days=number) for number in range(span_length(span))]


def parse_weekdays(text: str) -> int | None:
    """Returns one bit per weekday, Monday's the lowest, from "Mon-Fri" or "Mon, Wed"; or None."""
    bits = 0
    for part in filter(None, re.split(r"[,;\s]*(?:[,;]|\band\b)[,;\s]*", text.strip().casefold())):
        match = _WEEKDAYS.fullmatch(part)
        first = _weekday(match[1]) if match else None
        last = _weekday(match[2]) if match and match[2] else first
        if first is None or last is None:
            return None
        for number in range((last - first) % 7 + 1):
            bits |= 1 << (first + number) % 7
    return bits or None


def _weekday(name: str) -> int | None:
    return next((number for number, each in enumerate(_DAYS) if each.startswith(name)), None)
