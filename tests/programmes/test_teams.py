"""Teams from a list, and members spread over them."""

import asyncio
from collections import Counter
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.programmes import AuditEntry, Enrolment, Programme, ProgrammeScore, ScoreKind
from db.session import Sessions
from quizbot.programmes import audit_log, privacy, programme, teams
from quizbot.programmes.teams import Player, RefusedLine, TeamList, read_list
from tests.databases import until_waiting
from tests.hostile import check_fast, long_text
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR
from tests.quiz.steps import START, join


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
    for text in (
        long_text("-\n", share=0.2),
        long_text("1. "),
        long_text("\u2028•"),
        long_text(" "),
    ):
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


def test_a_list_from_a_table_gives_its_names_alone() -> None:
    text = "1. Sales\n2) Service desk\nPeople & Culture\t14\n"
    assert [name for _, name in read_list(text)] == ["Sales", "Service desk", "People & Culture"]
    assert [name for _, name in read_list("1. FC\nBlue")] == ["1. FC", "Blue"]


async def test_the_limit_on_teams_holds(sqlite_sessions: Sessions) -> None:
    mine = await steps.programme(sqlite_sessions)
    await steps.team(sqlite_sessions, mine, "Blue")
    done = await _add(sqlite_sessions, mine, "\n".join(f"Team {each}" for each in range(205)))
    assert len(done.added) == programme.MAX_TEAMS - 1
    assert {each.reason for each in done.refused} == {"too-many-teams"}
    assert [each.line for each in done.refused] == [*range(200, 206)]


TEAMS = [3, 1, 2, 7]
_players = st.builds(
    lambda rows: [Player(number, *row) for number, row in enumerate(rows, 1)],
    st.lists(
        st.tuples(st.sampled_from([None, *TEAMS]), st.none() | st.integers(0, 400)), max_size=40
    ),
)


def sizes(after: dict[int, int]) -> list[int]:
    numbers = Counter(after.values())
    return [numbers[team] for team in TEAMS]


def spread_of_means(players: list[Player], after: dict[int, int]) -> float:
    """Returns the difference between the highest and the lowest mean of points."""
    means = []
    for team in TEAMS:
        points = [each.points for each in players if after[each.id] == team]
        if known := [each for each in points if each is not None]:
            means.append(sum(known) / len(known))
    return max(means, default=0) - min(means, default=0)


def without_points(players: list[Player]) -> list[Player]:
    return [each._replace(points=None) for each in players]


# The only swap would bring two means closer, but one of them below all others.
_BELOW = [Player(1, 3, None), Player(2, 3, None), Player(3, 1, 75), Player(4, 1, 75)]
_BELOW += [Player(each, 2 if each < 8 else 7, 99) for each in range(5, 11)]
_BELOW += [Player(11, None, 100), Player(12, None, 60)]


@settings(deadline=None)
@given(_players, st.booleans())
@example(_BELOW, False)
def test_spreading_evens_sizes_and_never_widens_the_range_of_means(
    players: list[Player], everybody: bool
) -> None:
    after = teams.spread(players, TEAMS, everybody=everybody)
    assert after.keys() == {each.id for each in players}
    assert teams.spread(players, TEAMS, everybody=everybody) == after
    if everybody:
        assert max(sizes(after)) - min(sizes(after)) <= 1
    else:
        assert all(after[each.id] == each.team_id for each in players if each.team_id is not None)
        before = Counter(each.team_id for each in players)
        grown = [
            size for team, size in zip(TEAMS, sizes(after), strict=True) if size > before[team]
        ]
        assert not grown or max(grown) - min(sizes(after)) <= 1
    by_sizes = teams.spread(without_points(players), TEAMS, everybody=everybody)
    assert sizes(by_sizes) == sizes(after)
    assert spread_of_means(players, after) <= spread_of_means(players, by_sizes) + 1e-9
    again = [each._replace(team_id=after[each.id]) for each in players]
    third = teams.spread(again, TEAMS, everybody=True)
    if everybody:  # one tap is enough
        assert third == after
    if max(sizes(after)) - min(sizes(after)) <= 1:  # sizes are right: only points count
        assert spread_of_means(players, third) <= spread_of_means(players, after) + 1e-9


