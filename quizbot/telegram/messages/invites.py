"""Messages with links to give away: for members, a team, a group chat and a colleague."""

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


def invitation(
    w: Words, programme: Programme, team: Team | None, link: str, poster: str, undo: str = ""
) -> Message:
    """After the button that invites members, to the programme or one team; the QR code follows.

    `poster` is the address of the same to print, `undo` the code of the link before it if that was
    just replaced.
    """
    of = f"{programme.id}:{team.id if team else 0}"
    changes = [
        Button(w._("🔄 New link"), f"newlink:{of}:ask"),
        Button(w._("✖ Turn it off"), f"offlink:{of}:ask"),
    ]
    return message(
        w._("✉️ Invite people to {name}").format(name=bold(programme.name)),
        w._("This link puts people in team {team}.").format(team=bold(team.name)) if team else "",
        escape(link),
        w._("Forward or print the picture below."),
        w._("🖨 As a poster: {address}").format(address=escape(poster)),
        w._("The link before it no longer works.") if undo else "",
        rows=[
            *([[_undo_button(w, undo)]] if undo else []),
            changes,
            [programme_button(w, programme.id)],
        ],
    )


def _undo_button(w: Words, code: str) -> Button:
    return Button(w._("↩️ Undo (for an hour)"), f"undolink:{code}")


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


def ask_link(w: Words, programme: Programme, team: Team | None, *, renews: bool) -> Message:
    """Before a link for members is replaced, or turned off."""
    name = bold(f"{programme.name} · {team.name}" if team else programme.name)
    of = f"{programme.id}:{team.id if team else 0}"
    question = w._("Make a new link for {name}?") if renews else w._("Turn off the link of {name}?")
    return message(
        question.format(name=name),
        w._("Printed codes and shared links of it stop working. You can undo it for an hour."),
        rows=[
            [
                Button(w._("🔄 New link"), f"newlink:{of}:yes")
                if renews
                else Button(w._("✖ Turn it off"), f"offlink:{of}:yes"),
                programme_button(w, programme.id, w._("Keep it")),
            ]
        ],
    )


def link_off(w: Words, programme: Programme, code: str) -> Message:
    """After a link for members was turned off; its code is for the button that undoes it."""
    return message(
        w._("✖ That link of {name} is turned off. Members stay.").format(name=bold(programme.name)),
        rows=[[_undo_button(w, code)], [programme_button(w, programme.id)]],
    )


def link_undone(w: Words, programme: Programme, *, in_time: bool) -> Message:
    """After the button that undoes turning off or replacing a link."""
    return message(
        w._("✅ The earlier link works again, also where it's printed.")
        if in_time
        else w._("It's too late: a link comes back within an hour. Make a new one under Invite."),
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
