"""Pages must not tell which question a member got wrong, although the board tells who was wrong.

The board shows points after every day: ten for a correct answer, two for another. So whoever looks
at it daily knows who was wrong on which day, and needs only the question from the pages.
"""

import pytest

from db.session import Sessions
from quizbot.programmes import digest
from tests.programmes.histories import History, Report, at, date_of
from tests.quiz.steps import make_item, topic_of

MANY_ITEMS = tuple(make_item(f"item{place}", cites=(f"KP{1 + place // 5}",)) for place in range(9))


async def nine_days(
    sessions: Sessions, wrong: dict[int, int], people: int = 20
) -> tuple[History, list[Report]]:
    """Nine days on which everybody gets nine items, each in an order of their own.

    `wrong` has the day on which a member, by place, is wrong. Returns what pages told day by day.
    """
    history = await History.begin(sessions, people)
    history.topic = topic_of(*MANY_ITEMS)
    seen = []
    for day in range(9):
        options = [int(wrong.get(place) == day) for place in range(people)]
        items = [f"item{(place + day) % 9}" for place in range(people)]
        await history.all_asked(day, *options, items=items)
        seen.append(await history.report(at(day + 1, 12)))
    return history, seen


def wrong_by_item(report: Report) -> dict[str, int]:
    """Returns how many answers to each item were wrong, as far as the pages tell."""
    return {
        each.item.id: round((1 - each.difficulty) * each.n)
        for each in report.items
        if each.difficulty not in (None, 1.0)
    }


async def test_no_page_tells_which_question_a_named_member_alone_got_wrong(
    sqlite_sessions: Sessions,
) -> None:
    """Twenty members, nine days: the board tells who was wrong, once, and on which day."""
    history, seen = await nine_days(sqlite_sessions, {7: 4})
    async with sqlite_sessions() as session:
        programme = await history.programme(session)
        for report in seen:
            assert wrong_by_item(report) == {}
            assert all(each.option_counts is None for each in report.items)
            assert report.overview.accuracy is None
            week = await digest.digest(session, programme, history.topic, at(9, 12), so_far=True)
            assert (week.hardest, week.week.accuracy) == (None, None)


async def test_five_members_are_not_told_by_an_item_that_has_all_that_was_wrong(
    sqlite_sessions: Sessions,
) -> None:
    """The board tells these five: so an item needs five others who were wrong elsewhere."""
    at_one_item = {place: -place % 9 for place in (1, 3, 5, 7, 8)}  # all of them at item0
    _, seen = await nine_days(sqlite_sessions, at_one_item)
    assert wrong_by_item(seen[-1]) == {}


async def test_answers_added_to_a_told_figure_come_from_five_on_either_side(
    sqlite_sessions: Sessions,
) -> None:
    """Otherwise the difference of two days tells what the one was asked who was wrong meanwhile."""
    history = await History.begin(sqlite_sessions, 10)
    await history.all_asked(0, *[0] * 5, *[1] * 5)
    before = (await history.report(at(1, 12))).item("apple")
    assert (before.n, before.difficulty) == (10, 0.5)
    for option in (1, *[0] * 9):
        await history.asked(await history.enrol(1), 1, "apple", option)
    assert (await history.report(at(2, 12))).item("apple") == before
    for option in (1, 1, 1, 1):
        await history.asked(await history.enrol(2), 2, "apple", option)
    after = (await history.report(at(3, 12))).item("apple")
    assert after.n == 24
    assert after.difficulty == pytest.approx(14 / 24)


