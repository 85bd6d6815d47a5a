"""The addressee's first vote counts, once (invariants 3, 4 and 5)."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from sqlalchemy import func, select, update

from db.models import Answer, Delivery, DeliveryState, Subscriber, WeeklyScore
from db.session import Sessions
from quizbot.quiz import subscription
from quizbot.quiz.answers import totals as answers_totals
from quizbot.quiz.answers.recording import AnswerOutcome, Ignored, PollAnswer, record_answers
from quizbot.quiz.answers.streaks import Totals
from quizbot.quiz.answers.totals import totals_of
from quizbot.quiz.asking import claiming
from quizbot.quiz.delivery import outcomes as delivery_outcomes
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.outcomes import Outgoing, Result
from quizbot.quiz.delivery.repair import NotReceived
from tests.databases import until_waiting
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    REMINDER_POLICY,
    START,
    TOPIC,
    answer,
    begin,
    begin_one,
    claim,
    confirmed,
    counted,
    deliveries,
    join,
    make_pool,
    new_subscriber,
    record,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 11, 23)


async def totals(sessions: Sessions, person: int = 1) -> Totals:
    async with sessions() as session:
        return totals_of(await subscriber(session, person))


async def answers(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count(Answer.delivery_id))) or 0


async def question(sessions: Sessions, person: int = 1) -> Outgoing:
    await join(sessions, person)
    [leaving] = await send_due(sessions, DUE)
    return leaving


async def test_the_first_vote_counts_once_and_repeats_change_nothing(
    sessions: Sessions,
) -> None:
    asked = await question(sessions)
    outcome = await counted(sessions, vote_on(asked), DUE + MINUTE)
    assert (outcome.correct, outcome.points, outcome.totals.streak) == (True, 10, 1)
    assert (outcome.question.practice, outcome.question.late) == (False, False)
    assert (outcome.question.subscriber_id, outcome.question.message_id) == (
        1,
        1000 + asked.delivery_id,
    )
    expected = Totals(10, 1, 1, 1, 1, MONDAY)
    assert await totals(sessions) == outcome.totals == expected
    for vote in (vote_on(asked), vote_on(asked, 1)):
        assert await answer(sessions, vote, DUE + 2 * MINUTE) is Ignored.REPEATED
    withdrawn = PollAnswer(f"poll-{asked.delivery_id}", 1, ())
    assert await answer(sessions, withdrawn, DUE + 3 * MINUTE) is Ignored.WITHDRAWN
    assert await totals(sessions) == expected
    async with sessions() as session:
        kept = await session.get_one(Answer, asked.delivery_id)
        assert (kept.option, kept.counted, kept.points) == (0, True, 10)
        assert kept.answered_at == DUE + MINUTE
        weeks = (await session.scalars(select(WeeklyScore))).all()
        assert [(week.week, week.subscriber_id, week.points) for week in weeks] == [(MONDAY, 1, 10)]


async def test_a_vote_received_several_times_at_once_counts_once(sessions: Sessions) -> None:
    asked = await question(sessions)
    outcomes = await asyncio.gather(
        *(answer(sessions, vote_on(asked), DUE + MINUTE) for _ in range(4))
    )
    assert outcomes.count(Ignored.REPEATED) == 3
    assert (await totals(sessions)).points == 10


async def test_a_withdrawn_vote_before_any_other_changes_nothing(
    sqlite_sessions: Sessions,
) -> None:
    asked = await question(sqlite_sessions)
    nothing = PollAnswer(f"poll-{asked.delivery_id}", 1, ())
    assert await answer(sqlite_sessions, nothing, DUE) is Ignored.WITHDRAWN
    assert (await counted(sqlite_sessions, vote_on(asked), DUE)).points == 10


async def test_a_forwarded_poll_scores_nobody_but_its_addressee(sessions: Sessions) -> None:
    for person in (1, 2):
        await join(sessions, person)
    first, second = await send_due(sessions, DUE)
    for voter in (2, 3):  # a subscriber with an open question, and a stranger
        vote = PollAnswer(f"poll-{first.delivery_id}", voter, (0,))
        assert await answer(sessions, vote, DUE) is Ignored.NOT_ADDRESSEE
    assert await answers(sessions) == 0
    assert (await counted(sessions, vote_on(first), DUE)).question.subscriber_id == 1
    assert (await counted(sessions, vote_on(second, 1), DUE)).points == 2


async def test_a_vote_on_an_unknown_poll_scores_nobody(sqlite_sessions: Sessions) -> None:
    await question(sqlite_sessions)
    for voter in (1, 99):
        vote = PollAnswer("nobody's", voter, (0,))
        assert await answer(sqlite_sessions, vote, DUE) is Ignored.UNKNOWN_POLL
    assert await answers(sqlite_sessions) == 0


async def test_a_vote_that_arrives_before_the_outcome_is_committed_finds_its_question(
    sessions: Sessions,
) -> None:
    await join(sessions)
    await claim(sessions, DUE)
    [leaving] = await begin(sessions, DUE)
    outcome = await counted(sessions, vote_on(leaving, 1), DUE)
    assert (outcome.option, outcome.points) == (1, 2)
    await record(sessions, confirmed(leaving))
    [sent] = await deliveries(sessions)
    assert (sent.state, sent.poll_id) == (DeliveryState.SENT, f"poll-{sent.id}")
    assert await answer(sessions, vote_on(leaving), DUE) is Ignored.REPEATED


async def test_a_parked_vote_is_not_taken_for_one_on_a_question_chosen_later(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    [leaving] = await begin(sqlite_sessions, DUE)
    vote = vote_on(leaving, poll="unknown")
    assert await answer(sqlite_sessions, vote, DUE - 2 * MINUTE) is Ignored.UNKNOWN_POLL
    assert (await counted(sqlite_sessions, vote, DUE)).points == 10


async def test_a_vote_during_the_recording_of_the_outcome_finds_its_question(
    postgresql_sessions: Sessions,
) -> None:
    """The first query comes before the poll's id is stored, the second after the sending."""
    await join(postgresql_sessions)
    await claim(postgresql_sessions, DUE)
    [leaving] = await begin(postgresql_sessions, DUE)
    async with postgresql_sessions.begin() as other:
        await other.execute(select(Subscriber).with_for_update())
        voting = asyncio.create_task(answer(postgresql_sessions, vote_on(leaving), DUE))
        await until_waiting(other, voting)
        await record(postgresql_sessions, confirmed(leaving))
    assert isinstance(await voting, AnswerOutcome)


