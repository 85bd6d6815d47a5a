"""What tests of programmes start from: a coordinator, programmes, teams and members."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ALL_WEEKDAYS, Programme, Team
from db.session import Sessions
from quizbot.programmes import membership, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from tests.quiz.steps import START, TOPIC, subscriber

COORDINATOR = 900
MONDAY = date(2026, 11, 23)


def plan(**changed: Any) -> Plan:
    """A programme in UTC from MONDAY on, without an end, with a question at nine every day."""
    given: dict[str, Any] = {
        "name": "Autumn of 2026",
        "topic": TOPIC.slug,
        "timezone": "UTC",
        "starts_on": MONDAY,
        "ends_on": None,
        "question_time": time(9),
        "weekdays": ALL_WEEKDAYS,
        "holidays": (),
    }
    return Plan(**(given | changed))


async def programme(
    sessions: Sessions, *, coordinator: int = COORDINATOR, now: datetime = START, **changed: Any
) -> int:
    """Creates a programme, and its coordinator if necessary. Returns its id."""
    async with sessions.begin() as session:
        await staff.make_coordinator(session, coordinator, "Kim Doe", "en", now)
        made = await programmes.create(session, plan(**changed), coordinator, now)
    return made.id


async def change(
    session: AsyncSession, found: Programme, now: datetime = START, **wanted: Any
) -> None:
    """Changes these settings of the programme."""
    plan_now = programmes.plan_of(found)
    await programmes.change(session, found, replace(plan_now, **wanted), COORDINATOR, now)


async def team(sessions: Sessions, programme_id: int, name: str) -> Team:
    async with sessions.begin() as session:
        found = await session.get_one(Programme, programme_id)
        return await add_team(session, found, name, COORDINATOR, START)


async def enrol(
    sessions: Sessions,
    programme_id: int,
    person: int = 1,
    *,
    team_id: int | None = None,
    newcomer: bool = False,
    now: datetime = START,
) -> None:
    """The subscriber joins."""
    async with sessions.begin() as session:
        member = await subscriber(session, person)
        found = await session.get_one(Programme, programme_id)
        await membership.enrol(session, member, found, team_id, now, newcomer=newcomer)


async def enrol_all(sessions: Sessions, programme_id: int, people: Collection[int]) -> None:
    for person in people:
        await enrol(sessions, programme_id, person)
