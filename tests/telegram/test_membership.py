"""What members choose in /programmes, and the boards that they see."""

from datetime import date

import pytest

from db.models import Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore
from quizbot.programmes import membership
from tests.telegram.programmes import (
    MONDAY,
    OpenProgramme,
    make_programme,
    make_team,
    open_card,
    turned,
)
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words


async def members(sandbox: Sandbox, programme: OpenProgramme, *names: str) -> list[Person]:
    people = [await sandbox.person(name) for name in names]
    for person in people:
        await programme.joins(person)
    return people


async def answer(*votes: tuple[Person, bool]) -> None:
    """Everybody answers the day's question, right or wrong."""
    for person, is_right in votes:
        await person.votes(await person.gets_question(), right=is_right)
        await person.hears("point")


async def open_programme(person: Person) -> Message:
    """Opens the member's only programme."""
    await person.says("/programmes")
    return await person.hears("📋 Autumn")


async def alias(person: Person) -> str:
    return (await person.kept()).alias


async def enrolment(programme: OpenProgramme, person: Person) -> Enrolment:
    async with person.sandbox.sessions() as session:
        found = await session.get(Enrolment, (programme.id, person.id))
        assert found is not None
        return found


def board_lines(message: Message) -> list[str]:
    return [line for line in words(message).splitlines()[1:] if " · " in line or "←" in line]


