"""First attempts at each item, and its figures."""

from statistics import correlation

import pytest

from db.models import Rescoring
from db.programmes import Programme
from db.reports import ItemReport
from db.session import Sessions
from quizbot.programmes.reports.figures import (
    Verdict,
    item_figures,
    point_biserial,
    verdict,
    wilson_interval,
)
from tests.programmes.histories import ITEMS, History, at, date_of
from tests.quiz.steps import topic_of


async def test_first_attempts_are_counted_by_option(sessions: Sessions) -> None:
    history = await History.begin(sessions, 21)
    await history.all_asked(0, *[0] * 12, *[1] * 8, None)
    apple = (await history.report(at(1, 12))).item("apple")
    assert apple.n == 20
    assert apple.option_counts == (12, 5, 0)  # the distractors' are rounded down to fives
    assert apple.difficulty == pytest.approx(0.6)
    assert (apple.verdict, apple.needs_a_look) == (Verdict.UNSURE, False)


async def test_below_twenty_answers_only_the_share_of_correct_ones_is_shown(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 19)
    await history.all_asked(0, *[0] * 5, *[1] * 14)
    apple = (await history.report(at(1, 12))).item("apple")
    assert (apple.n, apple.option_counts) == (19, None)
    assert apple.difficulty == pytest.approx(5 / 19)


async def test_below_five_people_nothing_is_shown(sessions: Sessions) -> None:
    history = await History.begin(sessions, 6)
    await history.all_asked(0, 0, 0, 0, 1, None, None)
    apple = (await history.report(at(1, 12))).item("apple")
    assert (apple.n, apple.option_counts, apple.difficulty) == (0, None, None)
    assert (apple.pooled, apple.verdict) == (None, Verdict.UNTOLD)


async def test_an_items_answers_are_held_until_five_were_correct_and_five_were_not(
    sessions: Sessions,
) -> None:
    """What is held must be of five on either side, too, if answers to other items are told."""
    history = await History.begin(sessions, 19)
    for place, person in enumerate(history.people[:9]):
        await history.asked(person, 0, "apple", int(place < 4))
    for place, person in enumerate(history.people[9:]):
        await history.asked(person, 0, "berry", place % 2)
    report = await history.report(at(1, 12))
    assert (report.item("apple").n, report.item("berry").n) == (0, 0)
    assert report.day(0).accuracy == pytest.approx(10 / 19)
    await history.asked(history.people[9], 1, "apple", 2)
    for place, person in enumerate(history.people[:9]):
        await history.asked(person, 1, "berry", place % 2)
    report = await history.report(at(2, 12))
    assert (report.item("apple").n, report.item("berry").n) == (10, 19)
    assert report.item("apple").difficulty == 0.5


async def test_a_later_attempt_is_not_counted_as_a_first_one(sessions: Sessions) -> None:
    history = await History.begin(sessions, 12)
    await history.all_asked(0, *[1] * 7, *[0] * 5)
    await history.all_asked(4, *[0] * 4, *[1] * 3, *[0] * 3, *[1] * 2)
    report = await history.report(at(5, 12))
    assert report.item("apple").n == 12
    assert report.item("apple").difficulty == pytest.approx(5 / 12)


HALF = [0] * 5 + [1] * 5


async def test_answers_from_before_joining_are_not_reported_but_decide_which_attempt_is_first(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 10, starts_on=date_of(3))
    await history.all_asked(0, *HALF, item="apple")
    await history.all_asked(4, *reversed(HALF), item="apple")
    await history.all_asked(5, *HALF, item="berry")
    report = await history.report(at(6, 12))
    assert (report.item("apple").n, report.item("berry").n) == (0, 10)


async def test_people_who_met_an_item_in_practice_have_no_attempts_at_it(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 15)
    for person in history.people[10:]:
        await history.asked(person, 0, "apple", 1, slot=1)
    for day in (1, 3):
        await history.all_asked(day, *HALF, *[0] * 5, item="apple")
    report = await history.report(at(4, 12))
    assert report.item("apple").n == 10


async def test_late_answers_are_attempts_as_well(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 10)
    for place, person in enumerate(history.people):
        await history.asked(person, 0, "apple", place % 2, counted=False)
    report = await history.report(at(1, 12))
    assert report.item("apple").n == 10
    assert report.day(0).accuracy is None


async def test_revisions_are_counted_separately(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 10)
    await history.all_asked(0, *HALF)
    revised = ITEMS[0].model_copy(update={"revision": 2})
    history.topic = topic_of(revised, *ITEMS[1:])
    for option, person in zip(reversed(HALF), list(history.people), strict=True):
        await history.asked(person, 2, "apple", option, item_revision=2)
    for option in [0] * 5 + [2] * 15:
        await history.asked(await history.enrol(2), 3, "apple", option, item_revision=2)
    report = await history.report(at(4, 12))
    apple = report.item("apple")
    assert (apple.revision, apple.n, apple.difficulty) == (2, 20, 0.25)


async def test_rescored_answers_are_in_no_item_report(sessions: Sessions) -> None:
    history = await History.begin(sessions, 11)
    options = zip(history.people, [0, *HALF], strict=True)
    asked = [await history.asked(person, 0, "apple", option) for person, option in options]
    async with sessions.begin() as session:
        session.add(
            Rescoring(delivery_id=asked[0], revision=2, order_before="012", rescored_at=at(0, 12))
        )
    assert (await history.report(at(1, 12))).item("apple").n == 10


