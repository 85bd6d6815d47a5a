"""What is kept for a while only, thrown away when that is over (docs/privacy.md)."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import AuditEntry
from quizbot.quiz.programmes import dialogues, signing_in

TRAIL_FOR = timedelta(days=365)  # of what belongs to no programme, such as signing in


async def tidy(session: AsyncSession, now: datetime) -> None:
    """Old links and sessions of the dashboard, dialogues that nobody went on with, old entries."""
    await signing_in.tidy(session, now)
    await dialogues.tidy(session, now)
    await session.execute(
        delete(AuditEntry).where(
            AuditEntry.programme_id.is_(None), AuditEntry.at <= now - TRAIL_FOR
        )
    )
