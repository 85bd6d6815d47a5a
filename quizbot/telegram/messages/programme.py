"""Messages to coordinators about a programme: its card, its teams, its holidays, and its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from db.programmes import Programme, Team
from quizbot.programmes.programme import Today
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    Rows,
    bold,
    message,
    page_buttons,
    programme_choices,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.words import Words

_PAGE = 8  # rows of buttons that are still easy to read on a phone


@dataclass(frozen=True)
class ProgrammeSummary:
    """What the card shows. `today` is the date in the programme's zone, `so_far` is about it."""

    programme: Programme
    members: int
    teams: int
    holidays: Sequence[date]
    today: date
    so_far: Today
    ended: bool


def programme_list(w: Words, programmes: Sequence[Programme]) -> Message:
    """In reply to /programme by a coordinator."""
    new = [Button(w._("➕ New programme"), "programmes:new")]
    if not programmes:
        return message(
            w._("You run no programme yet. /programme new leads you to one."), rows=[new]
        )
    return message(
        w._("📋 Your programmes:"), rows=[*programme_choices(programmes, "programme:{}"), new]
    )


def card(w: Words, summary: ProgrammeSummary) -> Message:
    """After a programme was chosen: its settings, and a button for each thing to do."""
    programme = summary.programme
    holidays = words.date_list(w, [day for day in summary.holidays if day >= summary.today])
    teams = w.ngettext("{count} team", "{count} teams", summary.teams)
    details = [
        f"👥 {words.members(w, summary.members)} · {teams}",
        f"📅 {words.date_range(w, programme.starts_on, programme.ends_on)}",
        f"🕘 {escape(words.question_times(w, programme))}",
        f"🏖 {holidays}" if holidays else "",
    ]
    return message(
        f"📋 {bold(programme.name)}",
        w._("🧪 Made up: nobody in it is real.") if programme.demo else "",
        "\n".join(filter(None, details)),
        _state(w, summary),
        rows=_card_buttons(w, programme.id, ended=summary.ended),
    )


def _state(w: Words, summary: ProgrammeSummary) -> str:
    so_far = summary.so_far
    if summary.ended:
        return w._("🏁 It has ended.")
    if summary.today < summary.programme.starts_on:
        return w._("⏳ It has not begun yet.")
    if not so_far.asked:
        return w._("Today: no question has gone out so far.")
    return w._("Today: {answered} of {asked} have answered.").format(
        answered=w.number(so_far.answered), asked=w.number(so_far.asked)
    )


def _card_buttons(w: Words, programme_id: int, *, ended: bool) -> Rows:
    def button(label: str, name: str, rest: str = "") -> Button:
        return Button(label, f"{name}:{programme_id}{rest}")

    figures = [
        button(w._("🏆 Boards"), "boards", ":programme:all"),
        Button(w._("📈 Dashboard"), "dashboard"),
    ]
    if ended:
        return [figures]
    return [
        [button(w._("✉️ Invite"), "invite"), button(w._("👥 Teams"), "teams", ":0")],
        figures,
        [button(w._("💬 Group chat"), "group"), button(w._("🏖 Holidays"), "holidays", ":0")],
        [button(w._("🤝 Colleague"), "colleague"), button(w._("🗞 This week"), "digest")],
        [button(w._("🏁 End it"), "end", ":ask")],
    ]


def created(w: Words, programme: Programme) -> Message:
    """After the last step of the wizard: what to do next."""
    return message(
        w._("🎉 {name} is made.").format(name=bold(programme.name)),
        w._(
            "Next: invite people. The link and its QR code lead them to what you and the "
            "others will see, before they agree to anything."
        ),
        rows=[
            [Button(w._("✉️ Invite"), f"invite:{programme.id}")],
            [
                Button(w._("👥 Teams"), f"teams:{programme.id}:0"),
                programme_button(w, programme.id, w._("📋 The programme")),
            ],
        ],
    )


