"""Notes to members: the welcome before the start, a new team, and the note to who is removed."""

import asyncio
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, literal_column, text, update

from db.models import Subscriber, SubscriberState
from db.programmes import (
    ALL_WEEKDAYS,
    Coordinator,
    Enrolment,
    Note,
    Programme,
    ProgrammeScore,
    ScoreKind,
)
from quizbot.programmes import announcements, membership, notes, teams
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import Balance
from quizbot.quiz.delivery.outcomes import Result
from quizbot.scheduler import Jobs
from tests.telegram.programmes import (
    MONDAY,
    OpenProgramme,
    make_programme,
    make_team,
    open_card,
    turned,
)
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words

STARTS = "starts tomorrow"
NEW_TEAM = "Your team in Autumn is"
REMOVED = "You're no longer in"
THURSDAY = MONDAY + timedelta(days=3)


async def later(sandbox: Sandbox, jobs: Jobs, **amount: float) -> None:
    """Moves the clock on, and sends questions and notes that are due."""
    await sandbox.later(jobs, **amount)
    await jobs.notes.run()


async def heard(person: Person, text: str) -> list[str]:
    return [words(each) for each in await person.messages() if text in words(each)]


async def remove(sandbox: Sandbox, programme: OpenProgramme, person: Person) -> None:
    async with sandbox.sessions.begin() as session:
        of = await session.get_one(Programme, programme.id)
        by, now = programme.coordinator.id, sandbox.clock.now()
        assert await membership.remove_member(session, of, person.id, by, now)


@on_each_database
async def test_members_are_welcomed_once_on_the_day_before_at_their_time(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=THURSDAY, name="Walk & talk")
        ana, bea = await sandbox.person("Ana"), await sandbox.subscriber("Bea")
        await programme.joins(ana)
        await programme.joins(bea)
        await bea.says("/time 20:30")
        await bea.hears("20:30")
        await later(sandbox, jobs, hours=48)  # Wednesday at eight
        assert await heard(ana, STARTS) == []
        await later(sandbox, jobs, hours=1)
        told = words(await ana.hears("👋 Walk & talk starts tomorrow!"))
        for fact in (
            "The first question comes on Thursday, 26 November at 09:00.",
            "26 Nov 2026 – 20 Dec 2026",
            "1 other so far",
            "Run by Cora",
            "You can leave any time: /programmes",
        ):
            assert fact in told
        assert await heard(bea, STARTS) == []
        await later(sandbox, jobs, hours=11, minutes=30)
        assert "at 20:30" in words(await bea.hears(STARTS))
        await programme.joins(await left(ana))
        for _ in range(3):
            await later(sandbox, jobs, hours=12)
        assert [len(await heard(each, STARTS)) for each in (ana, bea)] == [1, 1]
    assert sandbox.faults_logged() == []


async def left(person: Person) -> Person:
    await person.says("/programmes")
    await person.hears("alias")
    await turned(person, "Leave", "You've left")
    return person


async def test_who_joins_after_that_time_is_welcomed_by_the_reply(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=MONDAY + timedelta(days=1))
        early, late = await sandbox.person("Ana"), await sandbox.person("Bea")
        assert "Run by" not in words(await programme.joins(early))
        await later(sandbox, jobs, hours=2)
        assert "Run by Cora" in words(await programme.joins(late))
        await later(sandbox, jobs, hours=24)
        running = await sandbox.person("Cleo")
        assert "Run by" not in words(await programme.joins(running))
        await later(sandbox, jobs, hours=24)
        assert [len(await heard(each, STARTS)) for each in (early, late, running)] == [1, 0, 0]
        assert await sandbox.count(Note) == 0


async def test_the_welcome_follows_when_the_start_moves(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=THURSDAY)
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        for starts_on, welcomed in ((date(2026, 11, 30), 0), (MONDAY + timedelta(days=1), 1)):
            async with sandbox.sessions.begin() as session:
                await session.execute(update(Programme).values(starts_on=starts_on))
            await membership.replan_members(sandbox.sessions, programme.id, sandbox.clock.now())
            await later(sandbox, jobs, hours=1)
            assert len(await heard(ana, STARTS)) == welcomed


