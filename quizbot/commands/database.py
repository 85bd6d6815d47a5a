"""The database as commands use it, and what they say about its errors."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

from db import migrate
from db.backup import BackupError
from db.exclusive import InUseError, unused
from db.session import (
    MissingDatabaseError,
    Sessions,
    create_engine,
    create_sessions,
    existing,
)
from db.transfer import TransferError
from questions import load_topic
from quizbot.application import START_FAULTS
from quizbot.quiz.answers import totals
from quizbot.settings import Settings
from quizbot.startup import unusable_database

# What a database raises that cannot be reached or read; asyncpg's own while connecting.
DATABASE_ERRORS = (OSError, SQLAlchemyError, PostgresError, InterfaceError, sqlite3.Error)


class CommandError(Exception):
    """A command cannot do its work; the message is a sentence that says what to do."""


def sentence_of(error: Exception) -> str:
    """Returns what a person can do about the error; empty if no person caused it."""
    match error:
        case InUseError():
            holder = f" (process {error.process})" if error.process else ""
            stop = "stop it first, for example: systemctl stop quizbot"
            return f"A bot uses the database{holder}; {stop}"
        case (
            CommandError()
            | BackupError()
            | TransferError()
            | MissingDatabaseError()
            | migrate.TablesInUseError()
        ):
            return str(error)
        case OSError(filename=str() as name):
            return f"{name} cannot be used ({error.strerror}); check the path and its rights."
    if isinstance(error, DATABASE_ERRORS):
        return unusable_database(error)
    return str(error) if isinstance(error, START_FAULTS) else ""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Sessions]:
    """Opens the database, also beside bots; statements may take any time.

    Raises MissingDatabaseError, or CommandError unless its tables are those of this version.
    """
    engine = create_engine(existing(settings.database), statement_timeout=None)
    try:
        if fault := migrate.fault_of(await migrate.current(engine)):
            raise CommandError(fault)
        yield create_sessions(engine)
    finally:
        await engine.dispose()


async def rebuild(settings: Settings) -> list[str]:
    """Replace what is derived from the answers. Returns a sentence for each difference.

    Raises db.exclusive.InUseError while a bot uses the database: an answer that comes in between
    would be left out.
    """
    existing(settings.database)
    async with unused(settings.database), opened(settings) as sessions, sessions.begin() as session:
        objective_of = load_topic(settings.topic_dir).objective_of
        found = await totals.differences(session, objective_of)
        if found:
            await totals.rebuild(session, objective_of)
        return found
