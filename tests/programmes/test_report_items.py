"""First attempts at each item, and its figures."""

from statistics import correlation

import pytest

from db.models import Rescoring
from db.programmes import Programme
from db.session import Sessions
from quizbot.programmes.reports.figures import Verdict, item_figures, verdict
from tests.programmes.histories import ITEMS, History, at, date_of
from tests.quiz.steps import topic_of


async def test_first_attempts_are_counted_by_option(sessions: Sessions) -> None:
    history = await History.begin(sessions, 21)
    await history.all_asked(0, *[0] * 12, *[1] * 8, None)
    apple = (await history.report(at(1, 12))).item("apple")
    assert apple.n == 20
    assert apple.option_counts == (12, 5, 0)  # the distractors' are rounded down to fives
    assert apple.difficulty == pytest.approx(0.6)
    assert apple.discrimination is None
    assert (apple.verdict, apple.needs_a_look) == (Verdict.MIXED, False)


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
    assert (apple.pooled, apple.discrimination) == (None, None)


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
    report = await history.report(at(2, 12))
    assert (report.item("apple").n, report.item("berry").n) == (10, 10)
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
    apple = (await history.report(at(5, 12))).item("apple")
    rest = [sum(options[person] == 0 for options in others) / 4 for person in range(24)]
    expected = correlation([float(option == 0) for option in took], rest)
    assert apple.paired == 24
    assert apple.discrimination == round(expected, 2)


async def test_people_with_no_other_answers_are_not_paired(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 10)
    for place, person in enumerate(history.people):
        await history.asked(person, 0, "berry", place % 2, counted=place == 0)
    await history.all_asked(1, *HALF)
    apple = (await history.report(at(2, 12))).item("apple")
    assert (apple.n, apple.paired) == (10, 1)


@pytest.mark.parametrize(
    ("difficulty", "discrimination", "expected"),
    [
        (None, None, Verdict.UNTOLD),
        (0.95, -0.01, Verdict.MISLEADING),
        (0.2, -0.01, Verdict.MISLEADING),
        (0.33, None, Verdict.TOO_HARD),
        (0.33, 0.4, Verdict.TOO_HARD),
        (0.34, 0.0, Verdict.HARD),
        (0.5, None, Verdict.HARD),
        (0.51, 0.3, Verdict.MIXED),
        (0.84, None, Verdict.MIXED),
        (0.85, 0.0, Verdict.EASY),
    ],
)
def test_the_verdict_follows_from_share_and_discrimination(
    difficulty: float | None, discrimination: float | None, expected: Verdict
) -> None:
    assert verdict(difficulty, discrimination, options=3) == expected


def test_with_more_options_guessing_is_right_less_often() -> None:
    assert [verdict(0.3, None, options) for options in (3, 4)] == [Verdict.TOO_HARD, Verdict.HARD]


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
    assert (berry.verdict, berry.has_unused_option) == (Verdict.HARD, True)
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
