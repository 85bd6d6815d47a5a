"""The learning gain that coordinators see: which answers count, and when it is updated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from random import Random

import pytest
from sqlalchemy import select

from db.models import Purpose, Rescoring
from db.reports import LearningReport
from db.session import Sessions
from questions import Topic
from quizbot.programmes.reports.learning import LearningGain
from tests.programmes.histories import History, at, date_of
from tests.quiz.steps import make_item, topic_of

NEW, RANDOM = Purpose.NEW, Purpose.RANDOM
HALF = [0, 1] * 10
FEWER = [0] * 8 + [1] * 12
MORE = [0] * 14 + [1] * 6


async def met_and_reviewed(sessions: Sessions, after: int = 4) -> History:
    """Twenty members meet an objective on Monday, 40 % right; a random review brings 70 %."""
    history = await History.begin(sessions, 20)
    await history.all_asked(0, *FEWER, purpose=NEW)
    await history.all_asked(after, *MORE, purpose=RANDOM)
    return history


async def learning(history: History, day: int) -> LearningGain:
    return (await history.report(at(day, 12))).learning


async def test_the_gain_is_random_reviews_less_first_meetings(sessions: Sessions) -> None:
    history = await met_and_reviewed(sessions)
    assert (await learning(history, 6)).total is None  # until the week is over
    told = await learning(history, 7)
    assert told.total is not None
    assert (told.total.people, told.total.reviews) == (20, 20)
    assert (told.total.correct, told.total.expected) == (0.7, 0.4)
    assert 0.05 < told.total.margin < 0.3
    [(point, gain), (_, other)] = told.key_points
    assert point is not None
    assert (point.id, gain, other) == ("KP1", told.total, None)
    assert told.bands == (told.total, None, None)


@pytest.mark.parametrize(("after", "band"), [(7, 0), (8, 1), (30, 1), (31, 2)])
async def test_retention_is_by_the_days_since_the_first_meeting(
    sqlite_sessions: Sessions, after: int, band: int
) -> None:
    history = await met_and_reviewed(sqlite_sessions, after)
    told = await learning(history, after + 8)
    assert told.total is not None
    assert [place for place, each in enumerate(told.bands) if each] == [band]


async def test_other_reviews_are_not_in_it(sqlite_sessions: Sessions) -> None:
    """What is due is what people were wrong at; practice comes with the explanation."""
    history = await met_and_reviewed(sqlite_sessions)
    for person, option in zip(history.people, HALF, strict=True):
        for day, purpose in ((1, Purpose.DUE), (2, Purpose.INCORRECT), (3, None)):
            await history.asked(person, day, option=option, purpose=purpose)
        await history.asked(person, 5, option=option, purpose=Purpose.PRACTICE, slot=1)
    total = (await learning(history, 7)).total
    assert total is not None
    assert (total.reviews, total.correct, total.expected) == (20, 0.7, 0.4)


async def test_reviews_of_what_was_met_before_the_programme_are_not_in_it(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 20, starts_on=date_of(0))
    await history.all_asked(-3, *FEWER, purpose=NEW)
    await history.all_asked(0, *HALF, item="cedar", purpose=NEW)
    await history.all_asked(2, *MORE, purpose=RANDOM)
    assert (await learning(history, 7)).total is None


async def test_hidden_members_and_rescored_answers_are_not_in_it(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 22)
    await history.all_asked(0, *FEWER, 0, 0, purpose=NEW)
    await history.all_asked(3, *MORE, 0, None, purpose=RANDOM)
    rescored = await history.asked(history.people[21], 5, option=0, purpose=RANDOM)
    await history.hide(history.people[20])
    async with sqlite_sessions.begin() as session:
        session.add(
            Rescoring(delivery_id=rescored, revision=2, order_before="012", rescored_at=at(0, 12))
        )
    total = (await learning(history, 7)).total
    assert total is not None
    assert (total.people, total.reviews) == (20, 20)


async def test_it_is_told_anew_once_five_more_were_right_and_five_were_not(
    sqlite_sessions: Sessions,
) -> None:
    history = await met_and_reviewed(sqlite_sessions)
    before = await learning(history, 7)
    await history.all_asked(8, *[0] * 16, *[1] * 4, purpose=RANDOM)
    for day in (14, 35):
        assert await learning(history, day) == before
    await history.asked(history.people[0], 36, option=1, purpose=RANDOM)
    after = (await learning(history, 42)).total
    assert after is not None
    assert (after.reviews, after.correct) == (41, round(30 / 41, 2))


async def test_the_total_waits_four_weeks_for_a_part_with_too_little_new(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 20)
    for day, item in ((0, "apple"), (1, "cedar")):
        await history.all_asked(day, *FEWER, item=item, purpose=NEW)
    await history.all_asked(4, *HALF, purpose=RANDOM)
    before = await learning(history, 7)
    await history.all_asked(8, *HALF, purpose=RANDOM)
    await history.asked(history.people[0], 9, "cedar", 0, purpose=RANDOM)
    for day in (14, 28):
        assert await learning(history, day) == before
    after = await learning(history, 35)
    assert after.total is not None
    assert after.total.reviews == 41
    assert after.key_points == before.key_points  # the one at cedar would be the difference


async def test_a_programme_with_enough_new_answers_is_told_every_week(
    sqlite_sessions: Sessions,
) -> None:
    history = await met_and_reviewed(sqlite_sessions)
    await learning(history, 7)
    await history.all_asked(8, *HALF, purpose=RANDOM)
    total = (await learning(history, 14)).total
    assert total is not None
    assert total.reviews == 40


async def test_at_the_end_of_the_programme_nothing_waits_for_four_weeks(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 20, ends_on=date_of(15))
    await history.all_asked(0, *FEWER, purpose=NEW)
    await history.all_asked(1, *FEWER, item="cedar", purpose=NEW)
    await history.all_asked(4, *HALF, purpose=RANDOM)
    await history.all_asked(15, *HALF, purpose=RANDOM)
    await history.asked(history.people[0], 11, "cedar", 0, purpose=RANDOM)
    totals = [(await learning(history, day)).total for day in (7, 14, 16)]
    assert [total and total.reviews for total in totals] == [20, 20, 41]


async def test_first_meetings_wait_as_well(sqlite_sessions: Sessions) -> None:
    """One more person's first meeting could be found by comparing two weeks."""
    history = await met_and_reviewed(sqlite_sessions)
    await learning(history, 7)
    late = history.people[0]
    await history.asked(late, 8, "cedar", 1, purpose=NEW)
    await history.asked(late, 9, "cedar", 1, purpose=RANDOM)
    await history.all_asked(10, *HALF, purpose=RANDOM)
    total = (await learning(history, 14)).total
    assert total is not None
    assert (total.reviews, total.expected) == (40, 0.4)


