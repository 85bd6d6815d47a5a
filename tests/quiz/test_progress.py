"""A learner's progress: the last weeks, day by day."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from db.models import Delivery, DeliveryState
from db.session import Sessions
from quizbot.quiz.answers.progress import DayResult, Progress, progress
from tests.quiz.steps import (
    DUE,
    TOPIC,
    answer,
    join,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)


async def after(sessions: Sessions, options: Sequence[int | None]) -> Progress:
    """Returns the progress after a question a day, answered so or not (None), all closed."""
    await join(sessions)
    for number, option in enumerate(options):
        [asked] = await send_due(sessions, DUE + number * DAY)
        if option is not None:
            await answer(sessions, vote_on(asked, option), DUE + number * DAY)
    return await progress_at(sessions, len(options))


async def progress_at(sessions: Sessions, day: int) -> Progress:
    async with sessions() as session:
        return await progress(session, await subscriber(session), TOPIC, DUE + day * DAY)


def results(found: Progress, count: int) -> str:
    """Returns the first letter of each day's result: frozen, right (c), wrong (i) or unanswered."""
    days = [found.days.get(DUE.date() + number * DAY) for number in range(count)]
    return "".join(day.value[0] if day else "-" for day in days)


async def test_a_day_whose_streak_was_saved_by_a_freeze_is_marked(sessions: Sessions) -> None:
    found = await after(sessions, [0, 1, 0, 0, 0, 0, 0, None, 0])

    assert (results(found, 9), found.streak) == ("cicccccfc", 8)


async def test_a_day_that_broke_the_streak_stays_unanswered(sqlite_sessions: Sessions) -> None:
    found = await after(sqlite_sessions, [0, None, 0, 0, 0, 0, 0, 0, 0, None, None, 0])

    assert results(found, 12) == "cucccccccuuc"


async def test_a_freeze_that_is_about_to_be_spent_is_marked(sqlite_sessions: Sessions) -> None:
    one = await after(sqlite_sessions, [0] * 7 + [None])
    assert (results(one, 8), one.streak, one.freezes) == ("cccccccf", 7, 0)

    await send_due(sqlite_sessions, DUE + 8 * DAY)  # not answered, too
    two = await progress_at(sqlite_sessions, 9)
    assert (results(two, 9), two.streak, two.freezes) == ("cccccccuu", 0, 0)


async def test_a_freeze_spent_before_the_weeks_that_are_shown_counts(
    sqlite_sessions: Sessions,
) -> None:
    """Seven days earned it more than a quarter of a year before."""
    await after(sqlite_sessions, [0] * 7)
    for number in (100, 101, 102):
        asked = await send_due(sqlite_sessions, DUE + number * DAY)
        if number != 101:
            await answer(sqlite_sessions, vote_on(asked[0]), DUE + number * DAY)

    found = await progress_at(sqlite_sessions, 103)

    assert min(found.days) > DUE.date() + 7 * DAY
    assert found.days[DUE.date() + 101 * DAY] is DayResult.FROZEN


async def test_a_question_that_did_not_arrive_is_no_unanswered_one(
    sqlite_sessions: Sessions,
) -> None:
    await after(sqlite_sessions, [0, None])
    async with sqlite_sessions.begin() as session:
        await session.execute(
            update(Delivery)
            .where(Delivery.local_date == DUE.date() + DAY)
            .values(state=DeliveryState.REFUSED)
        )

    assert results(await progress_at(sqlite_sessions, 2), 2) == "c-"


async def test_a_question_that_is_still_open_waits_with_and_without_the_days(
    sqlite_sessions: Sessions,
) -> None:
    await after(sqlite_sessions, [0, None])
    await send_due(sqlite_sessions, DUE + 2 * DAY)
    async with sqlite_sessions() as session:
        person = await subscriber(session)
        for with_days in (True, False):
            for hours, waiting in ((1, True), (30, False)):
                now = DUE + 2 * DAY + timedelta(hours=hours)
                found = await progress(session, person, TOPIC, now, with_days=with_days)
                assert (found.waiting, bool(found.days)) == (waiting, with_days)
