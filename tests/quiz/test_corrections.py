"""What was taught and is taught otherwise now is told once, with the next question."""

from dataclasses import replace
from random import Random

import pytest

from db.session import Sessions
from questions import Change
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.repair import NotReceived
from tests.quiz.banks import DAY, ITEMS, asked, practised, revised, taught, topic
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
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


async def test_a_change_is_told_with_the_next_question_once(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == ItemCorrection(item.id, 1, 2, withdrawn=False)
    assert question.item_id != item.id
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_who_was_never_taught_it_hears_nothing(sessions: Sessions) -> None:
    await join(sessions)
    question = await asked(sessions, topic(ITEMS[0]), 0)
    now_taught = topic(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).correction is None  # unanswered
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).correction is not None


async def test_who_learns_the_new_one_meanwhile_hears_nothing(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item))
    async with sessions.begin() as session:
        pool = ItemPool(now_taught.approved, Random(1))  # a bot that was told of no changes
        await claiming.claim_due(session, pool, DUE + DAY, 10, REMINDER_POLICY)
    [question] = await begin(sessions, DUE + DAY)
    await record(sessions, confirmed(question))
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_a_withdrawn_one_is_told_and_not_asked(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(item.model_copy(update={"status": "retired"}), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == ItemCorrection(item.id, 1, 1, withdrawn=True)
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_changed_and_later_withdrawn_is_told_twice(sessions: Sessions) -> None:
    item = await taught(sessions)
    changed = revised(item)
    assert (await asked(sessions, topic(changed, *ITEMS[1:]), 1)).correction is not None
    gone = changed.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, *ITEMS[1:]), 2)).correction == ItemCorrection(
        item.id, 2, 2, withdrawn=True
    )


async def test_a_later_change_is_told_from_what_was_heard_last(sessions: Sessions) -> None:
    item = await taught(sessions)
    second = revised(item)
    assert (await asked(sessions, topic(second, *ITEMS[1:]), 1)).correction is not None
    third = (await asked(sessions, topic(revised(second), *ITEMS[1:]), 2)).correction
    assert third == ItemCorrection(item.id, 2, 3, withdrawn=False)


async def test_mended_after_it_was_withdrawn_is_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, *ITEMS[1:]), 1)).correction is not None
    back = revised(item)
    assert (await asked(sessions, topic(back, *ITEMS[1:]), 2)).correction == ItemCorrection(
        item.id, 1, 2, withdrawn=False
    )


async def test_whoever_met_it_in_practice_is_told(sessions: Sessions) -> None:
    await practised(sessions, option=0)
    now_taught = topic(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).correction is not None


async def test_a_correction_never_stands_above_its_own_question(sessions: Sessions) -> None:
    """Nor above one that it would give away."""
    item = await taught(sessions, option=1)  # missed, and due
    alone = await asked(sessions, topic(revised(item)), 1)
    assert (alone.item_id, alone.correction) == (item.id, None)
    near = make_item("near", cites=("KP8",), keep_apart=(item.id,))
    question = await asked(sessions, topic(revised(item), near, ITEMS[1]), 2)
    assert (question.item_id, question.correction is None) == (ITEMS[1].id, False)


async def test_what_was_told_and_is_a_draft_again_stops_nobody(sessions: Sessions) -> None:
    item = await taught(sessions)
    assert (await asked(sessions, topic(revised(item), *ITEMS[1:]), 1)).correction is not None
    draft = revised(item, status="draft")
    other = ITEMS[1].model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(draft, other, *ITEMS[2:]), 2)).correction is None


async def test_a_withdrawn_stem_gives_no_question_away(sessions: Sessions) -> None:
    item = make_item("gone", cites=("KP7",), keep_apart=("near",))
    near = make_item("near", cites=("KP8",))
    await join(sessions)
    await counted(sessions, vote_on(await asked(sessions, topic(item), 0)), DUE)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, near), 1)).correction is None
    question = await asked(sessions, topic(gone, near, ITEMS[1]), 2)
    assert (question.item_id, question.correction is None) == (ITEMS[1].id, False)


