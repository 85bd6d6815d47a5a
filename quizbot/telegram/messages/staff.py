"""Messages about coordinators: how one becomes one, links to give away, and the dashboard."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from math import ceil

from db.programmes import Coordinator, Programme
from quizbot.programmes.invites import OpenInvite
from quizbot.programmes.staff import ListedCoordinator
from quizbot.telegram.messages.markup import (
    Button,
    LinkButton,
    Message,
    bold,
    message,
    name_list,
    page_buttons,
    programme_choices,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.programme import programme_button
from quizbot.telegram.messages.words import Words, and_more

_PAGE = 8  # coordinators
_UNATTENDED_SHOWN = 5
_INVITATIONS = 4  # of a page: a row of buttons
_SESSIONS_SHOWN = 5


def coordinator_link(w: Words, link: str) -> Message:
    """In reply to an operator's /coordinator, to be forwarded to one person."""
    return message(
        w._("🧑‍💼 Forward this link to your new coordinator:"),
        escape(link),
        w._("It works once, within 7 days. To cancel it, send /coordinators."),
    )


def coordinator_list(
    w: Words,
    coordinators: Sequence[ListedCoordinator],
    unattended: Sequence[Programme],
    invitations: Sequence[OpenInvite],
    page: int,
) -> Message:
    """In reply to an operator's /coordinators: a page of them, and programmes that have none.

    `invitations` are all open ones to run programmes; a page of them is shown, too.
    """
    pages = max(ceil(len(coordinators) / _PAGE), ceil(len(invitations) / _INVITATIONS))
    shown = coordinators[page * _PAGE : (page + 1) * _PAGE]
    first = page * _INVITATIONS
    numbered = list(enumerate(invitations[first : first + _INVITATIONS], first + 1))
    unattended = unattended[:_UNATTENDED_SHOWN]
    return message(
        bold(w._("🧑‍💼 Coordinators")),
        "\n".join(_coordinator_line(w, each) for each in shown)
        if coordinators
        else w._("There are none yet. Send /coordinator to invite one."),
        w._("Nobody runs these programmes. Tap one to invite somebody:") if unattended else "",
        "\n".join(f"• {escape(shortened(each.name))}" for each in unattended),
        w._("Open invitations. Tap one to cancel it:") if numbered else "",
        "\n".join(_invitation_line(w, number, each) for number, each in numbered),
        rows=[
            *(
                [
                    Button(
                        w._("✖ {name}").format(name=shortened(each.coordinator.name)),
                        f"uncoordinate:{each.coordinator.id}:ask",
                    ),
                    Button(w._("📢 Allow messages"), f"stopmessages:{each.coordinator.id}:off")
                    if each.coordinator.messages_stopped_at
                    else _stop_button(w, each.coordinator.id),
                ]
                for each in shown
            ),
            *programme_choices(unattended, "handover:{}", sign="🤝 "),
            *rows_of(
                _INVITATIONS,
                (Button(f"✖ {number}", f"uninvite:{each.handle}") for number, each in numbered),
            ),
            *page_buttons("coordinators", page, 1, pages),
        ],
    )


def _stop_button(w: Words, coordinator_id: int) -> Button:
    return Button(w._("🔇 Stop messages"), f"stopmessages:{coordinator_id}:on")


def _coordinator_line(w: Words, each: ListedCoordinator) -> str:
    name = bold(shortened(each.coordinator.name))
    number = w.ngettext("{count} programme", "{count} programmes", each.programmes)
    since = w.full_date(each.coordinator.since.date())
    stopped = w._(" · messages stopped") if each.coordinator.messages_stopped_at else ""
    return f"• {name} · {number} · " + w._("since {date}").format(date=since) + stopped


def _invitation_line(w: Words, number: int, each: OpenInvite) -> str:
    parts = [escape(shortened(each.programme or w._("new coordinator"), 20))]
    if each.made_by:
        parts.append(w._("from {name}").format(name=escape(shortened(each.made_by, 20))))
    if each.invite.expires_at is not None:
        last = w.full_date(each.invite.expires_at.date())
        parts.append(w._("until {date}").format(date=last))
    return f"{number}. " + " · ".join(parts)


