"""What choosing goes by, read from the database."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from db.challenges import Challenge, ChallengeAnswer
from db.models import DAILY
from db.session import Sessions
from quizbot.quiz.answers.memory import stored_memories
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.history import Asked, LearnerHistory, learner_histories
from tests.quiz.steps import (
    DUE,
    TOPIC,
    counted,
    deliveries,
    join,
    make_pool,
    past_delivery,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)


@pytest.mark.parametrize("options", [(0, 1, None), (0,)])
async def test_a_history_is_that_of_the_answers(
    sessions: Sessions, options: tuple[int | None, ...]
) -> None:
    """Two weeks, of which the first is more than 60 days ago."""
    await join(sessions)
    days = [*range(7), *range(70, 77)]
    for day in days:
        [question] = await send_due(sessions, DUE + day * DAY)
        if (option := options[day % len(options)]) is not None:
            await counted(sessions, vote_on(question, option), DUE + day * DAY)
    async with sessions.begin() as session:
        person = await subscriber(session)
        await claiming.claim_practice(session, person, make_pool(), DUE + 76 * DAY)
    async with sessions() as session:
        found = (await learner_histories(session, [1, 2], DUE + 77 * DAY))[1]
        stored = await stored_memories(session, [1])
    memories = {key.objective_id: each for key, each in stored.items()}
    asked = await deliveries(sessions)
    expected = LearnerHistory.of(
        memories,
        [Asked(e.local_date, e.slot, e.item_id) for e in asked if e.local_date > question_day(8)],
        [each.purpose or "" for each in asked if each.slot == DAILY],
    )
    expected_due = {each: review for each, review in expected.due.items() if each in found.due}
    for each, review in found.due.items():
        exact = expected_due[each]
        assert review == exact._replace(stability=review.stability, difficulty=review.difficulty)
        assert review.stability == pytest.approx(exact.stability, abs=0.011)
        assert review.difficulty == pytest.approx(exact.difficulty, abs=0.011)
    tomorrow = question_day(78)
    assert found.due.keys() == {e for e, r in expected.due.items() if r.due_on <= tomorrow}
    assert asdict(found) | {"due": {}} == asdict(expected) | {"due": {}}
    assert found.never_incorrect is (options == (0,))


def question_day(days: int) -> date:
    return (DUE + days * DAY).date()


async def test_reviews_are_counted_over_four_questions_however_old(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        for day, item in zip((0, 1, 7, 14, 21), TOPIC.approved, strict=False):
            purpose = "due" if day != 14 else "new"
            session.add(past_delivery(day, item.id, purpose=purpose))
        session.add(past_delivery(21, TOPIC.approved[5].id, slot=1, purpose="practice"))
    async with sessions() as session:
        history = (await learner_histories(session, [1], DUE + 28 * DAY))[1]
    assert history.reviews == 3


async def test_what_was_answered_in_a_challenge_counts_as_asked(sessions: Sessions) -> None:
    await join(sessions)
    await join(sessions, 2)
    answered, opened = TOPIC.approved[:2]
    async with sessions.begin() as session:
        for day, (item, option) in enumerate(((answered, 1), (opened, None))):
            session.add(asked := past_delivery(day, item.id))
            await session.flush()
            session.add(Challenge(code=str(day), delivery_id=asked.id, created_at=DUE))
            await session.flush()
            session.add(
                ChallengeAnswer(
                    code=str(day), friend_id=2, language="en", option_order="012", option=option
                )
            )
    async with sessions() as session:
        histories = await learner_histories(session, [1, 2], DUE + DAY)
    assert histories[2].seen == {answered.id: question_day(1)}
    assert set(histories[1].seen) == {answered.id, opened.id}
