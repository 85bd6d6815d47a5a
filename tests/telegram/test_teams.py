"""Teams, in the chat of a coordinator."""

from tests.telegram.programmes import (
    code_in,
    make_programme,
    make_team,
    open_card,
    turned,
)
from tests.telegram.sandbox import Sandbox, words


async def test_teams_are_typed_one_after_the_other(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await open_card(programme.coordinator)
        await turned(cora, "Teams", "No teams yet")
        await cora.presses("Add teams")
        await cora.hears("What's the team called?")
        for text, said in (
            ("Red  <3>", "Team Red <3> added"),
            ("red <3>", "A team already has that name"),
            ("y" * 41, "That name is too long"),
            ("Blue\u200b", "characters nobody can see"),
            ("Blue", "Team Blue added"),
            ("• White\n• BLUE\n\n• Pink", "2 teams added: White, Pink"),
            ("Green\nGreen", "• Green: Your list has that name twice"),
            ("Grey\nt.me/x", "• t.me/x: That name looks like a link"),
        ):
            await cora.says(text)
            await cora.hears(said)
        await cora.presses("Done")
        listed = words(await cora.hears("👥 Teams of Autumn"))
        assert "balance" in listed
        told = "\n".join(words(each) for each in await cora.messages())
        assert "• t.me/x: That name looks like a link" in told  # stays above the list
        await cora.says("Black")
        await cora.hears("I didn't get that")
        assert "• Blue · 0 members\n• Green · 0 members\n• Grey" in listed
        await cora.presses("Red")
        code = code_in(await cora.hears("This link puts people in team Red <3>"))
        await programme.joins(await sandbox.person("Ana"), code)
        await open_card(programme.coordinator)
        assert "• Red <3> · 1 member" in words(await turned(cora, "Teams", "👥 Teams of"))
    assert sandbox.faults_logged() == []


async def test_many_teams_come_in_pages(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        for number in range(10):
            await make_team(sandbox, programme, f"Team {number}")
        await open_card(programme.coordinator)
        first = await turned(programme.coordinator, "Teams", "Team 7")
        assert "Team 8" not in words(first)
        second = await turned(programme.coordinator, "›", "Team 8")
        assert "Team 7" not in words(second)
        await turned(programme.coordinator, "‹", "Team 7")
