"""The chat page in a sandbox with a bot, Ana who has started it, and Ben who has not."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, ViewportSize

from sandbox import people
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.loopback import NO_CERTIFICATES
from sandbox.server import running
from sandbox.wire import Json
from sandbox.world import World
from tests.browser.pages import DESKTOP, PHONE, Pages, Scheme
from tests.sandbox.bot_api import START, Api
from tests.sizes import PATIENCE

LOOKS: list[tuple[str, ViewportSize, Scheme]] = [
    ("desktop-light", DESKTOP, "light"),
    ("phone-dark", PHONE, "dark"),
]
if os.environ.get("PICTURES"):
    LOOKS += [("desktop-dark", DESKTOP, "dark"), ("phone-light", PHONE, "light")]
QUIZ: Json = {
    "question": "Which food holds the most vitamin B12?",
    "options": ["Clams", "Oranges", "White rice"],
    "type": "quiz",
    "is_anonymous": False,
    "correct_option_ids": [0],
    "explanation": "Clams hold more of it than almost any other food.",
}
APP = """<!doctype html><meta name="viewport" content="width=device-width"><title>App</title>
<style>body { font: 16px sans-serif; margin: 20px }</style>
<h1>Board</h1><p id="who"></p><button>Done</button>
<script>
const launch = new URLSearchParams(location.hash.slice(1));
const theme = JSON.parse(launch.get("tgWebAppThemeParams"));
document.body.style.cssText = `background: ${theme.bg_color}; color: ${theme.text_color}`;
const data = new URLSearchParams(launch.get("tgWebAppData"));
document.getElementById("who").textContent = `For ${JSON.parse(data.get("user")).first_name}`;
document.querySelector("button").onclick = () =>
  parent.postMessage(JSON.stringify({ eventType: "web_app_close" }), "*");
</script>"""


_REMEMBER = """() => {
    window.seen = new Set();
    new MutationObserver(() => {
        for (const each of document.querySelectorAll("[data-testid=toast], .chat-status")) {
            window.seen.add(each.textContent);
        }
    }).observe(document.body, { childList: true, subtree: true });
}"""


@dataclass
class Sandbox:
    """A sandbox with a bot, Ana who has started it, and Ben who has not."""

    pages: Pages
    url: str
    world: World
    control: Control
    api: Api
    app: str  # the address of a web page of the bot
    bot: int
    ana: int
    ben: int

    async def open(
        self,
        person_id: int,
        chat_id: int | None = None,
        size: ViewportSize = DESKTOP,
        scheme: Scheme = "light",
    ) -> Page:
        """Returns the chat page of that person, in the chat with the bot or in another one."""
        page = await self.pages.open(size, scheme)
        await page.goto(f"{self.url}/?user={person_id}&chat={chat_id or self.bot}")
        await page.locator("html[data-ready=true]").wait_for()
        await page.evaluate(_REMEMBER)
        return page

    async def shows_for_a_while(self, page: Page, text: str) -> None:
        """Waits until the page has shown this since it was opened, even if it is gone by now.

        Toasts and "typing" disappear after seconds, and a busy machine may look too late.
        """
        await page.wait_for_function("text => window.seen.has(text)", arg=text)

    async def says(self, chat: int, text: str, *buttons: Json) -> Json:
        """Sends a message of the bot, with those buttons below one another."""
        markup = {"reply_markup": {"inline_keyboard": [[b] for b in buttons]}} if buttons else {}
        sent: Json = await self.api("sendMessage", chat_id=chat, text=text, **markup)
        return sent

    async def heard(self) -> list[tuple[int, str]]:
        """Returns who wrote what to the bot since the last call."""
        messages = [update["message"] for update in await self.api.updates() if "message" in update]
        return [(m["from"]["id"], m["text"]) for m in messages if "text" in m]


@asynccontextmanager
async def mini_app() -> AsyncIterator[str]:
    """Serves a web page on another loopback port; returns its address."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=APP, content_type="text/html")

    application = web.Application()
    application.router.add_get("/board", page)
    async with TestServer(application) as server:
        yield str(server.make_url("/board"))


@asynccontextmanager
async def chat_page(pages: Pages) -> AsyncIterator[Sandbox]:
    """Runs the sandbox; afterwards, no page may have complained."""
    world = World(Clock(START, frozen=True), limits=UNLIMITED)
    account = world.add_bot(username="quiz_bot", first_name="Health quiz")
    ana, ben = world.add_person("Ana"), world.add_person("Ben")
    people.write(world, ana, account.id, "/start")
    account.updates.clear()
    async with (
        mini_app() as app,
        running(world) as url,
        Control(url) as control,
        httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http,
    ):
        api = Api(http, account.token)
        yield Sandbox(pages, url, world, control, api, app, account.id, ana.id, ben.id)
        await pages.clear()
    assert pages.complaints == []