async def test_days_are_told_together_until_five_were_right_and_five_were_not(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 9)
    await history.all_asked(0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    await history.all_asked(1, 1, 1, 1, 0, 0, 0, 0, 0, 0)
    await history.all_asked(2, 0, 0, 0, 0, 0, 0, 0, 1, 1)
    await history.all_asked(3, *[1] * 5, *[0] * 4)
    await history.all_asked(4, *[1] * 4, *[0] * 5)
    for day in range(1, 3):
        assert (await history.report(at(day, 12))).overview.accuracy is None
    third = await history.report(at(3, 12))
    assert [third.day(day).accuracy for day in range(3)] == [pytest.approx(21 / 27)] * 3
    last = await history.report(at(5, 12))
    assert [last.day(day).accuracy for day in range(3)] == [pytest.approx(21 / 27)] * 3
    assert [last.day(day).accuracy for day in (3, 4)] == [pytest.approx(9 / 18)] * 2
    assert last.overview.accuracy == pytest.approx(30 / 45)


async def test_one_members_wrong_answers_on_many_days_are_one_persons(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 9)
    for day in range(6):
        await history.all_asked(day, 1, *[0] * 8)
    assert (await history.report(at(6, 12))).overview.accuracy is None


async def test_after_four_weeks_items_are_pooled_with_their_neighbours(sessions: Sessions) -> None:
    """No item is told alone; answers that come later are counted from zero."""
    history = await History.begin(sessions, 10)
    await history.all_asked(0, 1, *[0] * 9, item="apple")
    await history.all_asked(1, *[0] * 6, *[1] * 4, item="berry")
    await history.all_asked(28, *[0] * 10, item="cedar")
    for day in (28, 30):  # nobody was wrong at cedar, which would be left
        held = await history.report(at(day, 12))
        assert [(each.n, each.pooled) for each in held.items] == [(0, None)] * 3
    for option in [1] * 5:
        await history.asked(await history.enrol(30), 30, "cedar", option)
    last = await history.report(at(31, 12))
    assert [each.difficulty for each in last.items] == [None, None, pytest.approx(10 / 15)]
    assert [each.pooled for each in last.items] == [pytest.approx(15 / 20)] * 2 + [None]


async def test_at_the_end_everything_is_told_in_one_pool_or_nothing(sessions: Sessions) -> None:
    """What was left out could be found by subtracting what is told from the members' points."""
    history = await History.begin(sessions, 20, ends_on=date_of(1))
    await history.all_asked(0, *[0] * 10, *[1] * 10, item="apple")
    await history.all_asked(1, 1, *[0] * 19, item="berry")
    items = (await history.report(at(2, 12))).items
    assert [(each.difficulty, each.pooled) for each in items] == [(None, 29 / 40)] * 3


async def test_an_item_does_not_change_after_a_day_on_which_one_member_answered(
    sessions: Sessions,
) -> None:
    """Bob is the only one of 20 to answer on day 2, and gets 2 points: whatever the report adds
    then tells what he was asked, and so that he got it wrong."""
    history = await History.begin(sessions, 20)
    half = ["apple"] * 10 + ["berry"] * 10
    await history.all_asked(0, *([0] * 5 + [1] * 5) * 2, items=half)
    await history.all_asked(1, *[0] * 5, *[1] * 4, *[None] * 11, item="cedar")
    await history.all_asked(2, *[None] * 19, 1, item="cedar")
    before = (await history.report(at(2, 12))).items
    report = await history.report(at(3, 12))
    assert report.day(2).answered == 1
    assert report.items == before
    await history.all_asked(3, *[0] * 5, *[1] * 5, *[None] * 10, item="berry")
    assert (await history.report(at(4, 12))).item("cedar").n == 10


async def test_an_item_does_not_change_after_a_day_on_which_one_member_was_wrong(
    sqlite_sessions: Sessions,
) -> None:
    """Nine answer on day 2, and only Bob is wrong. Cedar would be told with 13 right and 5 wrong:
    five were right before, so his answer was what it lacked."""
    history = await History.begin(sqlite_sessions, 30)
    third = ["apple"] * 10 + ["berry"] * 20
    await history.all_asked(0, *([0] * 5 + [1] * 5) * 3, items=third)
    await history.all_asked(1, *[0] * 13, *[1] * 4, *[None] * 13, item="cedar")
    await history.all_asked(
        2, *[0] * 8, *[None] * 21, 1, items=["berry"] * 10 + ["apple"] * 19 + ["cedar"]
    )
    before = await history.report(at(2, 12))
    report = await history.report(at(3, 12))
    assert report.day(2).answered == 9
    assert report.item("cedar") == before.item("cedar")


async def test_at_the_end_what_is_new_is_left_out_if_it_makes_no_round(sessions: Sessions) -> None:
    """The rest is told all the same, in one pool: it is older than the last look."""
    history = await History.begin(sessions, 20, ends_on=date_of(1))
    items = ["apple"] * 14 + ["berry"] * 6
    await history.all_asked(0, *[0] * 10, *[1] * 4, *[0] * 5, 1, items=items)
    await history.all_asked(1, *[None] * 19, 1, item="cedar")
    before = await history.report(at(1, 12))
    assert [(each.n, each.pooled) for each in before.items] == [(0, None)] * 3
    after = await history.report(at(2, 12))
    assert [(each.n, each.pooled) for each in after.items] == [(0, 0.75), (0, 0.75), (0, None)]


async def told_of_two_days(sessions: Sessions, *, e_got_apple_wrong: bool) -> object:
    """Twenty answer apple and berry on two days, in an order of their own.

    A to D get both wrong; E only Monday's, F only Tuesday's. The one gets apple wrong and the other
    berry: which one is it? E has answered four questions before, and F none.
    """
    history, (e, f) = await History.begin(sessions, 20), (4, 5)
    for day in range(-4, 0):
        await history.asked(history.people[e], day, "cedar", 0)
    begins_with_apple = [
        e_got_apple_wrong if each in (e, f) else each % 2 == 0 for each in range(20)
    ]
    for day in range(2):
        items = ["apple" if first == (day == 0) else "berry" for first in begins_with_apple]
        wrong = {*range(4), (e, f)[day]}
        await history.all_asked(day, *[int(each in wrong) for each in range(20)], items=items)
    report = await history.report(at(2, 12))
    assert report.item("apple").difficulty == report.item("berry").difficulty == 0.75
    return report.items


async def test_pages_do_not_tell_which_of_two_members_was_wrong_at_a_question(
    sqlite_sessions: Sessions,
) -> None:
    """Their points are the same in both cases. A correlation would differ: it is not shown."""
    one = await told_of_two_days(sqlite_sessions, e_got_apple_wrong=True)
    assert one == await told_of_two_days(sqlite_sessions, e_got_apple_wrong=False)
