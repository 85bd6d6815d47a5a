"""A correction of the key: answers are scored again, with an audit row each."""

from sqlalchemy import select

from db.models import Answer, Delivery, DeliveryState, Rescoring
from db.session import Sessions
from questions import Change, Item, Topic
from quizbot.quiz.answers import corrections, totals
from quizbot.quiz.answers.corrections import ItemCorrection
from tests.databases import on_sqlite
from tests.quiz.banks import ITEMS, asked, claim_from, practised, revised, taught
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    begin,
    confirmed,
    counted,
    join,
    make_item,
    record,
    subscriber,
    topic_of,
    vote_on,
)


def rekeyed(item: Item) -> Item:
    """Returns a revision in which the former second option is the key."""
    key, second, *rest = item.options
    options = (
        second.model_copy(update={"correct": True, "why": None}),
        key.model_copy(update={"correct": False, "why": "It is not."}),
        *rest,
    )
    change = Change(revision=2, tell="The second is right.", order_was=(1, 0, 2))
    return revised(item, options=options, changes=(change,))


async def audited(sessions: Sessions) -> int:
    async with sessions() as session:
        return len((await session.scalars(select(Rescoring.delivery_id))).all())


async def rescore(sessions: Sessions, now_taught: Topic, limit: int = 10) -> list[int]:
    """Scores answers again, in batches. Returns how many deliveries each batch changed."""
    done = []
    async with sessions() as session:
        changes = await corrections.pending_rescorings(session, now_taught)
    for item, change in changes:
        last: int | None = 0
        while last is not None:
            before = await audited(sessions)
            async with sessions.begin() as session:
                last = await corrections.rescore(
                    session, now_taught, item, change, DUE, after=last, limit=limit
                )
            done.append(await audited(sessions) - before)
    return done


