"""/start, /board and /unlink in group chats. Everything else in groups is ignored."""

from telegram import ChatMember, Update

from quizbot.programmes import group_boards, group_chats, staff
from quizbot.programmes.group_chats import ChatInfo, LinkingError
from quizbot.telegram.handlers import text_input
from quizbot.telegram.handlers.context import BotContext
from quizbot.telegram.messages import groups as messages


async def start(update: Update, context: BotContext) -> None:
    """/start <code>, which t.me/<bot>?startgroup=<code> sends: links the group to a programme."""
    services, user, chat, now = context.services, context.user, context.message.chat, context.now()
    code = context.argument
    if not code:
        await text_input.refer_to_private(update, context)
        return
    info = ChatInfo(chat.id, chat.title or "", services.languages.closest(user.language_code))
    try:
        async with context.sessions.begin() as session:
            linked, programme = await group_chats.link(session, info, code, user.id, now)
    except LinkingError as error:
        context.reply(messages.link_refused(context.words, error.reason))
        return
    w = services.languages[linked.language]
    context.reply(messages.linked(w, programme, linked.next_due_at or now, now))


async def show_board(update: Update, context: BotContext) -> None:
    """/board: this week's board, at most once a minute; earlier requests get no reply."""
    chat_id, languages = context.chat_id, context.services.languages
    async with context.sessions.begin() as session:
        is_linked = await group_chats.find(session, chat_id) is not None
        board = await group_boards.requested(session, chat_id, context.now())
    if board is not None:
        context.reply(messages.this_week_board(languages[board.language], board, context.now()))
    elif not is_linked:
        context.reply(messages.not_linked(context.words, context.bot.username))


async def unlink(update: Update, context: BotContext) -> None:
    """/unlink, for the programme's coordinators: unlinks the group and closes its open polls."""
    w, user_id, chat_id = context.words, context.user.id, context.chat_id
    sender = context.services.sender
    programme, still_open = None, list[int]()
    async with context.sessions.begin() as session:
        chat = await group_chats.find(session, chat_id)
        if chat is not None:
            programme = await staff.programme_run_by(session, chat.programme_id, user_id)
        if chat is not None and programme is not None:
            still_open = await group_chats.unlink(session, chat, user_id, context.now())
    if chat is None:
        await text_input.refer_to_private(update, context)
    elif programme is None:
        context.reply(messages.coordinators_only(w))
    else:
        context.reply(messages.unlinked(w, programme.name))

    async def close_polls() -> None:
        for message_id in still_open:
            await sender.close_poll(chat_id, message_id)

    context.services.reply_queue.post(chat_id, close_polls)


async def forget_left(update: Update, context: BotContext) -> None:
    """Delete everything about a group that the bot left or was removed from."""
    change = update.my_chat_member
    if change is None or change.chat.id > 0:  # a person's chat
        return
    if change.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT):
        return
    async with context.sessions.begin() as session:
        chat = await group_chats.find(session, change.chat.id)
        if chat is None:
            return
        actor_id = change.from_user.id
        runs = await staff.programme_run_by(session, chat.programme_id, actor_id) is not None
        await group_chats.unlink(session, chat, actor_id if runs else None, context.now())


async def move(update: Update, context: BotContext) -> None:
    """Handle a group's change to a supergroup. Telegram reports it in both chats, in any order."""
    message = context.message
    old_id = message.migrate_from_chat_id or message.chat.id
    new_id = message.migrate_to_chat_id or message.chat.id
    async with context.sessions.begin() as session:
        await group_chats.move(session, old_id, new_id)
