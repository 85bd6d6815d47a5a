"""First and later attempts at each item: its figures, and the learning gain."""

from dataclasses import replace
from statistics import correlation

import pytest

from db.models import Rescoring
from db.programmes import Programme
from db.session import Sessions
from questions import Topic
from quizbot.programmes.reports.figures import Flag, item_figures, paired_gain
from tests.programmes.histories import ITEMS, History, at, date_of
from tests.quiz.steps import make_item


async def test_first_attempts_are_counted_by_option(sessions: Sessions) -> None:
    history = await History.begin(sessions, 21)
    await history.all_asked(0, *[0] * 12, *[1] * 8, None)
    apple = (await history.report(at(1, 12))).item("apple")
    assert apple.n == 20
    assert apple.shares == pytest.approx((0.6, 0.4, 0.0))
    assert apple.difficulty == pytest.approx(0.6)
    assert apple.discrimination is None
    assert apple.flags == (Flag.UNUSED_DISTRACTOR,)


async def test_below_twenty_answers_only_the_share_of_correct_ones_is_shown(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 19)
    await history.all_asked(0, *[0] * 3, *[1] * 16)
    apple = (await history.report(at(1, 12))).item("apple")
    assert (apple.n, apple.shares) == (19, None)
    assert apple.difficulty == pytest.approx(3 / 19)
    assert apple.flags == (Flag.TOO_HARD,)


async def test_below_five_people_nothing_is_shown(sessions: Sessions) -> None:
    history = await History.begin(sessions, 6)
    await history.all_asked(0, 0, 0, 0, 1, None, None)
    apple = (await history.report(at(1, 12))).item("apple")
    assert (apple.n, apple.shares, apple.difficulty, apple.discrimination) == (0, None, None, None)


async def test_an_items_answers_are_held_until_five_people_have_answered(
    sessions: Sessions,
) -> None:
    """Answers of others to other items do not change that."""
    history = await History.begin(sessions, 9)
    for person in history.people[:4]:
        await history.asked(person, 0, "apple", 0)
    for person in history.people[4:]:
        await history.asked(person, 0, "berry", 1)
    report = await history.report(at(1, 12))
    assert (report.item("apple").n, report.item("berry").n) == (0, 5)
    assert report.day(0).accuracy == pytest.approx(4 / 9)
    await history.asked(history.people[4], 1, "apple", 2)
    report = await history.report(at(2, 12))
    assert report.item("apple").n == 5
    assert report.item("apple").difficulty == pytest.approx(0.8)


async def test_a_later_attempt_is_not_counted_as_a_first_one(sessions: Sessions) -> None:
    history = await History.begin(sessions, 5)
    await history.all_asked(0, 1, 1, 1, 0, 0)
    await history.all_asked(4, 0, 0, 1, 0, 1)
    report = await history.report(at(5, 12))
    assert report.item("apple").n == 5
    assert report.item("apple").difficulty == pytest.approx(0.4)
    gain = report.learning.key_points[0]
    assert gain.key_point is not None
    assert (gain.key_point.id, gain.people, gain.attempts) == ("KP1", 5, 5)
    assert (gain.first, gain.later) == pytest.approx((0.4, 0.6))
    assert gain.gain == paired_gain(5, 2, 3, 1)
    assert gain.days_between == pytest.approx(4)
    assert replace(report.learning.total, key_point=gain.key_point) == gain


async def test_gains_are_hidden_below_five_people_and_left_out_of_the_total(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5)
    for day in (0, 2):
        await history.all_asked(day, *[day and 1] * 5, item="apple")
    for day in (1, 3):
        await history.all_asked(day, 0, 0, 0, 0, None, item="cedar")
    report = await history.report(at(4, 12))
    shown, hidden = report.learning.key_points[0], report.learning.key_points[1]
    assert (shown.people, shown.attempts) == (5, 5)
    assert (hidden.people, hidden.attempts, hidden.first, hidden.gain) == (None, 0, None, None)
    assert report.learning.total.attempts == 5
    assert report.learning.total.later == shown.later


async def test_answers_from_before_joining_are_not_reported_but_decide_which_attempt_is_first(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5, starts_on=date_of(3))
    await history.all_asked(0, 1, 1, 1, 1, 1, item="apple")
    await history.all_asked(4, 0, 0, 0, 0, 0, item="apple")
    await history.all_asked(5, 0, 0, 0, 0, 1, item="berry")
    report = await history.report(at(6, 12))
    assert (report.item("apple").n, report.item("berry").n) == (0, 5)
    gain = report.learning.key_points[0]
    assert (gain.attempts, gain.first, gain.later, gain.days_between) == (5, 0, 1, 4)


