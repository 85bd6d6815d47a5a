"""Every zone, every day: exactly one question a local date, at its time.

CI tries every zone; elsewhere the test tries one of each group whose clocks agree.

The expected times are computed only by converting UTC to local time: in this direction a zone has
neither gaps nor overlaps. A date that a zone skips has no question.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import func, select

from db.models import Subscriber
from db.session import Sessions
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import GRACE_PERIOD, date_to_serve, next_due
from tests.quiz.steps import REMINDER_POLICY, deliveries, join, make_pool
from tests.sizes import IN_CI

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
ZONES = sorted(available_timezones())
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)

# Tried in every zone, besides the times near its own changes of clocks.
COMMON_TIMES = (time(0), time(0, 30), time(2, 30), time(9), time(12), time(23, 59))


@dataclass(frozen=True)
class Stretch:
    """A period without a change of clocks, in UTC; `offset` leads to local time."""

    begin: datetime
    end: datetime
    offset: timedelta

    @property
    def wall_begin(self) -> datetime:
        """The first whole minute, in local time."""
        begin = self.begin.replace(tzinfo=None) + self.offset
        return begin if begin.second == 0 else begin.replace(second=0) + MINUTE

    @property
    def wall_end(self) -> datetime:
        """The local time at the end if the clocks did not change."""
        return self.end.replace(tzinfo=None) + self.offset

    def moment(self, wall: datetime) -> datetime:
        return (wall - self.offset).replace(tzinfo=UTC)


def stretches(zone: str, first: date, last: date, step: timedelta = DAY) -> tuple[Stretch, ...]:
    """Returns the zone's calendar from three days before the first date to three after the last.

    Within `step` no zone changes its clocks and changes them back.
    """
    info, found = ZoneInfo(zone), []
    moment = begin = datetime.combine(first, time(), UTC) - 3 * DAY
    end = datetime.combine(last, time(), UTC) + 4 * DAY
    current = offset(info, begin)
    while moment < end:
        following = min(moment + step, end)
        if offset(info, following) != current:
            following = _change_between(info, moment, following)
            found.append(Stretch(begin, following, current))
            begin, current = following, offset(info, following)
        moment = following
    return (*found, Stretch(begin, end, current))


def offset(info: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(info).replace(tzinfo=None) - moment.replace(tzinfo=None)


def _change_between(info: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Returns the first second of the new offset."""
    old = offset(info, before)
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        if offset(info, middle) == old:
            before = middle
        else:
            after = middle
    return after


def right_moment(calendar: Iterable[Stretch], day: date, at: time) -> datetime | None:
    """Returns when the question of the date is due, None if the date does not exist.

    It is due at the time or at the first valid minute after it; if the date ends before, at its
    last valid minute. Of two moments with the same local time it is the first.
    """
    wall, midnight = datetime.combine(day, at), datetime.combine(day, time())
    own = [each for each in calendar if each.wall_end > midnight]
    own = [each for each in own if each.wall_begin < midnight + DAY]
    later = [(max(wall, each.wall_begin), each) for each in own]
    fitting = [(show, each) for show, each in later if show < min(each.wall_end, midnight + DAY)]
    if fitting:
        return min(
            each.moment(show) for show, each in fitting if show == min(fitting, key=_wall)[0]
        )
    ends = [(min(each.wall_end, midnight + DAY) - MINUTE, each) for each in own]
    if not ends:
        return None
    show, stretch = max(ends, key=_wall)
    return stretch.moment(show.replace(second=0))


def _wall(pair: tuple[datetime, Stretch]) -> datetime:
    return pair[0]


def telling_times(calendar: Iterable[Stretch]) -> list[time]:
    """Returns the common times, and those near the zone's own changes of clocks."""
    found = set(COMMON_TIMES)
    for stretch, following in zip(calendar, list(calendar)[1:], strict=False):
        edges = sorted((stretch.wall_end, following.wall_begin))
        middle = edges[0] + (edges[1] - edges[0]) // (2 * MINUTE) * MINUTE
        beside = (edges[0] - MINUTE, edges[0], middle, edges[1] - MINUTE, edges[1])
        found |= {each.time().replace(second=0) for each in beside}
    return sorted(found)


@cache
def zones_by_calendar() -> dict[tuple[Stretch, ...], list[str]]:
    """Returns groups of zones whose clocks agree throughout the two years, about 65."""
    groups = defaultdict(list)
    for zone in ZONES:
        groups[stretches(zone, FIRST, LAST, 7 * DAY)].append(zone)
    return dict(groups)


CALENDARS = list(zones_by_calendar())


def name_of(calendar: tuple[Stretch, ...]) -> str:
    return zones_by_calendar()[calendar][0]


