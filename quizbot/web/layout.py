"""What all pages have in common: the frame, who is signed in, and pages of one sentence."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from quizbot.programmes import programme as programmes_programme
from quizbot.telegram.messages.words import Words
from quizbot.web.dashboard import Dashboard
from quizbot.web.notices import notice
from quizbot.web.visits import Page, Visit


def rendered(visit: Visit, page: Page) -> str:
    """The page in the frame of who looks at it."""
    programme = visit.of
    frame: Mapping[str, Any] = {
        "visit": visit,
        "programme": programme,
        "path": f"/p/{programme.id}" if programme is not None else "",
        "over": programme is not None and programmes_programme.has_ended(programme, visit.now),
        "coordinator": visit.visitor.coordinator,
        "csrf": visit.visitor.session.csrf,
        "form": visit.form,
        "trouble": visit.trouble,
        "notice": notice(visit.words, visit.asked("done")),
    }
    words = visit.words
    return visit.dashboard.templates.render(page.template, words, {**frame, **page.values})


def told(dashboard: Dashboard, words: Words, what: str, status: int) -> Response:
    """A page of one heading and one sentence, for whoever it may be."""
    heading, sentence = _sentences(words)[what]
    values = {"heading": heading, "sentence": sentence, "bot_link": dashboard.bot_link()}
    return HTMLResponse(dashboard.templates.render("told.html", words, values), status)


def words_of(dashboard: Dashboard, request: Request) -> Words:
    """For somebody whom we do not know (yet): the browser's first language."""
    first = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0]
    return dashboard.languages[first.strip()]


def _sentences(w: Words) -> dict[str, tuple[str, str]]:
    _ = w._
    return {
        "signed-out": (
            _("You are not signed in"),
            _("Send /dashboard to the bot: it answers with a link that signs you in."),
        ),
        "bye": (
            _("You are signed out"),
            _("To come back, send /dashboard to the bot."),
        ),
        "old-link": (
            _("This link does not work any more"),
            _(
                "A sign-in link works once and for five minutes. Send /dashboard to the bot again "
                "for a new one."
            ),
        ),
        "no-coordinator": (
            _("This is for coordinators"),
            _("Whoever runs the bot can make you one; then open this again."),
        ),
        "bad-launch": (
            _("Telegram's data is not good any more"),
            _("Close this window and open it again by the button in the chat."),
        ),
        "nothing-here": (
            _("There is nothing here"),
            _("The address may be wrong, or the programme is run by others."),
        ),
        "not-from-here": (
            _("This was not done"),
            _("The request did not come from a page of this dashboard. Reload it and try again."),
        ),
        "away": (
            _("One moment, please"),
            _("The database cannot be reached just now. Try again in a minute."),
        ),
        "failed": (
            _("Something went wrong here"),
            _("It was written down for those who run the bot. Try again in a minute."),
        ),
    }