async def test_an_answer_under_a_wrong_key_is_scored_again_with_an_audit_row(
    sessions: Sessions,
) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic_of(rekeyed(item))) == [1, 0]
    async with sessions() as session:
        person = await subscriber(session)
        assert (person.points, person.correct, person.answered) == (10, 1, 1)
        [given] = await session.scalars(select(Answer))
        assert (given.option, given.points) == (0, 10)
        [audit] = await session.scalars(select(Rescoring))
        assert (audit.option_before, audit.points_before, audit.points_after) == (1, 2, 10)
        assert (audit.revision, audit.rescored_at) == (2, DUE)
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_an_answer_that_matched_the_wrong_key_loses_its_points(sessions: Sessions) -> None:
    item = await taught(sessions, option=0)
    await rescore(sessions, topic_of(rekeyed(item)))
    async with sessions() as session:
        person = await subscriber(session)
        assert (person.points, person.correct, person.streak) == (2, 0, 1)
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_a_new_order_and_a_new_key_are_applied_in_turn(
    sessions: Sessions,
) -> None:
    """[key, a, b] became [key, b, a], and then a became the key."""
    item = await taught(sessions, option=1)
    key, a, b = item.options
    right = a.model_copy(update={"correct": True, "why": None})
    wrong = key.model_copy(update={"correct": False, "why": "It is not."})
    last = item.model_copy(
        update={
            "revision": 3,
            "options": (right, wrong, b),
            "changes": (
                Change(revision=2, order_was=(0, 2, 1)),
                Change(revision=3, order_was=(2, 0, 1)),
            ),
        }
    )
    await rescore(sessions, topic_of(last))
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0]
        assert (await subscriber(session)).points == 10
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_an_option_that_was_removed_earns_nobody_points(sessions: Sessions) -> None:
    four = make_item("four", options=("right", "wrong", "worse", "worst"))
    await join(sessions)
    question = await asked(sessions, topic_of(four), 0)
    await counted(sessions, vote_on(question, 3), DUE)
    three = revised(
        four, options=four.options[:3], changes=(Change(revision=2, order_was=(1, 0, 2)),)
    )
    assert await rescore(sessions, topic_of(three)) == [1, 0]
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [9]
        assert (await subscriber(session)).points == 2
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_an_option_removed_and_a_new_key_in_one_revision(sessions: Sessions) -> None:
    """[key, a, b, c] became [c, key, b]."""
    four = make_item("four", options=("right", "wrong", "worse", "worst"))
    await join(sessions)
    question = await asked(sessions, topic_of(four), 0)
    await counted(sessions, vote_on(question, 3), DUE)
    options = (four.options[3], four.options[0], four.options[2])
    changes = (Change(revision=2, order_was=(3, 0, 2)),)
    await rescore(sessions, topic_of(revised(four, options=options, changes=changes)))
    async with sessions() as session:
        assert (await subscriber(session)).points == 10
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_a_new_key_earns_no_points_for_an_option_that_was_removed_before(
    sessions: Sessions,
) -> None:
    """[key, a, b, c] became [key, b, a], without c; then [d, key, b], with a new key."""
    four = make_item("four", options=("right", "wrong", "worse", "worst"))
    await join(sessions)
    question = await asked(sessions, topic_of(four), 0)
    await counted(sessions, vote_on(question, 3), DUE)
    key, _, b, d = four.options
    changes = (Change(revision=2, order_was=(0, 2, 1)), Change(revision=3, order_was=(9, 0, 1)))
    third = {"revision": 3, "options": (d, key, b), "changes": changes}
    await rescore(sessions, topic_of(four.model_copy(update=third)))
    async with sessions() as session:
        assert (await subscriber(session)).points == 2
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_a_change_added_after_a_later_one_is_not_applied(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    late = Change(revision=3, order_was=(1, 0, 2))
    third = rekeyed(item).model_copy(update={"revision": 3, "changes": (late,)})
    await rescore(sessions, topic_of(third))
    early = Change(revision=2, order_was=(0, 2, 1))
    both = third.model_copy(update={"changes": (early, late)})
    assert await rescore(sessions, topic_of(both)) == []


async def test_answers_to_a_withdrawn_item_are_scored_again(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    gone = rekeyed(item).model_copy(update={"status": "retired"})
    await rescore(sessions, topic_of(gone))
    async with sessions() as session:
        assert (await subscriber(session)).points == 10


@on_sqlite
async def test_a_change_is_applied_once(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic_of(rekeyed(item))) == [1, 0]
    assert await rescore(sessions, topic_of(rekeyed(item))) == []
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0]


async def test_many_answers_are_scored_again_in_batches(sessions: Sessions) -> None:
    for person in range(1, 6):
        await join(sessions, person)
    await claim_from(sessions, topic_of(ITEMS[0]))
    leaving = await begin(sessions, DUE)
    await record(sessions, *map(confirmed, leaving))
    for question in leaving[:3]:
        await counted(sessions, vote_on(question, 1), DUE)
    assert await rescore(sessions, topic_of(rekeyed(ITEMS[0])), limit=2) == [2, 2, 1, 0]
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0, 0, 0]
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_a_vote_on_a_poll_that_is_still_open_is_graded_by_the_new_key(
    sessions: Sessions,
) -> None:
    await join(sessions)
    question = await asked(sessions, topic_of(ITEMS[0]), 0)
    await rescore(sessions, topic_of(rekeyed(ITEMS[0])))
    outcome = await counted(sessions, vote_on(question, 1), DUE)  # its place when the poll was sent
    assert outcome.correct
    async with sessions() as session:
        assert await totals.differences(session, OBJECTIVE_OF) == []


@on_sqlite
async def test_subscribers_hear_that_the_key_was_wrong(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    now_taught = topic_of(rekeyed(item), *ITEMS[1:])
    await rescore(sessions, now_taught)
    assert (await asked(sessions, now_taught, 1)).correction == ItemCorrection(
        item.id, 1, 2, withdrawn=False
    )


@on_sqlite
async def test_practice_answers_are_graded_again_without_points(sessions: Sessions) -> None:
    await practised(sessions, option=1)
    await rescore(sessions, topic_of(rekeyed(ITEMS[0])))
    async with sessions() as session:
        [audit] = await session.scalars(select(Rescoring))
        assert (audit.option_before, audit.points_before, audit.points_after) == (1, 0, 0)
        assert (await subscriber(session)).points == 0
        state = await session.scalar(select(Delivery.state))
        assert state is DeliveryState.SENT
        assert await totals.differences(session, OBJECTIVE_OF) == []
