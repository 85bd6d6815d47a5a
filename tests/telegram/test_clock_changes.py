"""Questions over a change of clocks: one a local date, at its local time.

The expected moments are written out in UTC, so that no zone arithmetic checks itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.telegram.sandbox import Person, Sandbox, open_sandbox


@dataclass(frozen=True)
class Change:
    """A change of clocks: the start in UTC, and the expected moments by local time of day."""

    zone: str
    start: str
    expected: dict[str, list[str]]


CHANGES = [
    Change(
        "Europe/Berlin",  # 2026-10-25, 03:00 becomes 02:00
        "2026-10-23T23:00",
        {
            "09:00": ["2026-10-24T07:00", "2026-10-25T08:00", "2026-10-26T08:00"],
            "02:30": ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
            "23:59": ["2026-10-24T21:59", "2026-10-25T22:59"],
        },
    ),
    Change(
        "Europe/Berlin",  # 2027-03-28, 02:00 becomes 03:00
        "2027-03-26T23:30",
        {
            "09:00": ["2027-03-27T08:00", "2027-03-28T07:00", "2027-03-29T07:00"],
            "02:30": ["2027-03-27T01:30", "2027-03-28T01:00", "2027-03-29T00:30"],
            "00:00": ["2027-03-27T23:00", "2027-03-28T22:00"],
        },
    ),
    Change(
        "America/New_York",  # 2026-11-01, 02:00 becomes 01:00
        "2026-10-31T04:30",
        {
            "09:00": ["2026-10-31T13:00", "2026-11-01T14:00", "2026-11-02T14:00"],
            "01:30": ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"],
        },
    ),
    Change(
        "America/New_York",  # 2027-03-14, 02:00 becomes 03:00
        "2027-03-13T05:30",
        {
            "09:00": ["2027-03-13T14:00", "2027-03-14T13:00", "2027-03-15T13:00"],
            "02:15": ["2027-03-13T07:15", "2027-03-14T07:00", "2027-03-15T06:15"],
        },
    ),
    Change(
        "Australia/Lord_Howe",  # 2026-10-04, 02:00 becomes 02:30
        "2026-10-02T14:00",
        {
            "09:00": ["2026-10-02T22:30", "2026-10-03T22:00", "2026-10-04T22:00"],
            "02:10": ["2026-10-02T15:40", "2026-10-03T15:30", "2026-10-04T15:10"],
        },
    ),
    Change(
        "Australia/Lord_Howe",  # 2027-04-04, 02:00 becomes 01:30
        "2027-04-02T13:30",
        {
            "09:00": ["2027-04-02T22:00", "2027-04-03T22:30", "2027-04-04T22:30"],
            "01:45": ["2027-04-02T14:45", "2027-04-03T14:45", "2027-04-04T15:15"],
        },
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.zone} {change.start}")
async def test_questions_come_at_the_local_time_over_a_change_of_clocks(
    sqlite_database: str, tmp_path: Path, change: Change
) -> None:
    start = _moment(change.start)
    async with open_sandbox(sqlite_database, tmp_path, start) as sandbox, sandbox.bot() as jobs:
        people = {at: await _subscriber(sandbox, change.zone, at) for at in change.expected}
        arrived: dict[str, list[datetime]] = {at: [] for at in people}
        for moment in _ticks(change):
            sandbox.clock.set(moment)
            await jobs.broadcast.run()
            for at, person in people.items():
                if len(await person.deliveries()) > len(arrived[at]):
                    arrived[at].append(moment)
        expected = {at: [_moment(each) for each in when] for at, when in change.expected.items()}
        assert arrived == expected
        for at, person in people.items():
            shown = [question["date"] for question in await person.questions()]
            assert shown == [each.timestamp() for each in expected[at]]
            dates = [delivery.local_date for delivery in await person.deliveries()]
            assert dates == [dates[0] + timedelta(days=day) for day in range(len(dates))]
            await _each_is_open_until_the_next(person)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _ticks(change: Change) -> list[datetime]:
    """Returns each expected moment and the minute before it, to notice early questions."""
    moments = {_moment(each) for when in change.expected.values() for each in when}
    early = {moment - timedelta(minutes=1) for moment in moments}
    hours = {_moment(change.start) + timedelta(hours=step) for step in range(1, 55)}
    return sorted(each for each in moments | early | hours if each <= max(moments))


async def _subscriber(sandbox: Sandbox, zone: str, at: str) -> Person:
    person = await sandbox.subscriber(f"At {at}")
    await person.says(f"/timezone {zone}")
    await person.hears("Done: ")
    await person.says(f"/time {at}")
    await person.hears(f"Done: {at} ")
    return person


async def _each_is_open_until_the_next(person: Person) -> None:
    *closed, current = await person.questions()
    assert all(question["poll"]["is_closed"] for question in closed)
    assert not current["poll"]["is_closed"]
    calls = [call["params"] for call in await person.sandbox.control.calls("sendPoll")]
    mine = (params for params in calls if int(params["chat_id"]) == person.id)
    closing = [int(params["close_date"]) for params in mine]
    assert closing[:-1] == [question["date"] for question in [*closed, current][1:]]