async def test_a_vote_that_waited_while_its_subscriber_was_erased_and_joined_again_is_ignored(
    postgresql_sessions: Sessions,
) -> None:
    """It is about a question that is erased; the new subscriber's row is not locked either."""
    asked = await question(postgresql_sessions)
    async with postgresql_sessions.begin() as other:
        await other.delete(await subscriber(other))
        await other.flush()
        voting = asyncio.create_task(answer(postgresql_sessions, vote_on(asked), DUE))
        await until_waiting(other, voting)
        await subscription.subscribe(other, new_subscriber(), START, Random(1))
        await other.flush()
        await claiming.claim_due(other, make_pool(), DUE, 1, REMINDER_POLICY)
        assert await delivery_outcomes.begin_sending(other, DUE, 1)
    assert await voting is Ignored.UNKNOWN_POLL


@pytest.mark.parametrize("unconfirmed", [DeliveryState.UNCONFIRMED, DeliveryState.OFFERED])
async def test_a_vote_on_an_unconfirmed_question_confirms_it(
    sessions: Sessions, unconfirmed: DeliveryState
) -> None:
    for person in (1, 2):
        await join(sessions, person)
    await claim(sessions, DUE)
    first, second = await begin(sessions, DUE)
    for each in (first, second):
        await record(sessions, each.failed(Result.UNCONFIRMED))
    async with sessions.begin() as session:
        await session.execute(update(Delivery).values(state=unconfirmed))
    outcome = await counted(sessions, vote_on(second, poll="found"), DUE + MINUTE)
    assert (outcome.question.subscriber_id, outcome.points) == (2, 10)
    [confirmed_now] = await deliveries(sessions, 2)
    assert (confirmed_now.state, confirmed_now.poll_id) == (DeliveryState.SENT, "found")
    [other] = await deliveries(sessions, 1)
    assert (other.state, other.poll_id) == (unconfirmed, None)
    again = vote_on(second, poll="found")
    assert await answer(sessions, again, DUE + 2 * MINUTE) is Ignored.REPEATED


