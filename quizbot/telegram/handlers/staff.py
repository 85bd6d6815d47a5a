"""/coordinator, /coordinators, /dashboard, and becoming a coordinator through a link."""

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Invite, InviteKind, Programme
from quizbot.programmes import announcements, invites, sign_in, staff, text_input
from quizbot.programmes import programme as programmes
from quizbot.programmes.membership import Refusal
from quizbot.programmes.programme import ProgrammeError
from quizbot.settings import is_loopback
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import membership as membership_messages
from quizbot.telegram.messages import programme_wizard as wizard_messages
from quizbot.telegram.messages import staff as messages
from quizbot.telegram.messages import text_input as text_messages
from quizbot.telegram.messages.markup import Message, deep_link

NAME = "name"  # the subject of a text input


async def invite_coordinator(update: Update, context: BotContext) -> None:
    """/coordinator, for operators: a link that makes one person a coordinator."""
    context.check_operator()
    async with context.sessions.begin() as session:
        made = await invites.create(
            session, InviteKind.COORDINATOR, context.now(), actor_id=context.user.id
        )
    link = deep_link(context.bot.username, made.code)
    context.reply(messages.coordinator_link(context.words, link))


async def list_coordinators(update: Update, context: BotContext) -> None:
    """/coordinators, for operators: all coordinators, and programmes without one.

    The button `coordinators:<page>` shows another page, in place.
    """
    context.check_operator()
    page = int(context.argument) if update.callback_query is not None else 0
    context.replace(await _list(context, page))


async def _list(context: BotContext, page: int) -> Message:
    async with context.sessions() as session:
        every = await staff.list_coordinators(session)
        unattended = await staff.without_coordinator(session)
        invitations = await invites.open_one_time(session, context.now())
    return messages.coordinator_list(context.words, every, unattended, invitations, page)


async def revoke_invitation(update: Update, context: BotContext) -> None:
    """The button `uninvite:<handle>`, for operators: end an open invitation to run programmes."""
    context.check_operator()
    async with context.sessions.begin() as session:
        every = await invites.open_one_time(session, context.now())
        found = next((each for each in every if each.handle == context.argument), None)
        if found is None:
            raise StaleButtonError
        await invites.revoke(session, found.invite, context.now(), actor_id=context.user.id)
    context.replace(await _list(context, 0))


async def remove(update: Update, context: BotContext) -> None:
    """The buttons `uncoordinate:<id>:ask|yes`: ask for confirmation, then remove the coordinator.

    A removed coordinator loses all programmes and is signed out of the dashboard.
    """
    context.check_operator()
    number, answer = context.argument.split(":")
    coordinator_id, w = int(number), context.words
    async with context.sessions.begin() as session:
        known = await staff.find_coordinator(session, coordinator_id)
        if known is None:
            raise StaleButtonError
        alone = await staff.run_alone_by(session, coordinator_id)
        if answer == "yes":
            actor_id, now = context.user.id, context.now()
            await staff.remove_coordinator(session, coordinator_id, actor_id, now)
    if answer != "yes":
        context.replace(messages.ask_remove(w, known, alone))
        return
    _tell_removed(context, coordinator_id, known.language)
    context.replace(await _list(context, 0))


async def stop_messages(update: Update, context: BotContext) -> None:
    """The button `stopmessages:<id>:on|off`, for operators: stops a coordinator's messages.

    What is still unsent is stopped as well; the coordinator is told.
    """
    context.check_operator()
    number, answer = context.argument.split(":")
    stopped, now = answer == "on", context.now()
    async with context.sessions.begin() as session:
        known = await staff.find_coordinator(session, int(number))
        if known is None:
            raise StaleButtonError
        await announcements.set_stopped(session, known, context.user.id, now, stopped=stopped)
    theirs = context.services.languages[known.language]
    context.tell(known.id, messages.messages_stopped(theirs, stopped=stopped))
    context.replace(await _list(context, 0))


def _tell_removed(context: BotContext, coordinator_id: int, language: str) -> None:
    sender, w = context.services.sender, context.services.languages[language]

    async def tell() -> None:
        await sender.menu(coordinator_id, None)
        await sender.send(coordinator_id, messages.removed(w))

    context.services.reply_queue.post(coordinator_id, tell)


async def hand_over(update: Update, context: BotContext) -> None:
    """The button `handover:<programme>`: a link to take over a programme without a coordinator."""
    now, actor_id = context.now(), context.user.id
    context.check_operator()
    async with context.sessions.begin() as session:
        unattended = await staff.without_coordinator(session)
        programme = next((each for each in unattended if each.id == int(context.argument)), None)
        if programme is None:
            raise StaleButtonError
        made = await invites.create(
            session, InviteKind.COLLEAGUE, now, programme.id, actor_id=actor_id
        )
    context.acknowledge()
    link = deep_link(context.bot.username, made.code)
    context.reply(messages.handover_link(context.words, programme, link))


