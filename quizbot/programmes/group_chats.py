"""A programme's group chats: linked by a coordinator, moved by Telegram, and unlinked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_TITLE_LENGTH, GroupChat, GroupQuestion, InviteKind, Programme
from quizbot.programmes import audit_log, invites, staff
from quizbot.programmes.audit_log import Action
from quizbot.programmes.schedule import due_question, has_ended
from quizbot.quiz.asking.question_days import (
    keep_today,
    question_days,
)
from quizbot.quiz.subscription import ID_LIMIT


class LinkingError(ValueError):
    """A group cannot be linked; `reason` is a key for telegram.messages.groups."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ChatInfo:
    """A group chat as Telegram describes it, and the language for the bot's messages there."""

    chat_id: int
    title: str
    language: str


async def link(
    session: AsyncSession, info: ChatInfo, code: str, actor_id: int, now: datetime
) -> tuple[GroupChat, Programme]:
    """Link the group to the programme of the code, instead of any other that it was linked to.

    Repeating it changes nothing. Raises LinkingError.
    """
    programme = await _invited_to(session, code, actor_id, now)
    days = (await question_days(session, [programme.id]))[programme.id]
    if has_ended(programme, now):
        raise LinkingError("ended")
    chat = await find(session, info.chat_id)
    if chat is None:
        chat = GroupChat(id=info.chat_id, programme_id=programme.id, linked_at=now)
        session.add(chat)
    elif chat.programme_id == programme.id:
        return chat, programme
    else:
        audit_log.record(
            session, actor_id, Action.GROUP_UNLINKED, now, chat.programme_id, chat.title
        )
        chat.programme_id, chat.linked_at, chat.board_week = programme.id, now, None
    chat.title = info.title.replace("\0", "")[:MAX_TITLE_LENGTH]  # PostgreSQL stores no NUL
    chat.language = info.language
    chat.next_due_at = due_question(programme, days, await last_asked(session, chat.id), now).at
    audit_log.record(session, actor_id, Action.GROUP_LINKED, now, programme.id, chat.title)
    await session.flush()
    return chat, programme


async def _invited_to(session: AsyncSession, code: str, actor_id: int, now: datetime) -> Programme:
    """Returns the code's programme. Raises LinkingError unless the actor is its coordinator."""
    invite = await invites.find(session, code, now)
    if invite is None or invite.kind is not InviteKind.GROUP:
        raise LinkingError("no-invite")
    programme = await staff.programme_run_by(session, invite.programme_id or 0, actor_id)
    if programme is None:
        raise LinkingError("not-yours")
    return programme


async def find(session: AsyncSession, chat_id: int) -> GroupChat | None:
    """Returns the group, locked until the transaction ends; None if it is not linked."""
    if abs(chat_id) >= ID_LIMIT:  # it may not fit into the column
        return None
    return await session.get(GroupChat, chat_id, with_for_update=True)


async def of_programme(session: AsyncSession, programme_id: int) -> Sequence[GroupChat]:
    """Returns the programme's groups in the order in which they were linked."""
    query = select(GroupChat).where(GroupChat.programme_id == programme_id)
    return (await session.scalars(query.order_by(GroupChat.linked_at, GroupChat.id))).all()


async def last_asked(session: AsyncSession, chat_id: int) -> date | None:
    """Returns the latest date with a question; None if there is none."""
    return await session.scalar(
        select(func.max(GroupQuestion.local_date)).where(GroupQuestion.chat_id == chat_id)
    )


async def unlink(
    session: AsyncSession, chat: GroupChat, actor_id: int | None, now: datetime
) -> list[int]:
    """Unlink the group; only the audit log keeps anything about it.

    `actor_id` is None if no coordinator did it. Returns the ids of messages whose polls may still
    be open.
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


async def have_polls(session: AsyncSession, programme_id: int) -> bool:
    """Returns whether one of the programme's groups may have an open poll."""
    unsettled = (
        select(GroupQuestion.id)
        .join(GroupChat, GroupChat.id == GroupQuestion.chat_id)
        .where(GroupChat.programme_id == programme_id, GroupQuestion.settled.is_(False))
    )
    return await session.scalar(unsettled.limit(1)) is not None


async def move(session: AsyncSession, old_id: int, new_id: int) -> None:
    """Take over the id of the supergroup that Telegram made of the group (Bot API, "Message").

    The bot cannot edit earlier messages any more: their ids mean other messages in a supergroup.
    Repeating it changes nothing.
    """
    chat = await find(session, old_id)
    if chat is None or abs(new_id) >= ID_LIMIT:
        return
    if await find(session, new_id) is not None:  # linked again before Telegram reported the move
        await session.delete(chat)
        await session.flush()
        return
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.chat_id == old_id).values(message_id=None)
    )
    session.expunge(chat)  # its primary key changes in the next statement
    await session.execute(update(GroupChat).where(GroupChat.id == old_id).values(id=new_id))


async def replan(session: AsyncSession, programme: Programme, now: datetime) -> None:
    """Set when the programme's groups are due next, after its days have changed."""
    days = await question_days(session, [programme.id])
    chats = await session.scalars(
        select(GroupChat)
        .where(GroupChat.programme_id == programme.id)
        .order_by(GroupChat.id)
        .with_for_update()
    )
    own = days[programme.id]
    for chat in chats.all():
        due = due_question(programme, own, await last_asked(session, chat.id), now).at
        chat.next_due_at = keep_today(chat.next_due_at, due, now, programme.timezone, own.asks)