async def test_a_vote_on_the_lost_poll_of_a_question_sent_twice_counts_once(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    [first] = await begin(sqlite_sessions, DUE)
    await record(sqlite_sessions, first.failed(Result.UNCONFIRMED))
    async with sqlite_sessions.begin() as session:
        assert await repair.claim_again(
            session, NotReceived(1, first.delivery_id), make_pool(), DUE
        )
    [second] = await begin(sqlite_sessions, DUE)
    await record(sqlite_sessions, confirmed(second))
    outcome = await counted(sqlite_sessions, vote_on(first, poll="the lost one"), DUE)
    assert outcome.points == 10
    assert await answer(sqlite_sessions, vote_on(second, 1), DUE) is Ignored.REPEATED
    assert await answers(sqlite_sessions) == 1


async def test_a_vote_on_the_lost_poll_counts_just_after_a_request_for_another(
    sqlite_sessions: Sessions,
) -> None:
    """The question is about to be sent again when the vote on its first poll comes in."""
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    [first] = await begin(sqlite_sessions, DUE)
    await record(sqlite_sessions, first.failed(Result.UNCONFIRMED))
    async with sqlite_sessions.begin() as session:
        assert await repair.claim_again(
            session, NotReceived(1, first.delivery_id), make_pool(), DUE
        )
    outcome = await counted(sqlite_sessions, vote_on(first, poll="the lost one"), DUE)
    assert outcome.points == 10


async def test_a_question_unconfirmed_for_days_takes_no_vote(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    await claim(sqlite_sessions, DUE)
    [leaving] = await begin(sqlite_sessions, DUE)
    await record(sqlite_sessions, leaving.failed(Result.UNCONFIRMED))
    vote, gone = vote_on(leaving, poll="other"), DUE + 2 * DAY  # updates are kept for a day
    assert await answer(sqlite_sessions, vote, gone) is Ignored.UNKNOWN_POLL


@pytest.mark.parametrize("option", [0, 1, 2])
@pytest.mark.parametrize("order", ["012", "120", "201", "210"])
async def test_a_vote_is_read_in_the_order_in_which_options_were_shown(
    sqlite_sessions: Sessions, order: str, option: int
) -> None:
    asked = await question(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Delivery).values(option_order=order))
    position = order.index(str(option))
    vote = PollAnswer(f"poll-{asked.delivery_id}", 1, (position,))
    outcome = await counted(sqlite_sessions, vote, DUE)
    assert (outcome.option, outcome.correct) == (option, option == 0)


@pytest.mark.parametrize("position", [-1, 4, 12])
async def test_a_position_that_was_not_shown_is_ignored(
    sqlite_sessions: Sessions, position: int
) -> None:
    asked = await question(sqlite_sessions)
    vote = PollAnswer(f"poll-{asked.delivery_id}", 1, (position,))
    assert await answer(sqlite_sessions, vote, DUE) is Ignored.NO_SUCH_OPTION
    assert await answers(sqlite_sessions) == 0


async def test_an_answer_after_the_next_question_came_early_is_late_and_earns_nothing(
    sqlite_sessions: Sessions,
) -> None:
    monday = await question(sqlite_sessions)
    early = DUE + DAY - 30 * MINUTE
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await claiming.claim_today(session, person, make_pool(), early, REMINDER_POLICY)
    outcome = await counted(sqlite_sessions, vote_on(monday), early + MINUTE)
    assert (outcome.question.late, outcome.correct, outcome.points) == (True, True, 0)
    assert await totals(sqlite_sessions) == Totals()
    async with sqlite_sessions() as session:
        assert not (await session.get_one(Answer, monday.delivery_id)).counted


async def test_an_answer_is_late_only_after_the_next_question_has_come(
    sqlite_sessions: Sessions,
) -> None:
    monday = await question(sqlite_sessions)
    before = DUE + DAY - timedelta(seconds=1)
    outcome = await counted(sqlite_sessions, vote_on(monday), before)
    assert (outcome.question.late, outcome.points, outcome.totals.streak) == (False, 10, 1)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3)])
async def test_a_vote_in_time_counts_though_it_is_received_after_the_next_question(
    sqlite_sessions: Sessions, late: timedelta
) -> None:
    """Telegram closed the poll when the next one was due, so the vote was in time."""
    monday = await question(sqlite_sessions)
    await send_due(sqlite_sessions, DUE + DAY + late)
    outcome = await counted(sqlite_sessions, vote_on(monday), DUE + DAY + late + MINUTE)
    assert (outcome.question.late, outcome.points) == (False, 10)