def invitation_used(
    w: Words, name: str, user_id: int | None, programme: Programme | None
) -> Message:
    """To operators and colleagues, after somebody with this name has accepted an invitation.

    For operators, with the `user_id`: a stop of this person's messages ended if they were erased.
    """
    fact = (
        w._("🧑‍💼 {name} has accepted an invitation and can now run programmes.")
        if programme is None
        else w._("🧑‍💼 {name} has accepted an invitation and now runs {programme}.")
    )
    of = bold(programme.name) if programme is not None else ""
    return message(
        fact.format(name=bold(name), programme=of),
        w._("Not who you expected? Remove them with /coordinators.") if user_id else "",
        rows=[[_stop_button(w, user_id)]] if user_id else [],
    )


def ask_remove(w: Words, coordinator: Coordinator, alone: Sequence[Programme]) -> Message:
    """Before an operator removes a coordinator; nobody else coordinates the programmes `alone`."""
    return message(
        w._("Remove {name} as a coordinator? Their programmes continue.").format(
            name=bold(coordinator.name)
        ),
        w._("Then nobody runs {programmes}, but you can invite somebody else.").format(
            programmes=name_list(w, [each.name for each in alone])
        )
        if alone
        else "",
        rows=[
            [
                Button(w._("✖ Remove"), f"uncoordinate:{coordinator.id}:yes"),
                Button(w._("Keep"), "coordinators:0"),
            ]
        ],
    )


def removed(w: Words) -> Message:
    """To the coordinator whom an operator removed."""
    return message(
        w._("You're no longer a coordinator: an operator removed you. You can keep playing.")
    )


def messages_stopped(w: Words, *, stopped: bool) -> Message:
    """To a coordinator, after an operator stopped their messages to members or allowed them."""
    if not stopped:
        return message(w._("📢 You can send messages to your members again."))
    return message(
        w._("🔇 An operator of this bot has stopped your messages to members."),
        w._("What was still waiting won't be sent. If you don't know why, ask them."),
    )


def operator_test(w: Words) -> Message:
    """What an operator sends to see whether the bot can reach somebody."""
    return message(w._("✅ This is just a test. You don't need to do anything."))


def ask_name(
    w: Words, first_name: str, coordinators: Sequence[str], programme: Programme | None
) -> Message:
    """After an invitation to coordinate was opened by somebody who is not a coordinator yet.

    `coordinators` are the names of the programme's; without a programme, an operator invites.
    """
    if programme is None:
        invitation = w._(
            "You're invited to run programmes: groups of people who learn together, one question "
            "a day."
        )
    else:
        invitation = _invitation_to_run(w, coordinators, programme)
    return message(
        f"🧑‍💼 {invitation}",
        w._(
            "What should members call you? Tap your name, or send another one. I keep it with "
            "your Telegram id, and a list of what you do in programmes, until you /forget them."
        ),
        rows=[
            [Button(shortened(first_name) or w._("My first name"), "asked:first")],
            [Button(w._("No, thanks"), "asked:done")],
        ],
    )


def ask_other_name(w: Words, fault: str) -> Message:
    """After a name that cannot be shown. `fault` is a sentence in HTML."""
    return message(f"⚠️ {fault}", rows=[[Button(w._("No, thanks"), "asked:done")]])


def handover_link(w: Words, programme: Programme, link: str) -> Message:
    """To an operator, about a programme that nobody coordinates."""
    return message(
        w._("🤝 Forward this link to whoever will run {name}:").format(name=bold(programme.name)),
        escape(link),
        w._("It works once, within 7 days."),
    )


def ask_share(w: Words, coordinators: Sequence[str], programme: Programme, code: str) -> Message:
    """After an invitation to coordinate a programme was opened by a coordinator of others."""
    return message(
        f"🤝 {_invitation_to_run(w, coordinators, programme)}",
        rows=[[Button(w._("✅ Accept"), f"share:{code}")]],
    )


