"""However often a coordinator looks, reports reveal what groups answered, and never one person."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.models import DeliveryState, ObjectiveMemory, Purpose
from db.reports import HeldAnswer
from db.session import Sessions
from quizbot.programmes import digest, members, membership
from quizbot.programmes.digest import Week
from quizbot.programmes.members import Activity
from quizbot.programmes.reports.figures import MasteryShares, told_before
from quizbot.programmes.reports.overview import Range, figures_of
from quizbot.quiz.answers import totals
from tests.databases import on_sqlite
from tests.programmes.histories import History, Report, at, date_of
from tests.programmes.steps import COORDINATOR

MIN_PEOPLE = 5


def cells(report: Report) -> dict[object, tuple[int, int]]:
    """Returns by figure how many answers were correct, and how many were not."""
    return {each.item.id: sides(each.difficulty, each.n) for each in report.items}


def sides(share: float | None, n: int) -> tuple[int, int]:
    correct = round((share or 0) * n)
    return correct, n - correct


def agrees(before: Report, after: Report) -> None:
    """Figures of dates stay as they are; all others change by five answers on either side."""
    for then, now in zip(before.overview.days, after.overview.days, strict=False):
        assert then.accuracy in (None, now.accuracy)
        assert now.accuracy is None or now.answered >= MIN_PEOPLE
    seen = cells(before)
    for figure, now_told in cells(after).items():
        more = [number - told for number, told in zip(now_told, seen[figure], strict=True)]
        assert more == [0, 0] or min(more) >= MIN_PEOPLE, figure


def figures(report: Report) -> object:
    """Returns all figures about answers, without those about taking part."""
    accuracies = [day.accuracy for day in report.overview.days]
    return accuracies, report.overview.accuracy, report.items, report.learning, report.mastery


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
async def test_no_report_between_two_answers_reveals_one_persons_answer(
    sqlite_sessions: Sessions, seed: int
) -> None:
    chance = Random(seed)
    history = await History.begin(sqlite_sessions, 14)
    seen = await history.report(at(0, 1))
    for day in range(5):
        for person in list(history.people):
            item = chance.choice(["apple", "apple", "berry"])
            await history.asked(person, day, item, chance.choice([0, 0, 1, 2, None]))
            if chance.random() < 0.3:
                now = await history.report(at(day, 12))
                agrees(seen, now)
                seen = now
        gone = chance.choice([*history.people, None, None])
        if gone is not None and len(history.people) > 1:
            await chance.choice([history.leave_for_good, history.erase])(gone, at(day, 13))
            assert figures(await history.report(at(day, 13), refreshed=False)) == figures(seen)
        await history.enrol(day + 1)


async def test_leaving_removal_and_erasure_change_no_figure(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 15)
    for day in range(3, 7):
        purpose = Purpose.NEW if day == 3 else Purpose.RANDOM
        await history.all_asked(day, *[(day + each) % 3 for each in range(15)], purpose=purpose)
    before = await history.report(at(7, 12))
    assert before.learning.total
    left, removed, erased = history.people[:3]
    await history.leave(left, at(7, 13))
    async with sessions.begin() as session:
        programme = await history.programme(session)
        await membership.remove_member(session, programme, removed, COORDINATOR, at(7, 13))
    await history.erase(erased, at(7, 13))
    assert figures(await history.report(at(7, 14))) == figures(before)
    for day in (7, 8, 9, 14):  # with the last one another week is over
        await history.refresh(at(day, 14))
    assert figures(await history.report(at(15), refreshed=False))[1:] == figures(before)[1:]  # type: ignore[index]


async def test_held_answers_of_an_erased_member_are_never_reported(sessions: Sessions) -> None:
    history = await History.begin(sessions, 9)
    await history.all_asked(0, *[0] * 4, *[1] * 5)
    await history.refresh(at(1, 12))
    await history.erase(history.people[0], at(1, 12))
    await history.asked(await history.enrol(1), 1, "apple", 0)
    assert (await history.report(at(2, 12))).item("apple").n == 0
    await history.asked(await history.enrol(2), 2, "apple", 0)
    apple = (await history.report(at(3, 12))).item("apple")
    assert (apple.n, apple.difficulty) == (10, 0.5)


async def test_answers_from_before_leaving_count_towards_five_people(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 10)
    await history.all_asked(0, *[0] * 4, *[1] * 5, None)
    await history.refresh(at(1, 12))
    await history.leave(history.people[0], at(1, 12))
    await history.asked(history.people[0], 2, "berry", 1)
    await history.asked(history.people[9], 2, "apple", 0)
    report = await history.report(at(3, 12))
    assert report.item("apple").n == 10
    assert report.day(2).answered == 1


@on_sqlite
async def test_after_the_end_of_a_programme_no_answers_are_held(sessions: Sessions) -> None:
    history = await History.begin(sessions, 5, ends_on=date_of(1))
    await history.all_asked(0, 0, 0, 0, None, None)

    async def held() -> int:
        async with sessions() as session:
            return len((await session.scalars(select(HeldAnswer))).all())

    await history.refresh(at(1, 12))
    assert await held() == 3
    await history.refresh(at(2, 12))
    assert await held() == 0


@on_sqlite
async def test_what_makes_no_round_at_the_end_brings_no_reports_of_questions(
    sessions: Sessions,
) -> None:
    """They are told until the last round: on later days, few people may have made them."""
    history = await History.begin(sessions, 10, ends_on=date_of(1))
    await history.all_asked(0, *[0] * 5, *[1] * 5)
    await history.all_asked(1, 1, *[0] * 9, item="berry")
    for day in (1, 2):
        await history.refresh(at(day, 12))
    async with sessions() as session:
        programme = await history.programme(session)
    assert programme.reported_until == date_of(1)
    assert told_before(programme) == at(1, 0)


@on_sqlite
async def test_hidden_members_are_in_no_figure_of_a_date(sessions: Sessions) -> None:
    """The points and days of all others are known, so the remainder would be theirs."""
    history = await History.begin(sessions, 12)
    hidden = history.people[0]
    await history.hide(hidden)
    await history.all_asked(0, 1, *[1] * 5, *[0] * 5, None)
    live = await history.report(at(0, 12))
    assert (live.day(0).enrolled, live.day(0).asked, live.day(0).answered) == (12, 11, 10)
    assert live.overview.enrolled == 12
    week, card = await digest_and_card(history, at(0, 12))
    assert (week.enrolled, week.asked, week.answered, week.active) == (12, 11, 10, 10)
    assert (card.asked, card.answered) == (11, 10)
    settled = await history.report(at(1, 12))
    assert settled.day(0).accuracy == 0.5
    assert (settled.item("apple").n, settled.item("apple").difficulty) == (10, 0.5)
    assert settled.overview.streaks is not None
    assert sum(band.people for band in settled.overview.streaks) == 11


@on_sqlite
async def test_held_answers_of_a_member_who_hides_are_not_added_up(sessions: Sessions) -> None:
    history = await History.begin(sessions, 11)
    await history.all_asked(0, *[0] * 5, *[1] * 4, None, None)
    await history.refresh(at(1, 12))
    await history.hide(history.people[0])
    await history.asked(history.people[9], 1, "apple", 1)
    assert (await history.report(at(2, 12))).item("apple").n == 0
    await history.hide(history.people[0], hidden=False)
    await history.asked(history.people[10], 2, "apple", 0)
    apple = (await history.report(at(3, 12))).item("apple")
    assert (apple.n, apple.difficulty) == (10, 0.5)  # four and four of the first nine, and two


@on_sqlite
async def test_mastery_leaves_out_hidden_members(sessions: Sessions) -> None:
    history = await History.begin(sessions, 11)
    await history.hide(history.people[0])
    await history.all_asked(0, *[0] * 6, *[1] * 4, None)
    for person in history.people[:6]:
        await know(sessions, person, "apple", 8, 30.0)
    await know(sessions, history.people[6], "berry", 8, 10.0)
    assert (await history.report(at(1, 12))).mastery is None  # four who are shown were wrong
    await history.all_asked(1, *[0] * 6, *[1] * 5)
    shares = (await history.report(at(2, 12))).mastery
    assert shares is not None
    assert shares[0].mastered == pytest.approx(5 / 30)


@pytest.mark.parametrize(
    ("correct", "people", "shown"),
    [(4, 20, False), (5, 9, False), (20, 20, False), (0, 20, False), (5, 10, True), (16, 21, True)],
)
async def test_shares_are_shown_if_five_people_were_correct_and_five_were_not(
    sqlite_sessions: Sessions, correct: int, people: int, *, shown: bool
) -> None:
    history = await History.begin(sqlite_sessions, people)
    await history.all_asked(0, *[0] * correct, *[1] * (people - correct))
    report = await history.report(at(1, 12))
    expected = correct / people if shown else None
    apple = report.item("apple")
    assert (report.day(0).accuracy, report.overview.accuracy) == (expected, expected)
    assert (apple.n, apple.difficulty) == (people if shown else 0, expected)
    assert apple.option_counts == ((16, 5, 0) if people == 21 else None)
    assert not apple.needs_a_look


async def digest_and_card(history: History, now: datetime) -> tuple[Week, Activity]:
    """Returns this week and today as the digest and the programme's card show them."""
    async with history.sessions.begin() as session:
        await totals.recount_scores(session, history.people)
    await history.refresh(now)
    async with history.sessions.begin() as session:
        found = await history.programme(session)
        found_digest = await digest.digest(session, found, history.topic, now, so_far=True)
        return found_digest.week, await members.today_so_far(session, found, now)