async def test_who_is_removed_hears_it_once_and_by_day(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea, cleo = [await sandbox.person(each) for each in ("Ana", "Bea", "Cleo")]
        for person in (ana, bea, cleo):
            await programme.joins(person)
        async with sandbox.sessions.begin() as session:
            blocked = update(Subscriber).where(Subscriber.id == bea.id)
            await session.execute(blocked.values(state=SubscriberState.BLOCKED))
        sandbox.clock.advance(14 * 3600)  # to 22:00
        for person in (ana, bea, cleo):
            await remove(sandbox, programme, person)
        await programme.joins(cleo)  # again, before she could hear of it
        await jobs.notes.run()
        assert await heard(ana, REMOVED) == []
        await later(sandbox, jobs, hours=10)
        told = words(await ana.hears("You're no longer in Autumn: a coordinator removed you."))
        assert "Your own quiz goes on. Your points and your streak stay." in told
        assert "Ask Cora" in told
        await later(sandbox, jobs, hours=24)
        counts = [len(await heard(each, REMOVED)) for each in (ana, bea, cleo)]
        assert counts == [1, 0, 0]
        assert await sandbox.count(Note) == 0
    assert sandbox.faults_logged() == []


@on_each_database
async def test_who_gets_a_new_team_hears_of_it_once_after_their_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        (blue, _), _red = [
            await make_team(sandbox, programme, name) for name in ("Blue", "Red <3>")
        ]
        ana, bea, cleo = [await sandbox.subscriber(each) for each in ("Ana", "Bea", "Cleo")]
        for person in (ana, bea, cleo):
            await programme.joins(person)
        await _set_team(sandbox, programme, blue.id, ana, bea, cleo)
        assert await balance(sandbox, programme) == {cleo.id}
        await _set_team(sandbox, programme, None, ana)
        assert await balance(sandbox, programme) == {ana.id}
        await jobs.notes.run()
        assert not any([await heard(each, NEW_TEAM) for each in (ana, bea, cleo)])  # 08:00
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=2)
        for person in (ana, bea, cleo):
            assert len(await heard(person, NEW_TEAM)) == (person is not bea)
        assert "Your team in Autumn is Red <3>. Your points so far" in words(
            await cleo.hears(NEW_TEAM)
        )
        assert await sandbox.count(Note) == 0
    assert sandbox.faults_logged() == []


async def test_before_the_start_the_welcome_tells_the_new_team(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=THURSDAY)
        await make_team(sandbox, programme, "Blue")
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        assert await balance(sandbox, programme) == {ana.id}
        await later(sandbox, jobs, hours=49)
        assert "Team Blue" in words(await ana.hears(STARTS))
        await later(sandbox, jobs, hours=24)
        assert await heard(ana, NEW_TEAM) == []


async def balance(sandbox: Sandbox, programme: OpenProgramme) -> set[int]:
    """Spreads everybody over the teams. Returns who has a new one."""
    async with sandbox.sessions.begin() as session:
        of = await session.get_one(Programme, programme.id)
        plan = await teams.plan_balance(session, of, everybody=True)
        by, now = programme.coordinator.id, sandbox.clock.now()
        await teams.apply_balance(session, of, plan, by, now)
        return {*plan.teams}


async def _set_team(
    sandbox: Sandbox, programme: OpenProgramme, team_id: int | None, *people: Person
) -> None:
    async with sandbox.sessions.begin() as session:
        for person in people:
            enrolment = await session.get_one(Enrolment, (programme.id, person.id))
            enrolment.team_id = team_id


