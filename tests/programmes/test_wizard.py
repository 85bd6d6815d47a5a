"""The steps to a new programme, with any answers."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.programmes import MAX_NAME_LENGTH, WORKDAYS, Programme
from quizbot.programmes import wizard
from quizbot.programmes.programme import Plan, ProgrammeError
from quizbot.programmes.wizard import NextStep, Step

NUMBERED = "{name}, season {number}"
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Tuesday in Auckland, and Monday in New York
DRAFT: dict[str, Any] = {
    "name": "Autumn",
    "zone": "UTC",
    "start": "2026-11-30",
    "end": "2026-12-27",
    "time": "09:00",
    "days": 0b001_1111,
    "holidays": ["2026-12-24", "2026-12-25"],
}


def refused(step: Step, answer: str, **changed: Any) -> str:
    with pytest.raises(ProgrammeError) as refusal:
        wizard.with_answer(DRAFT | changed, step, answer, NOW)
    return refusal.value.reason


def test_a_complete_draft_becomes_a_plan() -> None:
    assert wizard.new_plan(DRAFT, "b12", NOW) == Plan(
        name="Autumn",
        topic="b12",
        timezone="UTC",
        starts_on=date(2026, 11, 30),
        ends_on=date(2026, 12, 27),
        question_time=time(9),
        weekdays=0b001_1111,
        holidays=[date(2026, 12, 24), date(2026, 12, 25)],
    )


def test_today_is_the_date_in_the_programmes_zone() -> None:
    assert refused(Step.START, "2026-11-23", zone="Pacific/Auckland") == "past"
    taken = wizard.with_answer({"zone": "America/New_York"}, Step.START, "2026-11-23", NOW)
    assert taken == NextStep({"zone": "America/New_York", "start": "2026-11-23"}, Step.END)


def test_a_start_that_has_passed_meanwhile_is_refused_at_the_last_step() -> None:
    with pytest.raises(ProgrammeError, match="past"):
        wizard.new_plan(DRAFT | {"start": "2026-11-22"}, "b12", NOW)


def test_holidays_outside_of_changed_dates_are_dropped() -> None:
    taken = wizard.with_answer(DRAFT, Step.END, "2026-12-24", NOW)
    assert wizard.new_plan(taken.draft, "b12", NOW).holidays == [date(2026, 12, 24)]


@pytest.mark.parametrize(
    ("typed", "last_day"),
    [("5 weeks", "2027-01-03"), ("Friday", "2026-12-04"), ("1 Jan", "2027-01-01")],
)
def test_the_last_day_is_a_date_or_a_length(typed: str, last_day: str) -> None:
    assert wizard.with_answer(DRAFT, Step.END, typed, NOW).draft["end"] == last_day


def test_holidays_without_a_year_are_within_the_dates() -> None:
    long = DRAFT | {"start": "2027-01-04", "end": "2028-01-09", "holidays": []}
    taken = wizard.with_answer(long, Step.HOLIDAYS, "24-25 Dec, 1 January", NOW)
    assert taken.draft["holidays"] == ["2027-12-24", "2027-12-25", "2028-01-01"]


def test_holidays_add_up_to_a_limit() -> None:
    long: dict[str, Any] = {"end": None, "holidays": []}
    assert refused(Step.HOLIDAYS, "2026-12-01 to 2027-12-01", **long) == "too-many-holidays"
    first = wizard.with_answer(DRAFT | long, Step.HOLIDAYS, "2026-12-01 to 2027-05-01", NOW)
    assert first.step is Step.HOLIDAYS
    assert refused(Step.HOLIDAYS, "2028-01-01 to 2028-03-01", **first.draft) == "too-many-holidays"
    again = wizard.with_answer(first.draft, Step.HOLIDAYS, "2026-12-01 to 2027-05-01", NOW)
    assert again.draft == first.draft
    assert wizard.with_answer(first.draft, Step.HOLIDAYS, "none", NOW).draft["holidays"] == []


def test_days_are_toggled_one_by_one_and_never_all_off() -> None:
    taken = wizard.with_answer(DRAFT | {"days": 0b000_0001}, Step.DAYS, "toggle6", NOW)
    assert taken == NextStep(DRAFT | {"days": 0b100_0001}, Step.DAYS)
    assert refused(Step.DAYS, "toggle0", days=1) == "no-days"
    assert refused(Step.DAYS, "toggle7") == refused(Step.DAYS, "toggle") == "no-days"


def test_the_steps_go_back_and_forth() -> None:
    assert wizard.step_before({}, Step.NAME) is Step.NAME
    assert wizard.step_after({}, Step.REVIEW) is Step.REVIEW
    for step in list(Step)[:-1]:
        assert wizard.step_before({}, wizard.step_after({}, step)) is step


def test_a_line_that_is_changed_at_the_review_leads_back_to_it() -> None:
    for step, answer in (
        (Step.NAME, "Winter"),
        (Step.ZONE, "Lisbon"),
        (Step.START, "Tuesday, 1 Dec"),
        (Step.TIME, "10:00"),
        (Step.DAYS, "Mon, Tue"),
    ):
        assert wizard.with_answer(DRAFT, step, answer, NOW).step is Step.REVIEW
        assert wizard.step_before(DRAFT, step) is Step.REVIEW
    later = wizard.with_answer(DRAFT, Step.START, "2027-01-04", NOW)
    assert later.step is Step.END  # it would end before its start


def test_the_draft_of_a_programme_gives_its_plan() -> None:
    assert wizard.draft_of(wizard.plan(DRAFT, "b12")) == DRAFT


@given(st.sampled_from(list(Step)[:-1]), st.text() | st.text("0123456789-:, to", max_size=40))
def test_any_answer_is_accepted_or_refused_and_the_draft_stays_json(
    step: Step, answer: str
) -> None:
    try:
        taken = wizard.with_answer(DRAFT, step, answer, NOW)
    except ProgrammeError:
        return
    assert json.loads(json.dumps(taken.draft)) == taken.draft
    with suppress(ProgrammeError):  # a start behind the end that was chosen before
        wizard.new_plan(taken.draft, "b12", NOW)


@pytest.mark.parametrize(
    ("name", "next_name"),
    [
        ("Autumn", "Autumn 2"),
        ("Autumn 2", "Autumn 3"),
        ("Autumn of 2026", "Autumn of 2027"),
        ("2026", "2027"),
        ("Room 101", "Room 101, season 2"),
        ("Steps 2025, season 2", "Steps 2025, season 3"),
        ("x" * 64, "x" * 62 + " 2"),
        ("x" * 62 + " 9", "x" * 61 + " 10"),
        ("x" * 61 + " 99", "x" * 60 + " 100"),
    ],
)
def test_the_next_season_has_the_next_name(name: str, next_name: str) -> None:
    assert wizard.next_name(name, date(2026, 11, 23), date(2027, 1, 4), NUMBERED) == next_name
    assert len(next_name) <= MAX_NAME_LENGTH


def test_a_second_season_in_the_same_year_keeps_the_year() -> None:
    began, begins = date(2026, 9, 7), date(2026, 11, 23)
    assert wizard.next_name("Steps 2026", began, begins, NUMBERED) == "Steps 2026, season 2"


@pytest.mark.parametrize(
    ("now", "starts", "ends"),
    [
        (datetime(2026, 12, 21, 9, tzinfo=UTC), date(2026, 12, 28), date(2027, 1, 22)),
        (datetime(2026, 12, 22, 9, tzinfo=UTC), date(2027, 1, 4), date(2027, 1, 29)),
    ],
)
def test_the_next_season_is_as_long_and_begins_on_a_monday(
    now: datetime, starts: date, ends: date
) -> None:
    before = Programme(
        id=7,
        name="Autumn",
        timezone="Europe/Lisbon",
        starts_on=date(2026, 11, 23),
        ends_on=date(2026, 12, 18),
        question_time=time(7, 30),
        weekdays=WORKDAYS,
    )
    with pytest.raises(ProgrammeError, match="not-over"):
        wizard.next_season(before, [], datetime(2026, 12, 18, 23, tzinfo=UTC), NUMBERED)
    draft = wizard.next_season(before, ["Blue", "Red"], now, NUMBERED)
    plan = wizard.new_plan(draft, "b12", now)
    assert (plan.name, plan.timezone) == ("Autumn 2", "Europe/Lisbon")
    assert plan.question_time == time(7, 30)
    assert (plan.starts_on, plan.ends_on, plan.weekdays) == (starts, ends, WORKDAYS)
    assert (plan.teams, plan.holidays) == (["Blue", "Red"], [])
