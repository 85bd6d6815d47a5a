"""Which update goes to which handler. The order matters: the first that fits takes it.

Votes are not among them: the receiver hands those to Quizzing.votes, several at a time.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from quizbot.telegram.handlers.comparing import Comparing
from quizbot.telegram.handlers.conversing import Conversing
from quizbot.telegram.handlers.coordinating import Coordinating
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    NotACoordinatorError,
    NotSubscribedError,
    StaleButtonError,
)
from quizbot.telegram.handlers.digesting import Digesting
from quizbot.telegram.handlers.grouping import Grouping
from quizbot.telegram.handlers.joining import Joining
from quizbot.telegram.handlers.keeping import Keeping
from quizbot.telegram.handlers.organising import Organising
from quizbot.telegram.handlers.planning import Planning
from quizbot.telegram.handlers.preferring import Preferring
from quizbot.telegram.handlers.quizzing import Quizzing
from quizbot.telegram.handlers.standing import Standing
from quizbot.telegram.handlers.taking_part import TakingPart
from quizbot.telegram.handlers.talking import Talking
from quizbot.telegram.messages import coordinators, talk, welcome

Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]

# Edited messages are not commands given twice.
_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_GROUP = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE

_ID, _PAGE, _CODE = "[0-9]{1,18}", "[0-9]{1,4}", "[A-Za-z0-9_-]{1,32}"  # in buttons


def register(application: Application[Any, Any, Any, Any, Any, Any], desk: Desk) -> None:
    """Add all handlers."""
    coordinating, planning, talking = Coordinating(desk), Planning(desk), Talking(desk)
    taking_part, organising = TakingPart(desk, coordinating), Organising(desk, planning)
    conversing = Conversing(desk, talking, coordinating, planning, organising)
    joining, quizzing, standing = Joining(desk, taking_part), Quizzing(desk), Standing(desk)
    preferring, keeping = Preferring(desk), Keeping(desk)

    digesting = Digesting(desk)

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
        "digest": digesting.digest,
        "help": talking.help,
        "programmes": taking_part.programmes,
        "programme": organising.programmes,
        "dashboard": coordinating.dashboard,
    }
    operators: dict[str, Callback] = {
        "coordinator": coordinating.coordinator,
        "coordinators": coordinating.coordinators,
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
        rf"digest:(?P<value>{_ID})": digesting.chosen,
        **_of_members(taking_part, Comparing(desk)),
        **_of_coordinators(coordinating, planning, organising, conversing),
    }

    for name, callback in (commands | operators).items():
        application.add_handler(CommandHandler(name, _guarded(desk, callback), _PRIVATE))
    for pattern, callback in buttons.items():
        pressed = _guarded(desk, _in_private(callback))
        application.add_handler(CallbackQueryHandler(pressed, rf"\A{pattern}\Z"))
    application.add_handler(CallbackQueryHandler(talking.stale_button))
    application.add_handler(ChatMemberHandler(joining.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    _register_groups(application, Grouping(desk))
    application.add_handler(CommandHandler(list(commands), talking.in_group, _GROUP))
    application.add_handler(MessageHandler(_PRIVATE & filters.COMMAND, talking.unknown_command))
    application.add_handler(
        MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, _guarded(desk, conversing.text))
    )


def _of_members(taking_part: TakingPart, comparing: Comparing) -> dict[str, Callback]:
    """The buttons about programmes for who takes part in them."""
    return {
        rf"join:(?P<value>{_CODE})": taking_part.join,
        rf"mine:(?P<value>{_ID})": taking_part.mine,
        rf"hide:(?P<value>{_ID}:(on|off))": taking_part.hide,
        rf"myname:(?P<value>{_ID}:(first|alias))": taking_part.show_name,
        rf"myteam:(?P<value>{_ID}:{_PAGE})": taking_part.choose_team,
        rf"team:(?P<value>{_ID}:{_ID})": taking_part.team_chosen,
        rf"leave:(?P<value>{_ID})": taking_part.leave,
        rf"back:(?P<value>{_ID}:{_ID}:{_ID})": taking_part.come_back,
        rf"boards:(?P<value>{_ID}:(week|month|programme|all):(all|teams|{_ID}))": comparing.board,
    }


def _of_coordinators(
    coordinating: Coordinating, planning: Planning, organising: Organising, conversing: Conversing
) -> dict[str, Callback]:
    """The buttons about programmes for who runs them, and for operators."""
    return {
        r"plan:(?P<value>[a-z]{1,10}:[\w/+:-]{1,48})": planning.chosen,
        r"programmes:new": planning.begin,
        rf"programme:(?P<value>{_ID})": organising.card,
        rf"invite:(?P<value>{_ID})": organising.invite,
        rf"teamlink:(?P<value>{_ID})": organising.team_link,
        rf"newlink:(?P<value>{_ID}:(ask|yes))": organising.new_link,
        rf"group:(?P<value>{_ID})": organising.group,
        rf"colleague:(?P<value>{_ID})": organising.colleague,
        rf"teams:(?P<value>{_ID}:{_PAGE})": organising.teams,
        rf"addteams:(?P<value>{_ID})": organising.add_teams,
        rf"holidays:(?P<value>{_ID}:{_PAGE})": organising.holidays,
        rf"addholidays:(?P<value>{_ID})": organising.add_holidays,
        rf"holiday:(?P<value>{_ID}:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})": organising.remove_holiday,
        rf"end:(?P<value>{_ID}:(ask|yes))": organising.end,
        r"asked:(?P<value>done|first)": conversing.answered,
        rf"share:(?P<value>{_CODE})": coordinating.share,
        r"dashboard": coordinating.dashboard,
        rf"coordinators:(?P<value>{_PAGE})": coordinating.turn,
        rf"uncoordinate:(?P<value>{_ID}:(ask|yes))": coordinating.remove,
        rf"handover:(?P<value>{_ID})": coordinating.hand_over,
    }


def _register_groups(
    application: Application[Any, Any, Any, Any, Any, Any], grouping: Grouping
) -> None:
    """What is for group chats alone."""
    commands: dict[str, Callback] = {
        "start": grouping.start,
        "board": grouping.board,
        "unlink": grouping.unlink,
    }
    for name, callback in commands.items():
        application.add_handler(CommandHandler(name, callback, _GROUP & filters.USER))
    moved = MessageHandler(_GROUP & filters.StatusUpdate.MIGRATE, grouping.moved)
    application.add_handler(moved)
    # Besides what it means for a subscriber, where it is about a private chat.
    membership = ChatMemberHandler(grouping.membership, ChatMemberHandler.MY_CHAT_MEMBER)
    application.add_handler(membership, group=1)


def _in_private(callback: Callback) -> Callback:
    """No message of ours in a group has such buttons: whatever is pressed there was made up."""

    async def in_private(update: Update, context: Context) -> None:
        chat = update.effective_chat  # none under a message too old to be shown
        if chat is not None and chat.type != ChatType.PRIVATE:
            raise StaleButtonError
        await callback(update, context)

    return in_private


def _guarded(desk: Desk, callback: Callback) -> Callback:
    """Answers strangers with how to join, and what is out of date with that, not with an error."""

    async def guarded(update: Update, context: Context) -> None:
        try:
            await callback(update, context)
        except NotSubscribedError:
            desk.reply(update, welcome.not_subscribed(desk.words(update)))
        except NotACoordinatorError:
            desk.acknowledge(update)
            desk.reply(update, coordinators.not_a_coordinator(desk.words(update)))
        except StaleButtonError:
            if update.callback_query is not None:
                desk.acknowledge(update, talk.stale_button(desk.words(update)))
            else:
                desk.reply(update, talk.out_of_date(desk.words(update)))

    return guarded
