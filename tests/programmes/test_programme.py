"""Creating programmes, inviting people, and who may do what."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.programmes import AuditEntry, Holiday, InviteKind, Programme
from db.session import Sessions
from quizbot.programmes import audit_log, invites, membership, schedule, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import ProgrammeError
from tests.programmes.steps import COORDINATOR, MONDAY, enrol, plan, programme, team
from tests.quiz.steps import DUE, START, join

DAY = timedelta(days=1)
STRANGER = 901


async def test_only_its_coordinators_find_a_programme(sessions: Sessions) -> None:
    course = await programme(sessions)
    await programme(sessions, coordinator=STRANGER)
    async with sessions.begin() as session:
        assert await staff.programme_run_by(session, course, COORDINATOR) is not None
        assert await staff.programme_run_by(session, course, STRANGER) is None
        assert await staff.programme_run_by(session, 10**15, COORDINATOR) is None
        await staff.add_coordinator(session, course, STRANGER)
        await staff.add_coordinator(session, course, STRANGER)
        assert await staff.programme_run_by(session, course, STRANGER) is not None
        names = [each.id for each in await staff.coordinators_of(session, course)]
        assert sorted(names) == [COORDINATOR, STRANGER]


async def test_a_removed_coordinator_runs_nothing_and_the_programme_goes_on(
    sessions: Sessions,
) -> None:
    course = await programme(sessions)
    async with sessions.begin() as session:
        assert await staff.remove_coordinator(session, COORDINATOR, 1, START)
        assert not await staff.remove_coordinator(session, COORDINATOR, 1, START)
    async with sessions() as session:
        assert await staff.programme_run_by(session, course, COORDINATOR) is None
        assert await session.get(Programme, course) is not None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": "  \n "}, "no-name"),
        ({"name": "x" * 65}, "long-name"),
        ({"name": "evil \u202e name"}, "hidden"),
        ({"ends_on": MONDAY - DAY}, "end-before-start"),
        ({"ends_on": MONDAY + 4 * 365 * DAY}, "too-long"),
    ],
)
async def test_invalid_plans_are_refused(
    sqlite_sessions: Sessions, wrong: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ProgrammeError) as refused:
        await programme(sqlite_sessions, **wrong)
    assert refused.value.reason == reason
    async with sqlite_sessions() as session:
        assert (await session.scalars(select(Programme))).all() == []


async def test_holidays_are_added_as_ranges_and_only_for_days_to_come(sessions: Sessions) -> None:
    course = await programme(sessions)
    friday = MONDAY + 4 * DAY

    async def add(first: date, last: date) -> int:
        async with sessions.begin() as session:
            found = await session.get_one(Programme, course)
            return await programmes.add_holidays(session, found, first, last, COORDINATOR, START)

    assert await add(friday, friday + 2 * DAY) == 3
    assert await add(friday + DAY, friday + 3 * DAY) == 1
    for first, last, reason in (
        (friday, friday - DAY, "end-before-start"),
        (MONDAY, friday, "past"),
        (friday, friday + 300 * DAY, "too-many-holidays"),
    ):
        with pytest.raises(ProgrammeError, match=reason):
            await add(first, last)
    async with sessions() as session:
        days = await programmes.holidays(session, course)
        assert days == [friday + n * DAY for n in range(4)]
        assert len((await session.scalars(select(Holiday))).all()) == 4


async def test_a_programme_ends_today_at_the_earliest(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        found = await session.get_one(Programme, course)
        with pytest.raises(ProgrammeError, match="past"):
            await programmes.end(session, found, MONDAY - DAY, COORDINATOR, START)
        await programmes.end(session, found, MONDAY, COORDINATOR, START)
        assert not programmes.has_ended(found, START)
        assert programmes.has_ended(found, START + DAY)
        assert found.end_notice_due_at == DUE + DAY + timedelta(hours=2)
        with pytest.raises(ProgrammeError, match="ended"):
            await programmes.end(session, found, MONDAY + 9 * DAY, COORDINATOR, START + DAY)


async def test_the_digest_comes_on_mondays_until_the_week_after_the_end(
    sqlite_sessions: Sessions,
) -> None:
    course = await programme(sqlite_sessions, ends_on=MONDAY + 9 * DAY, timezone="Asia/Tokyo")
    async with sqlite_sessions() as session:
        found = await session.get_one(Programme, course)
        mondays = []
        now: datetime | None = START
        while now is not None:
            now = schedule.next_digest(found, now)
            mondays.append(now)
    eleven_in_tokyo = datetime(2026, 11, 30, 2, tzinfo=START.tzinfo)
    assert mondays == [eleven_in_tokyo, eleven_in_tokyo + 7 * DAY, None]


@pytest.mark.parametrize(
    ("question_time", "digest", "end_notice"),
    [
        (time(0), "2026-11-30T02:00", "2026-11-28T02:00"),
        (time(18), "2026-11-30T20:00", "2026-11-28T20:00"),
        (time(18, 1), "2026-11-30T08:00", "2026-11-29T08:00"),
        (time(23, 59), "2026-11-30T08:00", "2026-11-29T08:00"),
    ],
)
async def test_announcements_come_two_hours_after_the_question_time_but_not_at_night(
    sqlite_sessions: Sessions, question_time: time, digest: str, end_notice: str
) -> None:
    friday = MONDAY + 4 * DAY
    course = await programme(sqlite_sessions, ends_on=friday, question_time=question_time)
    async with sqlite_sessions() as session:
        found = await session.get_one(Programme, course)
    assert found.digest_due_at is not None
    assert found.digest_due_at.isoformat().startswith(digest)
    assert found.end_notice_due_at is not None
    assert found.end_notice_due_at.isoformat().startswith(end_notice)


async def test_team_names_are_distinct_within_a_programme(sqlite_sessions: Sessions) -> None:
    course, other = await programme(sqlite_sessions), await programme(sqlite_sessions)
    red = await team(sqlite_sessions, course, "Red Foxes")
    await team(sqlite_sessions, other, "Red Foxes")
    with pytest.raises(ProgrammeError, match="team-taken"):
        await team(sqlite_sessions, course, " RED foxes")
    async with sqlite_sessions.begin() as session:
        mine = await programmes.team_of(session, course, red.id)
        assert mine is not None
        assert await programmes.team_of(session, other, red.id) is None
        await programmes.rename_team(session, mine, "Red foxes", COORDINATOR, START)
        assert [each.name for each in await programmes.teams(session, course)] == ["Red foxes"]


async def test_members_of_a_removed_team_stay(sessions: Sessions) -> None:
    course = await programme(sessions)
    red = await team(sessions, course, "Red")
    await join(sessions)
    await enrol(sessions, course, team_id=red.id)
    async with sessions.begin() as session:
        mine = await programmes.team_of(session, course, red.id)
        assert mine is not None
        await programmes.remove_team(session, mine, COORDINATOR, START)
    async with sessions() as session:
        part = await membership.find(session, 1, course)
        assert part is not None
        assert part.team is None
        assert await programmes.count_members(session, course) == 1


async def test_the_audit_log_does_not_name_removed_members(sessions: Sessions) -> None:
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course)
        assert await membership.remove_member(session, found, 1, COORDINATOR, START)
        assert not await membership.remove_member(session, found, 1, COORDINATOR, START)
        assert not await membership.remove_member(session, found, 77, COORDINATOR, START)
        [latest, *_], _count = await audit_log.latest_entries(session, course, skip=0, limit=9)
        assert (latest.action, latest.detail) == ("member-removed", "")


async def test_a_link_is_good_until_it_is_revoked(sessions: Sessions) -> None:
    course = await programme(sessions)
    async with sessions.begin() as session:
        link = await invites.current_or_new(
            session, InviteKind.MEMBER, START, course, actor_id=COORDINATOR
        )
        same = await invites.current_or_new(
            session, InviteKind.MEMBER, START + DAY, course, actor_id=COORDINATOR
        )
        assert same.code == link.code
        assert await invites.find(session, link.code, START + 400 * DAY) is link
        await invites.revoke(session, link, START, actor_id=COORDINATOR)
        assert await invites.find(session, link.code, START) is None
        new = await invites.current_or_new(
            session, InviteKind.MEMBER, START, course, actor_id=COORDINATOR
        )
        assert new.code != link.code
        assert [each.code for each in await invites.of_programme(session, course, START)] == [
            new.code
        ]


async def test_codes_fit_a_deep_link_and_are_never_the_same(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions.begin() as session:
        codes = {
            (
                await invites.create(session, InviteKind.COORDINATOR, START, actor_id=COORDINATOR)
            ).code
            for _ in range(50)
        }
    assert len(codes) == 50
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert all(len(code) >= 22 and set(code) <= allowed for code in codes)


async def test_one_time_invites_work_once_and_for_a_week(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        first = (
            await invites.create(session, InviteKind.COORDINATOR, START, actor_id=COORDINATOR)
        ).code
        second = (
            await invites.create(session, InviteKind.COORDINATOR, START, actor_id=COORDINATOR)
        ).code
        course = await programme_in(session)
        member = (
            await invites.create(session, InviteKind.MEMBER, START, course, actor_id=COORDINATOR)
        ).code
    async with sessions.begin() as session:
        assert await invites.redeem(session, first, START + DAY) is not None
        assert await invites.redeem(session, first, START + DAY) is None
        assert await invites.redeem(session, second, START + 7 * DAY) is None
        assert await invites.redeem(session, member, START) is None
        for nonsense in ("", "x", "\0", "y" * 5000):
            assert await invites.find(session, nonsense.replace("\0", ""), START) is None


async def programme_in(session: Any) -> int:
    await staff.make_coordinator(session, COORDINATOR, "Kim", "en", START)
    return (await programmes.create(session, plan(), COORDINATOR, START)).id


async def test_the_audit_log_forgets_erased_people(sessions: Sessions) -> None:
    course = await programme(sessions)
    async with sessions.begin() as session:
        await staff.forget(session, COORDINATOR, START)
    async with sessions() as session:
        entries = (await session.scalars(select(AuditEntry))).all()
        assert [each.action for each in entries] == ["coordinator-made", "programme-made"]
        assert [each.actor_id for each in entries] == [None, None]
        assert await staff.programme_run_by(session, course, COORDINATOR) is None
