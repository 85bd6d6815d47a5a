"""Pages of the browser that tests share, and what their consoles complain of."""

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    FloatRect,
    Locator,
    Page,
    ViewportSize,
)

from tests.sizes import PATIENCE

DESKTOP = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
Scheme = Literal["light", "dark"]

# Chromium reports every reply of these statuses; tests look at the refusals themselves.
_REFUSAL = re.compile(r"(status of|Status Error Code) (40[14]|410|422)")


@dataclass
class Pages:
    """Opens pages. They are kept for later tests: a new page costs a process and half a second.

    Every test finds them empty and without cookies. Local storage is separate by itself, because
    every test serves its pages on a port of its own.
    """

    browser: Browser
    free: list[Page]
    complaints: list[str] = field(default_factory=list)
    _opened: list[Page] = field(default_factory=list)

    async def open(self, size: ViewportSize = DESKTOP, scheme: Scheme = "light") -> Page:
        """Returns an empty page of that size in CSS pixels."""
        page = self.free.pop() if self.free else await self._new_page()
        self._opened.append(page)
        await page.set_viewport_size(size)
        await page.emulate_media(media="screen", color_scheme=scheme, reduced_motion="reduce")
        page.on("console", self._note)
        page.on("pageerror", self._note_error)
        return page

    async def _new_page(self, **context: Any) -> Page:
        page = await self.browser.new_page(**context)
        page.context.set_default_timeout(1000 * PATIENCE)  # else 30 s
        return page

    async def open_without_scripts(self) -> Page:
        """Returns a page on which no scripts run; whoever opens it closes it."""
        return await self._new_page(java_script_enabled=False, viewport=DESKTOP)

    async def clear(self) -> None:
        """Empties the opened pages and frees them."""
        while self._opened:
            page = self._opened.pop()
            if page.is_closed():
                continue
            page.remove_listener("console", self._note)
            page.remove_listener("pageerror", self._note_error)
            await page.context.clear_cookies()
            await page.goto("about:blank")
            self.free.append(page)

    def _note(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning") and not _REFUSAL.search(line.text):
            self.complaints.append(line.text)

    def _note_error(self, error: Error) -> None:
        self.complaints.append(str(error))


@dataclass(frozen=True)
class Screenshots:
    """Takes pictures of pages into a folder, or none where there is no folder."""

    folder: str | None

    async def take(self, page: Page, name: str) -> None:
        """Saves what the page shows."""
        if self.folder:
            await page.screenshot(path=Path(self.folder) / name)


async def box_of(shown: Locator) -> FloatRect:
    """Returns where an element stands, in CSS pixels.

    A page that draws itself again replaces it, and for a moment it stands nowhere.
    """
    async with asyncio.timeout(PATIENCE):
        while (box := await shown.bounding_box()) is None:
            pass
    return box
