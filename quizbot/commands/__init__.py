"""The operators' commands. Each parses arguments, calls a part of the bot, and prints.

Exit codes: 0 for success, 1 if something was found (a fault; nobody with that id), 2 if the command
failed. Results go to standard output, logs and errors to standard error.

Imports that take long stand inside the commands, so that help and `version` are there at once.
"""

import asyncio
import json as json_format
import os
import platform
import sys
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import quizbot

if TYPE_CHECKING:
    from quizbot.settings import Settings

FOUND = 1
FAILED = 2
_SHOWN = 20  # differences


class Commands(TyperGroup):
    """Prints errors that a person can cause as a sentence, and exits with FAILED."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            # Nobody reads on after BrokenPipeError, as with `| head`: Click ends the process.
            if isinstance(error, typer.Exit | typer.Abort | BrokenPipeError):
                raise
            from quizbot.commands.database import sentence_of

            sentence = sentence_of(error)
            if not sentence:
                raise
        raise _failed(sentence)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Look after a bot that runs: check it, back it up, move it, help a person.\n\n"
    "The settings are the bot's: QUIZBOT_ variables, or .env in this folder. docs/commands.md "
    "explains every command.",
)
_person = typer.Typer(no_args_is_help=True, help="Everything that is kept about one person.")
_coordinators = typer.Typer(no_args_is_help=True, help="The people who may run programmes.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for machines.")]
UserId = Annotated[
    int, typer.Argument(metavar="ID", help="The person's Telegram id; /export shows it as id.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Even while a bot uses the database; restart it afterwards.")
]


@app.command()
def check(json: Json = False) -> None:
    """Check token, webhook, clock, database, schema, disk and topic.

    Each fault is one sentence that says what to do. The exit code is 1 if there is a fault.
    """
    from quizbot.commands import checks
    from quizbot.settings import SettingsError

    try:
        findings = asyncio.run(checks.check(_settings()))
    except SettingsError as error:
        findings = [checks.Finding("settings", fault=each) for each in str(error).splitlines()]
    is_ok = not any(each.fault for each in findings)
    lines = [
        f"{'FAULT' if each.fault else 'ok':5}  {each.name:9}  {each.fault or each.detail}"
        for each in findings
    ]
    _print({"ok": is_ok, "checks": [vars(each) for each in findings]}, lines, json=json)
    raise typer.Exit(0 if is_ok else FOUND)


@app.command()
def backup(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", help="Made if missing. Default: backups in the data folder."
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Then delete all but the newest N backups there."),
    ] = None,
    json: Json = False,
) -> None:
    """Back the database up, also while bots run.

    The file's name has the time in UTC, and only you can read it.
    """
    from db.backup import back_up, prune
    from quizbot.application import system_clock

    settings = _settings()
    folder = folder or settings.data_dir / "backups"
    file = back_up(settings.database, folder, system_clock())
    size = file.stat().st_size
    deleted = prune(folder, file, keep) if keep else []
    lines = [f"Backed up to {file} ({size:,} bytes)."]
    lines += [f"Deleted {each}." for each in deleted]
    values = {"file": str(file), "bytes": size, "deleted": [str(each) for each in deleted]}
    _print(values, lines, json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` has written.")],
    force: Force = False,
    json: Json = False,
) -> None:
    """Replace the database by a backup, of this version or an earlier one.

    Stop the bot first. The old database is kept, and its place printed.
    """
    from db.backup import restore as restore_backup
    from quizbot.application import system_clock

    settings = _settings()
    kept = asyncio.run(restore_backup(settings.database, file, system_clock(), force=force))
    start = "restart" if force else "start"
    lines = [f"Restored {file}. Now {start} the bot, which migrates it if needed."]
    if kept is not None:
        lines.append(f"The old database is kept: {kept}.")
    _print({"file": str(file), "kept": str(kept) if kept else None}, lines, json=json)


@app.command("to-postgresql")
def to_postgresql(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Default: quizbot.sqlite3 in the data folder."),
    ] = None,
    json: Json = False,
) -> None:
    """Copy all rows of a SQLite file to an empty PostgreSQL database, and count them in both.

    Set QUIZBOT_DATABASE_URL to the PostgreSQL database, and stop the bot first. The SQLite file
    stays as it is.
    """
    from db.session import async_url
    from db.transfer import to_postgresql as copy_all
    from quizbot.commands.database import CommandError

    settings = _settings()
    if async_url(settings.database).get_backend_name() != "postgresql":
        raise CommandError(
            "QUIZBOT_DATABASE_URL does not name a PostgreSQL database: set it to the one to fill, "
            "for example QUIZBOT_DATABASE_URL=postgresql://quizbot:password@localhost/quizbot"
        )
    source = source or settings.data_dir / "quizbot.sqlite3"
    rows = asyncio.run(copy_all(source, settings.database))
    total = sum(rows.values())
    lines = [
        f"Copied {total:,} rows of {len(rows)} tables, and counted as many in PostgreSQL.",
        f"Now start the bot with this QUIZBOT_DATABASE_URL. {source} is as it was.",
    ]
    _print({"rows": total, "tables": rows}, lines, json=json)


@app.command()
def rebuild(json: Json = False) -> None:
    """Compute points, streaks, boards and memories from the answers again.

    Stop the bot first. What differed is printed; the answers never change.
    """
    from quizbot.commands import database

    found = asyncio.run(database.rebuild(_settings()))
    lines = [f"Corrected: {shorten(each, 150)}" for each in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"... and {len(found) - _SHOWN} more, which --json lists.")
    lines.append("Rebuilt." if found else "Everything agrees with the answers.")
    _print({"corrected": found}, lines, json=json)


@app.command("send-test")
def send_test(user_id: UserId, json: Json = False) -> None:
    """Send a person a test message, to see whether the bot can reach them."""
    from quizbot.commands import people

    fault = asyncio.run(people.send_test(_settings("ERROR"), user_id))
    _print({"sent": not fault, "fault": fault}, [fault or f"Sent to {user_id}."], json=json)
    raise typer.Exit(FOUND if fault else 0)


@app.command()
def version(json: Json = False) -> None:
    """Print the version, with the commit that it was built from."""
    number = quizbot.version()
    values = {"version": number, "python": platform.python_version()}
    _print(values, [f"quizbot {number}"], json=json)


@_person.command("export")
def export(user_id: UserId, json: Json = False) -> None:
    """Print all that is kept about a person, as /export sends it: one JSON document."""
    from quizbot.commands import people

    document = asyncio.run(people.export(_settings(), user_id))
    if document is None:
        raise _nobody(f"Nothing is kept about {user_id}.", json=json)
    _write(document)


@_person.command()
def erase(
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase all that is kept about a person, as /forget does, also while bots run.

    Backups still have it: delete those as well, or let them expire.
    """
    from quizbot.commands import people

    if json and not yes:
        raise typer.BadParameter("nobody can be asked with --json: add --yes")
    confirm = str if yes else partial(typer.confirm, abort=True)
    erased = asyncio.run(people.erase(_settings(), user_id, confirm))
    if erased is None:
        raise _nobody(f"Nothing is kept about {user_id}.", json=json)
    lines = [f"Erased {user_id}. Backups still have what they had."]
    if erased.open_polls:
        lines.append(
            f"Questions that are still open in Telegram: {erased.open_polls}. They close by "
            "themselves."
        )
    _print({"erased": user_id, "open_polls": erased.open_polls}, lines, json=json)


