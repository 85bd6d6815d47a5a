"""The capacity plan: sums that can be checked by hand, and a page with the same tables."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import capacity
from benchmarks.capacity import BYTES, FREE, PAID, SIZES, Habits, Plan, describe, limit, tables
from db.base import Base
from quizbot.settings import PAID_PACE
from quizbot.telegram.client.limiter import TELEGRAM
from tests.quiz.steps import TOPIC

PAGE = Path("docs/capacity.md")
MILLION = Plan(1_000_000)


def test_a_million_take_nine_hours_at_the_free_pace_and_seventeen_minutes_at_the_paid_one() -> None:
    assert MILLION.to_send(FREE) == timedelta(seconds=1_000_000 / 30)
    assert MILLION.to_send(PAID) == timedelta(seconds=1000)
    assert MILLION.to_send(FREE, share=0.3) == timedelta(seconds=10_000)


def test_the_paces_are_those_of_the_bot() -> None:
    assert TELEGRAM.overall.messages / TELEGRAM.overall.seconds == FREE
    assert PAID_PACE == PAID


def test_who_does_not_answer_is_reminded_and_who_does_gets_a_card() -> None:
    plan = Plan(1000, Habits(answered=0.75))
    assert plan.messages == {"questions": 1000, "cards": 750, "reminders": 250}


def test_every_measured_table_is_one_of_the_database() -> None:
    for sizes in BYTES.values():
        assert sizes.keys() <= Base.metadata.tables.keys()
        assert sizes.keys() == Plan(1).rows(1).keys()


def test_the_database_grows_by_each_row_and_its_bytes() -> None:
    plan, size = Plan(10, Habits(answered=0.5, objectives=4)), BYTES["SQLite"]
    assert plan.rows(14) == {
        "subscribers": 10,
        "objective_memories": 40,  # everybody has met all objectives
        "deliveries": 140,
        "answers": 70,
        "weekly_scores": 20,
    }
    assert plan.rows(2)["objective_memories"] == 10
    expected = sum(
        rows * size[table]
        for table, rows in (
            ("subscribers", 10),
            ("objective_memories", 40),
            ("deliveries", 140),
            ("answers", 70),
            ("weekly_scores", 20),
        )
    )
    assert plan.gigabytes("SQLite", 14) == pytest.approx(expected / 1e9)


def test_a_database_is_large_on_the_first_day_that_it_is() -> None:
    days = MILLION.days_until_large
    assert MILLION.gigabytes(MILLION.database, days) >= 100
    assert MILLION.gigabytes(MILLION.database, days - 1) < 100


def test_only_what_is_above_the_free_pace_is_paid_for() -> None:
    assert Plan(1000).stars == pytest.approx(0.1 * 970)


def test_the_plan_assumes_as_many_objectives_as_the_bank_has() -> None:
    assert Habits().objectives == len(TOPIC.objectives)


def test_more_subscribers_never_need_less() -> None:
    plans = [Plan(subscribers) for subscribers in SIZES]
    for fewer, more in pairwise(plans):
        assert fewer.memory <= more.memory
        assert fewer.processes <= more.processes
        assert fewer.pace <= more.pace
        assert fewer.days_until_large >= more.days_until_large


@pytest.mark.parametrize(
    ("subscribers", "words"),
    [
        (100, "Nothing limits this"),
        (100_000, "spread the times"),
        (500_000, "buy paid broadcasts"),
        (1_000_000, "paid broadcasts, and the database in memory"),
        (10_000_000, "several bots"),
    ],
)
def test_what_limits_is_named_with_what_to_do(subscribers: int, words: str) -> None:
    assert words in limit(Plan(subscribers))


@pytest.mark.parametrize("subscribers", [1, 99, 12_345, 10_000_000])
def test_every_plan_names_pace_database_and_price(subscribers: int) -> None:
    text = "\n".join(describe(Plan(subscribers)))
    for words in (f"{subscribers:,} subscribers", "30/s", "1,000/s", "Stars", "look it up", "RAM"):
        assert words in text


def test_the_page_holds_the_tables_that_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert capacity.main(["--tables"]) == 0
    printed = capsys.readouterr().out
    assert printed == tables() + "\n"
    missing = [table for table in printed.strip().split("\n\n") if table not in PAGE.read_text()]
    assert not missing, (
        "replace these tables by what `python -m benchmarks capacity --tables` prints"
    )


def test_the_command_prints_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert capacity.main(["--subscribers", "10000"]) == 0
    assert "Plan for 10,000 subscribers" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--subscribers", "0"], ["--subscribers", "many"]])
def test_a_wrong_number_is_refused_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        capacity.main(arguments)
    assert "--subscribers" in capsys.readouterr().err