async def test_discrimination_is_against_all_other_answers_of_the_same_people(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 24)
    others = [[(person * 7 + day * 5) % 11 % 3 for person in range(24)] for day in range(4)]
    for day, options in enumerate(others):
        await history.all_asked(day, *options, item=("berry", "cedar")[day % 2])
    took = [0 if place % 3 else 1 for place in range(24)]
    await history.all_asked(4, *took, item="apple")
    await history.refresh(at(5, 12))
    apple = await kept(history, "apple")
    rest = [sum(options[person] == 0 for options in others) / 4 for person in range(24)]
    expected = correlation([float(option == 0) for option in took], rest)
    assert apple.paired == 24
    sums = apple.rest_sum, apple.rest_squares, apple.rest_correct
    assert point_biserial(24, apple.paired_correct, *sums) == pytest.approx(expected)


async def kept(history: History, item: str) -> ItemReport:
    async with history.sessions() as session:
        return await session.get_one(ItemReport, (history.id, item, 1))


async def test_people_with_no_other_answers_are_not_paired(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 10)
    for place, person in enumerate(history.people):
        await history.asked(person, 0, "berry", place % 2, counted=place == 0)
    await history.all_asked(1, *HALF)
    await history.refresh(at(2, 12))
    apple = await kept(history, "apple")
    assert (sum(apple.option_counts), apple.paired) == (10, 1)


@pytest.mark.parametrize(
    ("correct", "n", "misleads", "expected"),
    [
        (95, 100, True, Verdict.MISLEADING),
        (20, 100, True, Verdict.MISLEADING),
        (5, 20, False, Verdict.HARD),  # fewer than by guessing, but that may be chance
        (24, 100, False, Verdict.TOO_HARD),
        (25, 100, False, Verdict.HARD),
        (40, 100, False, Verdict.HARD),
        (41, 100, False, Verdict.UNSURE),
        (59, 100, False, Verdict.UNSURE),
        (60, 100, False, Verdict.MIXED),
        (90, 100, False, Verdict.MIXED),
        (92, 100, False, Verdict.EASY),
        (19, 24, False, Verdict.MIXED),
    ],
)
def test_a_verdict_holds_for_the_whole_interval(
    correct: int, n: int, expected: Verdict, *, misleads: bool
) -> None:
    assert verdict(wilson_interval(correct, n), 3, misleads=misleads) == expected


def test_what_is_not_told_has_no_verdict() -> None:
    assert verdict(None, 3, misleads=True) == Verdict.UNTOLD


def test_with_more_options_guessing_is_right_less_often() -> None:
    verdicts = [verdict(wilson_interval(24, 100), each, misleads=False) for each in (3, 4)]
    assert verdicts == [Verdict.TOO_HARD, Verdict.HARD]


@pytest.mark.parametrize(
    ("people", "turned", "misleads"),
    [(99, 99, False), (100, 100, True), (100, 53, False), (100, 70, True)],
)
async def test_an_item_misleads_if_that_is_not_chance(
    sqlite_sessions: Sessions, people: int, turned: int, *, misleads: bool
) -> None:
    """So many get apple wrong if they know berry, and right if they do not; others get both."""
    history = await History.begin(sqlite_sessions, people)
    knows = [place % 2 for place in range(people)]
    apple = [each if place < turned else 1 - each for place, each in enumerate(knows)]
    await history.all_asked(0, *[1 - each for each in knows], item="berry")
    await history.all_asked(1, *apple, item="apple")
    report = await history.report(at(2, 12))
    assert report.item("apple").misleads is misleads


async def test_items_that_need_a_look(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 100)
    knows = [person < 50 for person in range(100)]
    for day in range(3):
        await history.all_asked(day, *[0 if each else 1 + day % 2 for each in knows], item="berry")
    await history.all_asked(3, *[1 if each else 0 for each in knows], item="apple")
    await history.all_asked(4, *[person % 2 + 1 for person in range(95)], *[0] * 5, item="cedar")
    report = await history.report(at(5, 12))
    apple, berry, cedar = (report.item(name) for name in ("apple", "berry", "cedar"))
    assert (apple.verdict, apple.has_unused_option) == (Verdict.MISLEADING, True)
    assert (cedar.verdict, cedar.has_unused_option) == (Verdict.MISLEADING, False)
    assert (berry.verdict, berry.has_unused_option) == (Verdict.UNSURE, True)
    assert all(each.needs_a_look for each in (apple, berry, cedar))


async def test_one_items_figures_are_those_in_the_list(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 10)
    await history.all_asked(0, *HALF)
    report = await history.report(at(1, 12))
    async with sqlite_sessions() as session:
        programme = await session.get_one(Programme, history.id)
        for each in report.items:
            assert await item_figures(session, programme, history.topic, each.item.id) == each
        assert await item_figures(session, programme, history.topic, "no-such-item") is None


async def test_retired_items_are_listed_only_if_they_were_asked(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 10)
    retired = [each.model_copy(update={"status": "retired"}) for each in ITEMS[:2]]
    history.topic = topic_of(*retired, ITEMS[2])
    await history.all_asked(0, *HALF, item="apple")
    report = await history.report(at(1, 12))
    assert [each.item.id for each in report.items] == ["apple", "cedar"]
