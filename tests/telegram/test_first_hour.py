"""The README's first hour of a coordinator, step by step, on any day of the week."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.telegram.programmes import code_in, turned
from tests.telegram.sandbox import open_sandbox, words

FRIDAY_EVENING = datetime(2026, 11, 27, 21, 30, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("now", [FRIDAY_EVENING, MONDAY_MORNING], ids=["friday", "monday"])
async def test_the_first_hour_works_as_the_readme_says(
    sqlite_database: str, tmp_path: Path, now: datetime
) -> None:
    async with (
        open_sandbox(sqlite_database, tmp_path, now) as sandbox,
        sandbox.bot(operators="5000000001"),
    ):
        ana, ben = await sandbox.person("Ana"), await sandbox.person("Ben")
        await ana.says("/coordinator")
        code = code_in(await ana.hears("Forward this link"))
        await ana.says(f"/start {code}")
        await ana.hears("invited to run programmes")
        await turned(ana, "Ana", "You're a coordinator")
        await ana.says("/programme new")
        await ana.hears("called?")
        await ana.says("Autumn")
        await ana.hears("Which time zone")
        for button, then in (
            ("UTC", "When does it start?"),
            ("Today", "How long does it run?"),
            ("4 weeks", "What time should"),
            ("09:00", "Which days have"),
            ("Every day", "Any holidays"),
            ("No holidays", "All good?"),
            ("Create", "Autumn is ready"),
        ):
            await turned(ana, button, then)
        await ana.presses("Invite members")
        code = code_in(await ana.hears("Invite people to Autumn"))
        await ben.says(f"/start {code}")
        assert "Ana" in words(await ben.hears("You're invited to"))
        await turned(ben, "Join", "You're in Autumn")
        await ben.says("/quiz")
        await ben.votes(await ben.gets_question())
        await ben.hears("+10 points")
        await ana.says("/programme")
        assert "Today: 1 of 1 have answered." in words(await ana.hears("1 member"))
        await turned(ana, "Board & digest", "Board & digest · Autumn")
        assert "10 points" in words(await turned(ana, "Boards", "🏆 Autumn"))
    assert sandbox.faults_logged() == []