@on_each_database
async def test_who_took_part_is_invited_to_the_next_season_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        before = await make_programme(sandbox, ends_on=MONDAY + timedelta(days=1))
        ana, bea, eve = [await sandbox.subscriber(name) for name in ("Ana", "Bea", "Eve")]
        blue, _ = await make_team(sandbox, before, "Blue")
        for person in (ana, bea, eve):
            await before.joins(person)
        await _set_team(sandbox, before, blue.id, ana)
        await later(sandbox, jobs, hours=1)
        for person in (ana, eve):
            await person.votes(await person.gets_question())
            await person.hears("points")
        async with sandbox.sessions.begin() as session:
            muted = await session.get_one(Enrolment, (before.id, eve.id))
            muted.messages_off = True
        cora = before.coordinator
        await later(sandbox, jobs, hours=96)
        await cora.says(f"/start next-{before.id}")
        await cora.hears("All good?")
        await turned(cora, "Create", "Autumn 2 is ready")
        await cora.presses("Invite past members")
        preview = words(await cora.hears("👀 Past members will see this:"))
        assert "🔁 A new season: Autumn 2 starts on Monday, 7 December." in preview
        assert "Cora invites you because you took part in Autumn." in preview
        assert "It goes to 1 member" in preview
        assert await sandbox.count(Note) == 0
        await turned(cora, "Cancel", "Autumn 2")  # its card: dates and teams can be checked
        await turned(cora, "🔗 Invite", "🔗 Invite")
        await cora.presses("Invite past members")
        await cora.hears("👀 Past members")
        await turned(cora, "Send it", "1 person who took part gets one message")
        await turned(cora, "Programme", "Autumn 2")
        sent = await turned(cora, "🔗 Invite", "🔗 Invite")
        assert "who took part" not in str(sent)
        async with sandbox.sessions.begin() as session:
            new = await session.get_one(Programme, before.id + 1)
            old, now = await session.get_one(Programme, before.id), sandbox.clock.now()
            invite = announcements.invite_past_members
            assert await invite(session, new, old, cora.id, now) is None
        await later(sandbox, jobs, hours=1)
        await ana.hears("🔁 A new season: Autumn 2 starts on Monday, 7 December.")
        assert "Cora invites you because you took part in Autumn." in words(ana.heard)
        await ana.presses("Have a look")
        offer = words(await ana.hears("You're invited to Autumn 2!"))
        assert "Your team: Blue, as last time. /programmes changes that." in offer
        assert "Your team: Blue" in words(await turned(ana, "Join", "You're in Autumn 2!"))
        await bea.says(f"/start {before.code}")  # of the poster that still hangs there
        offer = words(await bea.hears("You're invited to Autumn 2!"))
        assert offer.startswith("Autumn has ended. Here's its next season.")
        await later(sandbox, jobs, hours=48)
        assert await heard(bea, "A new season") == await heard(eve, "A new season") == []
        assert len(await heard(ana, "A new season")) == 1
    assert sandbox.faults_logged() == []


@pytest.mark.parametrize("sandbox_database", ["postgresql"], indirect=True)
async def test_an_invitation_locks_the_new_programme_before_the_last_one(
    sandbox: Sandbox,
) -> None:
    """The page does, too: otherwise coordinators who use both at once could deadlock."""
    locked: list[int] = []

    def note(*args: Any) -> None:
        if "UPDATE OF programmes" in args[2]:
            locked.append(args[3][-1])

    async with sandbox.bot():
        first, _ = await took_part(sandbox)
        event.listen(Engine, "before_cursor_execute", note)
        try:
            await invite_to_next(sandbox, first)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    assert locked == [first.id + 1, first.id]


NEW_SEASON = "A new season"


async def took_part(sandbox: Sandbox) -> tuple[OpenProgramme, Person]:
    """Returns a programme whose coordinator has seen /programme, and a member who has points."""
    programme = await make_programme(sandbox)
    ana = await sandbox.subscriber("Ana")
    await programme.joins(ana)
    async with sandbox.sessions.begin() as session:
        session.add(
            ProgrammeScore(
                programme_id=programme.id,
                kind=ScoreKind.PROGRAMME,
                since=MONDAY,
                subscriber_id=ana.id,
                points=10,
                answered=1,
            )
        )
    await programme.coordinator.says("/programme")
    await programme.coordinator.hears("📋 Autumn")
    return programme, ana


async def invite_to_next(sandbox: Sandbox, before: OpenProgramme, name: str = "Winter") -> None:
    """The coordinator makes another programme and invites who took part in this one."""
    starts_on, cora = MONDAY + timedelta(days=7), before.coordinator
    plan = Plan(name, "b12", "UTC", starts_on, None, time(9), ALL_WEEKDAYS)
    async with sandbox.sessions.begin() as session:
        now = sandbox.clock.now()
        new = await programmes.create(session, plan, cora.id, now, after_id=before.id)
    await cora.press_data(cora.heard, f"invitepast:{new.id}:{before.id}:send")


async def stop_messages(sandbox: Sandbox, coordinator: Person) -> None:
    async with sandbox.sessions.begin() as session:
        known, now = await session.get_one(Coordinator, coordinator.id), sandbox.clock.now()
        await announcements.set_stopped(session, known, 1, now, stopped=True)