async def test_overview_digest_and_card_agree_on_a_date(sessions: Sessions) -> None:
    """Otherwise the difference of two would be about the few people who are in one only."""
    history = await History.begin(sessions, 9)
    hidden, late, *_ = history.people
    async with sessions.begin() as session:
        for person in (hidden, late):
            part = await membership.find(session, person, history.id)
            assert part is not None
            membership.set_hidden(part.enrolment, hidden=person == hidden)
            if person == late:
                part.enrolment.enrolled_on = date_of(1)
    lost = DeliveryState.UNCONFIRMED
    for person in history.people[:6]:
        await history.asked(person, 0, option=0)
    await history.asked(history.people[6], 0, option=1, state=lost)  # it did arrive, as we know
    await history.asked(history.people[7], 0, state=lost)
    await history.asked(history.people[8], 0, option=0, counted=False)
    day = (await history.report(at(0, 12))).day(0)
    week, card = await digest_and_card(history, at(0, 12))
    assert (card.asked, card.answered) == (day.asked, day.answered) == (6, 5)
    assert (week.asked, week.answered, week.enrolled) == (day.asked, day.answered, day.enrolled)
    for each in range(1, 7):
        await history.all_asked(each, *([0] * 5), *([None] * 4))
    sunday = at(6, 12)
    report = await history.report(sunday)
    week, card = await digest_and_card(history, sunday)
    assert (card.asked, card.answered) == (report.day(6).asked, report.day(6).answered) == (8, 4)
    assert (week.asked, week.answered) == (report.overview.asked, report.overview.answered)
    assert week.active == 6