async def test_people_who_met_an_item_in_practice_have_no_attempts_at_it(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 10)
    for person in history.people[:5]:
        await history.asked(person, 0, "apple", 1, slot=1)
    for day in (1, 3):
        await history.all_asked(day, *[0] * 10, item="apple")
    report = await history.report(at(4, 12))
    assert report.item("apple").n == 5
    assert report.learning.key_points[0].attempts == 5


async def test_practice_after_the_first_attempt_changes_nothing(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    await history.all_asked(0, 1, 1, 1, 1, 1)
    for person in history.people:
        await history.asked(person, 0, "apple", 0, slot=1, answered_at=at(0, 11))
    await history.all_asked(2, 0, 0, 0, 0, 0)
    gain = (await history.report(at(3, 12))).learning.key_points[0]
    assert (gain.first, gain.later, gain.days_between) == (0, 1, 2)


async def test_late_answers_are_attempts_as_well(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5)
    for person in history.people:
        await history.asked(person, 0, "apple", 0, counted=False)
    report = await history.report(at(1, 12))
    assert report.item("apple").n == 5
    assert report.day(0).accuracy is None


async def test_revisions_are_counted_separately(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    await history.all_asked(0, 1, 1, 1, 1, 1)
    revised = ITEMS[0].model_copy(update={"revision": 2})
    history.topic = replace(history.topic, items=(revised, *ITEMS[1:]))
    for person in history.people:
        await history.asked(person, 2, "apple", 0, item_revision=2)
    for option in (0, 2, 2, 2, 2):
        await history.asked(await history.enrol(2), 3, "apple", option, item_revision=2)
    report = await history.report(at(4, 12))
    apple = report.item("apple")
    assert (apple.revision, apple.n, apple.difficulty) == (2, 5, 0.2)
    assert report.learning.key_points[0].attempts == 5  # the later ones are of the second revision


async def test_rescored_answers_are_in_no_item_report(sessions: Sessions) -> None:
    history = await History.begin(sessions, 6)
    asked = [await history.asked(person, 0, "apple", 0) for person in history.people]
    async with sessions.begin() as session:
        session.add(
            Rescoring(delivery_id=asked[0], revision=2, order_before="012", rescored_at=at(0, 12))
        )
    assert (await history.report(at(1, 12))).item("apple").n == 5


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
    history = await History.begin(sqlite_sessions, 6)
    await history.asked(history.people[0], 0, "berry", 0)
    await history.all_asked(1, 0, 0, 0, 1, 1, 1)
    apple = (await history.report(at(2, 12))).item("apple")
    assert (apple.n, apple.paired) == (6, 1)


async def test_items_to_look_at_are_flagged(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 30)
    knows = [person < 15 for person in range(30)]
    for day in range(3):
        await history.all_asked(day, *[0 if each else 1 + day % 2 for each in knows], item="berry")
    await history.all_asked(3, *[1 if each else 0 for each in knows], item="apple")
    await history.all_asked(4, *[person % 2 + 1 for person in range(29)], 0, item="cedar")
    report = await history.report(at(5, 12))
    assert report.item("apple").flags == (Flag.UNUSED_DISTRACTOR, Flag.NEGATIVE_DISCRIMINATION)
    assert report.item("cedar").flags == (Flag.TOO_HARD, Flag.NEGATIVE_DISCRIMINATION)
    assert report.item("berry").flags == (Flag.UNUSED_DISTRACTOR,)


async def test_one_items_figures_are_those_in_the_list(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    await history.all_asked(0, 0, 0, 1, 1, 2)
    report = await history.report(at(1, 12))
    async with sqlite_sessions() as session:
        programme = await session.get_one(Programme, history.id)
        for each in report.items:
            assert await item_figures(session, programme, history.topic, each.item.id) == each
        assert await item_figures(session, programme, history.topic, "no-such-item") is None


async def test_retired_items_are_listed_only_if_they_were_asked(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    retired = [each.model_copy(update={"status": "retired"}) for each in ITEMS[:2]]
    history.topic = replace(history.topic, items=(*retired, ITEMS[2]))
    await history.all_asked(0, 0, 0, 1, 1, 2, item="apple")
    report = await history.report(at(1, 12))
    assert [each.item.id for each in report.items] == ["apple", "cedar"]


async def test_items_without_a_key_point_have_a_line_of_their_own(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5)
    stray = make_item("stray", cites=("FAQ1",))
    topic: Topic = replace(history.topic, items=(*ITEMS, stray))
    history.topic = topic
    for day in (0, 2):
        await history.all_asked(day, 0, 0, 0, 0, 0, item="stray")
    report = await history.report(at(3, 12))
    assert [each.key_point and each.key_point.id for each in report.learning.key_points] == [
        "KP1",
        "KP2",
        None,
    ]
    assert report.learning.key_points[-1].attempts == 5