@pytest.mark.parametrize("wrong", [0, 1])
async def test_a_key_point_waits_and_takes_another_with_it_if_it_could_be_found(
    sqlite_sessions: Sessions, wrong: int
) -> None:
    """Of two key points, one has a single wrong review: it would be total less the other."""
    history = await History.begin(sqlite_sessions, 20)
    for day, item in ((0, "apple"), (1, "cedar")):
        await history.all_asked(day, *HALF, item=item, purpose=NEW)
    await history.all_asked(3, *HALF, item="apple", purpose=RANDOM)
    await history.all_asked(4, *[1] * wrong, *[0] * (20 - wrong), item="cedar", purpose=RANDOM)
    told = await learning(history, 7)
    assert told.total is not None
    assert [gain for _, gain in told.key_points] == [None, None]


async def nine_days(sessions: Sessions, wrong_at: str) -> LearningGain:
    """Of twenty members one is wrong once, in a random review of that item; all have met both.

    In the first week many were wrong at first meetings, and in reviews.
    """
    history = await History.begin(sessions, 20)
    for day, item in enumerate(("apple", "berry", "cedar")):
        await history.all_asked(day, *HALF, item=item, purpose=NEW)
    await history.all_asked(4, *HALF, item="apple", purpose=RANDOM)
    await history.all_asked(5, *HALF, item="cedar", purpose=RANDOM)
    before = await learning(history, 7)
    assert [gain is not None for _, gain in before.key_points] == [True, True]
    items = ["apple", "cedar"] * 10
    items[7] = wrong_at
    wrong = [int(place == 7) for place in range(20)]
    await history.all_asked(8, *wrong, items=items, purpose=RANDOM)
    for day in (14, 35):
        assert await learning(history, day) == before
    return await learning(history, 42)


