"""The workshop's commands: each parses its arguments, calls one part of `questions`, and tells.

Exit codes: 0 all is well, 1 something was found (a blocking flaw, an item that fell back), 2 the
command could not do its work. Texts go to standard output, errors to standard error.
"""

import typer

from questions.commands.output import Workshop

app = typer.Typer(
    cls=Workshop,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="From an article to a bank of approved questions.\n\n"
    "A topic is a folder with [b]article.md[/b] (what is taught, as numbered claims) and "
    "[b]bank.yaml[/b] (the questions). Commands take its path, or its name if it stands in "
    "questions/.\n\n"
    "A new topic: [b]new[/b] makes the folder from an article, [b]lint[/b] names what to mend, "
    "[b]review[/b] approves. Only approved items are ever sent.",
)