async def test_after_a_change_to_an_earlier_time_the_open_question_is_late_once_the_next_has_come(
    sqlite_sessions: Sessions,
) -> None:
    monday = await question(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await subscription.set_time(session, person, time(7), DUE + MINUTE)
    [tuesday] = await send_due(sqlite_sessions, DUE + DAY - 120 * MINUTE)
    now = DUE + DAY - 60 * MINUTE
    assert (await counted(sqlite_sessions, vote_on(monday), now)).question.late
    assert (await counted(sqlite_sessions, vote_on(tuesday), now)).points == 10


async def test_practice_is_graded_but_earns_nothing(sessions: Sessions) -> None:
    daily = await question(sessions)
    async with sessions.begin() as session:
        person = await subscriber(session)
        claimed = await claiming.claim_practice(session, person, make_pool(), DUE)
    assert await begin(sessions, DUE) == []  # the broadcast sends no practice
    practice = await begin_one(sessions, DUE, claimed.id)
    await record(sessions, confirmed(practice))
    outcome = await counted(sessions, vote_on(practice), DUE)
    assert (outcome.question.practice, outcome.question.late) == (True, False)
    assert (outcome.points, outcome.totals.streak) == (0, 0)
    assert await totals(sessions) == Totals()
    # Nor does practice make the daily question late.
    assert (await counted(sessions, vote_on(daily), DUE)).points == 10


async def test_a_streak_grows_day_by_day_and_breaks_on_an_unanswered_question(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    streaks = await _streaks(sqlite_sessions, answered=(0, 1, 2, 4, 5), asked=range(6))
    assert streaks == [1, 2, 3, 1, 2]
    assert (await totals(sqlite_sessions)).best_streak == 3


async def test_a_day_without_a_question_breaks_no_streak(sessions: Sessions) -> None:
    await join(sessions)
    assert await _streaks(sessions, answered=(0, 1, 5, 6), asked=(0, 1, 5, 6)) == [1, 2, 3, 4]


async def test_seven_days_earn_a_freeze_that_saves_the_streak_once(sessions: Sessions) -> None:
    await join(sessions)
    answered = [*range(7), 8, 10]  # the second unanswered question finds no freeze left
    assert await _streaks(sessions, answered, asked=range(11)) == [*range(1, 9), 1]
    kept = await totals(sessions)
    assert (kept.best_streak, kept.freezes) == (8, 0)
    async with sessions() as session:
        assert await answers_totals.differences(session, OBJECTIVE_OF) == []


async def test_at_most_two_freezes_are_held_and_two_unanswered_days_take_both(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    answered = [*range(21), 23, 24]
    assert (await _streaks(sqlite_sessions, answered, asked=range(25)))[-2:] == [22, 23]
    assert (await totals(sqlite_sessions)).freezes == 0


async def test_a_pause_breaks_no_streak(sessions: Sessions) -> None:
    await join(sessions)
    await _streaks(sessions, answered=(0, 1), asked=(0, 1))
    async with sessions.begin() as session:
        await subscription.pause(session, await subscriber(session))
    assert await send_due(sessions, DUE + 9 * DAY) == []
    async with sessions.begin() as session:
        await subscription.subscribe(session, new_subscriber(), DUE + 9 * DAY, Random(1))
    [asked] = await send_due(sessions, DUE + 10 * DAY)
    outcome = await counted(sessions, vote_on(asked), DUE + 10 * DAY)
    assert (outcome.totals.streak, outcome.unanswered, outcome.question.days_between) == (3, 0, 8)


async def _streaks(
    sessions: Sessions, answered: Collection[int], asked: Iterable[int]
) -> list[int]:
    """Returns the streak after each answer; days are counted from the first question."""
    streaks = []
    for day in asked:
        [question] = await send_due(sessions, DUE + day * DAY)
        if day in answered:
            now = DUE + day * DAY + MINUTE
            streaks.append((await counted(sessions, vote_on(question), now)).totals.streak)
    return streaks


async def test_a_vote_of_an_erased_subscriber_changes_nothing(sqlite_sessions: Sessions) -> None:
    asked = await question(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await session.delete(await subscriber(session))
    assert await answer(sqlite_sessions, vote_on(asked), DUE) is Ignored.UNKNOWN_POLL


def test_the_tests_start_before_the_first_question() -> None:
    assert START < DUE == datetime.combine(MONDAY, time(9), DUE.tzinfo)
    assert len(TOPIC.approved) > 10


@pytest.mark.parametrize("together", [True, False])
async def test_a_repeated_vote_that_came_before_its_poll_was_confirmed_counts_once(
    sessions: Sessions, together: bool
) -> None:
    """The repeat must not count for an earlier question that is unconfirmed as well."""
    await join(sessions)
    await claim(sessions, DUE)
    [first] = await begin(sessions, DUE)
    await record(sessions, first.failed(Result.UNCONFIRMED), now=DUE)
    await claim(sessions, DUE + DAY)
    [second] = await begin(sessions, DUE + DAY)
    vote, now = vote_on(second), DUE + DAY + timedelta(seconds=1)
    for votes in [[vote, vote]] if together else [[vote], [vote]]:
        async with sessions.begin() as session:
            await record_answers(session, votes, now, OBJECTIVE_OF)
    async with sessions() as session:
        assert [each.delivery_id for each in await session.scalars(select(Answer))] == [
            second.delivery_id
        ]