def team_list(
    w: Words, programme: Programme, teams: Sequence[Team], sizes: Mapping[int, int], page: int
) -> Message:
    """After the button for teams: a page of them, with a button each that sends the team's link.

    `sizes` are the numbers of members by the team's id.
    """
    shown = teams[page * _PAGE : (page + 1) * _PAGE]
    lines = [f"• {escape(team.name)} · {words.members(w, sizes.get(team.id, 0))}" for team in shown]
    links = [Button("✉️ " + shortened(team.name), f"teamlink:{team.id}") for team in shown]
    return message(
        w._("👥 Teams of {name}").format(name=bold(programme.name)),
        "\n".join(lines) or w._("There are none. Members then play each for themselves."),
        w._("A button sends the link by which people join that team.") if shown else "",
        w._("The dashboard renames and removes them.") if shown else "",
        rows=[
            *rows_of(2, links),
            *page_buttons(f"teams:{programme.id}", page, _PAGE, len(teams)),
            [
                Button(w._("➕ Add teams"), f"addteams:{programme.id}"),
                programme_button(w, programme.id),
            ],
        ],
    )


def wizard_unfinished(w: Words) -> Message:
    """Instead of a question whose answer is typed, while a new programme is being made."""
    return message(
        w._("You have begun a new programme: finish or cancel that first."),
        rows=[[Button(w._("📋 The new programme"), "programmes:new")]],
    )


def ask_team(w: Words, added: str = "", fault: str = "") -> Message:
    """Before each team: asks for its name. `fault` is a sentence in HTML about the last answer."""
    return message(
        f"⚠️ {fault}" if fault else "",
        w._("✅ Team {name} is there.").format(name=bold(added)) if added else "",
        w._("Send the name of the next team, or press the button.")
        if added
        else w._("What is the team called? Send its name, for example: Sales and Service"),
        rows=[[Button(w._("Done"), "asked:done")]],
    )


def holiday_list(
    w: Words, programme: Programme, holidays: Sequence[date], today: date, page: int
) -> Message:
    """After the button for holidays: a page of those after `today`; each button removes one."""
    future = [day for day in holidays if day > today]
    shown = future[page * _PAGE : (page + 1) * _PAGE]
    removals = [
        Button(f"✖ {w.full_date(day)}", f"holiday:{programme.id}:{day.isoformat()}")
        for day in shown
    ]
    return message(
        w._("🏖 Holidays of {name}").format(name=bold(programme.name)),
        words.date_list(w, future) if future else w._("None are to come."),
        w._("A button takes the day out again.") if shown else "",
        rows=[
            *rows_of(2, removals),
            *page_buttons(f"holidays:{programme.id}", page, _PAGE, len(future)),
            [
                Button(w._("➕ Add holidays"), f"addholidays:{programme.id}"),
                programme_button(w, programme.id),
            ],
        ],
    )


def ask_holidays(w: Words, fault: str = "") -> Message:
    """Before holidays are typed. `fault` is a sentence in HTML about the last answer."""
    return message(
        f"⚠️ {fault}" if fault else "",
        w._(
            "On which days is there no question? Send a date or a span, or several with "
            "commas: 2026-12-24 to 2026-12-26, 2027-01-01"
        ),
        rows=[[Button(w._("Cancel"), "asked:done")]],
    )


def ask_end(w: Words, programme: Programme, last_day: date) -> Message:
    """After the button that ends the programme: asks once."""
    return message(
        w._("🏁 End {name}?").format(name=bold(programme.name)),
        w._(
            "Its last day will be {day}. Boards and figures stay; members hear of the end, and "
            "their daily question goes on until they /pause or /stop it."
        ).format(day=bold(w.full_date(last_day))),
        rows=[
            [
                Button(w._("🏁 End it"), f"end:{programme.id}:yes"),
                programme_button(w, programme.id, w._("Let it run")),
            ]
        ],
    )


def programme_button(w: Words, programme_id: int, label: str = "") -> Button:
    """Returns the button to the programme's card, labelled as the way back to it."""
    return Button(label or w._("‹ The programme"), f"programme:{programme_id}")