async def test_a_members_single_wrong_answer_changes_no_gain_and_no_interval(
    sqlite_sessions: Sessions,
) -> None:
    """The board tells who was wrong, and on which day."""
    assert await nine_days(sqlite_sessions, "apple") == await nine_days(sqlite_sessions, "cedar")


async def test_gains_are_kept_in_whole_points_only(sqlite_sessions: Sessions) -> None:
    """More digits could tell who answered what, together with everybody's points."""
    history = await met_and_reviewed(sqlite_sessions)
    await learning(history, 7)
    async with sqlite_sessions() as session:
        for row in await session.scalars(select(LearningReport)):
            for share in (row.correct, row.expected, row.margin):
                assert share == round(share, 2)


@dataclass(frozen=True)
class Review:
    """A random review in the simple model; `cells` are those that it is in."""

    person: int
    day: int
    correct: bool
    cells: frozenset[str]


SIX: Topic = topic_of(*(make_item(f"item{n}", cites=(f"KP{1 + n // 2}",)) for n in range(6)))


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_told_and_no_difference_is_about_fewer_than_five(
    sqlite_sessions: Sessions, seed: int
) -> None:
    """Whatever weeks and parts somebody compares; the model knows who was asked what."""
    rng = Random(seed)
    history = await History.begin(sqlite_sessions, 30)
    history.topic = SIX
    for day in range(6):
        await history.all_asked(day, *[0, 1] * 15, item=f"item{day}", purpose=NEW)
    reviews: list[Review] = []
    told: dict[str, set[frozenset[Review]]] = {"days:": set(), "point:": set()}
    for week in range(1, 7):
        for day in range(7 * week, 7 * week + 3):
            taken = [rng.randrange(6) for _ in range(30)]
            options = [int(rng.random() < 0.3) for _ in taken]
            items = [f"item{each}" for each in taken]
            await history.all_asked(day, *options, items=items, purpose=RANDOM)
            for person, (item, option) in enumerate(zip(taken, options, strict=True)):
                least = max(each for each in (1, 8, 31) if day - item >= each)
                cells = frozenset({"all", f"days:{least}", f"point:KP{1 + item // 2}"})
                reviews.append(Review(person, day, option == 0, cells))
        await history.refresh(at(7 * week + 7, 12))
        now = await _told(sqlite_sessions, reviews)
        for prefix, seen in told.items():
            parts = [each for cell, each in now.items() if cell.startswith(prefix)]
            seen.update([*parts, now["all"], now["all"].difference(*parts)])
    for seen in told.values():
        assert len(seen) > 6
        for each in [*seen, *_differences(list(seen))]:
            people = [{r.person for r in each if r.correct is side} for side in (True, False)]
            assert not each or min(map(len, people)) >= 5


async def _told(sessions: Sessions, reviews: Sequence[Review]) -> dict[str, frozenset[Review]]:
    async with sessions() as session:
        rows = (await session.scalars(select(LearningReport))).all()
    found = {
        row.cell: frozenset(
            each
            for each in reviews
            if row.cell in each.cells
            and any(after < date_of(each.day) <= until for after, until in _spans(rows, row))
        )
        for row in rows
    }
    assert all(len(found[row.cell]) == row.reviews for row in rows)
    return found


def _spans(rows: Sequence[LearningReport], of: LearningReport) -> Iterator[tuple[date, date]]:
    """Yields the dates of the cell's rounds: after the first one, until the second one."""
    after = date.min
    for each in next(row for row in rows if row.cell == "all").rounds:
        until = date.fromisoformat(each[0])
        if each in of.rounds:
            yield after, until
        after = until


def _differences(told: Sequence[frozenset[Review]]) -> Iterator[frozenset[Review]]:
    for one, other in combinations(told, 2):
        if one <= other:
            yield other - one
        elif other <= one:
            yield one - other
