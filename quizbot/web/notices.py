"""What a page says after a change: what was done, or why it was not."""

from dataclasses import dataclass

from quizbot.telegram.messages.words import Words


@dataclass(frozen=True)
class Notice:
    """A sentence, and the section of the page that it stands in."""

    section: str
    text: str


def notice(w: Words, done: str) -> Notice | None:
    """The sentence for what was done, which the address names: reloading repeats nothing.

    None for anything else in the address.
    """
    sentences = _sentences(w)
    return Notice(done.partition("-")[0], sentences[done]) if done in sentences else None


def _sentences(w: Words) -> dict[str, str]:
    _ = w._
    return {
        "teams-added": _("The team is there. Its own link is below."),
        "teams-renamed": _("The team has its new name."),
        "teams-removed": _("The team is gone; its members stay in the programme."),
        "links-made": _("The link is ready. An earlier one leads nowhere now."),
        "links-revoked": _("The link leads nowhere now."),
        "groups-made": _("The link is ready. An earlier one leads nowhere now."),
        "groups-revoked": _("The link leads nowhere now."),
        "colleagues-revoked": _("The link leads nowhere now."),
        "holidays-added": _("No questions on those days. The calendar is up to date."),
        "holidays-removed": _("There will be a question on that day."),
        "colleagues-invited": _("The link is below. It works once, for seven days."),
        "ending-set": _("The programme's last day is set."),
        "members-moved": _("The member is in the other team now."),
        "members-removed": _("The member is out of the programme."),
    }
