"""How many got yesterday's question right: only in blocks with five people on either side."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import Answer, Delivery, DeliveryState
from db.programmes import Enrolment, ItemShare
from db.session import Sessions
from questions import Change
from quizbot.programmes import membership
from quizbot.programmes.shares import count_shares, shares
from quizbot.quiz.answers import corrections
from tests.programmes.steps import enrol, programme
from tests.quiz.steps import DUE, answer, join, make_item, send_due, topic_of, vote_on

DAY = timedelta(days=1)
LATER = DUE + 3 * DAY


async def answered(
    sessions: Sessions, people: range, right: int, *, day: int = 0, item: str = "item"
) -> None:
    """Stores that day's answers of these people to the item: the first `right` are correct."""
    at = DUE + day * DAY
    async with sessions.begin() as session:
        for number, person in enumerate(people):
            asked = Delivery(
                subscriber_id=person,
                local_date=at.date(),
                slot=0,
                item_id=item,
                item_revision=1,
                option_order="012",
                state=DeliveryState.SENT,
                claimed_at=at,
                closes_at=at + DAY,
            )
            session.add(asked)
            await session.flush()
            session.add(
                Answer(
                    delivery_id=asked.id,
                    option=0 if number < right else 1,
                    counted=True,
                    points=0,
                    unanswered=0,
                    answered_at=at,
                )
            )


async def joined(sessions: Sessions, *people: int) -> None:
    for person in people:
        await join(sessions, person)


async def told(sessions: Sessions, days: int = 3) -> dict[str, int]:
    await count_shares(sessions, DUE + days * DAY)
    async with sessions() as session:
        return await shares(session)


@pytest.mark.parametrize(
    ("people", "right", "share"),
    [(12, 7, {"item": 60}), (12, 8, {}), (9, 4, {}), (11, 5, {"item": 45})],
)
async def test_a_share_is_told_in_steps_of_five_with_five_people_on_either_side(
    sqlite_sessions: Sessions, people: int, right: int, share: dict[str, int]
) -> None:
    everybody = range(1, people + 1)
    await joined(sqlite_sessions, *everybody)
    await answered(sqlite_sessions, everybody, right)
    assert await told(sqlite_sessions, days=1) == {}  # some may still answer
    assert await told(sqlite_sessions) == share
    assert await told(sqlite_sessions) == share  # nothing is counted twice


async def test_what_changes_between_two_figures_is_a_block_as_well(sessions: Sessions) -> None:
    everybody = range(1, 25)
    await joined(sessions, *everybody)
    await answered(sessions, everybody[:10], 5)
    assert await told(sessions) == {"item": 50}
    await answered(sessions, everybody[10:18], 8, day=1)  # all correct: they wait
    assert await told(sessions, 4) == {"item": 50}
    await answered(sessions, everybody[18:23], 0, day=2)
    assert await told(sessions, 5) == {"item": 55}  # 13 of 23
    await answered(sessions, everybody[:10], 10, day=3)  # they know it already
    assert await told(sessions, 6) == {"item": 55}
    async with sessions() as session:
        kept = (await session.scalars(select(ItemShare))).one()
        assert (kept.correct, kept.incorrect) == (13, 10)
        assert (kept.waiting_correct, kept.waiting_incorrect) == (0, 0)


async def test_members_and_others_are_told_only_if_each_group_may_be(
    sqlite_sessions: Sessions,
) -> None:
    """Otherwise the members' own figures, which coordinators see, would leave the few others."""
    sessions = sqlite_sessions
    course, everybody = await programme(sessions), range(1, 13)
    await joined(sessions, *everybody)
    for person in everybody[:11]:
        await enrol(sessions, course, person)
    await answered(sessions, everybody, 6)
    assert await told(sessions) == {"item": 55}  # 6 of the 11 members; the twelfth waits
    async with sessions() as session:
        waits = await session.get_one(ItemShare, ("item", 0))
        assert (waits.correct, waits.waiting_incorrect) == (0, 1)


async def test_hidden_members_are_left_out(sqlite_sessions: Sessions) -> None:
    sessions = sqlite_sessions
    course, everybody = await programme(sessions), range(1, 11)
    await joined(sessions, *everybody)
    for person in everybody:
        await enrol(sessions, course, person)
    async with sessions.begin() as session:
        membership.set_hidden(await session.get_one(Enrolment, (course, 1)), hidden=True)
    await answered(sessions, everybody, 5)
    assert await told(sessions) == {}


async def test_a_corrected_key_begins_a_new_count(sqlite_sessions: Sessions) -> None:
    everybody = range(1, 11)
    await joined(sqlite_sessions, *everybody)
    await answered(sqlite_sessions, everybody, 5)
    assert await told(sqlite_sessions) == {"item": 50}
    change = Change(revision=2, order_was=(1, 0, 2))
    item = make_item("item").model_copy(update={"revision": 2, "changes": (change,)})
    async with sqlite_sessions.begin() as session:
        after: int | None = 0
        while after is not None:
            after = await corrections.rescore(
                session, topic_of(item), item, change, LATER, after, 100
            )
    assert await told(sqlite_sessions, 4) == {}


async def test_a_question_knows_the_one_of_the_day_before(sessions: Sessions) -> None:
    await join(sessions)
    [first] = await send_due(sessions, DUE)
    await answer(sessions, vote_on(first), DUE)
    [second] = await send_due(sessions, DUE + DAY)
    [fourth] = await send_due(sessions, DUE + 3 * DAY)
    assert (first.yesterday, second.yesterday, fourth.yesterday) == (None, first.item_id, None)
