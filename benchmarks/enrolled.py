"""A programme that everybody of a population takes part in, with a coordinator and teams."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from db.models import Subscriber
from db.programmes import ALL_WEEKDAYS, Enrolment
from db.session import Sessions
from questions import Topic
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes import staff
from quizbot.programmes.programme import Plan
from quizbot.quiz.answers import totals

COORDINATOR = 1

_TEAMS = 100
_AT_ONCE = 500  # members whose scores are added up in one go


async def enrol_all(sessions: Sessions, topic: Topic, days: int) -> int:
    """It began so many days ago, and everybody has been in it since. Answers its id."""
    now = datetime.now(UTC)
    begun = now - timedelta(days=days)
    plan = Plan(
        name="Everybody",
        topic=topic.slug,
        timezone="UTC",
        starts_on=begun.date(),
        ends_on=None,
        question_time=now.time().replace(second=0, microsecond=0),
        weekdays=ALL_WEEKDAYS,
    )
    async with sessions.begin() as session:
        await staff.make_coordinator(session, COORDINATOR, "Kim Doe", "en", begun)
        programme = await programmes_programme.create(session, plan, COORDINATOR, begun)
        teams = [
            await programmes_programme.add_team(
                session, programme, f"Team {number}", COORDINATOR, begun
            )
            for number in range(_TEAMS)
        ]
        people = (await session.scalars(select(Subscriber.id).order_by(Subscriber.id))).all()
        await session.execute(
            insert(Enrolment),
            [
                {
                    "programme_id": programme.id,
                    "subscriber_id": person,
                    "team_id": teams[place % _TEAMS].id,
                    "enrolled_on": plan.starts_on,
                }
                for place, person in enumerate(people)
            ],
        )
    for first in range(0, len(people), _AT_ONCE):
        async with sessions.begin() as session:
            await totals.recount_scores(session, people[first : first + _AT_ONCE])
    return programme.id