async def test_an_operators_stop_holds_for_invitations(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme, ana = await took_part(sandbox)
        await invite_to_next(sandbox, programme)
        await stop_messages(sandbox, programme.coordinator)  # also what is still unsent
        await invite_to_next(sandbox, programme)
        await programme.coordinator.hears("An operator of this bot has stopped your messages")
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=2)
        assert await heard(ana, NEW_SEASON) == []


async def test_invitations_count_among_the_two_messages_in_seven_days(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme, ana = await took_part(sandbox)
        for number in range(4):
            await invite_to_next(sandbox, programme, f"Buy now {number}")
        await programme.coordinator.hears("That's two messages in seven days already.")
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=2)
        assert len(await heard(ana, NEW_SEASON)) == 2


async def test_who_turns_messages_off_gets_no_invitation(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme, ana = await took_part(sandbox)
        await invite_to_next(sandbox, programme)
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=1)
        invitation = await ana.hears(NEW_SEASON)
        look, mute = [each["callback_data"] for each in buttons(invitation)]
        await invite_to_next(sandbox, programme, "Spring")
        await ana.press_data(invitation, mute)
        await ana.hears_nothing_else()
        [invitation] = [each for each in await ana.messages() if NEW_SEASON in words(each)]
        kept, again = [each["callback_data"] for each in buttons(invitation)]
        assert (kept, again) == (look, f"mute:{programme.id}:off")
        await later(sandbox, jobs, hours=24)
        await later(sandbox, jobs, minutes=1)
        assert len(await heard(ana, NEW_SEASON)) == 1
        await invite_to_next(sandbox, programme, "Summer")
        await programme.coordinator.hears("two messages in seven days")
        await later(sandbox, jobs, hours=24 * 7)
        await invite_to_next(sandbox, programme, "Summer")
        await programme.coordinator.hears("Nobody who took part wants messages now")
    assert sandbox.faults_logged() == []


