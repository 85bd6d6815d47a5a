"""A sandbox on loopback with one bot and one person who has started it."""

from collections.abc import AsyncIterator

import httpx
import pytest
import telegram
from telegram.request import HTTPXRequest

from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.server import running
from sandbox.world import World
from tests.sandbox.scenes import NO_TLS, START, Api, Scene


@pytest.fixture
def world() -> World:
    """A frozen clock and no flood limits."""
    return World(Clock(START, frozen=True), limits=UNLIMITED, webhook_retry=0.01)


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The running sandbox."""
    async with running(world) as address:
        yield address


@pytest.fixture
async def control(url: str) -> AsyncIterator[Control]:
    """The control API."""
    async with Control(url) as client:
        yield client


@pytest.fixture
async def api(url: str, control: Control) -> AsyncIterator[Api]:
    """A bot's way to its API."""
    bot = await control.bot(username="test_bot", first_name="Test bot")
    async with httpx.AsyncClient(base_url=url, timeout=10, verify=NO_TLS) as http:
        yield Api(http, bot["token"])


@pytest.fixture
async def scene(url: str, control: Control, api: Api) -> Scene:
    """Ana has written /start; the bot has read it."""
    me = await api("getMe")
    ana = await control.user("Ana", last_name="Silva", username="ana", language_code="pt")
    await control.write(ana["id"], me["id"], "/start")
    await api.updates()
    return Scene(url, me["id"], ana["id"])


@pytest.fixture
async def ptb(scene: Scene, api: Api) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot as the client: what it cannot parse raises."""
    bot = telegram.Bot(
        api.token,
        base_url=f"{scene.url}/bot",
        base_file_url=f"{scene.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"verify": NO_TLS}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"verify": NO_TLS}),
    )
    async with bot:
        yield bot
