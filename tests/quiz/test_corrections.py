"""Whoever learned an earlier revision of an item hears of the correction once."""

from dataclasses import replace
from random import Random

import pytest

from db.session import Sessions
from questions import Change, Item
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.repair import NotReceived
from tests.databases import on_sqlite
from tests.quiz.banks import DAY, ITEMS, asked, claim_from, practised, revised, taught
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
    TOPIC,
    begin,
    begin_one,
    confirmed,
    counted,
    deliveries,
    join,
    make_item,
    record,
    subscriber,
    topic_of,
    vote_on,
)


async def test_a_correction_comes_once_with_the_next_question(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic_of(revised(item), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == ItemCorrection(item.id, 1, 2, withdrawn=False)
    assert question.item_id != item.id
    assert (await asked(sessions, now_taught, 2)).correction is None


@on_sqlite
async def test_a_correction_comes_only_after_an_answer(sessions: Sessions) -> None:
    await join(sessions)
    question = await asked(sessions, topic_of(ITEMS[0]), 0)
    now_taught = topic_of(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).correction is None  # unanswered
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).correction is not None


@on_sqlite
async def test_no_correction_comes_after_an_answer_to_the_new_revision(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic_of(revised(item))
    async with sessions.begin() as session:
        pool = ItemPool(now_taught.approved, Random(1))  # a pool without corrections
        await claiming.claim_due(session, pool, DUE + DAY, 10, REMINDER_POLICY)
    [question] = await begin(sessions, DUE + DAY)
    await record(sessions, confirmed(question))
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).correction is None


@on_sqlite
async def test_a_withdrawal_is_a_correction_and_the_item_is_not_asked_again(
    sessions: Sessions,
) -> None:
    item = await taught(sessions)
    now_taught = topic_of(item.model_copy(update={"status": "retired"}), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.correction == ItemCorrection(item.id, 1, 1, withdrawn=True)
    assert (await asked(sessions, now_taught, 2)).correction is None


async def test_a_change_and_a_later_withdrawal_are_two_corrections(sessions: Sessions) -> None:
    item = await taught(sessions)
    changed = revised(item)
    assert (await asked(sessions, topic_of(changed, *ITEMS[1:]), 1)).correction is not None
    gone = changed.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic_of(gone, *ITEMS[1:]), 2)).correction == ItemCorrection(
        item.id, 2, 2, withdrawn=True
    )


@on_sqlite
async def test_a_later_correction_starts_from_the_revision_heard_last(sessions: Sessions) -> None:
    item = await taught(sessions)
    second = revised(item)
    assert (await asked(sessions, topic_of(second, *ITEMS[1:]), 1)).correction is not None
    third = (await asked(sessions, topic_of(revised(second), *ITEMS[1:]), 2)).correction
    assert third == ItemCorrection(item.id, 2, 3, withdrawn=False)


@on_sqlite
async def test_a_new_revision_after_a_withdrawal_is_a_correction(sessions: Sessions) -> None:
    item = await taught(sessions)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic_of(gone, *ITEMS[1:]), 1)).correction is not None
    back = revised(item)
    assert (await asked(sessions, topic_of(back, *ITEMS[1:]), 2)).correction == ItemCorrection(
        item.id, 1, 2, withdrawn=False
    )


@on_sqlite
async def test_a_correction_follows_practice_as_well(sessions: Sessions) -> None:
    await practised(sessions, option=0)
    now_taught = topic_of(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).correction is not None


@on_sqlite
async def test_a_correction_never_comes_with_its_own_question(sessions: Sessions) -> None:
    """Nor with one whose answer it would give away."""
    item = await taught(sessions, option=1)  # wrong, so it is due
    alone = await asked(sessions, topic_of(revised(item)), 1)
    assert (alone.item_id, alone.correction) == (item.id, None)
    near = make_item("near", cites=("KP8",), keep_apart=(item.id,))
    question = await asked(sessions, topic_of(revised(item), near, ITEMS[1]), 2)
    assert (question.item_id, question.correction is None) == (ITEMS[1].id, False)


@on_sqlite
async def test_a_draft_after_a_correction_does_not_prevent_other_corrections(
    sessions: Sessions,
) -> None:
    item = await taught(sessions)
    assert (await asked(sessions, topic_of(revised(item), *ITEMS[1:]), 1)).correction is not None
    draft = revised(item, status="draft")
    other = ITEMS[1].model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic_of(draft, other, *ITEMS[2:]), 2)).correction is None


