"""What was taught and is taught otherwise now: told once, and a wrong key graded anew."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from sqlalchemy import select

from db.models import Answer, Delivery, DeliveryState, Rescoring
from db.session import Sessions
from questions import Change, Item, Topic
from quizbot.quiz import claiming, rebuilding, rescoring
from quizbot.quiz.choosing import Deck
from quizbot.quiz.corrections import Correction
from quizbot.quiz.delivery import Outgoing, Result
from tests.quiz.stage import (
    DUE,
    TOPIC,
    answer,
    begin,
    begin_one,
    confirmed,
    counted,
    deliveries,
    join,
    make_item,
    record,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)
ITEMS = tuple(make_item(f"item-{number}", cites=(f"KP{number}",)) for number in range(4))


def topic(*items: Item) -> Topic:
    return replace(TOPIC, items=items)


def revised(item: Item, **fields: object) -> Item:
    return item.model_copy(update={"revision": item.revision + 1, **fields})


async def asked(sessions: Sessions, now_taught: Topic, days: int) -> Outgoing:
    """The question of that day, sent."""
    now = DUE + days * DAY
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(now_taught, Random(1)), now, 10)
    [leaving] = await begin(sessions, now)
    await record(sessions, confirmed(leaving))
    return leaving


async def taught(sessions: Sessions, option: int = 0) -> Item:
    """Somebody was asked the first question and has answered it."""
    await join(sessions)
    question = await asked(sessions, topic(ITEMS[0]), 0)
    await counted(sessions, vote_on(question, option), DUE)
    return ITEMS[0]


async def test_a_change_is_told_with_the_next_question_once(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == Correction(item.id, 2)
    assert question.item_id != item.id
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_who_was_never_taught_it_hears_nothing(sessions: Sessions) -> None:
    await join(sessions)
    question = await asked(sessions, topic(ITEMS[0]), 0)
    assert (await asked(sessions, topic(revised(ITEMS[0])), 1)).correction is None  # unanswered
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, topic(revised(ITEMS[0])), 2)).correction is not None


async def test_who_learns_the_new_one_meanwhile_hears_nothing(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item))
    async with sessions.begin() as session:
        deck = Deck(now_taught.approved, Random(1))  # a bot that was told of no changes
        await claiming.claim_due(session, deck, DUE + DAY, 10)
    [question] = await begin(sessions, DUE + DAY)
    await record(sessions, confirmed(question))
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_a_withdrawn_one_is_told_and_not_asked(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(item.model_copy(update={"status": "retired"}), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == Correction(item.id, 2)
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_changed_and_later_withdrawn_is_told_twice(sessions: Sessions) -> None:
    item = await taught(sessions)
    changed = revised(item)
    assert (await asked(sessions, topic(changed, *ITEMS[1:]), 1)).correction is not None
    gone = changed.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, *ITEMS[1:]), 2)).correction == Correction(item.id, 3)


async def test_a_draft_and_a_waived_change_are_not_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    draft = revised(item, status="draft")
    assert (await asked(sessions, topic(draft, *ITEMS[1:]), 1)).correction is None
    waived = revised(item, waivers={"correction": "Only a comma moved."})
    assert (await asked(sessions, topic(waived, *ITEMS[1:]), 2)).correction is None


async def test_several_come_one_a_question(sessions: Sessions) -> None:
    await join(sessions)
    for days in (0, 1):
        question = await asked(sessions, topic(*ITEMS[:2]), days)
        await counted(sessions, vote_on(question), DUE + days * DAY)
    now_taught = topic(*map(revised, ITEMS[:2]), *ITEMS[2:])
    told = [(await asked(sessions, now_taught, days)).correction for days in (2, 3, 4)]
    assert {each.item_id for each in told[:2] if each} == {ITEMS[0].id, ITEMS[1].id}
    assert told[2] is None


async def test_one_whose_question_never_arrived_is_told_with_the_next(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(now_taught, Random(1)), DUE + DAY, 10)
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    assert (await asked(sessions, now_taught, 2)).correction == Correction(item.id, 2)


async def test_a_question_asked_for_carries_it_too(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        person = await subscriber(session)
        deck = Deck.of(now_taught, Random(1))
        claimed = await claiming.claim_today(session, person, deck, DUE + DAY)
    assert (await begin_one(sessions, DUE + DAY, claimed.id)).correction is not None


async def test_a_claim_of_an_earlier_revision_goes_out_as_the_new_one(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(topic(ITEMS[0]), Random(1)), DUE, 10)
    now_taught = topic(revised(ITEMS[0]))
    async with sessions.begin() as session:
        deck = Deck.of(now_taught, Random(1))
        assert await claiming.redraw_withdrawn(session, deck) == 1
        assert await claiming.redraw_withdrawn(session, deck) == 0
    [claimed] = await deliveries(sessions)
    assert (claimed.item_id, claimed.item_revision) == (ITEMS[0].id, 2)


def rekeyed(item: Item) -> Item:
    """What was the second option is the key."""
    key, second, *rest = item.options
    options = (
        second.model_copy(update={"correct": True, "why": None}),
        key.model_copy(update={"correct": False, "why": "It is not."}),
        *rest,
    )
    change = Change(revision=2, tell="The second is right.", order_was=(1, 0, 2))
    return revised(item, options=options, changes=(change,))


async def rescore(sessions: Sessions, now_taught: Topic, limit: int = 10) -> list[int]:
    """How many deliveries each step took."""
    done = []
    async with sessions() as session:
        changes = await rescoring.pending(session, now_taught)
    for item, change in changes:
        done.append(limit)
        while done[-1] == limit:
            async with sessions.begin() as session:
                done.append(await rescoring.rescore(session, item, change, DUE, limit))
    return done[1:]


async def test_a_wrong_key_is_graded_anew_with_an_audit_row(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic(rekeyed(item))) == [1]
    async with sessions() as session:
        person = await subscriber(session)
        assert (person.points, person.correct, person.answered) == (10, 1, 1)
        [given] = await session.scalars(select(Answer))
        assert (given.option, given.points) == (0, 10)
        [audit] = await session.scalars(select(Rescoring))
        assert (audit.option_before, audit.points_before, audit.points_after) == (1, 2, 10)
        assert (audit.revision, audit.rescored_at) == (2, DUE)
        assert await rebuilding.differences(session) == []


async def test_who_had_the_wrong_key_right_loses_its_points(sessions: Sessions) -> None:
    item = await taught(sessions, option=0)
    await rescore(sessions, topic(rekeyed(item)))
    async with sessions() as session:
        person = await subscriber(session)
        assert (person.points, person.correct, person.streak) == (2, 0, 1)
        assert await rebuilding.differences(session) == []


async def test_it_is_applied_once(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic(rekeyed(item))) == [1]
    assert await rescore(sessions, topic(rekeyed(item))) == []
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0]


async def test_many_are_done_in_steps(sessions: Sessions) -> None:
    for person in range(1, 6):
        await join(sessions, person)
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(topic(ITEMS[0]), Random(1)), DUE, 10)
    leaving = await begin(sessions, DUE)
    await record(sessions, *map(confirmed, leaving))
    for question in leaving[:3]:
        await counted(sessions, vote_on(question, 1), DUE)
    assert await rescore(sessions, topic(rekeyed(ITEMS[0])), limit=2) == [2, 2, 1]
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0, 0, 0]
        assert await rebuilding.differences(session) == []


async def test_a_poll_that_is_still_open_is_graded_by_the_new_key(sessions: Sessions) -> None:
    await join(sessions)
    question = await asked(sessions, topic(ITEMS[0]), 0)
    await rescore(sessions, topic(rekeyed(ITEMS[0])))
    outcome = await counted(sessions, vote_on(question, 1), DUE)  # by the places of the sending
    assert outcome.correct
    async with sessions() as session:
        assert await rebuilding.differences(session) == []


async def test_those_whose_key_was_wrong_are_told(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    now_taught = topic(rekeyed(item), *ITEMS[1:])
    await rescore(sessions, now_taught)
    assert (await asked(sessions, now_taught, 1)).correction == Correction(item.id, 2)


async def test_late_and_practice_answers_are_regraded_without_points(sessions: Sessions) -> None:
    await join(sessions)
    deck = Deck.of(topic(ITEMS[0]), Random(1))
    async with sessions.begin() as session:
        person = await subscriber(session)
        practice = await claiming.claim_practice(session, person, deck, DUE)
    leaving = await begin_one(sessions, DUE, practice.id)
    await record(sessions, confirmed(leaving))
    await answer(sessions, vote_on(leaving, 1), DUE)
    await rescore(sessions, topic(rekeyed(ITEMS[0])))
    async with sessions() as session:
        [audit] = await session.scalars(select(Rescoring))
        assert (audit.option_before, audit.points_before, audit.points_after) == (1, 0, 0)
        assert (await subscriber(session)).points == 0
        state = await session.scalar(select(Delivery.state))
        assert state is DeliveryState.SENT
        assert await rebuilding.differences(session) == []
