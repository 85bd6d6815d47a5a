"""Messages to members, and the invitation of past members: the preview, and sending."""

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from quizbot.programmes import announcements, schedule
from quizbot.telegram.messages import announcements as texts
from quizbot.telegram.messages import notes
from quizbot.web.page_context import Answer, NotFoundError, Page, PageContext

_PAGE = "/manage"


async def preview(context: PageContext, session: AsyncSession) -> Answer:
    """Shows exactly what members will see, before anything is sent."""
    of, w = context.programme, context.words
    text = announcements.clean_text(context.form.get("text", ""))
    found = await announcements.check(session, of, context.actor_id, context.now)
    told = notes.announcement_text(w, of, found.author, text)
    return Page(
        "preview.html",
        # Escaped where it is made, as for the chat.
        {"text": text, "told": Markup(told), "audience": texts.audience(w, found)},  # noqa: S704
    )


async def send(context: PageContext, session: AsyncSession) -> Answer:
    await announcements.send(
        session, context.programme, context.actor_id, context.form.get("text", ""), context.now
    )
    return context.redirect(_PAGE, "messages-sent")


async def preview_invitation(context: PageContext, session: AsyncSession) -> Answer:
    """Shows what those who took part in the season before will see."""
    of, w, by = context.programme, context.words, context.actor_id
    before = await _season_before(context, session)
    found = await announcements.check_past_members(session, of, before, by, context.now)
    if found is None:
        return context.redirect(_PAGE, "links-once")
    told = notes.next_season(w, of, "", before, found.author).text
    return Page(
        "preview_invitation.html",
        {
            "told": Markup(told),  # noqa: S704 -- escaped where it is made, as for the chat
            "audience": texts.audience(w, found),
            "limit": texts.invited_once(w),
        },
    )


async def invite_past_members(context: PageContext, session: AsyncSession) -> Answer:
    """Invites them, once."""
    of, by = context.programme, context.actor_id
    before = await _season_before(context, session)
    invited = await announcements.invite_past_members(session, of, before, by, context.now)
    return context.redirect(_PAGE, "links-once" if invited is None else "links-past")


async def _season_before(context: PageContext, session: AsyncSession) -> Programme:
    """Returns the season before, locked. Raises NotFoundError and EndedError."""
    of = context.programme
    schedule.check_not_ended(of, context.now)
    before = await announcements.season_before(session, of, context.actor_id, lock=True)
    if before is None:
        raise NotFoundError
    return before
