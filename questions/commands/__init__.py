"""The workshop's commands. Each parses arguments, calls a part of `questions`, and prints.

Exit codes: 0 for success, 1 if something was found (a blocking flaw, an item that fell back), 2 if
the command failed. Text goes to standard output, errors to standard error.
"""

import typer

from questions.commands.changed import changed
from questions.commands.common import Workshop
from questions.commands.draft import draft
from questions.commands.export import export
from questions.commands.extract import extract_article
from questions.commands.import_ import import_
from questions.commands.lint import lint
from questions.commands.new import new
from questions.commands.report import report
from questions.commands.review import review

app = typer.Typer(
    cls=Workshop,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="From an article to a bank of approved questions.\n\n"
    "A topic is a folder with [b]article.md[/b] (what is taught, as numbered statements) and "
    "[b]bank.yaml[/b] (the questions). Commands take its path, or its name if it stands in "
    "questions/.\n\n"
    "A new topic: [b]new[/b] makes the folder from an article, [b]lint[/b] names what to correct, "
    "[b]review[/b] approves. Only approved items are ever sent.",
)

_MAKE, _CHECK, _EXCHANGE = "Make a topic", "Check and approve", "Exchange"

app.command("new", rich_help_panel=_MAKE)(new)
app.command("extract", rich_help_panel=_MAKE)(extract_article)
app.command("draft", rich_help_panel=_MAKE)(draft)
app.command("lint", rich_help_panel=_CHECK)(lint)
app.command("review", rich_help_panel=_CHECK)(review)
app.command("changed", rich_help_panel=_CHECK)(changed)
app.command("report", rich_help_panel=_CHECK)(report)
app.command("import", rich_help_panel=_EXCHANGE)(import_)
app.command("export", rich_help_panel=_EXCHANGE)(export)
