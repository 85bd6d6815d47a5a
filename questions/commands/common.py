"""Shared by all commands: finding and loading a topic, printing results and errors."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from questions import article, bank
from questions.faults import BankError
from questions.topic import Topic, load_topic

FOUND = 1
FAILED = 2
# The placeholder for the reviewer in printed commands.
ROLE = '"Name (role)"'

TOPICS = Path(__file__).parent.parent


def this_program() -> str:
    """Returns how the workshop was called, so that printed commands can be copied."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        return f"{python.relative_to(Path.cwd())} -m questions"
    return "python -m questions"


class WorkshopError(Exception):
    """A command cannot do its work; the message is a sentence that says what to do."""


class Workshop(TyperGroup):
    """Prints errors that a person can cause as a sentence, and exits with FAILED."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (BankError, WorkshopError) as error:
            sentence = str(error)
        except OSError as error:
            sentence = f"{error.filename or 'A file'} cannot be used ({error.strerror or error})."
        errors().print(f"[bold red]Error:[/] {_plain(sentence)}", soft_wrap=True)
        raise typer.Exit(FAILED)


def screen() -> Console:
    """Returns standard output. A new console each time, so that it follows redirections."""
    return Console(highlight=False)


def errors() -> Console:
    """Returns standard error, also for progress."""
    return Console(stderr=True, highlight=False)


def as_json(value: Any) -> None:
    """Prints one JSON document in UTF-8 and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def counted(number: int, noun: str) -> str:
    """Returns text such as "1 question" and "2 questions"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def topic_folder(name: str) -> Path:
    """Returns the folder of a topic, given its path or its name in questions/.

    Raises WorkshopError if there is none.
    """
    for folder in (Path(name), TOPICS / name):
        if (folder / "article.md").is_file() or (folder / "bank.yaml").is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in TOPICS.glob("*/bank.yaml")))
    raise WorkshopError(
        f"There is no topic '{name}': give the path of a folder with article.md and bank.yaml, "
        f"or a name in questions/ ({known})."
    )


TopicName = Annotated[
    str, typer.Argument(metavar="TOPIC", help="Folder of the topic, or its name in questions/.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for machines.")]


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def load(name: str) -> tuple[Path, Topic]:
    """Returns the folder and the topic of that name or path.

    Raises WorkshopError if either file is missing, and BankError if the files are faulty.
    """
    folder = topic_folder(name)
    if not (folder / bank.FILE).is_file():
        command = f"{this_program()} draft {shlex.quote(name)}"
        raise WorkshopError(f"There is no {bank.FILE} yet: `{command}` makes one.")
    if not (folder / article.FILE).is_file():
        raise WorkshopError(
            f"There is no {article.FILE} in {folder}: write it as docs/questions.md shows, or make "
            f"it from a text with `{this_program()} extract`."
        )
    return folder, load_topic(folder)