@_coordinators.command("list")
def list_coordinators(json: Json = False) -> None:
    """List the coordinators and how many programmes each runs."""
    from quizbot.commands import people

    every = asyncio.run(people.coordinators(_settings()))
    lines = [
        f"{each['id']:>12}  since {each['since'][:10]}  programmes: {each['programmes']}  "
        f"{each['name']}"
        for each in every
    ]
    _print({"coordinators": every}, lines or ["There are no coordinators."], json=json)


@_coordinators.command()
def remove(user_id: UserId, json: Json = False) -> None:
    """Remove a coordinator: they are signed out, and their programmes go on."""
    from quizbot.commands import people

    removed = asyncio.run(people.remove_coordinator(_settings(), user_id))
    if removed is None:
        raise _nobody(f"{user_id} is not a coordinator.", json=json)
    lines = [f"Removed {removed.name}."]
    lines += [
        f"Nobody runs {name} any more: give it to somebody with /coordinators."
        for name in removed.unattended
    ]
    _print({"removed": user_id, "unattended": removed.unattended}, lines, json=json)


app.add_typer(_person, name="person")
app.add_typer(_coordinators, name="coordinators")


def _settings(log_level: str = "WARNING") -> "Settings":
    """Returns the bot's settings; the log goes to standard error, without secrets."""
    from quizbot import logs
    from quizbot.settings import load

    settings = load()
    logs.set_up(log_level, settings.secrets)
    return settings


def _print(values: dict[str, Any], lines: list[str], *, json: bool) -> None:
    document = json_format.dumps(values, ensure_ascii=False, indent=2)
    _write(document if json else "\n".join(lines))


def _write(output: str) -> None:
    try:
        typer.echo(output)
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again
        raise _failed(f"The output cannot be written ({error.strerror}).") from error


def _failed(sentence: str) -> typer.Exit:
    typer.echo(f"Error: {sentence}", err=True)
    return typer.Exit(FAILED)


def _nobody(sentence: str, *, json: bool) -> typer.Exit:
    _print({}, [sentence], json=json)
    return typer.Exit(FOUND)