@on_sqlite
async def test_a_withdrawn_stem_does_not_give_a_question_away(sessions: Sessions) -> None:
    item = make_item("gone", cites=("KP7",), keep_apart=("near",))
    near = make_item("near", cites=("KP8",))
    await join(sessions)
    await counted(sessions, vote_on(await asked(sessions, topic_of(item), 0)), DUE)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic_of(gone, near), 1)).correction is None
    question = await asked(sessions, topic_of(gone, near, ITEMS[1]), 2)
    assert (question.item_id, question.correction is None) == (ITEMS[1].id, False)


@on_sqlite
async def test_a_claim_that_gets_another_item_does_not_correct_that_item(
    sessions: Sessions,
) -> None:
    """The bank changed again between the claim and the sending."""
    item = await taught(sessions)
    once = topic_of(revised(item), ITEMS[1])
    await claim_from(sessions, once, 1)
    gone = topic_of(revised(item), ITEMS[1].model_copy(update={"status": "retired"}))
    async with sessions.begin() as session:
        await claiming.replace_withdrawn(session, ItemPool.of(gone, Random(1)))
    [leaving] = await begin(sessions, DUE + DAY)
    assert (leaving.item_id, leaving.correction) == (item.id, None)


@on_sqlite
async def test_a_correction_that_no_longer_holds_is_not_sent(sessions: Sessions) -> None:
    item = await taught(sessions)
    await claim_from(sessions, topic_of(revised(item), *ITEMS[1:]), 1)
    async with sessions.begin() as session:
        pool = ItemPool.of(topic_of(revised(item, status="draft"), *ITEMS[1:]), Random(1))
        await claiming.replace_withdrawn(session, pool)
    [leaving] = await begin(sessions, DUE + DAY)
    assert leaving.correction is None


@on_sqlite
async def test_a_question_that_is_sent_again_has_its_present_revision(sessions: Sessions) -> None:
    await join(sessions)
    await claim_from(sessions, topic_of(ITEMS[0]))
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    pool = ItemPool.of(topic_of(revised(ITEMS[0])), Random(1))
    async with sessions.begin() as session:
        assert await repair.claim_again(session, NotReceived(1, leaving.delivery_id), pool, DUE)
    [delivery] = await deliveries(sessions)
    assert (delivery.item_id, delivery.item_revision) == (ITEMS[0].id, 2)


@on_sqlite
@pytest.mark.parametrize(
    ("result", "becomes_another"), [(Result.REFUSED, True), (Result.UNCONFIRMED, False)]
)
async def test_a_withdrawn_question_is_replaced_when_sent_again_unless_it_may_have_arrived(
    sessions: Sessions, result: Result, becomes_another: bool
) -> None:
    await join(sessions)
    await claim_from(sessions, topic_of(ITEMS[0]))
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=result))
    gone = ITEMS[0].model_copy(update={"status": "retired"})
    pool = ItemPool.of(topic_of(gone, ITEMS[1]), Random(1))
    async with sessions.begin() as session:
        number = leaving.delivery_id
        again = await repair.claim_again(session, NotReceived(1, number), pool, DUE)
    [found] = await deliveries(sessions)
    assert (again, found.item_id == ITEMS[1].id) == (becomes_another, becomes_another)


async def test_a_correction_that_may_have_arrived_is_not_repeated(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic_of(revised(item), *ITEMS[1:])
    await claim_from(sessions, now_taught, 1)
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.UNCONFIRMED))
    assert (await asked(sessions, now_taught, 2)).correction is None


@on_sqlite
async def test_a_draft_and_a_waived_change_are_no_corrections(sessions: Sessions) -> None:
    item = await taught(sessions)
    draft = revised(item, status="draft")
    assert (await asked(sessions, topic_of(draft, *ITEMS[1:]), 1)).correction is None
    waived = revised(item, changes=(Change(revision=2, waived="Only a comma moved."),))
    assert (await asked(sessions, topic_of(waived, *ITEMS[1:]), 2)).correction is None