async def test_a_date_is_settled_at_the_same_time_whether_or_not_a_hidden_member_answered(
    sqlite_sessions: Sessions,
) -> None:
    seen = []
    for answer in (0, None):
        history = await History.begin(sqlite_sessions, 11)
        await history.hide(history.people[0])
        await history.all_asked(0, answer, *[0] * 5, *[1] * 5)
        report = await history.report(at(1, 8))
        assert report.day(0).settled
        seen.append((report.day(0), report.overview, report.items))
    assert seen[0] == seen[1]


async def test_who_is_shown_again_does_not_help_to_tell_a_date_without_them(
    sessions: Sessions,
) -> None:
    """The date is told for those who were counted."""
    history = await History.begin(sessions, 10)
    await history.hide(history.people[9])
    await history.all_asked(0, *[0] * 5, *[1] * 5)  # nine are counted: five right and four not
    assert (await history.report(at(1, 12))).day(0).accuracy is None
    await history.hide(history.people[9], hidden=False)
    await history.all_asked(1, *[None] * 10)
    assert (await history.report(at(2, 12))).day(0).accuracy is None
    await history.all_asked(2, *[1] * 5, *[0] * 5)
    report = await history.report(at(3, 12))
    assert report.day(0).accuracy == report.day(2).accuracy == pytest.approx(10 / 19)


