"""Buttons and a hint that whoever runs a bot inside offers."""

import pytest

from sandbox.client import Control, ControlError
from sandbox.wire import RefusedError
from sandbox.world import Action, World
from tests.sandbox.bot_api import Accounts


async def test_a_button_is_listed_and_run_by_whoever_presses_it(
    world: World, accounts: Accounts, control: Control
) -> None:
    async def run(user: int) -> str:
        return f"Done for {user}."

    world.actions.append(Action("load", "Load it", "Loads the demo season", run))
    assert await control.actions() == [
        {"name": "load", "label": "Load it", "title": "Loads the demo season"}
    ]
    assert await control.run_action("load", accounts.ana) == f"Done for {accounts.ana}."


async def test_a_refusal_is_its_sentence(
    world: World, accounts: Accounts, control: Control
) -> None:
    async def run(user: int) -> str:
        raise RefusedError(409, "It is loaded already.")

    world.actions.append(Action("load", "Load it", "", run))
    with pytest.raises(ControlError, match="409: It is loaded already"):
        await control.run_action("load", accounts.ana)


async def test_what_is_not_offered_and_who_is_nobody_cannot_press(
    world: World, accounts: Accounts, control: Control
) -> None:
    async def run(user: int) -> str:
        raise AssertionError("nobody may get here")

    world.actions.append(Action("load", "Load it", "", run))
    with pytest.raises(ControlError, match="404: there is no action other"):
        await control.run_action("other", accounts.ana)
    with pytest.raises(ControlError, match="404"):
        await control.run_action("load", 1)


async def test_the_state_tells_the_hint(world: World, accounts: Accounts, control: Control) -> None:
    assert (await control.state(accounts.ana))["hint"] == ""
    world.hint = "Write /programme to begin."
    assert (await control.state(accounts.ana))["hint"] == "Write /programme to begin."
