"""Teams from a list."""

import pytest
from sqlalchemy import select

from db.programmes import AuditEntry, Programme
from db.session import Sessions
from quizbot.programmes import programme, teams
from quizbot.programmes.teams import RefusedLine, TeamList
from tests.hostile import check_fast, long_text
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR
from tests.quiz.steps import START


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Sales\nService", ["Sales", "Service"]),
        ("\r\n  Sales \r\n\r\nService\r\n", ["Sales", "Service"]),
        ("• Sales\n- Service\n* R - D\n–  Lab", ["Sales", "Service", "R - D", "Lab"]),
        ("1. Sales\n2) Service\n10. Lab", ["Sales", "Service", "Lab"]),
        ("1. FC\nUnited\n-5 degrees", ["1. FC", "United", "-5 degrees"]),
        (" \n\n•\n", []),
    ],
)
def test_a_list_has_a_name_a_line(text: str, names: list[str]) -> None:
    assert [name for _, name in teams.read_list(text)] == names


def test_long_lists_are_read_fast() -> None:
    for text in (long_text("-\n"), long_text("1. "), long_text("\u2028•"), long_text(" ")):
        check_fast(teams.read_list, text)


async def _add(sessions: Sessions, programme_id: int, text: str) -> TeamList:
    async with sessions.begin() as session:
        of = await session.get_one(Programme, programme_id)
        return await teams.add_list(session, of, text, COORDINATOR, START)


async def _names(sessions: Sessions, programme_id: int) -> list[str]:
    async with sessions() as session:
        return [team.name for team in await programme.teams(session, programme_id)]


async def test_good_lines_are_added_and_the_others_named(sessions: Sessions) -> None:
    mine = await steps.programme(sessions)
    await steps.team(sessions, mine, "Blue")
    text = f"• Red\n\n• bl\u202eue\n• BLUE\n• red \n• Green  tea\n• {'x' * 41}\n• t.me/win"
    done = await _add(sessions, mine, text)
    assert done.added == ["Red", "Green tea"]
    assert [(each.line, each.reason) for each in done.refused] == [
        (3, "hidden"),
        (4, "team-taken"),
        (5, "team-twice"),
        (7, "long-name"),
        (8, "link"),
    ]
    assert done.refused[1] == RefusedLine(4, "BLUE", "team-taken")
    assert await _names(sessions, mine) == ["Blue", "Green tea", "Red"]
    again = await _add(sessions, mine, text)
    assert again.added == []
    async with sessions() as session:
        entries = await session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id))
        assert [*entries][-2:] == ["Red", "Green tea"]


async def test_an_empty_list_needs_a_name(sqlite_sessions: Sessions) -> None:
    mine = await steps.programme(sqlite_sessions)
    assert await _add(sqlite_sessions, mine, " \n•") == TeamList(
        [], [RefusedLine(1, "", "no-name")]
    )


async def test_the_limit_on_teams_holds(sqlite_sessions: Sessions) -> None:
    mine = await steps.programme(sqlite_sessions)
    await steps.team(sqlite_sessions, mine, "Blue")
    done = await _add(sqlite_sessions, mine, "\n".join(f"Team {each}" for each in range(205)))
    assert len(done.added) == programme.MAX_TEAMS - 1
    assert {each.reason for each in done.refused} == {"too-many-teams"}
    assert [each.line for each in done.refused] == [*range(200, 206)]
