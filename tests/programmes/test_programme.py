"""Creating programmes, inviting people, and who may do what."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Subscriber
from db.programmes import (
    AuditEntry,
    Enrolment,
    Holiday,
    Invite,
    InviteKind,
    Note,
    NoteKind,
    Programme,
    ProgrammeScore,
    ScoreKind,
    TeamGoal,
)
from db.session import Sessions
from quizbot.programmes import audit_log, cancellation, invites, membership, schedule, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.schedule import EndedError
from quizbot.programmes.teams import remove_team, rename_team
from quizbot.quiz import subscription
from quizbot.quiz.answers import totals
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR, MONDAY, enrol, plan, programme, team
from tests.quiz.steps import DUE, OBJECTIVE_OF, START, answer, join, send_due, vote_on

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
        ({"name": "🎉 2026 🎉"}, "no-name"),
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
            await steps.change(session, found, START, ends_on=MONDAY - DAY)
        await steps.change(session, found, START, ends_on=MONDAY)
        assert not schedule.has_ended(found, START)
        assert schedule.has_ended(found, START + DAY)
        assert found.end_notice_due_at == DUE + DAY + timedelta(hours=2)
        with pytest.raises(EndedError):
            await steps.change(session, found, START + DAY, ends_on=MONDAY + 9 * DAY)


async def _due_of(sessions: Sessions, person: int = 1) -> datetime | None:
    async with sessions() as session:
        return (await session.get_one(Subscriber, person)).next_due_at


async def _change(sessions: Sessions, course: int, now: datetime, **wanted: Any) -> None:
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course, with_for_update=True)
        await steps.change(session, found, now, **wanted)
    await membership.replan_members(sessions, course, now)


async def test_members_are_planned_again_though_the_process_dies_right_after_a_change(
    sessions: Sessions,
) -> None:
    course = await programme(sessions, starts_on=MONDAY + 9 * DAY)
    await join(sessions, 1)
    await steps.enrol(sessions, course, newcomer=True)

    async def unplanned(now: datetime) -> int | None:
        async with sessions.begin() as session:
            return await membership.take_unplanned(session, now)

    async with sessions.begin() as session:
        found = await session.get_one(Programme, course, with_for_update=True)
        await steps.change(session, found, START, starts_on=MONDAY + DAY)
    assert await unplanned(START) is None  # the request is about to
    minute = timedelta(minutes=1)
    assert await unplanned(START + minute) == course
    assert await unplanned(START + 2 * minute) is None
    await membership.replan_members(sessions, course, START + 2 * minute)
    assert await _due_of(sessions) == DUE + DAY
    assert await unplanned(START + DAY) is None
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course, with_for_update=True)
        await programmes.add_holidays(
            session, found, MONDAY + DAY, MONDAY + DAY, COORDINATOR, START
        )
    await membership.replan_members(sessions, course, START)
    assert await _due_of(sessions) == DUE + 2 * DAY
    assert await unplanned(START + DAY) is None


async def test_each_change_is_logged_with_the_old_and_the_new_value(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY + DAY)
    for wanted in (
        {"name": " Winter  walk "},
        {"starts_on": MONDAY + 2 * DAY, "ends_on": MONDAY + 9 * DAY},
        {"ends_on": None},
        {"question_time": time(18)},
        {"weekdays": 0b0010101},
        {"timezone": "Europe/Lisbon"},
        {"timezone": "Europe/Lisbon"},
    ):
        await _change(sessions, course, START, **wanted)
    async with sessions() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        told = [(each.action, each.detail) for each in rows if "→" in each.detail]
        found = await session.get_one(Programme, course)
    assert told == [
        ("programme-renamed", "Autumn of 2026 → Winter walk"),
        ("start-changed", "2026-11-24 → 2026-11-25"),
        ("programme-ended", "- → 2026-12-02"),
        ("programme-ended", "2026-12-02 → -"),
        ("time-changed", "09:00 → 18:00"),
        ("days-changed", "Mon Tue Wed Thu Fri Sat Sun → Mon Wed Fri"),
        ("zone-changed", "UTC → Europe/Lisbon"),
    ]
    assert (found.name, found.weekdays, found.ends_on) == ("Winter walk", 21, None)


@pytest.mark.parametrize(
    ("now", "wanted", "reason"),
    [
        (START, {"name": "\U0001f389 !?"}, "no-name"),
        (START, {"starts_on": MONDAY + DAY}, "begun"),
        (START, {"timezone": "Asia/Tokyo"}, "begun"),
        (START, {"ends_on": MONDAY - DAY}, "past"),
        (START, {"weekdays": 0}, "no-days"),
        (START, {"ends_on": MONDAY + 4 * 365 * DAY}, "too-long"),
        (START - 3 * DAY, {"starts_on": MONDAY - 4 * DAY}, "past"),
        (START - 3 * DAY, {"starts_on": MONDAY + 400 * DAY}, "too-far"),
        (START - 3 * DAY, {"starts_on": MONDAY + 30 * DAY}, "end-before-start"),
    ],
)
async def test_what_cannot_be_changed_is_refused(
    sqlite_sessions: Sessions, now: datetime, wanted: dict[str, Any], reason: str
) -> None:
    early = START - 4 * DAY
    course = await programme(sqlite_sessions, ends_on=MONDAY + 6 * DAY, now=early)
    with pytest.raises(ProgrammeError) as refused:
        await _change(sqlite_sessions, course, now, **wanted)
    assert refused.value.reason == reason
    async with sqlite_sessions() as session:
        found = await session.get_one(Programme, course)
        assert programmes.plan_of(found) == plan(ends_on=MONDAY + 6 * DAY)


async def test_only_the_name_of_an_ended_programme_can_change(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions, ends_on=MONDAY)
    await _change(sqlite_sessions, course, START + 9 * DAY, name="Autumn, done")
    for wanted in ({"question_time": time(7)}, {"ends_on": None}):
        with pytest.raises(EndedError):
            await _change(sqlite_sessions, course, START + 9 * DAY, **wanted)


async def test_members_who_wait_are_asked_on_the_new_first_day(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY + 7 * DAY)
    await join(sessions, 1)
    await join(sessions, 2)
    await enrol(sessions, course, 1, newcomer=True)
    await enrol(sessions, course, 2)
    assert await _due_of(sessions, 1) == DUE + 7 * DAY
    await _change(sessions, course, START, starts_on=MONDAY + 9 * DAY)
    assert await _due_of(sessions, 1) == DUE + 9 * DAY
    assert await _due_of(sessions, 2) == DUE  # in the quiz before: a question every day
    await _change(sessions, course, START, starts_on=MONDAY)
    assert await _due_of(sessions, 1) == DUE


async def test_a_start_that_moves_later_moves_welcomes_and_the_goal(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY + DAY)
    await join(sessions)
    await enrol(sessions, course, newcomer=True)
    async with sessions.begin() as session:
        (await session.get_one(Enrolment, (course, 1))).welcomed = True
        session.add(
            TeamGoal(
                programme_id=course,
                target=50,
                since=MONDAY + DAY,
                until=MONDAY + 9 * DAY,
                purpose="",
            )
        )
    for first, goals in ((MONDAY + 2 * DAY, [MONDAY + 2 * DAY]), (MONDAY + 20 * DAY, [])):
        await _change(sessions, course, START, starts_on=first)
        async with sessions() as session:
            welcomes = await session.scalars(select(Note.kind).where(Note.subscriber_id == 1))
            assert welcomes.all() == [NoteKind.WELCOME]
            assert (await session.scalars(select(TeamGoal.since))).all() == goals


async def test_points_of_today_count_when_the_first_day_moves_to_today(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY + DAY)
    await join(sessions)
    await enrol(sessions, course)
    for asked in await send_due(sessions, DUE):
        await answer(sessions, vote_on(asked), DUE)
    await _change(sessions, course, DUE, starts_on=MONDAY)
    async with sessions() as session:
        found = await session.scalars(
            select(ProgrammeScore).where(ProgrammeScore.kind == ScoreKind.PROGRAMME)
        )
        assert [(each.since, each.points) for each in found] == [(MONDAY, 10)]
        assert await totals.differences(session, OBJECTIVE_OF) == []


async def test_a_start_is_fixed_once_a_member_ahead_has_been_asked(
    sqlite_sessions: Sessions,
) -> None:
    course = await programme(sqlite_sessions, starts_on=MONDAY + DAY)
    await join(sqlite_sessions, zone="Pacific/Auckland")
    await enrol(sqlite_sessions, course, newcomer=True)
    evening = DUE + timedelta(hours=12)  # Tuesday morning in Auckland
    assert await send_due(sqlite_sessions, evening)
    with pytest.raises(ProgrammeError, match="begun"):
        await _change(sqlite_sessions, course, evening, starts_on=MONDAY + 2 * DAY)


async def test_who_came_by_the_programme_and_kept_its_time_moves_with_it(
    sessions: Sessions,
) -> None:
    course = await programme(sessions)
    for person in (1, 2, 3):
        await join(sessions, person)
        await enrol(sessions, course, person, newcomer=person != 3)
    async with sessions.begin() as session:
        other = await session.get_one(Subscriber, 2)
        await subscription.set_time(session, other, time(12), START)
    await _change(sessions, course, START, question_time=time(17))
    dues = [await _due_of(sessions, person) for person in (1, 2, 3)]
    assert dues == [DUE + timedelta(hours=8), DUE + timedelta(hours=3), DUE]


async def test_no_question_is_lost_when_the_new_time_has_passed_today(sessions: Sessions) -> None:
    course = await programme(sessions, question_time=time(18))
    await join(sessions, 1)
    async with sessions.begin() as session:
        await subscription.set_time(session, await session.get_one(Subscriber, 1), time(18), START)
    await enrol(sessions, course, 1, newcomer=True)
    noon, evening = START + timedelta(hours=4), DUE + timedelta(hours=9)
    await _change(sessions, course, noon, question_time=time(9))
    assert await _due_of(sessions) == evening
    assert len(await send_due(sessions, evening)) == 1
    assert await _due_of(sessions) == DUE + DAY


async def test_todays_digest_still_comes_when_the_time_moves_earlier(
    sqlite_sessions: Sessions,
) -> None:
    course, monday = await programme(sqlite_sessions), DUE + 7 * DAY
    async with sqlite_sessions.begin() as session:
        found = await session.get_one(Programme, course)
        assert found.digest_due_at == monday + timedelta(hours=2)
    await _change(sqlite_sessions, course, monday, question_time=time(6))
    async with sqlite_sessions() as session:
        found = await session.get_one(Programme, course)
        assert found.digest_due_at == monday + timedelta(hours=2)


async def test_a_link_comes_back_for_an_hour_and_the_one_made_since_ends(
    sessions: Sessions,
) -> None:
    course, hour = await programme(sessions), timedelta(hours=1)
    of = (InviteKind.MEMBER, START, course)

    async def undo(code: str, now: datetime) -> bool:
        async with sessions.begin() as session:
            found = await session.get_one(Invite, code)
            return await invites.undo(session, found, now, actor_id=COORDINATOR)

    async def valid(now: datetime) -> list[str]:
        async with sessions() as session:
            return [each.code for each in await invites.of_programme(session, course, now)]

    async with sessions.begin() as session:
        group = await invites.create(session, InviteKind.GROUP, START, course, actor_id=COORDINATOR)
        first = await invites.create(session, *of, actor_id=COORDINATOR)
        second = await invites.replace(session, *of, actor_id=COORDINATOR)
        third = await invites.replace(
            session, InviteKind.MEMBER, START + hour, course, actor_id=COORDINATOR
        )
    assert not await undo(first.code, START + hour)  # not the last one to end
    assert not await undo(third.code, START + hour)  # it works
    assert not await undo(group.code, START + hour)
    assert not await undo(second.code, START + 2 * hour)
    assert await undo(second.code, START + 2 * hour - timedelta(seconds=1))
    assert {*await valid(START + 2 * hour)} == {group.code, second.code}
    assert not await undo(third.code, START + 2 * hour)  # an undo is not undone
    async with sessions.begin() as session:
        found = await session.get_one(Invite, second.code)
        await invites.revoke(session, found, START + 3 * hour, actor_id=COORDINATOR)
    assert await undo(second.code, START + 3 * hour)
    assert not await undo(second.code, START + 3 * hour)


async def test_a_link_that_ended_with_its_coordinator_does_not_come_back(
    sqlite_sessions: Sessions,
) -> None:
    course, later = await programme(sqlite_sessions), START + timedelta(minutes=5)
    async with sqlite_sessions.begin() as session:
        await invites.create(session, InviteKind.GROUP, START, course, actor_id=COORDINATOR)
        assert await staff.remove_coordinator(session, COORDINATOR, None, later)
        every = await invites.every_invite(session, course)
        assert invites.undoable(every, later + timedelta(minutes=5)) == {}


async def test_a_programme_is_deleted_only_if_nobody_ever_joined(sessions: Sessions) -> None:
    course, other = await programme(sessions), await programme(sessions)
    await join(sessions)
    await enrol(sessions, other)
    async with sessions.begin() as session:
        invite = await invites.create(
            session, InviteKind.MEMBER, START, course, actor_id=COORDINATOR
        )
        joined = await session.get_one(Programme, other, with_for_update=True)
        with pytest.raises(ProgrammeError, match="joined"):
            await cancellation.remove(session, joined, COORDINATOR, START)
        found = await session.get_one(Programme, course, with_for_update=True)
        await cancellation.remove(session, found, COORDINATOR, START)
    async with sessions() as session:
        assert await session.get(Programme, course) is None
        assert await invites.find(session, invite.code, START) is None
        entry = (
            await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
        ).one()
        assert (entry.action, entry.programme_id) == ("programme-removed", None)


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
        await rename_team(session, mine, "Red foxes", COORDINATOR, START)
        assert [each.name for each in await programmes.teams(session, course)] == ["Red foxes"]


async def test_members_of_a_removed_team_stay(sessions: Sessions) -> None:
    course = await programme(sessions)
    red = await team(sessions, course, "Red")
    await join(sessions)
    await enrol(sessions, course, team_id=red.id)
    async with sessions.begin() as session:
        mine = await programmes.team_of(session, course, red.id)
        assert mine is not None
        await remove_team(session, mine, COORDINATOR, START)
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
        [latest, *_] = await audit_log.latest_entries(session, course, skip=0, limit=9)
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