async def open_invitation(context: BotContext, invitation: Invite) -> None:
    """Reply to somebody who opened a link that makes them a coordinator."""
    w, user, now = context.words, context.user, context.now()
    if not invites.is_valid(invitation, now):
        context.reply(membership_messages.invitation_refused(w, Refusal.CLOSED))
        return
    async with context.sessions.begin() as session:
        known = await staff.find_coordinator(session, user.id)
        programme = await session.get(Programme, invitation.programme_id or 0)
        colleagues = await staff.coordinators_of(session, programme.id) if programme else []
        if known is None:
            answers = {"code": invitation.code}
            await text_input.begin(session, user.id, NAME, now, answers=answers)
    names = [each.name for each in colleagues]
    if known is None:
        reply = messages.ask_name(w, user.first_name, names, programme)
    elif programme is None or known in colleagues:
        reply = messages.already_coordinator(w)
    else:
        reply = messages.ask_share(w, names, programme, invitation.code)
    context.reply(reply)


async def take_name(update: Update, context: BotContext) -> None:
    """A typed name, or the button with the sender's first name: accepts the invitation with it.

    Members see that name. After a refused name, the bot asks again.
    """
    w, user_id = context.words, context.user.id
    was_typed = update.callback_query is None
    typed = context.message.text or "" if was_typed else context.first_name
    try:
        async with context.sessions.begin() as session:
            pending = await text_input.find(session, user_id, NAME, context.now())
            if pending is None:
                raise StaleButtonError
            name = programmes.clean_name(typed)
            await text_input.finish(session, user_id)
            accepted = await _accept(context, session, pending.answers["code"], name)
    except ProgrammeError as refusal:
        context.acknowledge()
        context.reply(messages.ask_other_name(w, wizard_messages.refusal(w, refusal.reason)))
        return
    _show_accepted(context, *accepted)


async def share(update: Update, context: BotContext) -> None:
    """The button `share:<code>`: adds a programme to a coordinator's."""
    async with context.coordinator() as (session, coordinator):
        accepted = await _accept(context, session, context.argument, coordinator.name)
    _show_accepted(context, *accepted)


async def _accept(
    context: BotContext, session: AsyncSession, code: str, name: str
) -> tuple[Message, dict[int, Message]]:
    """Accept the invitation. Returns the reply, and what to tell each operator and colleague."""
    w, user, languages = context.words, context.user, context.services.languages
    language = languages.closest(user.language_code)
    used = await staff.accept_invite(session, code, user.id, name, language, context.now())
    if used is None:
        return membership_messages.invitation_refused(w, Refusal.CLOSED), {}
    programme = await session.get(Programme, used.programme_id or 0)
    notes = {}
    if programme is not None:
        for each in await staff.coordinators_of(session, programme.id):
            theirs = languages[each.language]
            notes[each.id] = messages.invitation_used(theirs, name, None, programme)
        notes.pop(user.id, None)
    for operator_id in {*context.services.settings.operators} - {user.id}:
        theirs = languages[await staff.language_of(session, operator_id)]
        notes[operator_id] = messages.invitation_used(theirs, name, user.id, programme)
    return messages.accepted(w, name, programme), notes


def _show_accepted(context: BotContext, reply: Message, notes: dict[int, Message]) -> None:
    """Show the reply and the notes; set the command menu if the sender is now a coordinator."""
    services, user_id, w = context.services, context.user.id, context.words
    context.replace(reply)
    for chat_id, note in notes.items():
        context.tell(chat_id, note)

    async def set_menu() -> None:
        async with services.sessions() as session:
            runs = await staff.find_coordinator(session, user_id) is not None
        if runs:
            await services.sender.menu(user_id, text_messages.coordinator_menu(w))

    services.reply_queue.post(user_id, set_menu)


async def open_dashboard(update: Update, context: BotContext) -> None:
    """/dashboard and its button: a one-time link, valid for a short time, and open sessions."""
    now = context.now()
    async with context.coordinator() as (session, coordinator):
        token = await sign_in.issue_link(session, coordinator.id, now)
        sessions = await sign_in.open_sessions(session, coordinator.id, now)
    ages = [(now - each.created_at, now - sign_in.last_use(each)) for each in sessions]
    context.acknowledge()
    url = context.services.dashboard_url()
    local = is_loopback(url) and is_loopback(context.services.settings.api_url)
    opens_here = url.startswith("https://") or local
    context.reply(messages.dashboard_link(context.words, url, token, ages, opens_here=opens_here))


async def end_sessions(update: Update, context: BotContext) -> None:
    """The button `signout`: end all sessions of the sender's dashboard, and its unused links."""
    async with context.coordinator() as (session, coordinator):
        await sign_in.end_all(session, coordinator.id, context.now())
    context.replace(messages.sessions_ended(context.words))