def served(
    zone: str, at: time, first: date, last: date, late: timedelta = timedelta(0)
) -> Iterator[tuple[date, datetime]]:
    """Yields each date with a question, and when it was due.

    The bot sends each question `late` after it was due.
    """
    due = next_due(datetime.combine(first, time(), UTC) - DAY, zone, at, first - DAY)
    while due.local_date <= last:
        now = due.at + late
        day = date_to_serve(due.at, now, zone, at)
        assert day is not None
        yield day, due.at
        due = next_due(now, zone, at, day)


def dates(first: date, last: date) -> Iterator[date]:
    yield from (first + number * DAY for number in range((last - first).days + 1))


def right(
    calendar: tuple[Stretch, ...], at: time, first: date, last: date
) -> list[tuple[date, datetime]]:
    moments = [(day, right_moment(calendar, day, at)) for day in dates(first, last)]
    return [(day, moment) for day, moment in moments if moment is not None]


@pytest.mark.parametrize("calendar", CALENDARS, ids=name_of)
def test_each_date_has_one_question_at_its_time(calendar: tuple[Stretch, ...]) -> None:
    """For two years in CI, else for one."""
    last = LAST if IN_CI else date(FIRST.year, 12, 31)
    for at in telling_times(calendar):
        expected = right(calendar, at, FIRST, last)
        assert [day for day, _ in expected] == list(dates(FIRST, last))
        for zone in zones_by_calendar()[calendar] if IN_CI else [name_of(calendar)]:
            assert list(served(zone, at, FIRST, last)) == expected, f"{zone} at {at}"


@pytest.mark.parametrize("calendar", CALENDARS, ids=name_of)
def test_a_late_bot_serves_the_same_dates(calendar: tuple[Stretch, ...]) -> None:
    zone = name_of(calendar)
    changes = [each.begin.date() for each in calendar[1:]] or [date(2026, 3, 29)]
    for change in changes:
        first, last = change - 3 * DAY, change + 3 * DAY
        for at in telling_times(calendar):
            assert [day for day, _ in served(zone, at, first, last, late=GRACE_PERIOD)] == list(
                dates(first, last)
            )


# Unusual changes of clocks in the past: zone, date, and the date that was skipped, if any.
ODDITIES = [
    pytest.param("Pacific/Apia", date(2011, 12, 30), date(2011, 12, 30), id="Samoa skips a Friday"),
    pytest.param("Pacific/Fakaofo", date(2011, 12, 30), date(2011, 12, 30), id="Tokelau, too"),
    pytest.param("Pacific/Kwajalein", date(1993, 8, 21), date(1993, 8, 21), id="Kwajalein"),
    pytest.param("Pacific/Kiritimati", date(1994, 12, 31), date(1994, 12, 31), id="Kiritimati"),
    pytest.param("Pacific/Enderbury", date(1994, 12, 31), date(1994, 12, 31), id="Enderbury"),
    pytest.param("America/Caracas", date(2007, 12, 9), None, id="half an hour back for good"),
    pytest.param("America/Caracas", date(2016, 5, 1), None, id="and forward again"),
    pytest.param("Asia/Pyongyang", date(2015, 8, 15), None, id="half an hour at midnight"),
    pytest.param("Asia/Pyongyang", date(2018, 5, 5), None, id="half an hour lost before midnight"),
    pytest.param("Asia/Kathmandu", date(1986, 1, 1), None, id="fifteen minutes"),
    pytest.param("Asia/Singapore", date(1933, 1, 1), None, id="twenty minutes"),
    pytest.param("Asia/Singapore", date(1941, 9, 1), None, id="ten minutes"),
    pytest.param("Europe/Dublin", date(1916, 5, 21), None, id="an offset with seconds"),
    pytest.param("Europe/Dublin", date(1916, 10, 1), None, id="the last of these seconds"),
    pytest.param("Africa/Monrovia", date(1972, 1, 7), None, id="44 minutes and 30 seconds"),
    pytest.param("Africa/Casablanca", date(2012, 7, 20), None, id="Ramadan in summer time"),
    pytest.param("Africa/Casablanca", date(2012, 8, 20), None, id="and back"),
    pytest.param("Africa/Casablanca", date(2026, 2, 15), None, id="Ramadan 2026"),
    pytest.param("Africa/Casablanca", date(2026, 3, 22), None, id="its end"),
    pytest.param("Africa/Cairo", date(2010, 8, 11), None, id="Ramadan at midnight"),
    pytest.param("Africa/Cairo", date(2014, 5, 15), None, id="four changes in a year"),
    pytest.param("Antarctica/Troll", date(2026, 3, 29), None, id="two hours forward"),
    pytest.param("Antarctica/Troll", date(2026, 10, 25), None, id="two hours back"),
    pytest.param("Antarctica/Casey", date(2010, 3, 5), None, id="three hours back"),
    pytest.param("Antarctica/Casey", date(2009, 10, 18), None, id="three hours forward"),
    pytest.param("Australia/Lord_Howe", date(2026, 4, 5), None, id="half an hour back"),
    pytest.param("Australia/Lord_Howe", date(2026, 10, 4), None, id="half an hour forward"),
    pytest.param("America/St_Johns", date(1988, 4, 3), None, id="two hours at a minute past"),
    pytest.param("America/St_Johns", date(2006, 10, 29), None, id="back a minute past midnight"),
    pytest.param("America/Sao_Paulo", date(2018, 11, 4), None, id="no midnight"),
    pytest.param("America/Asuncion", date(2024, 10, 6), None, id="no midnight for the last time"),
    pytest.param("America/Nuuk", date(2024, 3, 30), None, id="no last hour of a day"),
    pytest.param("Asia/Gaza", date(2023, 4, 29), None, id="Ramadan in Gaza"),
    pytest.param("Asia/Manila", date(1844, 12, 31), date(1844, 12, 31), id="Manila turns east"),
    pytest.param("America/Juneau", date(1867, 10, 18), None, id="a date that came twice"),
]


