"""The final report: its figures, and what to do next."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from db.programmes import Programme
from db.session import Sessions
from quizbot.programmes.boards import MemberBoard, Period
from quizbot.programmes.reports.figures import Verdict
from quizbot.programmes.reports.overview import DayFigures, Overview
from quizbot.programmes.reports.season import (
    NextStep,
    Season,
    Step,
    listed_questions,
    next_steps,
    season,
    weeks_of,
)
from quizbot.quiz.answers import totals
from quizbot.telegram.messages.final_report import final_report, sentence, started_sentence
from quizbot.telegram.messages.words import Languages
from tests.programmes.histories import THREE_ITEMS, History, at, date_of
from tests.telegram.message_checks import EVIL, check
from tests.telegram.message_checks import programme as any_programme
from tests.telegram.message_checks import shown as shown_text


def day(number: int, asked: int = 10, answered: int = 8) -> DayFigures:
    return DayFigures(
        date_of(number), asked, asked, answered, None, False, 0, 0, 0, 0, 0, settled=True
    )


def facts(*days: DayFigures, **changed: Any) -> Season:
    """A season in which nothing went wrong and everything was used."""
    figures = Overview(20, 20, days or tuple(map(day, range(56))), None, None)
    fields = {"visible": 20, "started": 20, "joined": 20, "stayed": 20, "groups": 1}
    unknown = dict.fromkeys(("gain", "goal"))
    empty: dict[str, Any] = dict.fromkeys(("taught", "known", "to_look_at"), ())
    nobody = MemberBoard(Period.PROGRAMME, None, (), (), 0, None, i_am_hidden=False)
    own = {"winners": nobody, "teams": (None,), "weeks": weeks_of(figures.days)}
    made: dict[str, Any] = {**own, **fields, **unknown, **empty}
    made |= {"goal": object(), "programme": Programme(), "is_final": True} | changed
    return Season(figures=figures, **made)


def steps(facts: Season) -> list[Step]:
    return [each.step for each in next_steps(facts)]


def test_without_anything_to_improve_it_says_how_to_go_on() -> None:
    assert steps(facts()) == [Step.NEXT, Step.TELL, Step.THANK]


def test_while_it_runs_nothing_is_for_later() -> None:
    silent = facts(started=17, is_final=False)
    assert next_steps(silent) == [NextStep(Step.ASK, 3, 20), NextStep(Step.TELL)]
    tired = [day(number, answered=8 if number < 42 else 6) for number in range(56)]
    assert next_steps(facts(*tired, is_final=False))[0] == NextStep(Step.REVIVE, 0.8, 0.6)


def test_a_bad_first_week_is_no_reason_to_change_anything() -> None:
    first = [day(number, answered=3) for number in range(5)]
    assert steps(facts(*first, is_final=False, started=2)) == [Step.TELL]
    second = [*first, *(day(number, answered=3) for number in range(7, 12))]
    assert steps(facts(*second, is_final=False, started=2))[:2] == [Step.ASK, Step.TIME]
    assert steps(facts(*first, started=2))[:2] == [Step.START_TOGETHER, Step.TIME]


def test_what_was_left_unused_is_suggested() -> None:
    assert steps(facts(teams=(), groups=0, goal=None)) == [Step.TEAMS, Step.GROUP, Step.GOAL]
    assert Step.TEAMS not in steps(facts(teams=(), joined=9))


def test_people_who_joined_and_never_answered_come_first() -> None:
    assert next_steps(facts(started=17))[0] == NextStep(Step.START_TOGETHER, 3, 20)
    assert steps(facts(started=18))[0] is Step.NEXT


def test_a_season_in_which_people_got_tired_was_too_long() -> None:
    tired = [day(number, answered=8 if number < 42 else 6) for number in range(56)]
    assert next_steps(facts(*tired))[0] == NextStep(Step.SHORTER, 0.8, 0.6)
    short = [day(number, answered=8 if number < 14 else 6) for number in range(21)]
    assert steps(facts(*short))[0] is Step.NEXT


def test_a_weekday_on_which_few_answer_is_named() -> None:
    fridays = [day(number, answered=5 if number % 7 == 4 else 8) for number in range(28)]
    step = next_steps(facts(*fridays))[0]
    assert (step.step, step.weekday, step.value, step.other) == (Step.WEEKDAY, 4, 0.5, 0.8)


def test_one_bad_day_is_no_bad_weekday() -> None:
    one_monday = [day(number, answered=0 if number == 14 else 8) for number in range(35)]
    assert steps(facts(*one_monday))[0] is Step.NEXT


def item(name: str, difficulty: float, verdict: Verdict = Verdict.MIXED) -> Any:
    return SimpleNamespace(item=SimpleNamespace(id=name), difficulty=difficulty, verdict=verdict)


def test_a_question_is_in_one_list_and_only_if_it_stands_out() -> None:
    items = [
        item("easy", 0.9),
        item("unclear", 0.8, Verdict.MISLEADING),
        item("half", 0.55, Verdict.UNSURE),
        item("few answers", 0.42, Verdict.UNSURE),
        item("hard", 0.4, Verdict.HARD),
    ]
    known, to_look_at = listed_questions(items)
    assert [each.item.id for each in known] == ["easy"]
    assert [each.item.id for each in to_look_at] == ["unclear", "hard"]


def test_if_most_questions_stay_unanswered_the_time_may_be_wrong() -> None:
    assert steps(facts(*(day(number, answered=4) for number in range(28))))[0] is Step.TIME


def test_a_season_without_a_single_question_has_three_suggestions_too() -> None:
    assert len(next_steps(replace(facts(), figures=Overview(0, 0, (), None, None), weeks=[]))) == 3


async def test_the_report_counts_members_and_lists_questions(sessions: Sessions) -> None:
    history = await History.begin(sessions, 16, ends_on=date_of(2))
    hidden, leaver = history.people[0], history.people[2]
    await history.hide(hidden)
    for number, item in enumerate(("apple", "berry")):
        correct = 9 if item == "apple" else 7
        await history.all_asked(number, 0, None, *[0] * correct, *[1] * (14 - correct), item=item)
    await history.leave(leaver, at(2, 8))
    async with sessions.begin() as session:
        await totals.recount_scores(session, None)
    report = await told(history, at(2, 9))
    assert not report.is_final
    assert (report.over.asked, report.over.answered) == (15, 14)  # of the day that is over
    report = await told(history, at(4, 9))
    assert report.is_final
    assert (report.joined, report.stayed, report.visible, report.started) == (16, 15, 14, 13)
    assert [(each.asked, each.answered) for each in report.weeks] == [(30, 28)]
    assert report.known == []  # 9 and 7 of 14 are not most
    assert report.to_look_at == []
    right = [f"Player {person}" for person in history.people[3:9]]
    assert {place.name for place in report.winners.top} >= set(right)
    assert all(place.rank == 1 for place in report.winners.top)
    message = shown_text(final_report(Languages()["en"], report, "https://quiz.example.org"))
    assert f"🏆 Winners: 🥇 {report.winners.top[0].name}" in message
    assert "share first place" in message
    told_all = started_sentence(Languages()["en"], replace(report, started=14))
    assert told_all == "All 14 who don’t hide have answered."
    assert started_sentence(Languages()["en"], report).startswith("Of the 14 who don’t hide, 13")


async def test_answers_do_not_fall_because_a_question_has_just_been_sent(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5)
    for number in range(0, 21, 2):
        await history.all_asked(number, *[0] * 5)
    await history.all_asked(21, *[None] * 5)  # Monday of the fourth week, a minute ago
    report = await told(history, at(21, 9.02))
    assert [each.rate for each in report.weeks] == [1.0] * 3
    assert Step.SHORTER not in [each.step for each in next_steps(report)]


async def test_one_persons_single_wrong_answer_is_in_no_figure(sessions: Sessions) -> None:
    """The attack of test_report_privacy: 20 members, nine days, and one answer that is wrong."""
    history = await History.begin(sessions, 20, ends_on=date_of(8))
    for number in range(9):
        wrong = 1 if number == 4 else 0
        await history.all_asked(number, wrong, *[0] * 19, item=("apple", "berry")[number % 2])
        report, others = await told(history, at(number, 12)), await history.report(at(number, 12))
        assert report.figures == others.overview
    report = await told(history, at(10, 12))
    assert report.is_final
    shown = shown_text(final_report(Languages()["en"], report, "https://quiz.example.org"))
    assert "Answered: 100% (180 of 180)" in shown
    assert "Right: –" in shown
    assert shown.count("%") == 1
    assert (report.known, report.to_look_at, report.taught, report.gain) == ([], [], [], None)


async def test_the_report_tells_no_cell_that_other_pages_do_not(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 32)
    for number in range(6):
        options = [(number + person) % 4 and 1 + person % 2 for person in range(32)]
        await history.all_asked(number, *options, item=("apple", "berry", "cedar")[number % 3])
        report, others = await told(history, at(number, 12)), await history.report(at(number, 12))
        assert (report.figures, report.gain) == (others.overview, others.learning.total)
        listed = [*report.known, *report.to_look_at]
        assert all(each in others.items and each.difficulty is not None for each in listed)
    assert listed


async def told(history: History, now: Any) -> Season:
    await history.refresh(now)
    async with history.sessions() as session:
        return await season(session, await history.programme(session), THREE_ITEMS, now)


def test_weeks_without_questions_are_left_out() -> None:
    days = [day(0), day(1), day(7, asked=0, answered=0), day(14)]
    assert [(each.monday, each.asked) for each in weeks_of(days)] == [
        (date_of(0), 20),
        (date_of(0) + timedelta(days=14), 10),
    ]


def test_the_message_fits_and_shows_names_as_they_were_typed() -> None:
    told = final_report(
        Languages()["en"],
        facts(programme=any_programme(EVIL), goal=None, teams=(), started=2),
        "https://quiz.example.org",
    )
    check(told)
    assert EVIL in shown_text(told)


@pytest.mark.parametrize("is_over", [True, False])
@pytest.mark.parametrize("step", list(Step))
def test_every_suggestion_is_a_sentence(step: Step, is_over: bool) -> None:
    suggested = NextStep(step, 0.5, 0.8, 4, "Where is B12 found?")
    told = sentence(Languages()["en"], suggested, is_over=is_over)
    assert "{" not in told
    assert len(told) < 200
