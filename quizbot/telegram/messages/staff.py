"""Who runs programmes: invitations to it, the operators' list, the way to the dashboard."""

from collections.abc import Sequence

from db.programmes import Coordinator, Programme, Team
from quizbot.programmes.staff import ListedCoordinator
from quizbot.telegram.messages.markup import (
    AnyButton,
    Button,
    LinkButton,
    Message,
    WebAppButton,
    bold,
    escape,
    lines,
    shortened,
    some_of,
)
from quizbot.telegram.messages.programme import to_programme
from quizbot.telegram.messages.words import Words

PAGE = 8  # coordinators on one page
_LOST = 5  # programmes that nobody runs, shown at once
_LABEL = 40  # characters on a button


def coordinator_link(w: Words, link: str) -> Message:
    """For an operator: to be forwarded to one person."""
    _ = w._
    return Message(
        lines(
            _("🧑‍💼 Forward this link to the person who is to run programmes:"),
            escape(link),
            _("It works once, for 7 days. /coordinators lists everybody and takes it back."),
        )
    )


def coordinators(
    w: Words, every: Sequence[ListedCoordinator], unattended: Sequence[Programme], page: int
) -> Message:
    """The operators' list, a page at a time, and programmes that nobody runs."""
    _ = w._
    shown = every[page * PAGE : (page + 1) * PAGE]
    rows = [_coordinator(w, each) for each in shown]
    lost = unattended[:_LOST]
    pages = [
        *([Button("‹", f"coordinators:{page - 1}")] if page else []),
        *([Button("›", f"coordinators:{page + 1}")] if (page + 1) * PAGE < len(every) else []),
    ]
    return Message(
        lines(
            bold(_("🧑‍💼 Coordinators")),
            "\n".join(rows) or _("There are none. /coordinator makes a link for one."),
            _("Programmes that nobody runs (a button makes a link for somebody who will):")
            if lost
            else "",
            "\n".join(f"• {escape(shortened(each.name, _LABEL))}" for each in lost),
        ),
        [
            *(
                [
                    Button(
                        _("✖ {name}").format(name=shortened(each.coordinator.name, _LABEL)),
                        f"uncoordinate:{each.coordinator.id}:ask",
                    )
                ]
                for each in shown
            ),
            *(
                [Button("🤝 " + shortened(each.name, _LABEL), f"handover:{each.id}")]
                for each in lost
            ),
            *([pages] if pages else []),
        ],
    )


def _coordinator(w: Words, each: ListedCoordinator) -> str:
    number = w.ngettext("{count} programme", "{count} programmes", each.programmes)
    since = w.full_date(each.coordinator.since.date())
    return f"• {bold(each.coordinator.name)} · {number} · " + w._("since {date}").format(date=since)


def ask_remove(w: Words, who: Coordinator, alone: Sequence[Programme]) -> Message:
    """Whether somebody is to run programmes no more; `alone` is what nobody else runs."""
    _ = w._
    named = some_of(w, [each.name for each in alone])
    return Message(
        lines(
            _("Is {name} to run programmes no more? What they made goes on.").format(
                name=bold(who.name)
            ),
            _("Nobody will run {programmes} then; you can give it to somebody else.").format(
                programmes=named
            )
            if alone
            else "",
        ),
        [
            [
                Button(_("✖ Remove"), f"uncoordinate:{who.id}:yes"),
                Button(_("Keep"), "coordinators:0"),
            ]
        ],
    )


def removed(w: Words) -> Message:
    """To whom it happened."""
    return Message(
        w._("You run programmes no more: an operator took it back. As a player, all is as before.")
    )


def ask_name(
    w: Words, first_name: str, runners: Sequence[str], programme: Programme | None
) -> Message:
    """An invitation to run programmes, or one, to somebody who is no coordinator yet."""
    _ = w._
    if programme is None:
        to_what = _(
            "An operator of this bot invites you to run programmes with it: groups of "
            "people who learn together, a question a day."
        )
    else:
        to_what = _("{runners} invites you to run the programme {name} as well.").format(
            runners=some_of(w, runners) or _("An operator of this bot"), name=bold(programme.name)
        )
    return Message(
        lines(
            f"🧑‍💼 {to_what}",
            _(
                "By which name are members to know you? Press the button or send another one. It "
                "is kept with your Telegram id until you /forget it, as is what you do in "
                "programmes."
            ),
        ),
        [
            [Button(shortened(first_name, _LABEL) or _("My first name"), "asked:first")],
            [Button(_("No, thank you"), "asked:done")],
        ],
    )


def ask_other_name(w: Words, fault: str) -> Message:
    """After a name that cannot be shown; `fault` is a sentence in HTML."""
    return Message(
        f"⚠️ {fault}",
        [[Button(w._("No, thank you"), "asked:done")]],
    )


def handover_link(w: Words, programme: Programme, link: str) -> Message:
    """For an operator: nobody runs that programme."""
    _ = w._
    return Message(
        lines(
            _("🤝 Forward this to the person who is to run {name}:").format(
                name=bold(programme.name)
            ),
            escape(link),
            _("It works once, for 7 days."),
        )
    )


def ask_share(w: Words, runners: Sequence[str], programme: Programme, code: str) -> Message:
    """An invitation to run one to somebody who is a coordinator already and has a name."""
    _ = w._
    return Message(
        _("🤝 {runners} invites you to run the programme {name} as well.").format(
            runners=some_of(w, runners) or _("An operator of this bot"), name=bold(programme.name)
        ),
        [[Button(_("✅ Run it"), f"share:{code}")]],
    )


def is_coordinator(w: Words, name: str, programme: Programme | None) -> Message:
    """Accepted: what comes next."""
    _ = w._
    first = Button(_("➕ New programme"), "programmes:new")
    rows: list[list[AnyButton]] = [[first]]
    if programme is not None:
        rows = [[Button(_("📋 The programme"), f"programme:{programme.id}")]]
    return Message(
        lines(
            _("🎉 You are a coordinator; members know you as {name}.").format(name=bold(name)),
            _("/programme lists your programmes and makes new ones, /dashboard shows how they do."),
        ),
        rows,
    )


def already_coordinator(w: Words) -> Message:
    return Message(
        w._("You are a coordinator already: /programme. The link is still good for another.")
    )


def declined(w: Words) -> Message:
    return Message(w._("All right: nothing was changed, and the link is still good for 7 days."))


def not_a_coordinator(w: Words) -> Message:
    """To somebody whose command needs one."""
    return Message(
        w._(
            "Programmes are run by coordinators; an operator of this bot makes them. /programmes "
            "shows those that you take part in."
        )
    )


def dashboard(w: Words, url: str, token: str, *, opens_here: bool) -> Message:
    """The way in, once; `opens_here` is whether Telegram may open it as a Mini App."""
    _ = w._
    link = f"{url}/in/{token}"
    by_button = url.startswith("https://")
    buttons: list[list[AnyButton]] = []
    if by_button:
        buttons.append([LinkButton(_("🔑 Sign in"), link)])
    if opens_here:
        buttons.append([WebAppButton(_("📱 Open it here"), f"{url}/app")])
    return Message(
        lines(
            _("📈 Your dashboard"),
            "" if by_button else escape(link),
            _("The link works once, for 5 minutes. Give it to nobody."),
        ),
        buttons,
    )


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


def private(username: str, code: str) -> str:
    """Opens a private chat with it."""
    return f"https://t.me/{username}?start={code}"


def group(username: str, code: str) -> str:
    """Asks for a group chat to bring it into."""
    return f"https://t.me/{username}?startgroup={code}"
