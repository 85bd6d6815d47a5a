"""A programme's group chats: linked by whoever runs it, moved by Telegram, and let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.programmes import MAX_TITLE_LENGTH, GroupChat, GroupQuestion, InviteKind, Programme
from quizbot.programmes import audit_log, invites, staff
from quizbot.programmes.audit_log import Action
from quizbot.quiz.asking.question_days import QuestionDays, local_date, next_due, question_days
from quizbot.quiz.people.subscription import ID_LIMIT

_BOARDS_APART = timedelta(minutes=1)  # where members ask for them


class LinkingError(ValueError):
    """A group cannot be linked; `reason` is a short word for it, see the messages."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ChatInfo:
    """A group chat as Telegram has it, and the language that the bot is to speak there."""

    chat_id: int
    title: str
    language: str


def next_due_at(
    programme: Programme, days: QuestionDays, last: date | None, now: datetime
) -> datetime:
    """When (UTC) a group's next question is due; after the last one, when it hears of the end.

    `last` is the latest date that has its question.
    """

    def is_on(day: date) -> bool:
        return days.asks(day) or days.is_over(day)

    return next_due(now, programme.timezone, programme.question_time, last, is_on).at


async def link(
    session: AsyncSession, place: ChatInfo, code: str, actor_id: int, now: datetime
) -> tuple[GroupChat, Programme]:
    """The group belongs to the code's programme from now on, whatever it belonged to before.

    Repeating it changes nothing. Raises LinkingError.
    """
    programme = await _invited_to(session, code, actor_id, now)
    days = (await question_days(session, [programme.id]))[programme.id]
    if days.is_over(local_date(now, programme.timezone)):
        raise LinkingError("ended")
    chat = await find(session, place.chat_id)
    if chat is None:
        chat = GroupChat(id=place.chat_id, programme_id=programme.id, linked_at=now)
        session.add(chat)
    elif chat.programme_id == programme.id:
        return chat, programme
    else:
        audit_log.record(
            session, actor_id, Action.GROUP_UNLINKED, now, chat.programme_id, chat.title
        )
        chat.programme_id, chat.linked_at, chat.board_week = programme.id, now, None
    chat.title, chat.language = _title(place.title), place.language
    chat.next_due_at = next_due_at(programme, days, await last_asked(session, chat.id), now)
    audit_log.record(session, actor_id, Action.GROUP_LINKED, now, programme.id, chat.title)
    await session.flush()
    return chat, programme


async def _invited_to(session: AsyncSession, code: str, actor_id: int, now: datetime) -> Programme:
    """The programme that the code is of, if the actor runs it."""
    invitation = await invites.find(session, code, now)
    if invitation is None or invitation.kind is not InviteKind.GROUP:
        raise LinkingError("no-invite")
    programme = await staff.programme_run_by(session, invitation.programme_id or 0, actor_id)
    if programme is None:
        raise LinkingError("not-yours")
    return programme


def _title(text: str) -> str:
    """Without NUL, which PostgreSQL has no place for."""
    return text.replace("\0", "")[:MAX_TITLE_LENGTH]


async def find(session: AsyncSession, chat_id: int) -> GroupChat | None:
    """The group, locked until the transaction ends; None if it is not linked."""
    if abs(chat_id) >= ID_LIMIT:  # perhaps more than a column holds
        return None
    return await session.get(GroupChat, chat_id, with_for_update=True)


async def of_programme(session: AsyncSession, programme_id: int) -> Sequence[GroupChat]:
    """The programme's groups, the first linked first."""
    query = select(GroupChat).where(GroupChat.programme_id == programme_id)
    return (await session.scalars(query.order_by(GroupChat.linked_at, GroupChat.id))).all()


async def last_asked(session: AsyncSession, chat_id: int) -> date | None:
    """The latest date that has its question."""
    return await session.scalar(
        select(func.max(GroupQuestion.local_date)).where(GroupQuestion.chat_id == chat_id)
    )


async def unlink(
    session: AsyncSession, chat: GroupChat, actor_id: int | None, now: datetime
) -> list[int]:
    """The bot plays there no more, and nothing is kept about the group but the trail.

    `actor_id` is None where it is not a coordinator's doing. Answers the messages whose polls may
    still be open.
    """
    still_open = await session.scalars(
        select(GroupQuestion.message_id).where(
            GroupQuestion.chat_id == chat.id,
            GroupQuestion.settled.is_(False),
            GroupQuestion.message_id.is_not(None),
        )
    )
    messages = [each for each in still_open if each is not None]
    audit_log.record(session, actor_id, Action.GROUP_UNLINKED, now, chat.programme_id, chat.title)
    await session.delete(chat)
    await session.flush()
    return messages


async def move(session: AsyncSession, old_id: int, new_id: int) -> None:
    """Telegram made the group a supergroup with another id; repeating it changes nothing.

    What was said before is out of the bot's reach, and its numbers mean other messages now.
    """
    chat = await find(session, old_id)
    if chat is None or abs(new_id) >= ID_LIMIT:
        return
    if await find(session, new_id) is not None:  # linked anew before we heard of it
        await session.delete(chat)
        await session.flush()
        return
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.chat_id == old_id).values(message_id=None)
    )
    session.expunge(chat)  # its key is about to change below it
    await session.execute(update(GroupChat).where(GroupChat.id == old_id).values(id=new_id))


async def replan(session: AsyncSession, programme: Programme, now: datetime) -> None:
    """After a change of the programme's days: when its groups are due next."""
    days = (await question_days(session, [programme.id]))[programme.id]
    chats = await session.scalars(
        select(GroupChat)
        .where(GroupChat.programme_id == programme.id)
        .order_by(GroupChat.id)
        .with_for_update()
    )
    for chat in chats.all():
        chat.next_due_at = next_due_at(programme, days, await last_asked(session, chat.id), now)


async def may_show_board(session: AsyncSession, chat_id: int, now: datetime) -> Programme | None:
    """The programme whose board may be shown in that group now: once a minute, not more."""
    if not await leases.take(session, GroupChat.board_shown_at, chat_id, now, now - _BOARDS_APART):
        return None
    chat = await session.get_one(GroupChat, chat_id)
    return await session.get(Programme, chat.programme_id)
