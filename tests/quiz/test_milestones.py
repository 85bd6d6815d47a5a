"""What an answer reaches: milestones, and what is known of them when an answer is recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Subscriber
from db.session import Sessions, create_sessions
from quizbot.quiz.answers.memory import Memory, MemoryChange
from quizbot.quiz.answers.milestones import Milestone, Reached, milestone_of
from quizbot.quiz.answers.recording import AnswerOutcome, Ignored, record_answers
from quizbot.quiz.answers.streaks import Totals
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    TOPIC,
    answer,
    counted,
    join,
    send_due,
    statements,
    subscriber,
    vote_on,
)
from tests.telegram.test_messages import outcome

DAY = timedelta(days=1)
TODAY = DUE.date()
OBJECTIVES = [*TOPIC.objectives]


def memory(stability: float, *, incorrect: bool = False, reviewed: int = 3) -> Memory:
    """Returns a memory that was reviewed so many days ago."""
    first, last = TODAY - 30 * DAY, TODAY - reviewed * DAY
    return Memory(stability, 3.0, last, TODAY, incorrect, first, last, 4, ("a",))


def mastering(*others: str, objective: str = "marrow-needs-b12") -> AnswerOutcome:
    """Returns the answer that masters the objective, after these others."""
    found = outcome(TOPIC.approved[0])
    change = MemoryChange(objective, memory(20.0), memory(60.0, reviewed=0))
    return AnswerOutcome(
        found.question, 0, 0, found.totals, change, frozenset({objective, *others})
    )


def of_key_point(name: str) -> list[str]:
    return [each.id for each in TOPIC.objectives.values() if each.key_point == name]


def after(answered: int, streak: int, best_before: int | None = 0) -> AnswerOutcome:
    """Returns an answer that reaches this many days, and this streak."""
    found = outcome(TOPIC.approved[0], 1)
    question = found.question._replace(best_before=best_before)
    return AnswerOutcome(question, 1, 0, Totals(10, answered, 0, streak, streak, TODAY))


def test_days_with_an_answer_are_celebrated_however_many_were_missed() -> None:
    told = [
        days
        for days in range(1, 405)
        if (reached := milestone_of(after(days, 2), TOPIC)) and reached.reached is Reached.DAYS
    ]
    assert told == [3, 7, 14, 21, 30, 50, 100, 200, 300, 400]
    assert milestone_of(after(30, 2), TOPIC) == Milestone(Reached.DAYS, 30)


def test_a_best_streak_is_celebrated_once_and_only_if_it_beats_a_notable_one() -> None:
    told = [streak for streak in range(1, 20) if milestone_of(after(60, streak, 6), TOPIC)]
    assert told == [7]
    assert milestone_of(after(60, 7, 6), TOPIC) == Milestone(Reached.BEST_STREAK, 7)
    for before in (0, 4, None):
        assert not any(milestone_of(after(60, streak, before), TOPIC) for streak in range(1, 20))


def test_mastery_is_celebrated_from_the_first_objective_to_the_topic() -> None:
    first = mastering()
    one = TOPIC.objectives["marrow-needs-b12"]
    expected = Milestone(Reached.FIRST_OBJECTIVE, objective=one, left=23)
    assert milestone_of(first, TOPIC) == expected
    second = mastering("vessel-lining")
    assert milestone_of(second, TOPIC) == Milestone(Reached.OBJECTIVE, objective=one, left=22)
    week = replace(second, totals=replace(second.totals, answered=7))
    assert milestone_of(week, TOPIC) == Milestone(Reached.DAYS, 7, objective=one)
    done = milestone_of(mastering(*of_key_point("KP1")), TOPIC)
    assert done == Milestone(Reached.KEY_POINT, key_point=TOPIC.statements["KP1"])
    assert milestone_of(mastering(*OBJECTIVES), TOPIC) == Milestone(Reached.TOPIC)
    again = mastering()
    assert again.change is not None
    kept = again.change._replace(before=memory(50.0))
    assert milestone_of(AnswerOutcome(again.question, 0, 0, again.totals, kept), TOPIC) is None


def test_an_objective_that_was_missed_is_celebrated_when_it_is_right() -> None:
    found = outcome(TOPIC.approved[0])
    for before, now, told in (
        (memory(2.0, incorrect=True), memory(3.0, reviewed=0), TODAY - 3 * DAY),
        (memory(2.0), memory(3.0, reviewed=0), None),
        (None, memory(3.0, reviewed=0), None),
    ):
        change = MemoryChange("marrow-needs-b12", before, now)
        reached = milestone_of(AnswerOutcome(found.question, 0, 0, found.totals, change), TOPIC)
        assert (reached.missed_on if reached else None) == told
        assert reached is None or reached.objective == TOPIC.objectives["marrow-needs-b12"]


def test_round_numbers_of_right_answers_are_celebrated() -> None:
    found = outcome(TOPIC.approved[0])

    def reached(option: int, correct: int) -> Milestone | None:
        return milestone_of(
            replace(
                found, option=option, totals=replace(found.totals, answered=405, correct=correct)
            ),
            TOPIC,
        )

    told = [correct for correct in range(1, 405) if reached(0, correct)]
    assert told == [1, 10, 25, 50, 100, 200, 300, 400]
    assert reached(0, 10) == Milestone(Reached.RIGHT, 10)
    assert reached(1, 10) is None


def test_an_objective_tells_how_it_went_before() -> None:
    item = TOPIC.approved[0]
    never = replace(memory(2.0, incorrect=True), first_correct_on=None, reviews=2, difficulty=7.0)
    once = replace(never, first_correct_on=TODAY - 9 * DAY)
    near = replace(memory(9.0, reviewed=0), difficulty=7.0, due_on=TODAY + 30 * DAY)
    for before, after, option, told in (
        (never, replace(never, incorrect=False), 0, (Reached.MADE_UP, 2)),
        (once, replace(once, incorrect=False), 0, (Reached.MADE_UP, 0)),
        (never, replace(never, reviewed_on=TODAY), 1, None),
        (once, replace(once, reviewed_on=TODAY), 1, None),
        (replace(once, incorrect=False), once, 1, None),
        (memory(9.0), near, 0, (Reached.NEARLY, 0)),
        (memory(9.0), replace(near, difficulty=2.0), 0, None),  # never missed
        (memory(9.0, reviewed=21), replace(near, stability=1.0), 0, (Reached.KEPT, 0)),
        (memory(9.0, reviewed=20), replace(near, stability=1.0), 0, None),
    ):
        change = MemoryChange(item.objective, before, after)
        reached = milestone_of(replace(outcome(item, option), change=change), TOPIC)
        assert (reached and (reached.reached, reached.tries)) == told
        assert reached is None or reached.same_item is False
    missed = replace(outcome(item, 1), totals=Totals(32, 4, 3, 4, 4, TODAY))
    assert milestone_of(missed, TOPIC) == Milestone(Reached.EARLY_MISS, 1)
    early = replace(missed, totals=Totals(34, 5, 3, 5, 5, TODAY))
    assert milestone_of(early, TOPIC) == Milestone(Reached.EARLY_MISS, 2)
    assert milestone_of(replace(missed, totals=Totals(72, 8, 6, 8, 8, TODAY)), TOPIC) is None


async def test_the_line_above_a_question_says_what_an_answer_earns(
    sqlite_sessions: Sessions,
) -> None:
    """A freeze each seventh day, and a best streak, once."""
    sessions = sqlite_sessions
    await join(sessions)
    told: dict[str, list[int]] = {"freeze": [], "best": [], "yesterday": []}
    for day in range(24):
        [asked] = await send_due(sessions, DUE + day * DAY)
        told["freeze"] += [day] if asked.earns_freeze else []
        told["best"] += [day] if asked.beats_best else []
        told["yesterday"] += [] if asked.yesterday else [day]
        if day not in (8, 9, 10):  # the freeze saves one
            await answer(sessions, vote_on(asked), DUE + day * DAY)
    assert told["freeze"] == [6, 17]  # 7 days in a row, and again
    assert told["best"] == [19]  # the ninth
    assert told["yesterday"] == [0, 9, 10, 11]


async def test_an_answer_knows_the_memory_before_and_the_best_streak_before(
    sessions: Sessions,
) -> None:
    await join(sessions)
    for day in range(10):
        [asked] = await send_due(sessions, DUE + day * DAY)
        if day not in (6, 7, 8):  # the freeze of a week would save one
            recorded = await counted(sessions, vote_on(asked), DUE + day * DAY)
            assert recorded.change is not None
            assert recorded.change.objective_id == OBJECTIVE_OF[asked.item_id]
            assert recorded.change.after.reviewed_on == TODAY + day * DAY
    assert (recorded.question.totals.best_streak, recorded.totals.streak) == (6, 1)
    async with sessions() as session:
        assert (await subscriber(session)).best_before == 6
    for day in range(10, 17):
        [asked] = await send_due(sessions, DUE + day * DAY)
        recorded = await counted(sessions, vote_on(asked), DUE + day * DAY)
        told = milestone_of(recorded, TOPIC)
        if told and told.reached is Reached.BEST_STREAK:
            assert (day, told.count) == (15, 7)
            break
    else:
        pytest.fail("the seventh day in a row beats six")


@pytest.mark.parametrize(("before", "mastered"), [(28, None), (29, frozenset())])
async def test_the_thirtieth_answer_is_known_with_what_is_mastered(
    sessions: Sessions, before: int, mastered: frozenset[str] | None
) -> None:
    await join(sessions)
    async with sessions.begin() as session:
        (await session.get_one(Subscriber, 1)).answered = before
    [asked] = await send_due(sessions, DUE)
    assert (await counted(sessions, vote_on(asked), DUE)).mastered == mastered


async def test_who_comes_back_is_known_with_what_they_have_mastered(sessions: Sessions) -> None:
    await join(sessions)
    for day in range(7):
        [asked] = await send_due(sessions, DUE + day * DAY)
        if day == 0:
            assert not (await counted(sessions, vote_on(asked), DUE)).came_back
    recorded = await counted(sessions, vote_on(asked), DUE + 6 * DAY)
    assert (recorded.unanswered, recorded.came_back, recorded.mastered) == (5, True, frozenset())


async def test_the_streak_day_counts_what_freezes_save(sessions: Sessions) -> None:
    await join(sessions)
    days = []
    for day in range(12):
        [asked] = await send_due(sessions, DUE + day * DAY)
        days.append(asked.streak_day)
        if day not in (8, 10, 11):
            await answer(sessions, vote_on(asked), DUE + day * DAY)
    assert days == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 0]


async def test_who_has_never_answered_is_on_day_one_once(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    days = [(await send_due(sqlite_sessions, DUE + day * DAY))[0].streak_day for day in range(3)]
    assert days == [1, 0, 0]


async def test_milestones_cost_no_statement_more(engine: AsyncEngine) -> None:
    """Only where an objective is mastered, or somebody comes back, one more for the batch."""
    sessions, seen = create_sessions(engine), []
    for person in range(1, 4):
        await join(sessions, person)
    for day in range(7):
        asked = await send_due(sessions, DUE + day * DAY)
        if day in (0, 6):
            with statements(engine) as run:
                async with sessions.begin() as session:
                    votes = [vote_on(each) for each in asked]
                    recorded = await record_answers(session, votes, DUE, OBJECTIVE_OF)
            assert not any(isinstance(each, Ignored) for each in recorded)
            seen.append(sum("objective_memories" in each and "SELECT" in each for each in run))
    assert seen == [1, 2]
