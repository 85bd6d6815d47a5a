"""Group chats: linking one to a programme, its board, and letting it go."""

from telegram import ChatMember, Update

from quizbot.quiz.programmes import coordinating, group_boards, group_chats
from quizbot.quiz.programmes.group_chats import LinkingError, Place
from quizbot.telegram.handlers.desk import Context, Desk, argument, chat_of, message_of, user_of
from quizbot.telegram.handlers.talking import Talking
from quizbot.telegram.messages import group


class Grouping:
    """What members and coordinators do in groups; whatever else is said there goes by."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._elsewhere = Talking(desk).in_group

    async def start(self, update: Update, context: Context) -> None:
        """With a code, which t.me/<bot>?startgroup=<code> sends, it links the group."""
        code = argument(context)
        if not code:
            await self._elsewhere(update, context)
            return
        desk, user, now = self._desk, user_of(update), self._desk.clock()
        w, chat = desk.words(update), message_of(update).chat
        place = Place(chat.id, chat.title or "", desk.languages.closest(user.language_code))
        try:
            async with desk.sessions.begin() as session:
                linked, programme = await group_chats.link(session, place, code, user.id, now)
        except LinkingError as error:
            desk.reply(update, group.cannot_link(w, error.reason))
            return
        w = desk.languages[linked.language]
        desk.reply(update, group.linked(w, programme, linked.next_due_at or now, now))

    async def board(self, update: Update, context: Context) -> None:
        """This week's, not more than once a minute; silence else."""
        desk, now, chat_id = self._desk, self._desk.clock(), chat_of(update)
        async with desk.sessions.begin() as session:
            linked = await group_chats.find(session, chat_id) is not None
            board = await group_boards.board_to_show(session, chat_id, now)
        if board is not None:
            desk.reply(update, group.this_week(desk.languages[board.language], board))
        elif not linked:
            await self._elsewhere(update, context)

    async def unlink(self, update: Update, context: Context) -> None:
        """Whoever runs the programme ends it; an open poll is closed."""
        desk, user, chat_id = self._desk, user_of(update), chat_of(update)
        programme, still_open = None, list[int]()
        async with desk.sessions.begin() as session:
            chat = await group_chats.find(session, chat_id)
            if chat is not None:
                programme = await coordinating.run_by(session, chat.programme_id, user.id)
            if chat is not None and programme is not None:
                still_open = await group_chats.unlink(session, chat, user.id, desk.clock())
        w = desk.words(update)
        if chat is None:
            await self._elsewhere(update, context)
        elif programme is None:
            desk.reply(update, group.not_yours(w))
        else:
            desk.reply(update, group.unlinked(w, programme.name))

        async def close_polls() -> None:
            for message_id in still_open:
                await desk.sender.close_poll(chat_id, message_id)

        desk.outbox.post(chat_id, close_polls)

    async def membership(self, update: Update, context: Context) -> None:
        """The bot was removed, or left: nothing is kept about that group."""
        change = update.my_chat_member
        if change is None or change.chat.id > 0:  # a person's chat
            return
        if change.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT):
            return
        desk = self._desk
        async with desk.sessions.begin() as session:
            chat = await group_chats.find(session, change.chat.id)
            if chat is None:
                return
            actor = change.from_user.id
            runs = await coordinating.run_by(session, chat.programme_id, actor) is not None
            await group_chats.unlink(session, chat, actor if runs else None, desk.clock())

    async def moved(self, update: Update, context: Context) -> None:
        """The group became a supergroup: said in the old one and in the new one, in any order."""
        message = message_of(update)
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        async with self._desk.sessions.begin() as session:
            await group_chats.move(session, old, new)