def _invitation_to_run(w: Words, coordinators: Sequence[str], programme: Programme) -> str:
    """Returns the sentence; without `coordinators`, an operator invites."""
    if not coordinators:
        return w._("You're invited to run {name}.").format(name=bold(programme.name))
    return w._("You're invited to run {name} with {runners}.").format(
        name=bold(programme.name), runners=name_list(w, coordinators)
    )


def accepted(w: Words, name: str, programme: Programme | None) -> Message:
    """After an invitation to coordinate was accepted: what to do next."""
    return message(
        w._("🎉 You're a coordinator! Members see you as {name}.").format(name=bold(name)),
        w._(
            "/programme shows your programmes and makes new ones. /dashboard shows how they're "
            "doing."
        ),
        rows=[
            [
                programme_button(w, programme.id, w._("📋 Programme"))
                if programme is not None
                else Button(w._("➕ New programme"), "programmes:new")
            ]
        ],
    )


def already_coordinator(w: Words) -> Message:
    """After an invitation was opened that would change nothing."""
    return message(
        w._("You're already a coordinator. See /programme. The link still works for somebody else.")
    )


def declined(w: Words) -> Message:
    """After the button that declines an invitation."""
    return message(
        w._("Okay, nothing has changed. The link still works until its 7 days are over.")
    )


def not_a_coordinator(w: Words) -> Message:
    """After a command that needs a coordinator."""
    return message(
        w._(
            "That's for coordinators. Ask whoever runs this bot to make you one. To see the "
            "programmes you're in, send /programmes"
        )
    )


def dashboard_link(
    w: Words,
    url: str,
    token: str,
    sessions: Sequence[tuple[timedelta, timedelta]],
    *,
    opens_here: bool,
) -> Message:
    """In reply to /dashboard. `opens_here` is whether Telegram may open it as a Mini App.

    `sessions` are the open ones: how long ago each began, and how long ago it was last used.
    """
    link = f"{url}/in/{token}"
    as_button = url.startswith("https://")
    open_here = LinkButton(w._("📱 Open it here"), f"{url}/app", mini_app=True)
    return message(
        w._("📈 Your dashboard"),
        "" if as_button else escape(link),
        w._("The link works once, within 5 minutes. Don't share it."),
        w._("Open sessions:") if sessions else "",
        "\n".join(_session_line(w, *ages) for ages in sessions[:_SESSIONS_SHOWN]),
        and_more(w, len(sessions) - _SESSIONS_SHOWN),
        rows=[
            *([[LinkButton(w._("🔑 Sign in"), link)]] if as_button else []),
            *([[open_here]] if opens_here else []),
            *([[_end_sessions(w)]] if sessions else []),
        ],
    )


def _session_line(w: Words, begun: timedelta, used: timedelta) -> str:
    ages = {"begun": _age(w, begun), "used": _age(w, used)}
    return "• " + w._("signed in {begun} ago, last used {used} ago").format(**ages)


def _age(w: Words, age: timedelta) -> str:
    minutes = max(1, int(age.total_seconds()) // 60)
    if minutes < 60:
        return w.ngettext("{count} minute", "{count} minutes", minutes)
    return w.ngettext("{count} hour", "{count} hours", minutes // 60)


def _end_sessions(w: Words) -> Button:
    return Button(w._("✖ Sign out everywhere"), "signout")


def signed_in(w: Words) -> Message:
    """To a coordinator, when a browser or a Mini App has signed in to their dashboard."""
    return message(
        w._("🔑 Somebody just signed in to your dashboard."),
        w._("Wasn't you? Tap the button to sign out everywhere at once."),
        rows=[[_end_sessions(w)]],
    )


def sessions_ended(w: Words) -> Message:
    """After the button that ends all sessions of the dashboard."""
    return message(
        w._("✅ You're signed out everywhere. Unused sign-in links are turned off, too."),
        w._("Send /dashboard for a new link."),
    )
