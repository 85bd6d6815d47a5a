"""How many got yesterday's question right: only in blocks with five people on either side."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import Answer, Delivery, DeliveryState
from db.programmes import Enrolment, Programme
from db.reports import ItemShare
from db.session import Sessions
from questions import Change
from quizbot.programmes import membership
from quizbot.programmes.reports.refresh import refresh_reports
from quizbot.programmes.shares import count_shares, shares
from quizbot.quiz.answers import corrections
from tests.programmes.steps import enrol, programme
from tests.quiz.steps import (
    DUE,
    answer,
    join,
    make_item,
    send_due,
    subscriber,
    topic_of,
    vote_on,
)

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
    assert not await count_shares(sessions, DUE + days * DAY)
    async with sessions() as session:
        return await shares(session)


async def kept(sessions: Sessions) -> dict[str, tuple[int, int, int, int]]:
    """Returns what is told and what waits, correct and incorrect answers, by item."""
    async with sessions() as session:
        return {
            each.item_id: (
                each.correct,
                each.incorrect,
                each.waiting_correct,
                each.waiting_incorrect,
            )
            for each in await session.scalars(select(ItemShare).where(ItemShare.item_id != ""))
        }


async def course_of(sessions: Sessions, people: range) -> int:
    """Creates a programme in which these people take part, and returns its id."""
    course = await programme(sessions)
    await joined(sessions, *people)
    for person in people:
        await enrol(sessions, course, person)
    return course


async def reported(sessions: Sessions, course: int) -> None:
    """Brings the reports up to date, once all questions of the first day are closed."""
    await refresh_reports(sessions, course, topic_of(make_item("item")), DUE + 1.5 * DAY)


async def test_a_question_dated_in_the_future_does_not_hold_up_the_others(
    sqlite_sessions: Sessions,
) -> None:
    await joined(sqlite_sessions, *range(1, 14))
    await answered(sqlite_sessions, range(13, 14), 0, day=400, item="other")
    await answered(sqlite_sessions, range(1, 13), 7)
    assert await told(sqlite_sessions) == {"item": 60}


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
    assert await kept(sessions) == {"item": (13, 10, 0, 0)}


async def test_members_and_others_are_told_only_if_each_group_may_be(
    sqlite_sessions: Sessions,
) -> None:
    """Otherwise the members' own figures, which coordinators see, would leave the few others."""
    course = await course_of(sqlite_sessions, range(1, 12))
    await joined(sqlite_sessions, 12)
    await answered(sqlite_sessions, range(1, 13), 6)
    await reported(sqlite_sessions, course)
    assert await told(sqlite_sessions) == {"item": 55}  # 6 of the 11 members
    assert await kept(sqlite_sessions) == {"item": (0, 0, 0, 1)}  # the twelfth waits


@pytest.mark.parametrize("hides", [False, True])
async def test_the_report_and_the_line_differ_by_no_member(
    sqlite_sessions: Sessions, *, hides: bool
) -> None:
    """A second count of the members, without the one who left meanwhile, would tell: 50 %."""
    sessions = sqlite_sessions
    course = await course_of(sessions, range(1, 12))
    await answered(sessions, range(1, 12), 6)
    await reported(sessions, course)
    async with sessions.begin() as session:
        [part] = await membership.of_subscriber(session, 1)
        if hides:
            membership.set_hidden(part.enrolment, hidden=True)
        else:
            await membership.leave(session, await subscriber(session, 1), part, LATER)
    assert await told(sessions) == {"item": 55}


async def test_hidden_members_are_left_out(sqlite_sessions: Sessions) -> None:
    sessions = sqlite_sessions
    course, everybody = await course_of(sessions, range(1, 11)), range(1, 11)
    async with sessions.begin() as session:
        membership.set_hidden(await session.get_one(Enrolment, (course, 1)), hidden=True)
    await answered(sessions, everybody, 5)
    await reported(sessions, course)
    assert await told(sessions) == {}


async def test_who_was_in_a_programme_that_is_over_is_counted_with_those_in_none(
    sessions: Sessions,
) -> None:
    course, everybody = await course_of(sessions, range(1, 11)), range(1, 11)
    async with sessions.begin() as session:
        (await session.get_one(Programme, course)).ends_on = DUE.date()
    await answered(sessions, everybody, 5)
    assert await told(sessions) == {}  # its last day
    await answered(sessions, everybody, 5, day=1, item="another")
    assert await told(sessions, 4) == {"another": 50}


async def test_two_processes_count_nothing_twice(sessions: Sessions) -> None:
    await joined(sessions, *range(1, 7))
    await answered(sessions, range(1, 7), 3)
    await asyncio.gather(*(count_shares(sessions, LATER) for _ in range(2)))
    assert await kept(sessions) == {"item": (0, 0, 3, 3)}


async def test_a_corrected_key_begins_a_new_count(sqlite_sessions: Sessions) -> None:
    course = await course_of(sqlite_sessions, range(1, 11))
    await joined(sqlite_sessions, *range(11, 21))
    await answered(sqlite_sessions, range(1, 11), 5)
    await answered(sqlite_sessions, range(11, 21), 5)
    await reported(sqlite_sessions, course)
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