@on_sqlite
async def test_totals_are_sums_of_the_shown_cells(sessions: Sessions) -> None:
    """So the suppressed figure of a day or key point cannot be found by subtracting."""
    history = await History.begin(sessions, 11)
    await history.all_asked(0, *[0] * 5, *[1] * 5, None)
    await history.all_asked(1, *[1] * 7, *[0] * 4)
    report = await history.report(at(2, 12))
    assert [day.accuracy for day in report.overview.days] == [0.5, None, None]
    assert report.overview.accuracy == 0.5


async def test_two_ranges_differ_by_five_who_were_right_and_five_who_were_not(
    sqlite_sessions: Sessions,
) -> None:
    """Pools go over Sundays here: a range has all of a pool that ends in it, or nothing."""
    history = await History.begin(sqlite_sessions, 9)
    for day in range(30):
        wrong = 1 + day % 4
        await history.all_asked(day, *[int((place + day) % 9 < wrong) for place in range(9)])
    report = await history.report(at(30, 12))
    pools = {day.day: day.pool for day in report.overview.days if day.pool and day.pool_ends_here}
    assert len(pools) > 4
    assert all(
        min(each.correct, each.answered - each.correct) >= MIN_PEOPLE for each in pools.values()
    )
    async with sqlite_sessions() as session:
        found = await history.programme(session)
    for today in range(6, 31):
        for chosen in Range:
            then = figures_of(report.overview.days, chosen, found, date_of(today))
            for days in (then.over, then.over_before(then.before)):
                whole = [pools[day.day] for day in days.days if day.day in pools]
                answered = sum(pool.answered for pool in whole)
                correct = sum(pool.correct for pool in whole)
                assert days.accuracy == (correct / answered if answered else None)


async def know(sessions: Sessions, person: int, item: str, day: int, stability: float) -> None:
    """Adds a memory of the item's objective, answered correctly since the first day."""
    async with sessions.begin() as session:
        session.add(
            ObjectiveMemory(
                subscriber_id=person,
                objective_id=item,
                seen=item,
                stability=stability,
                difficulty=5.0,
                reviewed_on=date_of(day),
                due_on=date_of(day + 9),
                incorrect=False,
                first_correct_on=date_of(0),
                last_correct_on=date_of(day),
                reviews=2,
            )
        )


@on_sqlite
async def test_mastery_is_shown_by_key_point(sessions: Sessions) -> None:
    history = await History.begin(sessions, 10)
    await history.all_asked(0, *[0] * 5, *[1] * 5)
    for place, person in enumerate(history.people):
        await know(sessions, person, "apple", 8, 30.0 if place < 5 else 10.0)
        await know(sessions, person, "cedar", 8, 30.0 if place < 4 else 10.0)
    [pool] = await mastery(history, at(1, 12))
    assert [each and each.id for each in pool.key_points] == ["KP1", "KP2"]
    assert pool.mastered == pytest.approx(5 / 30)  # cedar waits for a fifth
    await know(sessions, history.people[0], "berry", 8, 30.0)
    async with sessions.begin() as session:
        cedar = await session.get_one(ObjectiveMemory, (history.people[4], "cedar"))
        cedar.stability = 30.0
    await history.all_asked(2, *[0] * 5, *[1] * 5)
    first, second = await mastery(history, at(3, 12))
    assert [each and each.id for each in (*first.key_points, *second.key_points)] == ["KP1", "KP2"]
    assert (first.mastered, second.mastered) == pytest.approx((0.3, 0.5))


async def mastery(history: History, now: datetime) -> tuple[MasteryShares, ...]:
    shares = (await history.report(now)).mastery
    assert shares is not None
    return shares


async def mastery_with_newcomer(sessions: Sessions, asked: str) -> tuple[MasteryShares, ...]:
    """Twenty have met everything. A newcomer is wrong at one question: about which key point?"""
    history = await History.begin(sessions, 20)
    for place, person in enumerate(history.people):
        for item in ("apple", "berry", "cedar"):
            await know(sessions, person, item, 8, 30.0 if place < 10 else 10.0)
    await history.enrol(8)
    await history.all_asked(8, *[0] * 10, *[1] * 11, items=["apple"] * 20 + [asked])
    await know(sessions, history.people[-1], asked, 8, 1.0)
    return await mastery(history, at(9, 12))


