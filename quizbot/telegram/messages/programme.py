"""What a coordinator sees of a programme, and changes about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from db.programmes import Programme, Team
from quizbot.programmes.programme import Today
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    bold,
    escape,
    lines,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.words import Words

PAGE = 8  # rows of buttons that are still easy to read on a phone
_LABEL = 40  # characters on a button


@dataclass(frozen=True)
class Facts:
    """What the card tells. `today` is the date in the programme's zone."""

    programme: Programme
    members: int
    teams: int
    holidays: Sequence[date]
    today: date
    so_far: Today
    ended: bool


def programmes(w: Words, run: Sequence[Programme]) -> Message:
    """All that somebody runs."""
    _ = w._
    new = [Button(_("➕ New programme"), "programmes:new")]
    if not run:
        return Message(_("You run no programme yet. /programme new leads you to one."), [new])
    listed = [
        [Button(shortened(each.name, _LABEL), f"programme:{each.id}")] for each in run[:_MOST]
    ]
    return Message(_("📋 Your programmes:"), [*listed, new])


_MOST = 90  # buttons: Telegram takes 100


def card(w: Words, facts: Facts) -> Message:
    """One programme: its facts, and a button for each thing to do."""
    _, programme = w._, facts.programme
    to_come = [day for day in facts.holidays if day >= facts.today]
    teams = w.ngettext("{count} team", "{count} teams", facts.teams)
    members = w.ngettext("{count} member", "{count} members", facts.members)
    return Message(
        lines(
            f"📋 {bold(programme.name)}",
            _("🧪 Made up: nobody in it is real.") if programme.demo else "",
            "\n".join(
                [
                    f"👥 {members} · {teams}",
                    f"📅 {words.from_to(w, programme.starts_on, programme.ends_on)}",
                    f"🕘 {escape(words.when(w, programme))}",
                    *([f"🏖 {words.holidays(w, to_come)}"] if to_come else []),
                ]
            ),
            _state(w, facts),
        ),
        _card_buttons(w, programme, ended=facts.ended),
    )


def _state(w: Words, facts: Facts) -> str:
    _ = w._
    if facts.ended:
        return _("🏁 It has ended.")
    if facts.today < facts.programme.starts_on:
        return _("⏳ It has not begun yet.")
    if not facts.so_far.asked:
        return _("Today: no question has gone out so far.")
    return _("Today: {answered} of {asked} have answered.").format(
        answered=w.number(facts.so_far.answered), asked=w.number(facts.so_far.asked)
    )


def _card_buttons(w: Words, programme: Programme, *, ended: bool) -> list[list[Button]]:
    _, which = w._, programme.id
    boards = Button(_("🏆 Boards"), f"boards:{which}:programme:all")
    looks = [boards, Button(_("📈 Dashboard"), "dashboard")]
    if ended:
        return [looks]
    return [
        [Button(_("✉️ Invite"), f"invite:{which}"), Button(_("👥 Teams"), f"teams:{which}:0")],
        looks,
        [
            Button(_("💬 Group chat"), f"group:{which}"),
            Button(_("🏖 Holidays"), f"holidays:{which}:0"),
        ],
        [
            Button(_("🤝 Colleague"), f"colleague:{which}"),
            Button(_("🗞 This week"), f"digest:{which}"),
        ],
        [Button(_("🏁 End it"), f"end:{which}:ask")],
    ]


def made(w: Words, programme: Programme) -> Message:
    """Right after it was made: what to do next."""
    _ = w._
    return Message(
        lines(
            _("🎉 {name} is made.").format(name=bold(programme.name)),
            _(
                "Next: invite people. The link and its QR code lead them to what you and the "
                "others will see, before they agree to anything."
            ),
        ),
        [
            [Button(_("✉️ Invite"), f"invite:{programme.id}")],
            [
                Button(_("👥 Teams"), f"teams:{programme.id}:0"),
                Button(_("📋 The programme"), f"programme:{programme.id}"),
            ],
        ],
    )


