"""Messages to a programme's members: the preview, and sending."""

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes import announcements
from quizbot.telegram.messages import announcements as texts
from quizbot.telegram.messages.notes import announcement_text
from quizbot.web.page_context import Answer, Page, PageContext


async def preview(context: PageContext, session: AsyncSession) -> Answer:
    """Shows exactly what members will see, before anything is sent."""
    of, w = context.programme, context.words
    text = announcements.clean_text(context.form.get("text", ""))
    found = await announcements.check(session, of, context.actor_id, context.now)
    told = announcement_text(w, of, found.author, text)
    return Page(
        "preview.html",
        # Escaped where it is made, as for the chat.
        {"text": text, "told": Markup(told), "audience": texts.audience(w, found)},  # noqa: S704
    )


async def send(context: PageContext, session: AsyncSession) -> Answer:
    await announcements.send(
        session, context.programme, context.actor_id, context.form.get("text", ""), context.now
    )
    return context.redirect("/manage", "messages-sent")