async def test_mastery_does_not_tell_which_key_point_a_newcomer_was_asked_about(
    sqlite_sessions: Sessions,
) -> None:
    about_one = await mastery_with_newcomer(sqlite_sessions, "berry")
    assert about_one == await mastery_with_newcomer(sqlite_sessions, "cedar")


async def half_have_mastered_all(sessions: Sessions) -> tuple[History, tuple[MasteryShares, ...]]:
    """Returns twenty people, the first ten of whom have mastered everything, and what is told."""
    history = await History.begin(sessions, 20)
    for person in history.people[:10]:
        for item in ("apple", "berry", "cedar"):
            await know(sessions, person, item, 8, 30.0)
    await history.all_asked(0, *[0] * 10, *[1] * 10)
    before = await mastery(history, at(1, 12))
    assert [each.mastered for each in before] == [0.5, 0.5]
    return history, before


async def mastery_forgotten(sessions: Sessions, forgotten: str) -> tuple[MasteryShares, ...]:
    """Ten have mastered everything, ten are new. One of the ten and four new ones are wrong."""
    history, _ = await half_have_mastered_all(sessions)
    await history.all_asked(
        2, 1, *[0] * 15, *[1] * 4, items=[forgotten, *["apple"] * 10, *["cedar"] * 9]
    )
    await forget(sessions, history.people[0], forgotten, 2)
    return await mastery(history, at(3, 12))


async def forget(sessions: Sessions, person: int, item: str, day: int) -> None:
    """Somebody is wrong at what they had mastered."""
    async with sessions.begin() as session:
        known = await session.get_one(ObjectiveMemory, (person, item))
        known.stability, known.incorrect, known.reviewed_on = 2.0, True, date_of(day)


async def test_mastery_does_not_tell_what_the_only_one_who_can_forget_was_asked(
    sqlite_sessions: Sessions,
) -> None:
    """The boards show who is new and cannot have forgotten anything."""
    about_one = await mastery_forgotten(sqlite_sessions, "apple")
    assert about_one == await mastery_forgotten(sqlite_sessions, "cedar")


async def test_mastery_is_counted_again_only_after_five_were_correct_and_five_were_not(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 11)
    await history.all_asked(0, *[0] * 6, *[1] * 5)
    for person in history.people[:6]:
        await know(sessions, person, "apple", 8, 30.0)
    before = await mastery(history, at(1, 12))
    for person in history.people[:5]:
        await know(sessions, person, "berry", 8, 30.0)
    await history.all_asked(2, *[0] * 5, *[1] * 4, None, None)
    assert await mastery(history, at(3, 12)) == before
    await history.all_asked(3, *[1] * 6, *[0] * 5)
    assert await mastery(history, at(4, 12)) != before


async def test_what_somebody_had_mastered_is_not_told_by_removing_them(sessions: Sessions) -> None:
    """It is told once five others may have changed the share."""
    history, before = await half_have_mastered_all(sessions)
    async with sessions.begin() as session:
        programme = await history.programme(session)
        await membership.remove_member(
            session, programme, history.people.pop(0), COORDINATOR, at(1, 13)
        )
    await history.all_asked(2, *[0] * 9, *[1] * 10)
    assert await mastery(history, at(3, 12)) == before
    for place in range(5):
        await forget(sessions, history.people[place], "apple", 4)
        await history.all_asked(4 + place, *[0] * 9, *[1] * 10)
        assert (await mastery(history, at(5 + place, 12)) == before) == (place < 4)
    [first, second] = await mastery(history, at(9, 12))
    assert (first.mastered, second.mastered) == (13 / 38, 0.5)


async def test_fewer_than_five_people_have_no_mastery_shares(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 4)
    await history.all_asked(0, 0, 0, 0, 0)
    for person in history.people:
        await know(sqlite_sessions, person, "apple", 8, 30.0)
    report = await history.report(at(1, 12))
    assert report.mastery is None
    assert report.overview.streaks is None