@pytest.mark.parametrize(("zone", "around", "skipped"), ODDITIES)
def test_unusual_changes_of_clocks_have_one_question_a_date(
    zone: str, around: date, skipped: date | None
) -> None:
    first, last = around - 4 * DAY, around + 4 * DAY
    calendar = stretches(zone, first, last)
    assert len(calendar) > 1, "nothing changed there"
    lived = [day for day in dates(first, last) if day != skipped]
    for at in telling_times(calendar):
        expected = right(calendar, at, first, last)
        assert [day for day, _ in expected] == lived
        assert list(served(zone, at, first, last)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Pacific/Apia", "2011-12-30", "09:00", None),
        ("Pacific/Kwajalein", "1993-08-21", "12:00", None),
        ("Pacific/Kwajalein", "1993-08-22", "12:00", "1993-08-22T00:00"),
        ("Antarctica/Troll", "2026-03-29", "01:30", "2026-03-29T01:00"),
        ("Antarctica/Troll", "2026-10-25", "01:30", "2026-10-24T23:30"),
        ("Asia/Pyongyang", "2018-05-04", "23:45", "2018-05-04T14:59"),
        ("America/St_Johns", "1988-04-03", "00:30", "1988-04-03T03:31"),
    ],
)
def test_expected_times_agree_with_known_ones(
    zone: str, day: str, at: str, utc: str | None
) -> None:
    local = date.fromisoformat(day)
    found = right_moment(stretches(zone, local, local), local, time.fromisoformat(at))
    assert found == (None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC))


# People near midnight, near changes of clocks and near the date line.
PEOPLE = [
    ("Africa/Cairo", time(0)),
    ("America/Nuuk", time(23, 30)),
    ("Antarctica/Troll", time(1, 30)),
    ("Australia/Lord_Howe", time(2, 10)),
    ("Asia/Beirut", time(0, 30)),
    ("Pacific/Kiritimati", time(0)),
    ("Pacific/Pago_Pago", time(23, 59)),
]


# The whole year in CI, elsewhere the weeks in which their clocks change.
YEAR = (date(2026, 1, 1), date(2026, 12, 30))
CHANGES = [(date(2026, 3, 20), date(2026, 5, 1)), (date(2026, 9, 28), date(2026, 11, 4))]


@pytest.mark.parametrize(("joined", "last"), [YEAR] if IN_CI else CHANGES)
async def test_claiming_makes_one_delivery_a_local_date(
    sqlite_sessions: Sessions, joined: date, last: date
) -> None:
    sessions, pool = sqlite_sessions, make_pool()
    noon = time(12, tzinfo=UTC)
    for person, (zone, at) in enumerate(PEOPLE, 1):
        await join(sessions, person, zone=zone, at=at, now=datetime.combine(joined, noon))
    until = datetime.combine(last + DAY, noon)
    while (now := await next_due_of_all(sessions)) < until:
        async with sessions.begin() as session:
            assert await claiming.claim_due(session, pool, now, 10, REMINDER_POLICY) > 0
    for person, (zone, at) in enumerate(PEOPLE, 1):
        calendar = stretches(zone, FIRST, LAST)
        questions = [
            (each.local_date, each.claimed_at) for each in await deliveries(sessions, person)
        ]
        [first, *_] = questions[0]
        assert first <= joined + 2 * DAY
        assert [each for each in questions if each[0] <= last] == right(calendar, at, first, last)


async def next_due_of_all(sessions: Sessions) -> datetime:
    async with sessions() as session:
        earliest: datetime | None = await session.scalar(select(func.min(Subscriber.next_due_at)))
    assert earliest is not None
    return earliest
