"""What somebody is asked in steps: kept in the database, so that any process can go on."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import TextInput

LIFETIME = timedelta(hours=24)  # since the last step

Answers = dict[str, Any]  # as JSON holds it


async def current_subject(session: AsyncSession, user_id: int, now: datetime) -> str | None:
    """What the person is being asked about; None for nothing."""
    query = select(TextInput.subject).where(
        TextInput.user_id == user_id, TextInput.changed_at > now - LIFETIME
    )
    return await session.scalar(query)


async def find(
    session: AsyncSession, user_id: int, subject: str, now: datetime
) -> TextInput | None:
    """The person's dialogue about that, locked; None if there is none, or an old one."""
    found = await _locked(session, user_id)
    if found is None or found.subject != subject or found.changed_at <= now - LIFETIME:
        return None
    return found


async def begin(
    session: AsyncSession,
    user_id: int,
    subject: str,
    now: datetime,
    *,
    step: str = "",
    answers: Answers | None = None,
) -> TextInput:
    """A new one in place of any other of this person; everybody's old ones are dropped."""
    await purge_expired(session, now)
    while True:
        found = await _locked(session, user_id)
        if found is not None:
            found.subject = subject
            set_step(found, step, answers or {}, now)
            return found
        try:
            async with session.begin_nested():
                begun = TextInput(user_id=user_id, subject=subject)
                set_step(begun, step, answers or {}, now)
                session.add(begun)
            return begun
        except IntegrityError:
            continue  # begun elsewhere meanwhile


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Those that nobody went on with are dropped."""
    await session.execute(delete(TextInput).where(TextInput.changed_at <= now - LIFETIME))


def set_step(dialogue: TextInput, step: str, answers: Answers, now: datetime) -> None:
    """On to a step, with what is answered so far."""
    dialogue.step, dialogue.answers, dialogue.changed_at = step, answers, now


async def finish(session: AsyncSession, user_id: int) -> None:
    """Nothing more is asked; it is no error if nothing was."""
    await session.execute(delete(TextInput).where(TextInput.user_id == user_id))


async def _locked(session: AsyncSession, user_id: int) -> TextInput | None:
    return await session.get(TextInput, user_id, with_for_update=True, populate_existing=True)
