"""Routes updates to handlers. The order matters: the first match wins.

Poll answers are not here: the receiver passes them to `questions.record_poll_answers`, several at
a time.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from quizbot.programmes.schedule import EndedError
from quizbot.quiz.asking.claiming import PracticeUsedUpError
from quizbot.telegram.handlers import (
    announcements,
    challenges,
    groups,
    invites,
    keepsakes,
    membership,
    privacy,
    programme,
    programme_wizard,
    question_reports,
    questions,
    score,
    staff,
    subscription,
    team_goal,
    teams,
    text_input,
)
from quizbot.telegram.handlers.context import (
    BotApplication,
    BotContext,
    NotACoordinatorError,
    NotAnOperatorError,
    NotSubscribedError,
    StaleButtonError,
)
from quizbot.telegram.messages import questions as question_messages
from quizbot.telegram.messages import staff as staff_messages
from quizbot.telegram.messages import subscription as subscription_messages
from quizbot.telegram.messages import text_input as text_messages
from quizbot.telegram.messages.markup import message
from quizbot.telegram.updates.parking import drop_older_presses

Callback = Callable[[Update, BotContext], Coroutine[Any, Any, None]]

# An edited message is not a second command.
_PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_GROUP = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE

_ID, _PAGE, _CODE = "[0-9]{1,18}", "[0-9]{1,4}", "[A-Za-z0-9_-]{1,32}"  # in buttons
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MARK = "[0-9a-f]{8}"  # of a draft: see programmes/text_input
_READ = r"\A/read_(?P<value>[A-Za-z]{1,3}[0-9]{1,6})(@\w+)?\Z"  # a statement of the article

_COMMANDS: dict[str, Callback] = {
    "start": subscription.start,
    "quiz": questions.quiz,
    "score": score.show_score,
    "challenge": challenges.challenge,
    "leaderboard": score.show_leaderboard,
    "today": score.show_today,
    "time": subscription.choose_time,
    "timezone": subscription.choose_timezone,
    "reminders": subscription.switch_reminders,
    "recap": subscription.switch_recap,
    "alias": subscription.choose_alias,
    "pause": subscription.pause,
    "resume": subscription.resume,
    "stop": subscription.stop,
    "about": text_input.about,
    "privacy": privacy.explain,
    "export": privacy.export,
    "forget": privacy.ask_forget,
    "digest": programme.ask_digest,
    "help": text_input.show_help,
    "programmes": membership.list_programmes,
    "programme": programme.list_programmes,
    "dashboard": staff.open_dashboard,
}
_OPERATOR_COMMANDS: dict[str, Callback] = {
    "coordinator": staff.invite_coordinator,
    "coordinators": staff.list_coordinators,
    "reports": question_reports.list_reports,
}
_GROUP_COMMANDS: dict[str, Callback] = {
    "start": groups.start,
    "board": groups.show_board,
    "unlink": groups.unlink,
}

_BUTTONS: dict[str, Callback] = {
    r"begin": subscription.begin,
    r"resume": subscription.resume,
    r"pause": subscription.pause,
    r"stop": subscription.stop,
    r"pause:(?P<value>3 days|1 week|2 weeks)": subscription.pause,
    r"quiz": questions.quiz,
    r"again:(?P<value>\d{1,18}:\d{1,5})": questions.send_again,
    rf"more:(?P<value>{_ID})": question_reports.open_menu,
    rf"less:(?P<value>{_ID})": question_reports.close_menu,
    rf"report:(?P<value>{_ID}:(wrong|unclear|outdated|other))": question_reports.report,
    r"challenge": challenges.challenge,
    rf"both:(?P<value>{_ID}:(yes|no))": challenges.decide_as_challenger,
    rf"dare:(?P<value>{_ID}:[0-9]{{1,2}})": challenges.answer,
    rf"tell:(?P<value>{_ID}:(yes|no))": challenges.decide_as_friend,
    r"score": score.show_score,
    r"picture": score.show_picture,
    r"leaderboard": score.show_leaderboard,
    r"board:(?P<value>week|all)": score.turn_leaderboard,
    r"times": subscription.choose_time,
    r"time:(?P<value>([01]\d|2[0-3]):[0-5]\d)": subscription.choose_time,
    r"zones": subscription.choose_timezone,
    r"zone:(?P<value>[\w/+-]+)": subscription.choose_timezone,
    r"reminders:(?P<value>on|off)": subscription.switch_reminders,
    r"recap:(?P<value>on|off)": subscription.switch_recap,
    rf"week:(?P<value>{_DATE})": keepsakes.show_week,
    r"milestone:(?P<value>(days|streak|right):[1-9][0-9]{0,4})": keepsakes.show_milestone,
    r"privacy": privacy.explain_all,
    r"forget:(?P<value>yes|no)": privacy.forget,
    rf"digest:(?P<value>{_ID})": programme.send_digest,
}
_MEMBERS_BUTTONS: dict[str, Callback] = {
    rf"offer:(?P<value>{_CODE})": membership.show_offer,
    rf"join:(?P<value>{_CODE})": membership.join,
    rf"decline:(?P<value>{_CODE})": membership.decline,
    rf"mine:(?P<value>{_ID})": membership.show,
    rf"hide:(?P<value>{_ID}:(on|off))": membership.hide,
    rf"myname:(?P<value>{_ID}:(first|alias))": membership.choose_name,
    rf"mute:(?P<value>{_ID}:(on|off))": membership.mute,
    rf"mymessages:(?P<value>{_ID}:(on|off))": membership.choose_messages,
    rf"myteam:(?P<value>{_ID}:{_PAGE})": membership.list_teams,
    rf"team:(?P<value>{_ID}:{_ID})": membership.choose_team,
    rf"leave:(?P<value>{_ID})": membership.leave,
    rf"back:(?P<value>{_ID}:{_ID}:{_ID})": membership.come_back,
    rf"board:(?P<value>{_ID})": score.show_board,
    rf"boards:(?P<value>{_ID}:(week|month|programme|all):(all|teams|{_ID}))": score.show_board,
}
_STAFF_BUTTONS: dict[str, Callback] = {  # of coordinators and operators
    r"plan:(?P<value>[a-z]{1,10}:[\w/+:-]{1,48})": programme_wizard.choose,
    r"programmes:new": programme_wizard.begin,
    r"programmes:list": programme.list_programmes,
    rf"nextseason:(?P<value>{_ID})": programme_wizard.begin_next,
    rf"invitepast:(?P<value>{_ID}:{_ID}(?::send)?)": announcements.invite_past_members,
    rf"programme:(?P<value>{_ID})": programme.show,
    rf"menu:(?P<value>{_ID}:(invite|figures|settings))": programme.open_menu,
    rf"invite:(?P<value>{_ID})": invites.send_link,
    rf"teamlink:(?P<value>{_ID})": invites.send_team_link,
    rf"newlink:(?P<value>{_ID}(:{_ID}){{0,2}}:(ask|yes))": invites.renew_link,
    rf"offlink:(?P<value>{_ID}(:{_ID}){{1,2}}:(ask|yes))": invites.turn_off_link,
    rf"undolink:(?P<value>{_CODE}(:{_ID}:{_ID})?)": invites.undo_link,
    rf"group:(?P<value>{_ID})": invites.send_group_link,
    rf"colleague:(?P<value>{_ID})": invites.invite_colleague,
    rf"teams:(?P<value>{_ID}:{_PAGE}(?::done)?)": teams.list_teams,
    rf"addteams:(?P<value>{_ID})": teams.add_teams,
    rf"holidays:(?P<value>{_ID}:{_PAGE})": programme.list_holidays,
    rf"addholidays:(?P<value>{_ID})": programme.add_holidays,
    rf"holiday:(?P<value>{_ID}:{_DATE})": programme.remove_holiday,
    rf"set:(?P<value>{_ID}:(name|zone|start|end|time|days))": programme_wizard.edit,
    rf"set:(?P<value>{_ID}:[a-z]{{1,10}}:[\w/+:-]{{1,48}})": programme_wizard.choose_setting,
    rf"end:(?P<value>{_ID}:(ask|yes|{_DATE}))": programme.end,
    rf"remove:(?P<value>{_ID}:(ask|yes))": programme.remove,
    rf"calloff:(?P<value>{_ID}:(ask|yes))": programme.call_off,
    rf"goal:(?P<value>{_ID})": team_goal.show,
    rf"setgoal:(?P<value>{_ID}:[0-9]{{2,7}}:{_DATE})": team_goal.choose,
    rf"askgoal:(?P<value>{_ID})": team_goal.ask,
    rf"nogoal:(?P<value>{_ID})": team_goal.take_back,
    rf"messages:(?P<value>{_ID})": announcements.show,
    rf"write:(?P<value>{_ID})": announcements.write,
    rf"announce:(?P<value>{_ID}:{_MARK})": announcements.send,
    r"asked:done": text_input.finish,
    r"asked:first": staff.take_name,
    rf"share:(?P<value>{_CODE})": staff.share,
    r"dashboard": staff.open_dashboard,
    r"signout": staff.end_sessions,
    rf"coordinators:(?P<value>{_PAGE})": staff.list_coordinators,
    rf"uncoordinate:(?P<value>{_ID}:(ask|yes))": staff.remove,
    rf"stopmessages:(?P<value>{_ID}:(on|off))": staff.stop_messages,
    rf"handover:(?P<value>{_ID})": staff.hand_over,
    rf"reports:(?P<value>{_PAGE})": question_reports.list_reports,
    rf"answer:(?P<value>{_ID})": question_reports.ask_answer,
    rf"send-answer:(?P<value>{_MARK})": question_reports.send_answer,
    r"uninvite:(?P<value>[0-9a-f]{16})": staff.revoke_invitation,
}

# These end or delete something, and people need them most when something is wrong.
_UNLIMITED = {subscription.stop, staff.end_sessions, privacy.ask_forget, privacy.forget}


def register(application: BotApplication) -> None:
    """Add all handlers."""
    for name, callback in (_COMMANDS | _OPERATOR_COMMANDS).items():
        asked = _limited(_guarded(callback), free=callback in _UNLIMITED)
        application.add_handler(CommandHandler(name, asked, _PRIVATE))
    read = MessageHandler(_PRIVATE & filters.Regex(_READ), _limited(_guarded(questions.read)))
    application.add_handler(read)
    for pattern, callback in (_BUTTONS | _MEMBERS_BUTTONS | _STAFF_BUTTONS).items():
        pressed = _limited(_guarded(_in_private(callback)), free=callback in _UNLIMITED)
        application.add_handler(CallbackQueryHandler(pressed, rf"\A{pattern}\Z"))
    application.add_handler(CallbackQueryHandler(_limited(text_input.stale_button)))
    blocked = ChatMemberHandler(subscription.note_blocked, ChatMemberHandler.MY_CHAT_MEMBER)
    application.add_handler(blocked)
    for name, callback in _GROUP_COMMANDS.items():
        application.add_handler(CommandHandler(name, _limited(callback), _GROUP & filters.USER))
    application.add_handler(MessageHandler(_GROUP & filters.StatusUpdate.MIGRATE, groups.move))
    # In its own handler group, because it runs in addition to `note_blocked` (for private chats).
    removed = ChatMemberHandler(groups.forget_left, ChatMemberHandler.MY_CHAT_MEMBER)
    application.add_handler(removed, group=1)
    refer = _limited(text_input.refer_to_private)
    application.add_handler(CommandHandler(list(_COMMANDS), refer, _GROUP & filters.USER))
    unknown = MessageHandler(_PRIVATE & filters.COMMAND, _limited(text_input.unknown_command))
    application.add_handler(unknown)
    typed = _PRIVATE & ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(typed, _guarded(text_input.text)))


def _in_private(callback: Callback) -> Callback:
    """Returns the callback limited to private chats: in groups, such a press is forged."""

    async def in_private(update: Update, context: BotContext) -> None:
        chat = update.effective_chat  # None if the message is too old to be sent
        if chat is not None and chat.type != ChatType.PRIVATE:
            raise StaleButtonError
        await callback(update, context)

    return in_private


def _limited(callback: Callback, *, free: bool = False) -> Callback:
    """Returns the callback, called only as often as one person may ask, unless it is `free`.

    Before it, the sender's older presses that failed are dropped: they are not retried any more.
    """

    async def limited(update: Update, context: BotContext) -> None:
        if update.effective_user is None:  # a press without its sender, which Telegram never sends
            return
        refusal = text_messages.too_often(context.words)
        if not (free or context.is_within(context.services.commands, refusal)):
            return
        if context.chat_id > 0:
            async with context.sessions.begin() as session:
                await drop_older_presses(session, context.user.id, update.update_id)
        await callback(update, context)

    return limited


def _guarded(callback: Callback) -> Callback:
    """Returns the callback with replies to expected errors, which need no logging."""

    async def guarded(update: Update, context: BotContext) -> None:
        try:
            await callback(update, context)
        except NotSubscribedError:
            context.reply(subscription_messages.not_subscribed(context.words))
        except PracticeUsedUpError:
            context.reply(question_messages.practice_used_up(context.words))
        except NotACoordinatorError:
            context.acknowledge()
            context.reply(staff_messages.not_a_coordinator(context.words))
        except EndedError:
            ended = text_messages.programme_ended(context.words)
            if update.callback_query is not None:
                context.acknowledge(ended)
            else:
                context.reply(message(ended))
        except (NotAnOperatorError, StaleButtonError) as error:
            if update.callback_query is not None:
                context.acknowledge(text_messages.stale_button(context.words))
            elif isinstance(error, NotAnOperatorError):
                context.reply(text_messages.unknown_command(context.words))
            else:
                context.reply(text_messages.out_of_date(context.words))

    return guarded
