"""Links into programmes, as a coordinator gets them."""

from db.programmes import Programme, Team
from quizbot.telegram.messages.message import Button, LinkButton, Message, bold, escape, lines
from quizbot.telegram.messages.programme import to_programme
from quizbot.telegram.words import Words


def invitation(w: Words, programme: Programme, team: Team | None, link: str) -> Message:
    """The link, for the coordinator; its picture follows."""
    _ = w._
    title = _("✉️ Invitation to {name}").format(name=bold(programme.name))
    buttons = [to_programme(w, programme.id)]
    if team is None:
        buttons.insert(0, Button(_("🔄 New link"), f"newlink:{programme.id}:ask"))
    return Message(
        lines(
            title,
            _("Whoever opens it joins team {team}.").format(team=bold(team.name)) if team else "",
            escape(link),
            _("The picture below can be forwarded as it is, or printed."),
        ),
        [buttons],
    )


def invitation_caption(w: Words, programme: Programme, team: Team | None, link: str) -> str:
    """Below the QR code, ready to forward, as plain text."""
    _ = w._
    joins = (
        _("Join team {team} of “{name}”: one health question a day on Telegram.").format(
            team=team.name, name=programme.name
        )
        if team
        else _("Join “{name}”: one health question a day on Telegram.").format(name=programme.name)
    )
    return lines(joins, _("Scan the code, or open: {link}").format(link=link))


def ask_new_link(w: Words, programme: Programme) -> Message:
    _ = w._
    return Message(
        _(
            "The link that you have given out for {name} will lead nowhere then, nor will its QR "
            "code. Members stay. Make a new one?"
        ).format(name=bold(programme.name)),
        [
            [
                Button(_("🔄 New link"), f"newlink:{programme.id}:yes"),
                to_programme(w, programme.id, _("Keep it")),
            ]
        ],
    )


def group_link(w: Words, programme: Programme, link: str) -> Message:
    _ = w._
    return Message(
        lines(
            _("💬 {name} in a group chat").format(name=bold(programme.name)),
            _(
                "There I post the day's question as an anonymous poll, its answer when it closes, "
                "and last week's board with the first question of a week. I need no rights but to "
                "write, and read only what is addressed to me. Votes in a group earn no points."
            ),
        ),
        [
            [LinkButton(_("💬 Choose the group"), link)],
            [to_programme(w, programme.id)],
        ],
    )


def colleague_link(w: Words, programme: Programme, link: str) -> Message:
    """For one person, once."""
    _ = w._
    return Message(
        lines(
            _("🤝 Forward this to the person who is to run {name} with you:").format(
                name=bold(programme.name)
            ),
            escape(link),
            _(
                "It works once, for 7 days. They may then do and see all that you may in this "
                "programme."
            ),
        ),
        [[to_programme(w, programme.id)]],
    )
