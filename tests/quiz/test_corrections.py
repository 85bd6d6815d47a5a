"""What was taught and is taught otherwise now: told once, and a wrong key graded anew."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from db.models import Answer, Delivery, DeliveryState, Rescoring
from db.session import Sessions
from questions import Change, Item, Topic
from quizbot.quiz import claiming, rebuilding, repair, rescoring
from quizbot.quiz.choosing import Deck
from quizbot.quiz.corrections import Erratum
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


async def practised(sessions: Sessions, option: int) -> None:
    """Somebody has met the first question in practice only."""
    await join(sessions)
    deck = Deck.of(topic(ITEMS[0]), Random(1))
    async with sessions.begin() as session:
        person = await subscriber(session)
        practice = await claiming.claim_practice(session, person, deck, DUE)
    leaving = await begin_one(sessions, DUE, practice.id)
    await record(sessions, confirmed(leaving))
    await answer(sessions, vote_on(leaving, option), DUE)


async def test_a_change_is_told_with_the_next_question_once(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.erratum == Erratum(item.id, 1, 2, withdrawn=False)
    assert question.item_id != item.id
    assert (await asked(sessions, now_taught, 2)).erratum is None


async def test_who_was_never_taught_it_hears_nothing(sessions: Sessions) -> None:
    await join(sessions)
    question = await asked(sessions, topic(ITEMS[0]), 0)
    now_taught = topic(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).erratum is None  # unanswered
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).erratum is not None


async def test_who_learns_the_new_one_meanwhile_hears_nothing(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item))
    async with sessions.begin() as session:
        deck = Deck(now_taught.approved, Random(1))  # a bot that was told of no changes
        await claiming.claim_due(session, deck, DUE + DAY, 10)
    [question] = await begin(sessions, DUE + DAY)
    await record(sessions, confirmed(question))
    await counted(sessions, vote_on(question), DUE + DAY)
    assert (await asked(sessions, now_taught, 2)).erratum is None


async def test_a_withdrawn_one_is_told_and_not_asked(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(item.model_copy(update={"status": "retired"}), *ITEMS[1:])
    question = await asked(sessions, now_taught, 1)
    assert question.erratum == Erratum(item.id, 1, 1, withdrawn=True)
    assert (await asked(sessions, now_taught, 2)).erratum is None


async def test_changed_and_later_withdrawn_is_told_twice(sessions: Sessions) -> None:
    item = await taught(sessions)
    changed = revised(item)
    assert (await asked(sessions, topic(changed, *ITEMS[1:]), 1)).erratum is not None
    gone = changed.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, *ITEMS[1:]), 2)).erratum == Erratum(
        item.id, 2, 2, withdrawn=True
    )


async def test_a_later_change_is_told_from_what_was_heard_last(sessions: Sessions) -> None:
    item = await taught(sessions)
    second = revised(item)
    assert (await asked(sessions, topic(second, *ITEMS[1:]), 1)).erratum is not None
    third = (await asked(sessions, topic(revised(second), *ITEMS[1:]), 2)).erratum
    assert third == Erratum(item.id, 2, 3, withdrawn=False)


async def test_mended_after_it_was_withdrawn_is_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, *ITEMS[1:]), 1)).erratum is not None
    back = revised(item)
    assert (await asked(sessions, topic(back, *ITEMS[1:]), 2)).erratum == Erratum(
        item.id, 1, 2, withdrawn=False
    )


async def test_whoever_met_it_in_practice_is_told(sessions: Sessions) -> None:
    await practised(sessions, option=0)
    now_taught = topic(revised(ITEMS[0]), *ITEMS[1:])
    assert (await asked(sessions, now_taught, 1)).erratum is not None


async def test_a_correction_never_stands_above_its_own_question(sessions: Sessions) -> None:
    """Nor above one that it would give away."""
    item = await taught(sessions, option=1)  # missed, and due
    alone = await asked(sessions, topic(revised(item)), 1)
    assert (alone.item_id, alone.erratum) == (item.id, None)
    near = make_item("near", cites=("KP8",), keep_apart=(item.id,))
    question = await asked(sessions, topic(revised(item), near, ITEMS[1]), 2)
    assert (question.item_id, question.erratum is None) == (ITEMS[1].id, False)


async def test_what_was_told_and_is_a_draft_again_stops_nobody(sessions: Sessions) -> None:
    item = await taught(sessions)
    assert (await asked(sessions, topic(revised(item), *ITEMS[1:]), 1)).erratum is not None
    draft = revised(item, status="draft")
    other = ITEMS[1].model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(draft, other, *ITEMS[2:]), 2)).erratum is None


async def test_a_withdrawn_stem_gives_no_question_away(sessions: Sessions) -> None:
    item = make_item("gone", cites=("KP7",), keep_apart=("near",))
    near = make_item("near", cites=("KP8",))
    await join(sessions)
    await counted(sessions, vote_on(await asked(sessions, topic(item), 0)), DUE)
    gone = item.model_copy(update={"status": "retired"})
    assert (await asked(sessions, topic(gone, near), 1)).erratum is None
    question = await asked(sessions, topic(gone, near, ITEMS[1]), 2)
    assert (question.item_id, question.erratum is None) == (ITEMS[1].id, False)


async def test_a_claim_that_is_drawn_anew_keeps_no_correction_of_itself(sessions: Sessions) -> None:
    """The bank changed again between the claim and the sending."""
    item = await taught(sessions)
    once = topic(revised(item), ITEMS[1])
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(once, Random(1)), DUE + DAY, 10)
    gone = topic(revised(item), ITEMS[1].model_copy(update={"status": "retired"}))
    async with sessions.begin() as session:
        await claiming.redraw_withdrawn(session, Deck.of(gone, Random(1)))
    [leaving] = await begin(sessions, DUE + DAY)
    assert (leaving.item_id, leaving.erratum) == (item.id, None)


async def test_a_correction_that_holds_no_longer_stays_behind(sessions: Sessions) -> None:
    item = await taught(sessions)
    async with sessions.begin() as session:
        deck = Deck.of(topic(revised(item), *ITEMS[1:]), Random(1))
        await claiming.claim_due(session, deck, DUE + DAY, 10)
    async with sessions.begin() as session:
        deck = Deck.of(topic(revised(item, status="draft"), *ITEMS[1:]), Random(1))
        await claiming.redraw_withdrawn(session, deck)
    [leaving] = await begin(sessions, DUE + DAY)
    assert leaving.erratum is None


async def test_what_is_asked_for_again_goes_in_the_words_of_today(sessions: Sessions) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(topic(ITEMS[0]), Random(1)), DUE, 10)
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    deck = Deck.of(topic(revised(ITEMS[0])), Random(1))
    async with sessions.begin() as session:
        assert await repair.claim_again(session, 1, leaving.delivery_id, deck, DUE, gone=False)
    [delivery] = await deliveries(sessions)
    assert (delivery.item_id, delivery.item_revision) == (ITEMS[0].id, 2)


@pytest.mark.parametrize(
    ("result", "becomes_another"), [(Result.REFUSED, True), (Result.IN_DOUBT, False)]
)
async def test_what_is_asked_for_again_and_withdrawn_becomes_another_unless_it_may_be_there(
    sessions: Sessions, result: Result, becomes_another: bool
) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(topic(ITEMS[0]), Random(1)), DUE, 10)
    [leaving] = await begin(sessions, DUE)
    await record(sessions, replace(confirmed(leaving), result=result))
    gone = ITEMS[0].model_copy(update={"status": "retired"})
    deck = Deck.of(topic(gone, ITEMS[1]), Random(1))
    async with sessions.begin() as session:
        number = leaving.delivery_id
        again = await repair.claim_again(session, 1, number, deck, DUE, gone=False)
    [found] = await deliveries(sessions)
    assert (again, found.item_id == ITEMS[1].id) == (becomes_another, becomes_another)


async def test_what_may_have_arrived_counts_as_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(now_taught, Random(1)), DUE + DAY, 10)
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.IN_DOUBT))
    assert (await asked(sessions, now_taught, 2)).erratum is None


async def test_a_draft_and_a_waived_change_are_not_told(sessions: Sessions) -> None:
    item = await taught(sessions)
    draft = revised(item, status="draft")
    assert (await asked(sessions, topic(draft, *ITEMS[1:]), 1)).erratum is None
    waived = revised(item, changes=(Change(revision=2, waived="Only a comma moved."),))
    assert (await asked(sessions, topic(waived, *ITEMS[1:]), 2)).erratum is None


async def test_several_come_one_a_question(sessions: Sessions) -> None:
    await join(sessions)
    for days in (0, 1):
        question = await asked(sessions, topic(*ITEMS[:2]), days)
        await counted(sessions, vote_on(question), DUE + days * DAY)
    now_taught = topic(*map(revised, ITEMS[:2]), *ITEMS[2:])
    told = [(await asked(sessions, now_taught, days)).erratum for days in (2, 3, 4)]
    assert {each.item_id for each in told[:2] if each} == {ITEMS[0].id, ITEMS[1].id}
    assert told[2] is None


async def test_one_whose_question_never_arrived_is_told_with_the_next(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        await claiming.claim_due(session, Deck.of(now_taught, Random(1)), DUE + DAY, 10)
    [leaving] = await begin(sessions, DUE + DAY)
    await record(sessions, replace(confirmed(leaving), result=Result.REFUSED))
    assert (await asked(sessions, now_taught, 2)).erratum == Erratum(item.id, 1, 2, withdrawn=False)


async def test_a_question_asked_for_carries_it_too(sessions: Sessions) -> None:
    item = await taught(sessions)
    now_taught = topic(revised(item), *ITEMS[1:])
    async with sessions.begin() as session:
        person = await subscriber(session)
        deck = Deck.of(now_taught, Random(1))
        claimed = await claiming.claim_today(session, person, deck, DUE + DAY)
    assert (await begin_one(sessions, DUE + DAY, claimed.id)).erratum is not None


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


async def audited(sessions: Sessions) -> int:
    async with sessions() as session:
        return len((await session.scalars(select(Rescoring.delivery_id))).all())


async def rescore(sessions: Sessions, now_taught: Topic, limit: int = 10) -> list[int]:
    """How many deliveries each step took."""
    done = []
    async with sessions() as session:
        changes = await rescoring.pending(session, now_taught)
    for item, change in changes:
        last: int | None = 0
        while last is not None:
            before = await audited(sessions)
            async with sessions.begin() as session:
                last = await rescoring.rescore(session, item, change, DUE, after=last, limit=limit)
            done.append(await audited(sessions) - before)
    return done


async def test_a_wrong_key_is_graded_anew_with_an_audit_row(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic(rekeyed(item))) == [1, 0]
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


async def test_a_reorder_that_keeps_the_key_and_a_rekeying_are_applied_in_turn(
    sessions: Sessions,
) -> None:
    """[key, a, b] became [key, b, a], and then a the key."""
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
    await rescore(sessions, topic(last))
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [0]
        assert (await subscriber(session)).points == 10
        assert await rebuilding.differences(session) == []


async def test_an_option_that_has_gone_since_earns_nobody_points(sessions: Sessions) -> None:
    four = make_item("four", options=("right", "wrong", "worse", "worst"))
    await join(sessions)
    question = await asked(sessions, topic(four), 0)
    await counted(sessions, vote_on(question, 3), DUE)
    three = revised(
        four, options=four.options[:3], changes=(Change(revision=2, order_was=(1, 0, 2)),)
    )
    assert await rescore(sessions, topic(three)) == [1, 0]
    async with sessions() as session:
        assert (await session.scalars(select(Answer.option))).all() == [9]
        assert (await subscriber(session)).points == 2
        assert await rebuilding.differences(session) == []


async def test_dropped_and_rekeyed_in_one_revision(sessions: Sessions) -> None:
    """[key, a, b, c] became [c, key, b]."""
    four = make_item("four", options=("right", "wrong", "worse", "worst"))
    await join(sessions)
    question = await asked(sessions, topic(four), 0)
    await counted(sessions, vote_on(question, 3), DUE)
    options = (four.options[3], four.options[0], four.options[2])
    changes = (Change(revision=2, order_was=(3, 0, 2)),)
    await rescore(sessions, topic(revised(four, options=options, changes=changes)))
    async with sessions() as session:
        assert (await subscriber(session)).points == 10
        assert await rebuilding.differences(session) == []


async def test_an_order_that_comes_after_a_later_one_is_not_applied(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    late = Change(revision=3, order_was=(1, 0, 2))
    third = rekeyed(item).model_copy(update={"revision": 3, "changes": (late,)})
    await rescore(sessions, topic(third))
    early = Change(revision=2, order_was=(0, 2, 1))
    both = third.model_copy(update={"changes": (early, late)})
    assert await rescore(sessions, topic(both)) == []


async def test_a_withdrawn_item_is_put_right_too(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    gone = rekeyed(item).model_copy(update={"status": "retired"})
    await rescore(sessions, topic(gone))
    async with sessions() as session:
        assert (await subscriber(session)).points == 10


async def test_it_is_applied_once(sessions: Sessions) -> None:
    item = await taught(sessions, option=1)
    assert await rescore(sessions, topic(rekeyed(item))) == [1, 0]
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
    assert await rescore(sessions, topic(rekeyed(ITEMS[0])), limit=2) == [2, 2, 1, 0]
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
    assert (await asked(sessions, now_taught, 1)).erratum == Erratum(item.id, 1, 2, withdrawn=False)


async def test_late_and_practice_answers_are_regraded_without_points(sessions: Sessions) -> None:
    await practised(sessions, option=1)
    await rescore(sessions, topic(rekeyed(ITEMS[0])))
    async with sessions() as session:
        [audit] = await session.scalars(select(Rescoring))
        assert (audit.option_before, audit.points_before, audit.points_after) == (1, 0, 0)
        assert (await subscriber(session)).points == 0
        state = await session.scalar(select(Delivery.state))
        assert state is DeliveryState.SENT
        assert await rebuilding.differences(session) == []
