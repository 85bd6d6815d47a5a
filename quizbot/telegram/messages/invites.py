"""Messages with links to give away: for members, a team, a group chat and a colleague."""

from dataclasses import dataclass
from html import escape

from db.programmes import Programme, Team
from quizbot.telegram.messages.markup import (
    Button,
    LinkButton,
    Message,
    bold,
    message,
    paragraphs,
)
from quizbot.telegram.messages.programme import programme_button
from quizbot.telegram.messages.words import Words


@dataclass(frozen=True)
class Ended:
    """A link that can be brought back; `picture` is the message id of its QR code, 0 if unknown."""

    code: str
    picture: int


def invitation(
    w: Words,
    programme: Programme,
    team: Team | None,
    link: str,
    poster: str,
    picture: int,
    ended: Ended | None = None,
) -> Message:
    """After the button that invites members, to the programme or one team, and its QR code.

    `picture` is the message id of the QR code, 0 if it was not sent; `poster` is the address of the
    same to print, `ended` the link that this one has just replaced.
    """
    return message(
        w._("🔗 Invite people to {name}").format(name=bold(programme.name)),
        w._("This link puts people in team {team}.").format(team=bold(team.name)) if team else "",
        escape(link),
        w._("Forward or print the picture above.") if picture else "",
        w._("🖨 As a poster: {address}").format(address=escape(poster)),
        w._("The earlier link and its QR codes no longer work, printed or sent.") if ended else "",
        rows=[
            *([[_undo_button(w, ended, picture)]] if ended else []),
            [
                _new_link(w, programme, team, picture, "ask"),
                _turn_off(w, programme, team, picture, "ask"),
            ],
            [
                Button(w._("‹ Teams"), f"teams:{programme.id}:0")
                if team
                else programme_button(w, programme.id)
            ],
        ],
    )


def _undo_button(w: Words, ended: Ended, made: int = 0) -> Button:
    """`made` is the picture of the link that then ends."""
    return Button(w._("↩️ Undo (for an hour)"), f"undolink:{ended.code}:{made}:{ended.picture}")


def _new_link(w: Words, of: Programme, team: Team | None, picture: int, answer: str) -> Button:
    data = f"newlink:{of.id}:{team.id if team else 0}:{picture}:{answer}"
    return Button(w._("🔄 New link"), data)


def _turn_off(w: Words, of: Programme, team: Team | None, picture: int, answer: str) -> Button:
    data = f"offlink:{of.id}:{team.id if team else 0}:{picture}:{answer}"
    return Button(w._("✖ Turn it off"), data)


def invitation_caption(w: Words, programme: Programme, team: Team | None, link: str) -> str:
    """Returns the text below the QR code: plain, and ready to forward."""
    joins = (
        w._("Join team {team} of “{name}”: one health question a day on Telegram.").format(
            team=team.name, name=programme.name
        )
        if team
        else w._("Join “{name}”: one health question a day on Telegram.").format(
            name=programme.name
        )
    )
    return paragraphs(joins, w._("Scan the code, or open: {link}").format(link=link))


def dead_caption(w: Words, programme: Programme, team: Team | None) -> str:
    """Returns the text below a QR code whose link has ended: plain."""
    if team:
        dead = w._("🚫 This code for team {team} of “{name}” no longer works.")
        return dead.format(team=team.name, name=programme.name)
    return w._("🚫 This code for “{name}” no longer works.").format(name=programme.name)


def _name(programme: Programme, team: Team | None) -> str:
    return bold(f"{programme.name} · {team.name}" if team else programme.name)


def ask_link(
    w: Words, programme: Programme, team: Team | None, picture: int, *, renews: bool
) -> Message:
    """Before a link for members is replaced, or turned off."""
    question = (
        w._("Make a new link for {name}?") if renews else w._("Turn off the link for {name}?")
    )
    button = _new_link if renews else _turn_off
    return message(
        question.format(name=_name(programme, team)),
        w._("Its printed codes and shared links stop working. You can undo this for an hour."),
        rows=[
            [
                button(w, programme, team, picture, "yes"),
                programme_button(w, programme.id, w._("Keep it")),
            ]
        ],
    )


def ask_link_again(w: Words, programme: Programme, team: Team | None, code: str | None) -> Message:
    """After a button for a link that is turned off; `code` is its own if it can come back."""
    return message(
        w._("✖ The link for {name} is turned off. Make a new one?").format(
            name=_name(programme, team)
        ),
        w._("Then people can join again. Earlier links and printed codes stay off."),
        rows=[
            *([[_undo_button(w, Ended(code, 0))]] if code else []),
            [
                _new_link(w, programme, team, 0, "yes"),
                programme_button(w, programme.id, w._("Keep it off")),
            ],
        ],
    )


def link_replaced(w: Words, programme: Programme, team: Team | None) -> Message:
    """In place of the question, after a link for members was replaced; the new one follows."""
    return message(w._("🔄 {name} has a new link. It's below.").format(name=_name(programme, team)))


def link_off(w: Words, programme: Programme, team: Team | None, ended: Ended) -> Message:
    """After a link for members was turned off."""
    return message(
        w._("✖ The link for {name} is turned off. Members stay.").format(
            name=_name(programme, team)
        ),
        w._("Its QR codes no longer work, printed or sent."),
        rows=[[_undo_button(w, ended)], [programme_button(w, programme.id)]],
    )


def link_undone(w: Words, programme: Programme, *, in_time: bool, replaced: bool) -> Message:
    """After the button that undoes turning off or replacing a link.

    `replaced` is whether another link has been made since then, which ends.
    """
    return message(
        w._("✅ The earlier link works again, and so do its printed codes.")
        if in_time
        else w._(
            "It's too late: a link can only come back within an hour. Make a new one under Invite."
        ),
        w._("The link made since then no longer works, printed or sent.")
        if in_time and replaced
        else "",
        rows=[[programme_button(w, programme.id)]],
    )


def group_link(w: Words, programme: Programme, link: str) -> Message:
    """After the button for group chats."""
    return message(
        w._("💬 {name} in a group chat").format(name=bold(programme.name)),
        w._(
            "In the group, I post the day's question as an anonymous poll, then its answer, and "
            "once a week the board. Votes there earn no points. I only need to be able to write, "
            "and I only read what's addressed to me."
        ),
        rows=[[LinkButton(w._("💬 Choose a group"), link)], [programme_button(w, programme.id)]],
    )


def colleague_link(w: Words, programme: Programme, link: str) -> Message:
    """After the button for a colleague."""
    return message(
        w._("🤝 Forward this link to a colleague to run {name} with you:").format(
            name=bold(programme.name)
        ),
        escape(link),
        w._(
            "It works once, within 7 days. They can then see and do everything you can in this "
            "programme. Don't share this link with anybody else."
        ),
        rows=[[programme_button(w, programme.id)]],
    )
