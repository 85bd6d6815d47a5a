"""What the end notice tells of teams, and which question is a programme's last."""

from datetime import timedelta

from db.models import Subscriber
from db.programmes import Programme
from db.session import Sessions
from quizbot.programmes import end_notice
from tests.programmes.steps import MONDAY, enrol, programme, team
from tests.programmes.test_boards import member
from tests.quiz.steps import START, join


async def test_it_has_the_place_of_the_members_team(sessions: Sessions) -> None:
    course = await programme(sessions, ends_on=MONDAY + timedelta(days=4))
    red, blue, small = [await team(sessions, course, name) for name in ("Red", "Blue", "Small")]
    people = {}
    for each, points, size in ((red, 12, 5), (blue, 20, 5), (small, 30, 4)):
        for _ in range(size):
            people[each.id] = await member(sessions, course, points, team_id=each.id)
    async with sessions() as session:
        of = await session.get_one(Programme, course)
        scores = await end_notice.final_scores(session, of)
        for each, rank in ((red, 2), (blue, 1), (small, None)):
            subscriber = await session.get_one(Subscriber, people[each.id])
            notice = await end_notice.end_notice(session, of, subscriber, scores, START)
            assert (notice.team.rank if notice.team else None, notice.teams) == (rank, 2)


async def test_the_last_question_comes_on_the_last_question_day(sessions: Sessions) -> None:
    """That is Friday if the programme ends on a Sunday without questions at weekends."""
    friday, sunday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=6)
    course = await programme(sessions, ends_on=sunday, weekdays=0b0011111)
    await programme(sessions, ends_on=None)
    await join(sessions, 1)
    await enrol(sessions, course, 1)
    async with sessions() as session:
        for now in (START + timedelta(days=days) for days in range(9)):
            found = await end_notice.last_questions(session, now)
            is_near = abs(now.date() - friday) <= timedelta(days=1)
            assert found == ({(1, friday): ["Autumn of 2026"]} if is_near else {})