async def test_a_board_shows_aliases_ties_and_the_reader(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea, zoe = await members(sandbox, programme, "Anastasia", "Beatrix", "Zoe")
        await sandbox.later(jobs, hours=1)
        await answer((ana, True), (bea, True), (zoe, False))
        await zoe.says("/leaderboard")  # a member sees the programme's board first
        board = await zoe.hears("🏆 Autumn · This week")
        assert "📍 8 points to 1st." in words(board)
        assert board_lines(board) == [
            f"🥇 {await alias(ana)} · 10 points",
            f"🥇 {await alias(bea)} · 10 points",
            f"🥉 {await alias(zoe)} · 2 points ← you",
        ]
        for label, title in (
            ("Whole programme", "Autumn · Whole programme"),
            ("All time", "Autumn · All time"),
            ("This month", "Autumn · This month"),
            ("This week", "Autumn · This week"),
        ):
            assert len(board_lines(await turned(zoe, label, title))) == 3
        assert not [name for name in ("Anastasia", "Beatrix") if name in words(board)]
    assert await sandbox.totals_are_right()
    assert sandbox.faults_logged() == []


async def test_a_members_card_leads_to_the_board_of_their_latest_programme(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        over = await make_programme(sandbox, name="Summer", ends_on=MONDAY)
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        await over.joins(ana)
        zoe = await sandbox.subscriber("Zoe")
        await sandbox.later(jobs, hours=25)  # only "Autumn" still runs
        cards = []
        for person in (ana, zoe):
            await person.votes(await person.gets_question())
            cards.append(await person.hears("Right!"))
        labels = [[button["text"] for button in buttons(card)] for card in cards]
        assert labels == [["More", "Score", "Board", "…"], ["➕ More", "📊 Score", "…"]]
        await ana.presses("Board")
        await ana.hears("🏆 Autumn · This week")  # a new message: the card stays
        assert "Right!" in words((await ana.messages())[-2])
    assert sandbox.faults_logged() == []


async def test_each_period_has_its_own_points(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber("Ana")
        await sandbox.later(jobs, hours=1)
        await answer((ana, True))  # before the programme
        await sandbox.later(jobs, hours=20)
        programme = await make_programme(sandbox, starts_on=date(2026, 11, 24))
        await programme.joins(ana)
        await sandbox.later(jobs, hours=4)
        await answer((ana, True))
        await sandbox.later(jobs, days=7)
        await answer((ana, False))
        await open_programme(ana)
        points = {
            label: board_lines(await turned(ana, label, f"Autumn · {title}"))[0].split(" · ")[1]
            for label, title in (
                ("Board", "This week"),
                ("This month", "This month"),
                ("Whole programme", "Whole programme"),
                ("All time", "All time"),
            )
        }
        assert points == {
            "Board": "2 points ← you",
            "This month": "2 points ← you",
            "Whole programme": "12 points ← you",
            "All time": "22 points ← you",
        }
    assert await sandbox.totals_are_right()


async def test_a_member_can_hide_and_show_themselves_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana", "Bea")
        await sandbox.later(jobs, hours=1)
        await answer((ana, True), (bea, False))
        await open_programme(ana)
        await turned(ana, "Hide me", "You're hidden")
        mine = await turned(ana, "Board", "Autumn · This week")
        assert board_lines(mine) == [
            f"🥇 {await alias(bea)} · 2 points",
            "– 10 points ← you",
        ]
        assert "Only you see this line" in words(mine)
        await open_programme(bea)
        theirs = await turned(bea, "Board", "Autumn · This week")
        assert board_lines(theirs) == [f"• {await alias(bea)} · 2 points ← you"]
        await open_programme(ana)
        await turned(ana, "Show me", "see you as")
        assert len(board_lines(await turned(ana, "Board", "Autumn · This week"))) == 2


async def test_a_first_name_is_shown_only_after_the_member_chooses_so(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana <Maria>\u202e", "Bea")
        await sandbox.later(jobs, hours=1)
        await answer((ana, True), (bea, False))
        await open_programme(ana)
        await turned(ana, "Show my first name", "see you as Ana <Maria>, your first name")
        await open_programme(bea)
        board = await turned(bea, "Board", "Autumn · This week")
        assert board_lines(board)[0] == "🥇 Ana <Maria> · 10 points"
        assert "Maria" not in words(await turned(bea, "Whole quiz", "🏆 This week"))
        await turned(ana, "Show my alias", f"see you as {await alias(ana)}, your alias")
        await open_programme(bea)
        board = await turned(bea, "Board", "Autumn · This week")
        assert board_lines(board)[0] == f"🥇 {await alias(ana)} · 10 points"
        assert (await enrolment(programme, ana)).shown_name is None


async def test_without_a_visible_name_the_alias_stays(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "\u202e\u200b\u200d")
        await open_programme(ana)
        await turned(ana, "Show my first name", f"see you as {await alias(ana)}, your alias")


@pytest.mark.parametrize(
    "name", ["t.me/win", "@winner", "Ana https://win.example", "/stop", "Wanker"]
)
async def test_with_a_name_that_is_a_link_or_rude_the_alias_stays(
    sandbox: Sandbox, name: str
) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, name)
        await open_programme(ana)
        told = words(await turned(ana, "Show my first name", "can't show your first name"))
        assert f"see you as {await alias(ana)}, your alias" in told
        assert name not in told
        assert (await enrolment(programme, ana)).shown_name is None
    assert sandbox.faults_logged() == []


@on_each_database
async def test_a_member_can_leave_and_undo_it(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, weekdays=0b000_0001)
        red, code = await make_team(sandbox, programme, "Red")
        ana = await sandbox.person("Ana")
        await programme.joins(ana, code)
        await sandbox.later(jobs, hours=1)
        await answer((ana, True))
        await open_programme(ana)
        await turned(ana, "Leave", "You've left Autumn")
        left = await enrolment(programme, ana)
        assert (left.left_at, left.team_id) == (sandbox.clock.now(), None)
        assert await sandbox.count(ProgrammeScore) == 0
        await turned(ana, "Undo", "👥 Team: Red")
        back = await enrolment(programme, ana)
        assert (back.left_at, back.team_id, back.enrolled_on) == (None, red.id, date(2026, 11, 23))
        await sandbox.later(jobs, days=1)
        await ana.hears_nothing_else()  # a Tuesday
        await open_programme(ana)
        board = await turned(ana, "Board", "Autumn · This week")
        assert board_lines(board) == [f"• {await alias(ana)} · 10 points ← you"]
        await ana.says("/programmes")
        await ana.hears("📋 Autumn")
    assert await sandbox.totals_are_right()


async def test_a_member_removed_by_a_coordinator_cannot_undo_it(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        await open_programme(ana)
        left = await turned(ana, "Leave", "You've left Autumn")
        [undo] = [button["callback_data"] for button in buttons(left)]
        await turned(ana, "Undo", "📋 Autumn")
        sandbox.clock.advance(60)
        async with sandbox.sessions.begin() as session:
            of = (await membership.of_subscriber(session, ana.id))[0].programme
            now, cora = sandbox.clock.now(), programme.coordinator.id
            assert await membership.remove_member(session, of, ana.id, cora, now)
        for data in (undo, f"back:{programme.id}:0:0", f"back:{programme.id}:0:{'9' * 18}"):
            answered = await ana.press_data(left, data)
            assert "out of date" in answered["text"]
        assert (await enrolment(programme, ana)).left_at is not None
        await programme.joins(ana)  # the link still works


async def test_teams_are_ranked_by_points_per_member_except_small_ones(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        _, red = await make_team(sandbox, programme, "Red <3")
        _, blue = await make_team(sandbox, programme, "Blue")
        people = [await sandbox.person(f"Person {number}") for number in range(7)]
        for person in people[:5]:
            await programme.joins(person, red)
        for person in people[5:]:
            await programme.joins(person, blue)
        await sandbox.later(jobs, hours=1)
        await answer(*((people[number], True) for number in (0, 1, 5)))
        await open_programme(people[0])
        await turned(people[0], "Board", "Autumn · This week")
        board = await turned(people[0], "👥 Teams", "points per member")
        assert board_lines(board) == [
            "🥇 Red <3 · 4.0 points · 5 members ← yours",
            "– Blue · 2 members",
        ]
        assert "Teams with fewer than 5 members have no average" in words(board)
        mine = await turned(people[0], "My team", "Autumn · Red <3 · This week")
        assert len(board_lines(mine)) == 2
        await turned(people[0], "👥 Teams", "points per member")
        theirs = await turned(people[0], "👥 Blue", "Autumn · Blue · This week")
        assert board_lines(theirs) == [
            f"🥇 {await alias(people[5])} · 10 points",
            "– 10 points ← you",
        ]
        assert "not in this team" in words(theirs)
        # A hidden member does not count for the average, and four members are too few for one.
        await open_programme(people[4])
        await turned(people[4], "Hide me", "You're hidden")
        await open_programme(people[0])
        await turned(people[0], "Board", "Autumn · This week")
        board = await turned(people[0], "👥 Teams", "points per member")
        assert "– Red <3 · 4 members ← yours" in words(board)


async def test_a_member_can_change_and_leave_a_team(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        assert "My team" not in str(await open_programme(ana))
        red, _ = await make_team(sandbox, programme, "Red")
        for number in range(20):
            await make_team(sandbox, programme, f"Zebra {number}")
        await open_programme(ana)
        await turned(ana, "My team", "Autumn: which team are you in?")
        await turned(ana, "›", "which team")
        await turned(ana, "‹", "which team")
        await turned(ana, "Red", "👥 Team: Red")
        assert (await enrolment(programme, ana)).team_id == red.id
        await turned(ana, "My team", "which team")
        await turned(ana, "No team", "👥 Team: none")
        assert (await enrolment(programme, ana)).team_id is None


async def test_nobody_reaches_programmes_and_teams_of_others(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        other = await make_programme(sandbox, programme.coordinator, name="Winter")
        blue, _ = await make_team(sandbox, other, "Blue")
        red, _ = await make_team(sandbox, programme, "Red")
        zoe, ana = await sandbox.subscriber("Zoe"), await sandbox.person("Ana")
        stranger = await sandbox.person("Stranger")
        await programme.joins(ana)
        actions = (
            "mine:{}",
            "hide:{}:on",
            "myname:{}:first",
            "myteam:{}:0",
            "team:{}:" + str(red.id),
            "leave:{}",
            "back:{}:0:1795420800000000",
            "boards:{}:week:all",
        )
        for person, number in ((zoe, programme.id), (ana, other.id), (stranger, programme.id)):
            await person.says("/help")
            message = await person.hears("One question a day")
            for which in (number, 999_999, 10**18 - 1):
                for action in actions:
                    answered = await person.press_data(message, action.format(which))
                    assert "out of date" in (answered.get("text") or ""), action
            await person.hears_nothing_else()
        for team_id in (blue.id, 10**18 - 1):
            answered = await ana.press_data(ana.heard, f"team:{programme.id}:{team_id}")
            assert "out of date" in answered["text"]
        assert (await enrolment(programme, ana)).team_id is None
        assert await sandbox.count(Enrolment) == 1
    assert sandbox.faults_logged() == []


async def test_somebody_without_a_programme_learns_how_to_join(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana, zoe = await sandbox.subscriber(), await sandbox.person("Zoe")
        await ana.says("/programmes")
        await ana.hears("Ask your coordinator for a link")
        await zoe.says("/programmes")
        await zoe.hears("Send /start to join")


@pytest.mark.parametrize("first_name", ["😀" * 32, "x" * 64])
async def test_a_long_name_fits_a_board(sandbox: Sandbox, first_name: str) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, first_name)
        await sandbox.later(jobs, hours=1)
        await answer((ana, True))
        await open_programme(ana)
        await turned(ana, "Show my first name", "your first name")
        board = await turned(ana, "Board", "Autumn · This week")
        assert board_lines(board)[0].startswith(f"• {first_name[:31]}")
        assert await sandbox.count(Subscriber) == 1


async def test_today_tells_members_their_place_and_the_way_to_the_next(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea, zoe = await members(sandbox, programme, "Ana", "Bea", "Zoe")
        await sandbox.later(jobs, hours=1)
        await answer((ana, True), (bea, False))
        await bea.says("/today")
        told = words(await bea.hears("📋 Autumn"))
        assert "27 days to go" in told
        assert "This week: 2 points, 8 points to 1st" in told
        assert "Whole programme: 2 points, 8 points to 1st" in told
        assert "waiting" not in told
        await zoe.says("/today")
        assert "This week: no points yet" in words(await zoe.hears("is waiting for you"))
        assert "Answer now" in buttons(zoe.heard)[0]["text"]
        await bea.presses("🏆 Autumn")
        await bea.hears("🏆 Autumn · This week")
        await open_programme(ana)
        await turned(ana, "Hide me", "You're hidden")
        await ana.says("/today")
        assert "This week: you're hidden" in words(await ana.hears("📋 Autumn"))
        await bea.says("/today")
        assert "This week: 2 points, and nobody else has any yet" in words(
            await bea.hears("📋 Autumn")
        )
        async with sandbox.sessions.begin() as session:
            of = await session.get_one(Programme, programme.id)
            of.weekdays, of.ends_on = 0b0000001, date(2026, 11, 25)  # Mondays, until Wednesday
        await bea.says("/today")
        told = words(await bea.hears("That was the last question. The programme ends on Wednesday"))
        assert "to go" not in told
        nobody = await sandbox.subscriber("Nobody")
        await nobody.says("/today")
        await nobody.hears("not in a programme")
    assert sandbox.faults_logged() == []


async def test_today_tells_when_a_programme_starts(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=date(2026, 11, 30))
        _, code = await make_team(sandbox, programme, "Red")
        ana = await sandbox.person("Ana")
        await programme.joins(ana, code)
        await ana.says("/today")
        told = words(await ana.hears("📋 Autumn"))
        assert "⏳ Starts on Monday, 30 November." in told
        assert "Team: Red" in told
        assert "Your first question comes on Monday, 30 November at 09:00" in told
        running = await make_programme(sandbox, programme.coordinator, name="Spring")
        await running.joins(ana)
        await ana.gets_question()
        await ana.says("/today")
        told = words(await ana.hears("27 days to go"))
        assert told.index("📋 Spring") < told.index("📋 Autumn") < told.index("is waiting")
        await sandbox.later(jobs, days=7, hours=2)
        await ana.says("/today")
        assert "Starts" not in words(await ana.hears("📋 Autumn"))


async def test_who_joins_late_is_not_told_of_a_last_place_in_the_first_week(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana", "Bea")
        await answer((ana, True), (bea, True))
        await sandbox.later(jobs, days=11, hours=2)  # Friday of the second week
        await answer((ana, True), (bea, True))
        zoe = await sandbox.person("Zoe")
        await programme.joins(zoe)
        await answer((zoe, False))
        await zoe.says("/leaderboard")
        board = words(await zoe.hears("🏆 Autumn · This week"))
        assert "🌱 Your first full week starts on Monday." in board
        assert "📍" not in board
        await zoe.says("/today")
        told = words(await zoe.hears("📋 Autumn"))
        assert "This week: 2 points. Your first full week starts on Monday" in told
        assert "of 3" not in told
        assert "Programme:" not in told
        await sandbox.later(jobs, days=3)
        await answer((ana, True), (zoe, False))
        await zoe.says("/leaderboard")
        board = words(await zoe.hears("🏆 Autumn · This week"))
        assert "📍 8 points to 1st." in board
        await zoe.says("/today")
        told = words(await zoe.hears("📋 Autumn"))
        assert "This week: 2 points, 8 points to 1st" in told
        assert "This month: 4 points, 6 points to the next place" in told
        assert "Programme:" not in told  # the others have been at it for a week more


async def test_every_board_leads_back(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        await sandbox.later(jobs, hours=1)
        await ana.says("/leaderboard")
        await ana.hears("🏆 Autumn · This week")
        await turned(ana, "Whole quiz", "🏆 This week")
        await turned(ana, "🏆 Autumn", "🏆 Autumn · This week")
        await turned(ana, "Back", "📋 Autumn")


async def test_boards_before_the_first_day_tell_when_the_first_question_comes(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox, starts_on=date(2026, 11, 30))
        await make_team(sandbox, programme, "Red")
        cora = programme.coordinator
        comes = "The first question comes on Monday, 30 November at 09:00."
        await cora.says("/leaderboard")  # without being in the quiz
        await cora.hears("🏆 Autumn · This week")
        assert comes in words(await open_card(cora))
        await turned(cora, "Board & digest", "Board & digest")
        await turned(cora, "🏆 Boards", comes)
        await turned(cora, "This month", comes)
        await turned(cora, "👥 Teams", comes)
        await make_programme(sandbox, cora, name="Spring")
        await cora.says("/leaderboard")
        await cora.hears("The board of which programme?")
        await turned(cora, "🏆 Autumn", comes)


async def test_an_empty_week_tells_when_it_begins_and_who_won_the_last(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana", "Bea")
        await answer((ana, True), (bea, False))
        await sandbox.later(jobs, days=7)  # Monday, 08:00
        await ana.says("/leaderboard")
        told = words(await ana.hears("🏆 Autumn · This week"))
        assert "Nobody has points here yet." in told
        assert "The next question comes today at 09:00." in told
        assert "Week of 23 Nov to 29 Nov" in told
        assert f"🥇 {await alias(ana)} · 10 points" in told
        assert f"🥈 {await alias(bea)} · 2 points" in told
