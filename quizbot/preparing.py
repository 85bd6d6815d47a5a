"""Before the bot starts: its topic, its database, and what an earlier process left undone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.exclusive import InUseError, exclusive
from db.migrate import DatabaseTooNewError
from db.session import Sessions, async_url
from questions import Topic, load_topic
from quizbot.faults import StartError
from quizbot.quiz import claiming, learning, repair, rescoring
from quizbot.quiz.choosing import Deck
from quizbot.settings import Settings

log = structlog.get_logger(__name__)

_RESCORED_AT_ONCE = 200  # deliveries to a commit


def taught(settings: Settings) -> Topic:
    """The topic. Raises StartError, or questions.BankError."""
    topic = load_topic(settings.topic_dir)
    for item in topic.fallen_back:
        log.warning("question_back_to_draft", item=item.id, reason=item.reason)
    if topic.unfinished:
        places = ", ".join(topic.unfinished[:5])
        raise StartError(
            f"The article of {topic.slug} still says TODO ({places}); write what is due."
        )
    if not topic.approved:
        raise StartError(
            f"The topic {topic.slug} has no approved question; approve some first: "
            f".venv/bin/python -m questions review {settings.topic}"
        )
    return topic


def taken(settings: Settings) -> AbstractContextManager[object]:
    """A SQLite file belongs to one bot: taken here, given back when the block is left.

    Raises StartError.
    """
    try:
        return exclusive(settings.database)
    except InUseError as error:
        holder = f" (process {error.process})" if error.process else ""
        raise StartError(
            f"The database {async_url(settings.database).database} is in use by another bot"
            f"{holder}; stop that one first, or use PostgreSQL for more than one (docs/deploy.md)."
        ) from None
    except OSError as error:
        raise StartError(
            f"QUIZBOT_DATA_DIR: {settings.data_dir} cannot be written to ({error.strerror}); "
            "choose a folder that can, for example QUIZBOT_DATA_DIR=./data"
        ) from None


async def migrated(engine: AsyncEngine) -> None:
    """The database has this version's tables after this. Raises StartError."""
    try:
        await migrate.upgrade(engine)
    except DatabaseTooNewError:
        raise
    except Exception as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> StartError:
    reason = (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
    return StartError(
        f"The database cannot be used ({reason}); check that it runs and that "
        "QUIZBOT_DATABASE_URL or QUIZBOT_DATA_DIR is right."
    )


async def catch_up(
    sessions: Sessions,
    deck: Deck,
    topic: Topic,
    clock: Callable[[], datetime],
    in_flight_before: datetime | None,
) -> None:
    """What has to be done before anything is sent, by the one process that will send."""
    await _resume(sessions, deck, in_flight_before)
    await _take_in_earlier_answers(sessions)
    await _rescore(sessions, topic, clock)


async def _resume(sessions: Sessions, deck: Deck, before: datetime | None) -> None:
    """After a crash: what was in flight is in doubt; what was only claimed is simply sent.

    Where others send as well, only what has been in flight from `before` on is in doubt.
    """
    async with sessions.begin() as session:
        interrupted = await repair.doubt_interrupted(session, before)
        redrawn = await claiming.redraw_withdrawn(session, deck)
    if interrupted or redrawn:
        log.warning("resumed", interrupted_in_flight=interrupted, redrawn=redrawn)


async def _take_in_earlier_answers(sessions: Sessions) -> None:
    """A database from before memories were kept: what its answers say is taken in once."""
    async with sessions.begin() as session:
        if await learning.has_untaken_answers(session):
            people = await learning.take_in_earlier_answers(session)
            log.info("earlier_answers_taken_in", subscribers=people)


async def _rescore(sessions: Sessions, topic: Topic, clock: Callable[[], datetime]) -> None:
    """Where the bank has put a wrong key right: grade what was answered before anew."""
    async with sessions() as session:
        changes = await rescoring.pending(session, topic)
    for item, change in changes:
        log.warning("key_corrected", item=item.id, revision=change.revision)
        last: int | None = 0
        while last is not None:
            async with sessions.begin() as session:
                last = await rescoring.rescore(
                    session, item, change, clock(), after=last, limit=_RESCORED_AT_ONCE
                )
