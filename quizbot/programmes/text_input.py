"""Text input: questions in steps that wait for a typed answer, of one Telegram user at a time.

It is kept in the database, so that any process can continue.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import TextInput

LIFETIME = timedelta(hours=24)  # since the last step
# Subjects of questions about reports.
REPORT, REPORT_ANSWER = "report", "report-answer"
ANNOUNCEMENT, HOLIDAYS, GOAL = "announcement", "holidays", "goal"
# Everybody may report, and few add a line. What they write later is about something else, and so is
# what operators do: it must not be sent to those who reported. The same goes for announcements.
_SHORTER = {
    REPORT: timedelta(minutes=15),
    REPORT_ANSWER: timedelta(hours=1),
    ANNOUNCEMENT: timedelta(hours=1),
    HOLIDAYS: timedelta(hours=1),  # "tomorrow" may be about something else later
    GOAL: timedelta(hours=1),
}

Answers = dict[str, Any]  # as JSON holds it


async def current_subject(session: AsyncSession, user_id: int, now: datetime) -> str | None:
    """Returns the subject that the user is being asked about; None if there is none."""
    found = await session.get(TextInput, user_id)
    return found.subject if found is not None and _is_awaited(found, now) else None


async def find(
    session: AsyncSession, user_id: int, subject: str, now: datetime
) -> TextInput | None:
    """Returns the user's input on that subject, locked; None if there is none or it has expired."""
    found = await _locked(session, user_id)
    if found is None or found.subject != subject or not _is_awaited(found, now):
        return None
    return found


def _is_awaited(text_input: TextInput, now: datetime) -> bool:
    return text_input.changed_at > now - _SHORTER.get(text_input.subject, LIFETIME)


async def begin(
    session: AsyncSession,
    user_id: int,
    subject: str,
    now: datetime,
    *,
    step: str = "",
    answers: Answers | None = None,
) -> TextInput:
    """Begin new input, in place of any other of this user, and return it. Delete expired input."""
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
            continue  # another process has begun one meanwhile


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete the input that nobody continued in time."""
    await session.execute(delete(TextInput).where(TextInput.changed_at <= now - LIFETIME))


def set_step(text_input: TextInput, step: str, answers: Answers, now: datetime) -> None:
    """Go on to a step, with the answers so far."""
    text_input.step, text_input.answers, text_input.changed_at = step, answers, now


def mark(answers: Answers) -> str:
    """Returns what tells these answers from others, so that an older preview cannot send them."""
    return f"{crc32(json.dumps(answers, sort_keys=True).encode()):08x}"


async def finish(session: AsyncSession, user_id: int) -> None:
    """Delete the user's input, if there is any."""
    await session.execute(delete(TextInput).where(TextInput.user_id == user_id))


async def _locked(session: AsyncSession, user_id: int) -> TextInput | None:
    return await session.get(TextInput, user_id, with_for_update=True, populate_existing=True)
