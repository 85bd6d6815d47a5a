"""Spaced repetition: the memory of an item, how it is stored, and how it is rebuilt."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from fsrs import Card, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.models import Delivery, LearnerMemory
from db.session import Sessions, create_engine, create_sessions
from quizbot.quiz.answers import memory as answers_memory
from quizbot.quiz.answers import totals
from quizbot.quiz.answers.memory import MAX_INTERVAL_DAYS, Memory, review, review_all
from quizbot.quiz.answers.progress import mastery
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
    TOPIC,
    answer,
    begin,
    confirmed,
    counted,
    join,
    make_item,
    make_pool,
    record,
    send_due,
    statements,
    vote_on,
)

START = date(2026, 11, 23)
HISTORIES = st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=12)


def after(*answers: tuple[int, bool]) -> Memory:
    """Returns the memory after answers this many days after the start."""
    memory = review_all((START + timedelta(days), right) for days, right in answers)
    assert memory is not None
    return memory


def test_a_wrong_answer_is_due_the_next_day_and_a_right_one_later() -> None:
    assert after((0, False)).due_on == START + timedelta(1)
    assert after((0, True)).due_on > START + timedelta(1)


def test_each_right_answer_when_due_lengthens_the_interval() -> None:
    memory, days = after((0, True)), []
    for _ in range(4):
        days.append((memory.due_on - memory.reviewed_on).days)
        memory = review(memory, memory.due_on, correct=True)
    assert days == sorted(set(days))


def test_a_wrong_answer_makes_a_memory_less_stable() -> None:
    right, wrong = after((0, True), (3, True)), after((0, True), (3, False))
    assert wrong.stability < right.stability
    assert wrong.incorrect
    assert not right.incorrect


def test_a_memory_fades_and_is_fresh_right_after_a_review() -> None:
    memory = after((0, True))
    fading = [memory.overdue_ratio(START + timedelta(days)) for days in (0, 1, 5, 30)]
    assert fading == sorted(fading)
    assert fading[0] == 0.0


@given(st.lists(HISTORIES, min_size=2, max_size=8), st.integers(0, 300))
def test_overdue_ratio_orders_memories_as_fsrs_does(
    histories: list[list[tuple[int, bool]]], later: int
) -> None:
    """By the probability of recall, the lowest first."""
    scheduler, memories = Scheduler(), [after(*history) for history in histories]
    day = max(memory.reviewed_on for memory in memories) + timedelta(later)

    def noon(of: date) -> datetime:
        return datetime.combine(of, time(12), UTC)

    def recall(memory: Memory) -> float:
        reviewed = noon(memory.reviewed_on)
        card = Card(0, State.Review, None, memory.stability, memory.difficulty, None, reviewed)
        return float(scheduler.get_card_retrievability(card, noon(day)))

    most_overdue_first = sorted(memories, key=lambda memory: -memory.overdue_ratio(day))
    recalled = [recall(memory) for memory in most_overdue_first]
    assert recalled == pytest.approx(sorted(recalled))


@given(HISTORIES)
def test_a_memory_is_due_when_its_recall_is_about_nine_in_ten(gaps: list[tuple[int, bool]]) -> None:
    day, answers = START, []
    for gap, right in gaps:
        day += timedelta(gap)
        answers.append((day, right))
    memory = review_all(answers)
    assert memory is not None
    interval = (memory.due_on - memory.reviewed_on).days
    assert 1 <= interval <= MAX_INTERVAL_DAYS
    if 5 < interval < MAX_INTERVAL_DAYS:
        assert memory.overdue_ratio(memory.due_on) == pytest.approx(1, abs=0.12)  # at 1 it is 90 %


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_does_not_matter(
    gaps: list[tuple[int, bool]], chance: st.DataObject
) -> None:
    day, answers = START, []
    for gap, right in gaps:
        day += timedelta(gap)
        answers.append((day, right))
    shuffled = list(answers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert review_all(shuffled) == review_all(answers)


def test_without_answers_there_is_no_memory() -> None:
    assert review_all([]) is None


@pytest.mark.parametrize(
    ("answers", "mastered"),
    [
        ([(0, True)], False),
        ([(0, True), (3, True)], False),  # less than a week apart
        ([(0, True), (3, True), (16, True)], True),
        ([(0, True), (3, True), (16, False)], False),
        ([(0, False), (30, True)], False),  # right on one day only
    ],
)
def test_mastered_means_right_a_week_apart_and_stable_for_three_weeks(
    answers: list[tuple[int, bool]], mastered: bool
) -> None:
    assert after(*answers).mastered is mastered


def test_mastery_counts_every_question_of_a_key_point_once() -> None:
    point = TOPIC.key_points[0]
    first, second, *_ = [item for item in TOPIC.approved if TOPIC.key_point_of(item) == point]
    lasting, fresh = after((0, True), (3, True), (16, True)), after((0, False))
    points = mastery(TOPIC, {first.id: lasting, second.id: fresh, "withdrawn": lasting})
    assert (points[0].mastered, points[0].learning) == (1, 1)
    assert [each.key_point for each in points] == list(TOPIC.key_points)
    assert sum(each.mastered + each.learning + each.new for each in points) == sum(
        TOPIC.key_point_of(item) is not None for item in TOPIC.approved
    )


DAY = timedelta(days=1)


async def test_an_answer_updates_the_memory_which_can_be_rebuilt(sessions: Sessions) -> None:
    await join(sessions)
    for day in range(12):
        [question] = await send_due(sessions, DUE + day * DAY)
        if day != 5:
            await counted(sessions, vote_on(question, day % 3), DUE + day * DAY)
    async with sessions() as session:
        kept = await answers_memory.stored_memories(session)
        assert kept == await answers_memory.memories_from_answers(session)
        assert len(kept) > 3
        assert await totals.differences(session) == []


async def test_an_answer_received_late_is_counted_in_order(sessions: Sessions) -> None:
    """Votes on polls of one item arrive in the wrong order."""
    await join(sessions)
    pool, questions = ItemPool([make_item("only")], Random(1)), []
    for day in range(4):
        async with sessions.begin() as session:
            await claiming.claim_due(session, pool, DUE + day * DAY, 10, REMINDER_POLICY)
        [leaving] = await begin(sessions, DUE + day * DAY)
        await record(sessions, confirmed(leaving))
        questions.append(leaving)
    for question, option in ((questions[3], 0), (questions[0], 0), (questions[2], 1)):
        await answer(sessions, vote_on(question, option), DUE + 4 * DAY)
        async with sessions() as session:
            kept = await answers_memory.stored_memories(session)
            assert kept == await answers_memory.memories_from_answers(session)
    [memory] = kept.values()
    assert memory.reviewed_on == (DUE + 3 * DAY).date()
    assert memory.first_correct_on == DUE.date()


async def test_differences_are_found_and_repaired(sessions: Sessions) -> None:
    await join(sessions)
    [question] = await send_due(sessions, DUE)
    await counted(sessions, vote_on(question), DUE)
    async with sessions.begin() as session:
        recall = await session.get(LearnerMemory, (1, question.item_id))
        assert recall is not None
        recall.stability = 99.0
    async with sessions.begin() as session:
        [found] = await totals.differences(session)
        assert question.item_id in found
        await totals.rebuild(session)
    async with sessions() as session:
        assert await totals.differences(session) == []


async def test_answers_from_before_memories_were_stored_are_backfilled(sessions: Sessions) -> None:
    for person in range(1, 6):
        await join(sessions, person)
    for day in range(3):
        for question in await send_due(sessions, DUE + day * DAY):
            await counted(sessions, vote_on(question, day % 2), DUE + day * DAY)
    async with sessions.begin() as session:
        expected = await answers_memory.stored_memories(session)
        await session.execute(delete(LearnerMemory))
    async with sessions.begin() as session:
        assert await answers_memory.needs_backfill(session)
        assert await answers_memory.backfill_memories(session, batch_size=2) == 5
    async with sessions() as session:
        assert await answers_memory.stored_memories(session) == expected
        assert not await answers_memory.needs_backfill(session)


async def test_memories_are_backfilled_from_a_database_of_the_first_version(
    empty_database: str,
) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0001")
    async with engine.begin() as connection:
        for statement in _FIRST_VERSION:
            await connection.execute(text(statement))
    await migrate.upgrade(engine)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        assert await answers_memory.needs_backfill(session)
        await answers_memory.backfill_memories(session)
    async with sessions() as session:
        assert await totals.differences(session) == []
        [memory] = (await answers_memory.stored_memories(session)).values()
        assert memory.first_correct_on == DUE.date()
        assert (await session.scalars(select(Delivery.item_revision))).all() == [1]
    await engine.dispose()


# A subscriber with one right answer, in the tables of revision 0001.
_FIRST_VERSION = (
    (
        "INSERT INTO subscribers (id, state, alias, alias_key, language, timezone, question_time,"
        " joined_at, points, answered, correct, streak, best_streak, last_answered_on) VALUES (1,"
        " 'active', 'Otter', 'otter', 'en', 'UTC', '09:00:00', '2026-11-23 08:00:00', 10, 1, 1, 1,"
        " 1, '2026-11-23')"
    ),
    (
        "INSERT INTO deliveries (id, subscriber_id, local_date, slot, item_id, option_order, state,"
        " maybe_elsewhere, claimed_at, closes_at) VALUES (1, 1, '2026-11-23', 0, 'item', '012',"
        " 'sent', false, '2026-11-23 09:00:00', '2026-11-24 09:00:00')"
    ),
    (
        "INSERT INTO answers (delivery_id, option, counted, points, answered_at) VALUES (1, 0,"
        " true, 10, '2026-11-23 09:01:00')"
    ),
    "INSERT INTO weekly_scores (week, subscriber_id, points) VALUES ('2026-11-23', 1, 10)",
)


async def test_a_batch_takes_about_as_many_queries_as_one_person(engine: AsyncEngine) -> None:
    sessions, counts = create_sessions(engine), []
    for person in range(1, 41):
        await join(sessions, person)
        [question] = await send_due(sessions, DUE)
        await counted(sessions, vote_on(question), DUE)
    for limit in (1, 39):
        with statements(engine) as seen:
            async with sessions.begin() as session:
                await claiming.claim_due(session, make_pool(), DUE + DAY, limit, REMINDER_POLICY)
        counts.append(len([each for each in seen if each.lstrip("(").startswith("SELECT")]))
    # Who is due (at 39 also the latest), what they have been asked, their programmes,
    # whether they learned an item that has been corrected since.
    assert counts == [5, 6]