def teams(
    w: Words, programme: Programme, every: Sequence[Team], sizes: Mapping[int, int], page: int
) -> Message:
    """All teams, a page at a time; each button sends its link."""
    _ = w._
    shown = every[page * PAGE : (page + 1) * PAGE]
    listed = "\n".join(
        f"• {escape(team.name)} · "
        + w.ngettext("{count} member", "{count} members", sizes.get(team.id, 0))
        for team in shown
    )
    links = [Button("✉️ " + shortened(team.name, _LABEL), f"teamlink:{team.id}") for team in shown]
    return Message(
        lines(
            _("👥 Teams of {name}").format(name=bold(programme.name)),
            listed or _("There are none. Members then play each for themselves."),
            _("A button sends the link by which people join that team.") if shown else "",
            _("The dashboard renames and removes them.") if shown else "",
        ),
        [
            *rows_of(2, links),
            *_pages(f"teams:{programme.id}", page, len(every)),
            [Button(_("➕ Add teams"), f"addteams:{programme.id}"), to_programme(w, programme.id)],
        ],
    )


def finish_first(w: Words) -> Message:
    """Only one thing is asked in steps at a time, and nothing that was answered is lost."""
    return Message(
        w._("You have begun a new programme: finish or cancel that first."),
        [[Button(w._("📋 The new programme"), "programmes:new")]],
    )


def ask_team(w: Words, added: str = "", fault: str = "") -> Message:
    """The name of a team, or of the next one; `fault` is a sentence in HTML."""
    _ = w._
    return Message(
        lines(
            f"⚠️ {fault}" if fault else "",
            _("✅ Team {name} is there.").format(name=bold(added)) if added else "",
            _("Send the name of the next team, or press the button.")
            if added
            else _("What is the team called? Send its name, for example: Sales and Service"),
        ),
        [[Button(_("Done"), "asked:done")]],
    )


def holidays(
    w: Words, programme: Programme, every: Sequence[date], today: date, page: int
) -> Message:
    """Those to come, a page at a time; each button removes one."""
    _ = w._
    to_come = [day for day in every if day > today]
    shown = to_come[page * PAGE : (page + 1) * PAGE]
    removals = [
        Button(f"✖ {w.full_date(day)}", f"holiday:{programme.id}:{day.isoformat()}")
        for day in shown
    ]
    return Message(
        lines(
            _("🏖 Holidays of {name}").format(name=bold(programme.name)),
            words.holidays(w, to_come) if to_come else _("None are to come."),
            _("A button takes the day out again.") if shown else "",
        ),
        [
            *rows_of(2, removals),
            *_pages(f"holidays:{programme.id}", page, len(to_come)),
            [
                Button(_("➕ Add holidays"), f"addholidays:{programme.id}"),
                to_programme(w, programme.id),
            ],
        ],
    )


def ask_holidays(w: Words, fault: str = "") -> Message:
    """Dates to come; `fault` is a sentence in HTML."""
    _ = w._
    return Message(
        lines(
            f"⚠️ {fault}" if fault else "",
            _(
                "On which days is there no question? Send a date or a span, or several with "
                "commas: 2026-12-24 to 2026-12-26, 2027-01-01"
            ),
        ),
        [[Button(_("Cancel"), "asked:done")]],
    )


def ask_end(w: Words, programme: Programme, last_day: date) -> Message:
    _ = w._
    return Message(
        lines(
            _("🏁 End {name}?").format(name=bold(programme.name)),
            _(
                "Its last day will be {day}. Boards and figures stay; members hear of the end, and "
                "their daily question goes on until they /pause or /stop it."
            ).format(day=bold(w.full_date(last_day))),
        ),
        [
            [
                Button(_("🏁 End it"), f"end:{programme.id}:yes"),
                to_programme(w, programme.id, _("Let it run")),
            ]
        ],
    )


def to_programme(w: Words, programme_id: int, label: str = "") -> Button:
    """The way back to its card."""
    return Button(label or w._("‹ The programme"), f"programme:{programme_id}")


def _pages(name: str, page: int, number: int) -> list[list[Button]]:
    """Buttons to the pages before and after, where there are any."""
    row = []
    if page > 0:
        row.append(Button("‹", f"{name}:{page - 1}"))
    if (page + 1) * PAGE < number:
        row.append(Button("›", f"{name}:{page + 1}"))
    return [row] if row else []
