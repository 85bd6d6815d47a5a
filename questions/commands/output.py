"""What all commands share: where a topic lies, how results and errors are told."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from questions.faults import BankError

FOUND = 1
FAILED = 2
# Stands in printed commands for whoever reviews.
ROLE = '"Name (role)"'

TOPICS = Path(__file__).parent.parent


def this_program() -> str:
    """How the workshop was called, so that a command in a text can be copied as it stands."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        return f"{python.relative_to(Path.cwd())} -m questions"
    return "python -m questions"


class WorkshopError(Exception):
    """A command cannot do its work; the message is a sentence that says what to do."""


class Workshop(TyperGroup):
    """Tells errors that a person can cause as one sentence each, and exits with FAILED."""

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
    """Standard output; made anew so that it follows the terminal (or the test) of the moment."""
    return Console(highlight=False)


def errors() -> Console:
    """Standard error, also for progress."""
    return Console(stderr=True, highlight=False)


def as_json(value: Any) -> None:
    """Prints for machines: one JSON document, UTF-8, nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def counted(number: int, noun: str) -> str:
    """Such as "1 question" and "2 questions"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def topic_folder(name: str) -> Path:
    """The folder of a topic that is named by its path, or by its slug under questions/.

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
