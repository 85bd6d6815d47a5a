"""Why a change was refused, and what to do instead, in a sentence."""

from quizbot.programmes import programme
from quizbot.programmes.programme import OrganisingError
from quizbot.telegram.messages.words import Words
from quizbot.web.visits import RefusedError


def sentence(w: Words, error: OrganisingError | RefusedError) -> str:
    """Plain text: a page escapes it."""
    if isinstance(error, RefusedError):
        return str(error)
    return _sentences(w)[error.reason]


def no_date(w: Words) -> str:
    return w._("This is no date. Write it as 2026-12-24.")


def _sentences(w: Words) -> dict[str, str]:
    _ = w._
    return {
        "no-name": _("A name is needed, for example “Blue team”."),
        "long-name": _("The name is too long: {count} characters are the most.").format(
            count=w.number(programme.LONGEST_TEAM)
        ),
        "hidden": _("The name has characters that nobody can see. Type it anew."),
        "link": _("The name would become a link. Write it without @, / and dots: “Blue team”."),
        "team-taken": _("There is a team of that name, or of one that looks like it."),
        "too-many-teams": _("There are {count} teams, which is the most.").format(
            count=w.number(programme.MOST_TEAMS)
        ),
        "end-before-start": _("The last day is before the first. Swap them."),
        "too-long": _("A programme lasts three years at most. Choose an earlier last day."),
        "past": _("That day has begun or is over. Choose a later one."),
        "ended": _("The programme has ended already."),
        "too-many-holidays": _("A programme has {count} holidays at most.").format(
            count=w.number(programme.MOST_HOLIDAYS)
        ),
    }
