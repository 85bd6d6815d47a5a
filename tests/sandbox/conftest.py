"""A sandbox on loopback with one bot, and one person who has started it."""

from collections.abc import AsyncIterator

import httpx
import pytest
import telegram
from telegram.request import HTTPXRequest

from sandbox import people
from sandbox.accounts import Bot
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.loopback import NO_CERTIFICATES
from sandbox.server import running
from sandbox.world import World
from tests.sandbox.bot_api import START, Accounts, Api
from tests.sizes import PATIENCE


@pytest.fixture
def world() -> World:
    """A frozen clock and no flood limits."""
    return World(Clock(START, frozen=True), limits=UNLIMITED)


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The address of the running sandbox."""
    async with running(world) as address:
        yield address


@pytest.fixture
async def control(url: str) -> AsyncIterator[Control]:
    """The control API."""
    async with Control(url) as client:
        yield client


@pytest.fixture
def bot(world: World) -> Bot:
    """The bot's account."""
    return world.add_bot(username="test_bot", first_name="Test bot")


@pytest.fixture
async def api(url: str, bot: Bot) -> AsyncIterator[Api]:
    """The Bot API, called by the bot."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, verify=NO_CERTIFICATES) as http:
        yield Api(http, bot.token)


@pytest.fixture
def accounts(world: World, bot: Bot) -> Accounts:
    """The bot and Ana: she has written /start, and the bot has read it."""
    ana = world.add_person("Ana", "Silva", "ana", "pt")
    people.write(world, ana, bot.id, "/start")
    bot.updates.confirm(bot.updates.next_id)
    return Accounts(bot.id, ana.id)


@pytest.fixture
async def ptb(url: str, bot: Bot) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot as the client: it raises an error for what it cannot parse."""
    client = telegram.Bot(
        bot.token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"verify": NO_CERTIFICATES}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"verify": NO_CERTIFICATES}),
    )
    async with client:
        yield client