async def test_several_corrections_come_one_with_each_question(sessions: Sessions) -> None:
    await join(sessions)
    for days in (0, 1):
        question = await asked(sessions, topic_of(*ITEMS[:2]), days)
        await counted(sessions, vote_on(question), DUE + days * DAY)
    now_taught = topic_of(*map(revised, ITEMS[:2]), *ITEMS[2:])
    told = [(await asked(sessions, now_taught, days)).correction for days in (2, 3, 4)]
    assert {each.item_id for each in told[:2] if each} == {ITEMS[0].id, ITEMS[1].id}
    assert told[2] is None


@on_sqlite
async def test_a_correction_whose_question_was_refused_comes_with_the_next(
    sessions: Sessions,
) -> None:
    item = await taught(sessions)
    now_taught = topic_of(revised(item), *ITEMS[1:])
    await claim_from(sessions, now_taught, 1)
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    assert (await asked(sessions, now_taught, 2)).correction == ItemCorrection(
        item.id, 1, 2, withdrawn=False
    )


@on_sqlite
async def test_a_question_on_request_carries_a_correction_as_well(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic_of(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        person = await subscriber(session)
        pool = ItemPool.of(now_taught, Random(1))
        claimed = await claiming.claim_today(session, person, pool, DUE + DAY, REMINDER_POLICY)
        assert claimed is not None
    assert (await begin_one(sessions, DUE + DAY, claimed.id)).correction is not None


@on_sqlite
async def test_a_claim_of_an_earlier_revision_is_sent_as_the_new_one(sessions: Sessions) -> None:
    await join(sessions)
    await claim_from(sessions, topic_of(ITEMS[0]))
    now_taught = topic_of(revised(ITEMS[0]))
    async with sessions.begin() as session:
        pool = ItemPool.of(now_taught, Random(1))
        assert await claiming.replace_withdrawn(session, pool) == 1
        assert await claiming.replace_withdrawn(session, pool) == 0
    [claimed] = await deliveries(sessions)
    assert (claimed.item_id, claimed.item_revision) == (ITEMS[0].id, 2)


async def test_what_several_items_taught_wrong_is_told_once(sessions: Sessions) -> None:
    await join(sessions)
    for days, item in enumerate(ITEMS[:3]):
        question = await asked(sessions, topic_of(item), days)
        await counted(sessions, vote_on(question), DUE + days * DAY)

    def gone(item: Item, tell: str) -> Item:
        return revised(item, status="retired", changes=(Change(revision=2, tell=tell),))

    same = [gone(item, "It was all wrong.") for item in ITEMS[:2]]
    now_taught = topic_of(*same, gone(ITEMS[2], "So was this."), ITEMS[3])
    told = [(await asked(sessions, now_taught, days)).correction for days in (3, 4, 5)]
    items = [each.item_id for each in told if each]
    assert len(items) == 2
    assert ITEMS[2].id in items
    assert told[2] is None


RETIRED = [item for item in TOPIC.items if item.status == "retired"]
WRONG = [item for item in RETIRED if item.changes]


def test_a_retired_item_of_the_shipped_bank_is_corrected_or_needs_no_correction() -> None:
    assert all(("correction" in item.waivers) is not bool(item.changes) for item in RETIRED)
    assert {change.revision for item in WRONG for change in item.changes} == {2}


@pytest.mark.parametrize(
    ("learned", "told"),
    [
        (["b12-big-cells-less-oxygen"], 1),
        (["b12-big-cells-less-oxygen", "b12-marrow-source"], 1),
        (["b12-strong-heart", "b12-second-sign"], 1),
        (["b12-still-cold-feet", "b12-strong-heart"], 2),
        (["b12-heart-study"], 0),
    ],
)
async def test_whoever_learned_what_the_shipped_bank_taught_wrong_hears_it_once(
    sqlite_sessions: Sessions, learned: list[str], told: int
) -> None:
    await join(sqlite_sessions)
    for days, item in enumerate(item for item in RETIRED if item.id in learned):
        old = item.model_copy(
            update={"status": "approved", "revision": 1, "changes": (), "waivers": {}}
        )
        question = await asked(sqlite_sessions, replace(TOPIC, items=(old,)), days)
        await counted(sqlite_sessions, vote_on(question), DUE + days * DAY)
    later = range(len(learned), len(learned) + 4)
    heard = [
        each for days in later if (each := (await asked(sqlite_sessions, TOPIC, days)).correction)
    ]
    assert len(heard) == told
    assert all(each.withdrawn and each.item_id in learned for each in heard)
