"""The links that coordinators give away: for members, a team, a group chat and a colleague."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Invite, InviteKind, Programme, Team
from quizbot.charts import render
from quizbot.programmes import invites, schedule, staff
from quizbot.programmes import programme as programmes
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import invites as messages
from quizbot.telegram.messages.markup import deep_link, group_deep_link


async def send_link(update: Update, context: BotContext) -> None:
    """The button `invite:<id>`: the invite link for members, as text and as a QR code."""
    async with context.programme(int(context.argument), lock=True) as (session, programme):
        await _show_link(context, session, programme, None)


async def send_team_link(update: Update, context: BotContext) -> None:
    """The button `teamlink:<team>`: the same, for one team."""
    team_id, actor_id = int(context.argument), context.user.id
    async with context.sessions.begin() as session:
        team = await session.get(Team, team_id)
        programme_id = team.programme_id if team is not None else 0
        programme = await staff.programme_run_by(session, programme_id, actor_id, lock=True)
        if team is None or programme is None:
            raise StaleButtonError
        await _show_link(context, session, programme, team)


async def _show_link(
    context: BotContext, session: AsyncSession, programme: Programme, team: Team | None
) -> None:
    """Send the link, which is made if there was none. One that is turned off stays so until asked.

    Raises EndedError.
    """
    now, of = context.now(), (programme.id, team.id if team else None)
    if await invites.is_turned_off(session, now, *of):
        schedule.check_not_ended(programme, now)
        last = invites.undoable(await invites.every_invite(session, programme.id), now)
        ended = last.get((InviteKind.MEMBER, of[1]))
        context.replace(
            messages.ask_link_again(context.words, programme, team, ended.code if ended else None)
        )
        return
    valid = await invites.current_or_new(
        session, InviteKind.MEMBER, now, *of, actor_id=context.user.id
    )
    _send_link(context, programme, team, valid.code)


async def renew_link(update: Update, context: BotContext) -> None:
    """The buttons `newlink:<id>:<team, or 0>:<picture>:ask|yes`: ask, then replace the link."""
    await _change_link(context, renews=True)


async def turn_off_link(update: Update, context: BotContext) -> None:
    """The buttons `offlink:<id>:<team, or 0>:<picture>:ask|yes`: ask, then turn off the link."""
    await _change_link(context, renews=False)


async def _change_link(context: BotContext, *, renews: bool) -> None:
    w, now, actor_id = context.words, context.now(), context.user.id
    programme_id, *middle, answer = context.argument.split(":")
    team_id, picture = [*map(int, middle), 0, 0][:2]  # older buttons name no picture, or neither
    async with context.programme(int(programme_id), lock=True) as (session, programme):
        team = await programmes.team_of(session, programme.id, team_id) if team_id else None
        of = (InviteKind.MEMBER, now, programme.id, team.id if team else None)
        before = await invites.current(session, *of)
        if (team_id and team is None) or (before is None and not renews):
            raise StaleButtonError
        if answer == "yes" and renews:
            made = await invites.replace(session, *of, actor_id=actor_id)
        elif answer == "yes" and before is not None:
            await invites.revoke(session, before, now, actor_id=actor_id)
    if answer != "yes":
        context.replace(messages.ask_link(w, programme, team, picture, renews=renews))
        return
    ended = messages.Ended(before.code, picture) if before is not None else None
    _caption(context, picture, messages.dead_caption(w, programme, team))
    if renews:
        context.replace(messages.link_replaced(w, programme, team))
        _send_link(context, programme, team, made.code, ended)
    elif ended is not None:
        context.replace(messages.link_off(w, programme, team, ended))


async def undo_link(update: Update, context: BotContext) -> None:
    """The button `undolink:<code>:<picture made>:<picture>`: brings back a link that has ended.

    The pictures, 0 if unknown, are those of the link that ends now and of the one that comes back.
    It is sent again, so that the newest picture in the chat is of a link that works.
    """
    w = context.words
    code, *pictures = context.argument.split(":")
    made, picture = [*map(int, pictures), 0, 0][:2]  # older buttons name none
    async with context.sessions.begin() as session:
        found = await session.get(Invite, code)
        programme_id = (found.programme_id if found is not None else None) or 0
        programme = await staff.programme_run_by(session, programme_id, context.user.id, lock=True)
        if found is None or programme is None:
            raise StaleButtonError
        now, of = context.now(), (programme.id, found.team_id)
        replaced = await invites.current(session, found.kind, now, *of) is not None
        in_time = await invites.undo(session, found, now, actor_id=context.user.id)
        team = await session.get(Team, found.team_id) if found.team_id else None
    context.replace(messages.link_undone(w, programme, in_time=in_time, replaced=replaced))
    if in_time and found.kind is InviteKind.MEMBER:
        link = deep_link(context.bot.username, code)
        _caption(context, made, messages.dead_caption(w, programme, team))
        _caption(context, picture, messages.invitation_caption(w, programme, team, link))
        _send_link(context, programme, team, code)


def _caption(context: BotContext, picture: int, caption: str) -> None:
    """Replace the caption of a picture in the chat, unless its message id is unknown (0)."""
    if picture:
        edit = partial(context.services.sender.edit_caption, context.chat_id, picture, caption)
        context.services.reply_queue.post(context.chat_id, edit)


def _send_link(
    context: BotContext,
    programme: Programme,
    team: Team | None,
    code: str,
    ended: messages.Ended | None = None,
) -> None:
    """Send the QR code, then the link, whose buttons carry the picture's message id."""
    services, w, chat_id = context.services, context.words, context.chat_id
    link = deep_link(context.bot.username, code)
    poster = f"{services.dashboard_url()}/p/{programme.id}/poster"
    if team is not None:
        poster += f"?team={team.id}"

    async def send() -> None:
        caption = messages.invitation_caption(w, programme, team, link)
        sent = await services.sender.photo(chat_id, render.qr_png(link), caption)
        picture = sent.message_id or 0
        text = messages.invitation(w, programme, team, link, poster, picture, ended)
        await services.sender.send(chat_id, text)

    context.acknowledge()
    services.reply_queue.post(chat_id, send)


async def send_group_link(update: Update, context: BotContext) -> None:
    """The button `group:<id>`: a link that adds the bot to a group chat."""
    programme_id, actor_id = int(context.argument), context.user.id
    async with context.programme(programme_id, lock=True) as (session, programme):
        found = await invites.current_or_new(
            session, InviteKind.GROUP, context.now(), programme_id, actor_id=actor_id
        )
    link = group_deep_link(context.bot.username, found.code)
    context.replace(messages.group_link(context.words, programme, link))


async def invite_colleague(update: Update, context: BotContext) -> None:
    """The button `colleague:<id>`: a link for another coordinator."""
    actor_id = context.user.id
    async with context.programme(int(context.argument)) as (session, programme):
        made = await invites.create(
            session, InviteKind.COLLEAGUE, context.now(), programme.id, actor_id=actor_id
        )
    context.acknowledge()
    link = deep_link(context.bot.username, made.code)
    context.reply(messages.colleague_link(context.words, programme, link))
