"""Which update goes to which handler. The order matters: the first that fits takes it.

Votes are not among them: the receiver hands those to Quizzing.votes, several at a time.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from quizbot.telegram.handlers.desk import Context, Desk, NotSubscribedError
from quizbot.telegram.handlers.joining import Joining
from quizbot.telegram.handlers.keeping import Keeping
from quizbot.telegram.handlers.preferring import Preferring
from quizbot.telegram.handlers.quizzing import Quizzing
from quizbot.telegram.handlers.standing import Standing
from quizbot.telegram.handlers.talking import Talking
from quizbot.telegram.messages import welcome

Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]

# Edited messages are not commands given twice.
_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_GROUP = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE


def register(application: Application[Any, Any, Any, Any, Any, Any], desk: Desk) -> None:
    """Add all handlers."""
    joining, quizzing, standing = Joining(desk), Quizzing(desk), Standing(desk)
    preferring, keeping, talking = Preferring(desk), Keeping(desk), Talking(desk)

    commands: dict[str, Callback] = {
        "start": joining.start,
        "quiz": quizzing.quiz,
        "score": standing.score,
        "leaderboard": standing.leaderboard,
        "time": preferring.time,
        "timezone": preferring.timezone,
        "reminders": preferring.reminders,
        "alias": preferring.alias,
        "pause": joining.pause,
        "resume": joining.resume,
        "stop": joining.stop,
        "about": talking.about,
        "privacy": keeping.privacy,
        "export": keeping.export,
        "forget": keeping.forget,
        "help": talking.help,
    }
    buttons: dict[str, Callback] = {
        r"begin": joining.begin,
        r"resume": joining.resume,
        r"quiz": quizzing.quiz,
        r"again:(?P<value>\d{1,18}:\d{1,5})": quizzing.again,
        r"score": standing.score,
        r"picture": standing.picture,
        r"leaderboard": standing.leaderboard,
        r"board:(?P<value>week|all)": standing.turn,
        r"times": preferring.time,
        r"time:(?P<value>([01]\d|2[0-3]):[0-5]\d)": preferring.time_chosen,
        r"zones": preferring.timezone,
        r"zone:(?P<value>[\w/+-]+)": preferring.zone_chosen,
        r"reminders:(?P<value>on|off)": preferring.reminders_chosen,
        r"forget:(?P<value>yes|no)": keeping.forget_chosen,
    }

    for name, callback in commands.items():
        application.add_handler(CommandHandler(name, _guarded(desk, callback), _PRIVATE))
    for pattern, callback in buttons.items():
        application.add_handler(CallbackQueryHandler(_guarded(desk, callback), rf"\A{pattern}\Z"))
    application.add_handler(CallbackQueryHandler(talking.stale_button))
    application.add_handler(ChatMemberHandler(joining.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(CommandHandler(list(commands), talking.in_group, _GROUP))
    application.add_handler(MessageHandler(_PRIVATE & filters.COMMAND, talking.unknown_command))
    application.add_handler(MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, talking.free_text))


def _guarded(desk: Desk, callback: Callback) -> Callback:
    """Answers strangers with how to join, instead of an error."""

    async def guarded(update: Update, context: Context) -> None:
        try:
            await callback(update, context)
        except NotSubscribedError:
            desk.reply(update, welcome.not_subscribed(desk.words(update)))

    return guarded