async def test_a_claim_that_is_drawn_anew_keeps_no_correction_of_itself(sessions: Sessions) -> None:
    """The bank changed again between the claim and the sending."""
    item = await taught(sessions)
    once = topic(revised(item), ITEMS[1])
    async with sessions.begin() as session:
        await claiming.claim_due(
            session, ItemPool.of(once, Random(1)), DUE + DAY, 10, REMINDER_POLICY
        )
    gone = topic(revised(item), ITEMS[1].model_copy(update={"status": "retired"}))
    async with sessions.begin() as session:
        await claiming.replace_withdrawn(session, ItemPool.of(gone, Random(1)))
    [leaving] = await begin(sessions, DUE + DAY)
    assert (leaving.item_id, leaving.correction) == (item.id, None)


async def test_a_correction_that_holds_no_longer_stays_behind(sessions: Sessions) -> None:
    item = await taught(sessions)
    async with sessions.begin() as session:
        pool = ItemPool.of(topic(revised(item), *ITEMS[1:]), Random(1))
        await claiming.claim_due(session, pool, DUE + DAY, 10, REMINDER_POLICY)
    async with sessions.begin() as session:
        pool = ItemPool.of(topic(revised(item, status="draft"), *ITEMS[1:]), Random(1))
        await claiming.replace_withdrawn(session, pool)
    [leaving] = await begin(sessions, DUE + DAY)
    assert leaving.correction is None


async def test_what_is_asked_for_again_goes_in_the_words_of_today(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(
            session, ItemPool.of(topic(ITEMS[0]), Random(1)), DUE, 10, REMINDER_POLICY
        )
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    pool = ItemPool.of(topic(revised(ITEMS[0])), Random(1))
    async with sessions.begin() as session:
        assert await repair.claim_again(session, NotReceived(1, leaving.delivery_id), pool, DUE)
    [delivery] = await deliveries(sessions)
    assert (delivery.item_id, delivery.item_revision) == (ITEMS[0].id, 2)


@pytest.mark.parametrize(
    ("result", "becomes_another"), [(Result.REFUSED, True), (Result.UNCONFIRMED, False)]
)
async def test_what_is_asked_for_again_and_withdrawn_becomes_another_unless_it_may_be_there(
    sessions: Sessions, result: Result, becomes_another: bool
) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(
            session, ItemPool.of(topic(ITEMS[0]), Random(1)), DUE, 10, REMINDER_POLICY
        )
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=result))
    gone = ITEMS[0].model_copy(update={"status": "retired"})
    pool = ItemPool.of(topic(gone, ITEMS[1]), Random(1))
    async with sessions.begin() as session:
        number = leaving.delivery_id
        again = await repair.claim_again(session, NotReceived(1, number), pool, DUE)
    [found] = await deliveries(sessions)
    assert (again, found.item_id == ITEMS[1].id) == (becomes_another, becomes_another)


async def test_what_may_have_arrived_counts_as_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        await claiming.claim_due(
            session, ItemPool.of(now_taught, Random(1)), DUE + DAY, 10, REMINDER_POLICY
        )
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.UNCONFIRMED))
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_a_draft_and_a_waived_change_are_not_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    draft = revised(item, status="draft")
    assert (await asked(sessions, topic(draft, *ITEMS[1:]), 1)).correction is None
    waived = revised(item, changes=(Change(revision=2, waived="Only a comma moved."),))
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
        await claiming.claim_due(
            session, ItemPool.of(now_taught, Random(1)), DUE + DAY, 10, REMINDER_POLICY
        )
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    assert (await asked(sessions, now_taught, 2)).correction == ItemCorrection(
        item.id, 1, 2, withdrawn=False
    )


async def test_a_question_asked_for_carries_it_too(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        person = await subscriber(session)
        pool = ItemPool.of(now_taught, Random(1))
        claimed = await claiming.claim_today(session, person, pool, DUE + DAY, REMINDER_POLICY)
        assert claimed is not None
    assert (await begin_one(sessions, DUE + DAY, claimed.id)).correction is not None


async def test_a_claim_of_an_earlier_revision_goes_out_as_the_new_one(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(
            session, ItemPool.of(topic(ITEMS[0]), Random(1)), DUE, 10, REMINDER_POLICY
        )
    now_taught = topic(revised(ITEMS[0]))
    async with sessions.begin() as session:
        pool = ItemPool.of(now_taught, Random(1))
        assert await claiming.replace_withdrawn(session, pool) == 1
        assert await claiming.replace_withdrawn(session, pool) == 0
    [claimed] = await deliveries(sessions)
    assert (claimed.item_id, claimed.item_revision) == (ITEMS[0].id, 2)