def test_points_are_even_after_a_good_start() -> None:
    chance = Random(1)
    players = [Player(each, None, chance.randrange(400)) for each in range(40)]
    after = teams.spread(players, TEAMS, everybody=False)
    assert sizes(after) == [10] * 4
    assert spread_of_means(players, after) < 2


async def test_a_plan_reads_no_points_of_hidden_members(sessions: Sessions) -> None:
    """Else a place in a team would tell them."""
    mine = await steps.programme(sessions)
    blue, red = [(await steps.team(sessions, mine, name)).id for name in ("Blue", "Red")]
    for person in range(1, 9):
        await join(sessions, person)
        await steps.enrol(sessions, mine, person, team_id=blue if person < 7 else None)
    plans = []
    for points in (0, 500):
        async with sessions.begin() as session:
            of = await session.get_one(Programme, mine)
            for person in range(1, 9):
                enrolment = await session.get_one(Enrolment, (mine, person))
                enrolment.hidden = person in (2, 7)
                await session.merge(
                    ProgrammeScore(
                        programme_id=mine,
                        kind=ScoreKind.PROGRAMME,
                        since=of.starts_on,
                        subscriber_id=person,
                        points=points if enrolment.hidden else 30 * person,
                        answered=1,
                    )
                )
            await session.flush()
            plans.append(await teams.plan_balance(session, of, everybody=True))
    assert plans[0] == plans[1]
    assert plans[0].sizes == {blue: (6, 4), red: (0, 4)}
    assert plans[0].placed == 2


async def test_a_balance_moves_members_once_and_is_logged(sessions: Sessions) -> None:
    mine = await steps.programme(sessions)
    blue, red = [(await steps.team(sessions, mine, name)).id for name in ("Blue", "Red")]
    for person in range(1, 6):
        await join(sessions, person)
        await steps.enrol(sessions, mine, person, team_id=blue if person < 5 else None)
    async with sessions.begin() as session:
        of = await session.get_one(Programme, mine)
        plan = await teams.plan_balance(session, of, everybody=True)
        await teams.apply_balance(session, of, plan, COORDINATOR, START)
    assert (plan.placed, plan.moved) == (1, 1)
    async with sessions() as session:
        assert await programme.count_team_members(session, mine) == {blue: 3, red: 2}
        [entry] = await audit_log.latest_entries(session, mine, skip=0, limit=1)
        assert (entry.action, entry.detail) == ("teams-balanced", "2")
        of = await session.get_one(Programme, mine)
        again = await teams.plan_balance(session, of, everybody=True)
        assert not again.teams


async def test_who_chooses_a_team_or_is_erased_meanwhile_is_not_moved(
    postgresql_sessions: Sessions,
) -> None:
    sessions = postgresql_sessions
    mine = await steps.programme(sessions)
    blue, red = [await steps.team(sessions, mine, each) for each in ("Blue", "Red")]
    for number in (1, 2, 3):
        await join(sessions, number)
        await steps.enrol(sessions, mine, number)
    async with sessions.begin() as balancing:
        of = await balancing.get_one(Programme, mine, with_for_update={"key_share": True})
        plan = await teams.plan_balance(balancing, of, everybody=True)
        chosen = blue if plan.teams[1] == red.id else red
        async with sessions.begin() as session:
            (await session.get_one(Enrolment, (mine, 1))).team_id = chosen.id
        async with sessions.begin() as session:
            await privacy.forget(session, 2, START)
            apply = teams.apply_balance(balancing, of, plan, COORDINATOR, START)
            applying = asyncio.create_task(apply)
            await until_waiting(session, applying)
        await applying
    async with sessions() as session:
        now = await session.execute(select(Enrolment.subscriber_id, Enrolment.team_id))
        assert {row.subscriber_id: row.team_id for row in now} == {1: chosen.id, 3: plan.teams[3]}
