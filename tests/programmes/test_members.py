"""The list of members as coordinators see it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from db.models import Subscriber
from db.programmes import (
    Coordinator,
    Enrolment,
    Note,
    NoteKind,
    Programme,
    ProgrammeScore,
    ScoreKind,
    Team,
)
from db.session import Sessions
from quizbot.programmes import announcements, members, membership, privacy
from quizbot.programmes.members import Filter, Member, Order
from tests.programmes.steps import COORDINATOR, MONDAY, enrol, programme, team
from tests.quiz.steps import START, join

SECRET = "secret"
EVERYBODY = Filter()
NAMES = {1: "Cem", 2: "ana", 3: "Ben", 4: "Dora"}
POINTS = {1: 10, 2: 30, 3: 20, 4: 99}


@pytest.fixture
async def number(sessions: Sessions) -> int:
    """A programme with four members, the last of whom hides."""
    number = await programme(sessions)
    for person, name in NAMES.items():
        await join(sessions, person)
        await enrol(sessions, number, person)
        async with sessions.begin() as session:
            mine = Enrolment.subscriber_id == person
            shown = {"shown_name": name, "hidden": person == 4}
            await session.execute(update(Enrolment).where(mine).values(**shown))
            session.add(_score(number, person))
    return number


def _score(number: int, person: int) -> ProgrammeScore:
    return ProgrammeScore(
        programme_id=number,
        kind=ScoreKind.PROGRAMME,
        since=MONDAY,
        subscriber_id=person,
        points=POINTS[person],
        answered=person,
    )


async def _listed(
    sessions: Sessions, number: int, which: Filter = EVERYBODY, order: Order = Order.NAME
) -> list[Member]:
    async with sessions() as session:
        found = await session.get_one(Programme, number)
        listed = await members.list_members(session, found, which, order)
        assert len(listed) == await members.count(session, found, which)
        return listed


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.NAME, ["ana", "Ben", "Cem", "Dora"]),
        (Order.POINTS, ["ana", "Ben", "Cem", "Dora"]),
        (Order.DAYS, ["Ben", "ana", "Cem", "Dora"]),
    ],
)
async def test_the_order_of_hidden_members_does_not_reveal_their_points(
    sessions: Sessions, number: int, order: Order, names: list[str]
) -> None:
    listed = await _listed(sessions, number, order=order)
    assert [each.name for each in listed] == names
    hidden = listed[-1]
    assert (hidden.points, hidden.days) == (None, None)


async def test_the_latest_to_join_come_first(sessions: Sessions, number: int) -> None:
    async with sessions.begin() as session:
        mine = Enrolment.subscriber_id == 3
        await session.execute(update(Enrolment).where(mine).values(enrolled_on=date(2026, 12, 1)))
    listed = await _listed(sessions, number, order=Order.JOINED)
    assert [each.name for each in listed] == ["Ben", "ana", "Cem", "Dora"]


async def test_members_without_answers_have_no_points(sessions: Sessions, number: int) -> None:
    await join(sessions, 5)
    await enrol(sessions, number, 5)
    [newcomer] = [each for each in await _listed(sessions, number) if each.subscriber_id == 5]
    async with sessions() as session:
        assert newcomer.name == (await session.get_one(Subscriber, 5)).alias
    assert (newcomer.points, newcomer.days, newcomer.team) == (0, 0, None)


async def test_members_are_found_by_team_and_by_text_in_their_name(
    sessions: Sessions, number: int
) -> None:
    blue = await team(sessions, number, "Blue")
    await enrol(sessions, number, 2, team_id=blue.id)
    assert [each.name for each in await _listed(sessions, number, Filter(blue.id))] == ["ana"]
    assert len(await _listed(sessions, number, Filter(no_team=True))) == 3
    assert [each.name for each in await _listed(sessions, number, Filter(search="BE"))] == ["Ben"]
    for literal in ("%", "_", "\\", "'"):
        assert await _listed(sessions, number, Filter(search=literal)) == []


async def test_a_handle_finds_its_member_and_nobody_else(sessions: Sessions, number: int) -> None:
    handle = members.handle_maker(SECRET, number)
    handles = {person: handle(person, START) for person in NAMES}
    assert len(set(handles.values())) == len(NAMES)
    async with sessions() as session:
        found = await session.get_one(Programme, number)
        for person, each in handles.items():
            member = await members.find_by_handle(session, found, SECRET, each)
            assert member is not None
            assert member.subscriber_id == person
            assert await members.find_by_handle(session, found, "another secret", each) is None
            assert members.handle_maker(SECRET, number + 1)(person, START) != each


async def test_an_erased_member_who_comes_back_has_another_handle(
    sessions: Sessions, number: int
) -> None:
    before = members.handle_maker(SECRET, number)(1, START)
    later = START + timedelta(hours=1)
    async with sessions.begin() as session:
        await privacy.forget(session, 1, later)
    await join(sessions, 1, now=later)
    await enrol(sessions, number, 1, now=later)
    async with sessions() as session:
        found = await session.get_one(Programme, number)
        assert await members.find_by_handle(session, found, SECRET, before) is None
        [ana] = await members.list_members(session, found, Filter(search="ana"))
        again = members.handle_maker(SECRET, number)(1, later)
        assert await members.find_by_handle(session, found, SECRET, again) not in (None, ana)


async def test_former_members_cannot_be_moved(sessions: Sessions, number: int) -> None:
    [ana] = await _listed(sessions, number, Filter(search="ana"))
    later = START + timedelta(hours=1)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, number)
        assert await membership.remove_member(session, found, 2, COORDINATOR, later)
    async with sessions.begin() as session:
        assert not await members.move_to_team(session, found, ana, None, COORDINATOR, later)
    assert await _listed(sessions, number, Filter(search="ana")) == []


async def test_who_is_moved_to_a_team_is_told_unless_the_coordinator_may_not_write(
    sessions: Sessions, number: int
) -> None:
    blue = await team(sessions, number, "Blue")

    async def moved(name: str, to: Team | None) -> list[int]:
        """Returns who is to be told of a new team once that member has moved."""
        [member] = await _listed(sessions, number, Filter(search=name))
        async with sessions.begin() as session:
            found = await session.get_one(Programme, number)
            assert await members.move_to_team(session, found, member, to, COORDINATOR, START)
            told = select(Note.subscriber_id).where(Note.kind == NoteKind.TEAM)
            return list(await session.scalars(told.order_by(Note.id)))

    assert await moved("ana", blue) == [2]
    assert await moved("ana", blue) == [2]
    async with sessions.begin() as session:
        coordinator = await session.get_one(Coordinator, COORDINATOR)
        await announcements.set_stopped(session, coordinator, 1, START, stopped=True)
    assert await moved("Ben", blue) == []