async def test_who_has_paused_for_some_days_gets_no_invitation_and_no_new_team(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme, ana = await took_part(sandbox)
        await make_team(sandbox, programme, "Blue")
        await invite_to_next(sandbox, programme)
        await balance(sandbox, programme)
        await ana.says("/pause 1 week")
        await ana.hears("30 Nov")
        await later(sandbox, jobs, hours=2)
        assert await heard(ana, NEW_TEAM) == await heard(ana, NEW_SEASON) == []


async def test_names_of_teams_are_no_way_around_the_limit_of_messages(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = [await sandbox.subscriber(each) for each in ("Ana", "Bea")]
        for person in (ana, bea):
            await programme.joins(person)
        async with sandbox.sessions.begin() as session:
            (await session.get_one(Enrolment, (programme.id, bea.id))).messages_off = True
        await later(sandbox, jobs, hours=1)
        for number in range(3):
            team, _ = await make_team(sandbox, programme, f"Buy now {number}")
            assert await balance(sandbox, programme) == {ana.id, bea.id}
            await later(sandbox, jobs, minutes=2)
            if number < 2:
                await remove_team(sandbox, programme, team.id)
        assert [len(await heard(each, NEW_TEAM)) for each in (ana, bea)] == [1, 0]
        for _ in range(7):
            await later(sandbox, jobs, hours=24)
        assert "Buy now 2" in (await heard(ana, NEW_TEAM))[1]  # a week later
        assert len(await heard(ana, NEW_TEAM)) == 2
    assert sandbox.faults_logged() == []


async def remove_team(sandbox: Sandbox, programme: OpenProgramme, team_id: int) -> None:
    async with sandbox.sessions.begin() as session:
        team = await programmes.team_of(session, programme.id, team_id)
        assert team is not None
        by, now = programme.coordinator.id, sandbox.clock.now()
        await teams.remove_team(session, team, by, now)


async def test_an_operators_stop_holds_for_notes_about_teams(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        await make_team(sandbox, programme, "Blue")
        ana, bea = [await sandbox.subscriber(each) for each in ("Ana", "Bea")]
        await programme.joins(ana)
        assert await balance(sandbox, programme) == {ana.id}
        await stop_messages(sandbox, programme.coordinator)  # also what is still unsent
        await programme.joins(bea)
        assert await balance(sandbox, programme) == {bea.id}
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=2)
        assert await heard(ana, NEW_TEAM) == await heard(bea, NEW_TEAM) == []


async def test_who_ends_up_in_the_same_team_hears_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        (blue, _), (red, code) = [await make_team(sandbox, programme, e) for e in ("Blue", "Red")]
        ana = await sandbox.subscriber("Ana")
        await programme.joins(ana, code)
        for before, after in ((red, blue), (blue, red)):
            async with sandbox.sessions.begin() as session:
                of = await session.get_one(Programme, programme.id)
                plan = Balance({ana.id: after.id}, {ana.id: before.id}, 0, 1, {})
                by, now = programme.coordinator.id, sandbox.clock.now()
                await teams.apply_balance(session, of, plan, by, now)
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=2)
        assert await heard(ana, NEW_TEAM) == []
        assert await sandbox.count(Note) == 0


async def set_days(
    sandbox: Sandbox, programme: OpenProgramme, *, start: date | None = None, off: date | None
) -> None:
    """Sets the first day, or adds a holiday."""
    now, by = sandbox.clock.now(), programme.coordinator.id
    async with sandbox.sessions.begin() as session:
        of = await session.get_one(Programme, programme.id)
        if start is not None:
            wanted = replace(programmes.plan_of(of), starts_on=start)
            await programmes.change(session, of, wanted, by, now)
        if off is not None:
            await programmes.add_holidays(session, of, off, off, by, now)
    await asyncio.gather(
        *(membership.replan_members(sandbox.sessions, programme.id, now) for _ in range(2))
    )


@on_each_database
async def test_who_is_welcomed_is_welcomed_again_only_to_a_later_start(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        start, zone = MONDAY + timedelta(days=2), "America/New_York"
        programme = await make_programme(sandbox, starts_on=start, zone=zone)
        ana = await sandbox.subscriber("Ana")
        await ana.says("/timezone Asia/Tokyo")
        await ana.hears("Tokyo")
        await programme.joins(ana)
        await later(sandbox, jobs, hours=16, minutes=1)  # 09:01 on Tuesday, still Monday there
        await later(sandbox, jobs, minutes=1)
        assert len(await heard(ana, STARTS)) == 1
        for number in (7, 8):
            await set_days(sandbox, programme, off=MONDAY + timedelta(days=number))
            await later(sandbox, jobs, minutes=1)
        assert len(await heard(ana, STARTS)) == 1
        for days, told in ((1, 2), (2, 3), (3, 3)):  # limited: the third is not told
            await set_days(sandbox, programme, start=start + timedelta(days=days), off=None)
            await later(sandbox, jobs, hours=24)
            await later(sandbox, jobs, minutes=1)
            assert len(await heard(ana, STARTS)) == told
        assert await sandbox.count(Note) == 0
    assert sandbox.faults_logged() == []


async def test_a_first_day_that_moves_away_and_back_is_told_once(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        start = MONDAY + timedelta(days=2)
        programme = await make_programme(sandbox, starts_on=start)
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (ana, bea):
            await programme.joins(person)
        await bea.says("/time 18:00")
        await bea.hears("18:00")
        await later(sandbox, jobs, hours=25)
        for day in (start + timedelta(days=1), start):
            await set_days(sandbox, programme, start=day, off=None)
            await later(sandbox, jobs, minutes=1)
        assert [len(await heard(each, STARTS)) for each in (ana, bea)] == [1, 0]
        await later(sandbox, jobs, hours=9)
        assert [len(await heard(each, STARTS)) for each in (ana, bea)] == [1, 1]
        assert await sandbox.count(Note) == 0


async def test_who_moves_the_first_day_sees_how_many_had_been_told_an_earlier_one(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=MONDAY + timedelta(days=2))
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await programme.joins(ana)

        async def moves_to(day: str) -> str:
            await open_card(cora)
            await turned(cora, "⚙️ Settings", "First day")
            await turned(cora, "✏️ First day", "When does it start?")
            await cora.says(day)
            return words(await cora.hears(f"{day} 2026"))

        moved = await moves_to("26 Nov")
        assert "Saved. The last day stays." in moved
        assert "(25 questions)" in moved
        assert "had been told" not in moved
        await later(sandbox, jobs, days=2, hours=2)
        await ana.hears("starts tomorrow")
        moved = await moves_to("27 Nov")
        assert "1 member had been told that it starts sooner. They'll be welcomed again" in moved
        assert "Message members" in str(buttons(cora.heard)[0])
        await later(sandbox, jobs, days=1)
        await ana.hears("starts tomorrow")
        assert "moved too often in a week to welcome them again" in await moves_to("28 Nov")
    assert sandbox.faults_logged() == []


async def test_a_welcome_that_is_late_waits_for_the_morning(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=MONDAY + timedelta(days=9))
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        await later(sandbox, jobs, hours=15)  # 23:00
        await set_days(sandbox, programme, start=MONDAY + timedelta(days=1), off=None)
        await jobs.notes.run()
        for _ in range(3):
            await later(sandbox, jobs, hours=9)
        assert await heard(ana, STARTS) == []  # it has begun by then
        assert await sandbox.count(Note) == 0


@on_each_database
async def test_a_crash_loses_no_welcome_and_no_removal(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=MONDAY + timedelta(days=1))
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (ana, bea):
            await programme.joins(person)
        await remove(sandbox, programme, bea)
        await sandbox.later(jobs, hours=1)
        async with sandbox.sessions.begin() as session:  # taken, and the process is killed
            _, due = await notes.take_due(session, sandbox.clock.now(), 8)
            assert {each.subscriber_id for each in due} == {ana.id, bea.id}
        await jobs.notes.run()
        assert await heard(ana, STARTS) == await heard(bea, REMOVED) == []  # still leased
        await later(sandbox, jobs, minutes=10)
        await later(sandbox, jobs, minutes=10)
        assert len(await heard(ana, STARTS)) == len(await heard(bea, REMOVED)) == 1
        assert await sandbox.count(Note) == 0


async def test_kinds_of_notes_that_a_newer_version_sends_hold_up_nobody(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (ana, bea):
            await programme.joins(person)
            await remove(sandbox, programme, person)
        async with sandbox.sessions.begin() as session:
            await session.execute(text("PRAGMA ignore_check_constraints = 1"))
            newer = update(Note).where(Note.subscriber_id == ana.id)
            await session.execute(newer.values(kind=literal_column("'of-tomorrow'")))
        await jobs.notes.run()
        assert len(await heard(bea, REMOVED)) == 1
        assert await heard(ana, REMOVED) == []
    assert sandbox.faults_logged() == []


async def test_who_has_come_back_hears_nothing_of_an_earlier_removal(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await sandbox.subscriber("Ana"), await sandbox.subscriber("Bea")
        await later(sandbox, jobs, hours=14)  # 22:00
        for person in (ana, bea):
            await programme.joins(person)
            await remove(sandbox, programme, person)
            await programme.joins(person)
        await remove(sandbox, programme, ana)
        await left(bea)
        await later(sandbox, jobs, hours=11)
        assert [len(await heard(each, REMOVED)) for each in (ana, bea)] == [1, 0]


async def test_notes_keep_the_operators_quiet_hours_too(sandbox: Sandbox) -> None:
    async with sandbox.bot(quiet_hours="12:00-18:00") as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (ana, bea):
            await programme.joins(person)
        await later(sandbox, jobs, hours=5)  # 13:00
        await remove(sandbox, programme, ana)
        await jobs.notes.run()
        assert await heard(ana, REMOVED) == []
        await later(sandbox, jobs, hours=5)
        assert len(await heard(ana, REMOVED)) == 1
        await later(sandbox, jobs, hours=4)  # 22:00
        await remove(sandbox, programme, bea)
        await jobs.notes.run()
        assert await heard(bea, REMOVED) == []
        await later(sandbox, jobs, hours=10)
        assert len(await heard(bea, REMOVED)) == 1


@on_each_database
async def test_a_note_that_is_not_sent_comes_later_though_the_team_before_is_removed(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        (red, code), (blue, _) = [await make_team(sandbox, programme, e) for e in ("Red", "Blue")]
        ana = await sandbox.subscriber("Ana")
        await programme.joins(ana, code)
        await later(sandbox, jobs, hours=1)
        now, by = sandbox.clock.now(), programme.coordinator.id
        async with sandbox.sessions.begin() as session:
            of = await session.get_one(Programme, programme.id)
            plan = Balance({ana.id: blue.id}, {ana.id: red.id}, 0, 1, {})
            await teams.apply_balance(session, of, plan, by, now)
        async with sandbox.sessions.begin() as session:
            _, due = await notes.take_due(session, now, 8)
        await remove_team(sandbox, programme, red.id)
        async with sandbox.sessions.begin() as session:
            await notes.record(session, due, [Result.NOT_SENT], now)
        await later(sandbox, jobs, minutes=1)
        assert "is Blue" in words(await ana.hears(NEW_TEAM))
