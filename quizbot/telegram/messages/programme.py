"""Messages to coordinators about a programme: its card, its settings, its holidays, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from html import escape

from db.programmes import Programme
from quizbot.programmes.members import Activity
from quizbot.programmes.programme import MovedStart
from quizbot.programmes.schedule import NextQuestion
from quizbot.programmes.wizard import Step
from quizbot.quiz.asking.question_days import QuestionDays
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    PAGE,
    Button,
    Message,
    Rows,
    bold,
    message,
    name_list,
    page_buttons,
    paragraphs,
    programme_choices,
    rows_of,
)
from quizbot.telegram.messages.programme_wizard import step_labels
from quizbot.telegram.messages.schedule import next_question
from quizbot.telegram.messages.words import Words


@dataclass(frozen=True)
class ProgrammeSummary:
    """What the card shows. `today` is the date in the programme's zone.

    `so_far` is about that date, or about all dates if the programme has `ended`. `coming` is the
    next question.
    """

    programme: Programme
    members: int
    teams: int
    holidays: Sequence[date]
    today: date
    so_far: Activity
    ended: bool
    coming: NextQuestion
    now: datetime


def programme_list(w: Words, programmes: Sequence[Programme]) -> Message:
    """In reply to /programme by a coordinator."""
    new = [Button(w._("➕ New programme"), "programmes:new")]
    if not programmes:
        return message(w._("You don't run a programme yet. Make your first one!"), rows=[new])
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
        "" if summary.ended else f"🕘 {escape(words.question_times(w, programme))}",
        f"🏖 {holidays}" if holidays else "",
    ]
    return message(
        f"📋 {bold(programme.name)}",
        words.demo_note(w, programme.demo),
        "\n".join(filter(None, details)),
        _state(w, summary),
        rows=_card_buttons(w, programme.id, ended=summary.ended),
    )


def _state(w: Words, summary: ProgrammeSummary) -> str:
    so_far = summary.so_far
    if summary.ended:
        return _state_after(w, so_far)
    if not so_far.asked:
        comes = next_question(w, summary.coming, summary.now)
        return "⏳ " + (comes or w._("The last day is today."))
    told = w._("Today: {answered} of {asked} have answered.").format(
        answered=w.number(so_far.answered), asked=w.number(so_far.asked)
    )
    if so_far.asked < summary.members:
        told += " " + w._("Members who hide or got no question today aren't counted.")
    return told


def _state_after(w: Words, over_all: Activity) -> str:
    answered = w._("✅ Answered: {share} ({answered} of {asked})").format(
        share=bold(w.percent(over_all.answered / max(over_all.asked, 1))),
        answered=w.number(over_all.answered),
        asked=w.number(over_all.asked),
    )
    follows = w._("The report has the figures. The next season keeps settings and teams.")
    return paragraphs(w._("🏁 It's over."), answered if over_all.asked else "", follows)


def _button(programme_id: int, label: str, name: str, rest: str = "") -> Button:
    return Button(label, f"{name}:{programme_id}{rest}")


def _card_buttons(w: Words, programme_id: int, *, ended: bool) -> Rows:
    button = partial(_button, programme_id)
    dashboard = Button(w._("📈 Dashboard"), "dashboard")
    every = [Button(w._("‹ Your programmes"), "programmes:list")]
    if ended:
        return [
            [button(w._("🏆 Boards"), "boards", ":programme:all"), dashboard],
            [button(w._("🎓 Report"), "digest"), button(w._("🔁 Next season"), "nextseason")],
            every,
        ]
    return [
        [_menu_button(w, programme_id, Menu.INVITE), button(w._("👥 Teams"), "teams", ":0")],
        [_menu_button(w, programme_id, Menu.FIGURES), dashboard],
        [
            _menu_button(w, programme_id, Menu.SETTINGS),
            button(w._("📢 Message members"), "messages"),
        ],
        every,
    ]


class Menu(StrEnum):
    """The menus behind buttons of the card, so that it can have few of them."""

    INVITE = "invite"
    FIGURES = "figures"
    SETTINGS = "settings"


def menu_title(w: Words, menu: Menu) -> str:
    titles = {
        Menu.INVITE: w._("🔗 Invite"),
        Menu.FIGURES: w._("📊 Board & digest"),
        Menu.SETTINGS: w._("⚙️ Settings"),
    }
    return titles[menu]


def _menu_button(w: Words, programme_id: int, menu: Menu) -> Button:
    return Button(menu_title(w, menu), f"menu:{programme_id}:{menu}")


def menu(w: Words, programme: Programme, chosen: Menu, before: int | None = None) -> Message:
    """After a button of the card that opens a menu other than the settings.

    `before` is the id of the last season if its members can still be invited.
    """
    button = partial(_button, programme.id)
    rows = {
        Menu.INVITE: [
            [button(w._("🔗 Members"), "invite"), button(w._("👥 A team"), "teams", ":0")],
            [button(w._("💬 Group chat"), "group"), button(w._("🤝 Colleague"), "colleague")],
            *_invite_past(w, programme.id, before),
        ],
        Menu.FIGURES: [
            [button(w._("🏆 Boards"), "boards", ":programme:all")],
            [button(w._("🗞 Weekly digest"), "digest"), button(w._("🤝 Team goal"), "goal")],
        ],
    }
    return message(
        f"{menu_title(w, chosen)} · {bold(programme.name)}",
        rows=[*rows[chosen], [programme_button(w, programme.id)]],
    )


@dataclass(frozen=True)
class ProgrammeSettings:
    """What the settings show. `begun`: first day and time zone are fixed; `joined`: by anybody.

    `moved`: some members had been told of an earlier first day than the one that was just set.
    """

    programme: Programme
    holidays: Sequence[date]
    today: date
    begun: bool
    joined: bool
    moved: MovedStart | None = None


def settings(w: Words, shown: ProgrammeSettings, changed: Step | None = None) -> Message:
    """After the card's button for settings, and after one has been `changed`."""
    of, labels = shown.programme, step_labels(w)
    days = QuestionDays.of(of, shown.holidays)
    ahead = [day for day in shown.holidays if day >= shown.today]
    values = {
        Step.NAME: of.name,
        Step.ZONE: of.timezone,
        Step.START: w.dated_weekday(of.starts_on),
        Step.END: w.dated_weekday(of.ends_on) if of.ends_on else w._("none"),
        Step.TIME: w.clock(of.question_time),
        Step.DAYS: words.weekdays(w, of.weekdays) + words.in_all(w, days.count()),
        Step.HOLIDAYS: words.date_list(w, ahead) if ahead else w._("none"),
    }
    fixed = {Step.START, Step.ZONE} if shown.begun else set[Step]()
    buttons = [
        Button(f"✏️ {label}", f"set:{of.id}:{step}")
        for step, label in labels.items()
        if step not in {*fixed, Step.HOLIDAYS}
    ]
    buttons.append(Button(f"🏖 {labels[Step.HOLIDAYS]}", f"holidays:{of.id}:0"))
    last = [Button(w._("🏁 End it"), f"end:{of.id}:ask")] if shown.begun else []
    if not shown.joined:
        last.append(Button(w._("🗑 Delete it"), f"remove:{of.id}:ask"))
    elif not shown.begun:
        last.append(Button(w._("🚫 Call it off"), f"calloff:{of.id}:ask"))
    tell_them = [Button(w._("📢 Message members"), f"messages:{of.id}")]
    return message(
        f"{menu_title(w, Menu.SETTINGS)} · {bold(of.name)}",
        f"✅ {_told_after(w, changed, of)}" if changed else "",
        _told_of_earlier_start(w, shown.moved) if shown.moved else "",
        "\n".join(f"{labels[step]}: {bold(value)}" for step, value in values.items()),
        w._("It has begun, so the first day and the time zone can't change any more.")
        if fixed
        else "",
        rows=[
            *([tell_them] if shown.moved else []),
            *rows_of(2, buttons),
            *([last] if last else []),
            [programme_button(w, of.id)],
        ],
    )


def _told_of_earlier_start(w: Words, moved: MovedStart) -> str:
    told = w.ngettext(
        "⚠️ {count} member had been told that it starts sooner.",
        "⚠️ {count} members had been told that it starts sooner.",
        moved.told,
    )
    again = w._(
        "They'll be welcomed again on the day before the new first day. Send a message to tell "
        "them now."
    )
    if not moved.welcomed_again:
        again = w._(
            "The first day has moved too often in a week to welcome them again. Send a message to "
            "tell them."
        )
    return f"{told} {again}"


def _told_after(w: Words, changed: Step, of: Programme) -> str:
    if changed is Step.START and of.ends_on is not None:
        return w._("Saved. The last day stays. I don't tell members.")
    if changed in (Step.TIME, Step.ZONE):
        return w._(
            "Saved. Members who joined the quiz through this programme and never changed their "
            "time or zone get the new one, from their next question on. I don't tell them."
        )
    return w._("Saved. I don't tell members.")


def ask_remove_programme(w: Words, programme: Programme) -> Message:
    """After the button that deletes a programme: asks once."""
    return message(
        w._("🗑 Delete {name}?").format(name=bold(programme.name)),
        w._(
            "Nobody has joined yet. Its links, printed codes and group chats stop working. This "
            "can't be undone."
        ),
        rows=_yes_or_keep(w, programme, Button(w._("🗑 Delete it"), f"remove:{programme.id}:yes")),
    )


def _yes_or_keep(w: Words, programme: Programme, yes: Button) -> Rows:
    return [[yes, programme_button(w, programme.id, w._("Keep it"))]]


def removed_programme(w: Words, name: str) -> Message:
    """After a programme was deleted."""
    return message(w._("✅ {name} is deleted. Its links no longer work.").format(name=bold(name)))


def calling_off(w: Words, members: int) -> tuple[str, str]:
    """Returns who hears that a programme with so many members is called off, and what is lost.

    For pages as well.
    """
    told = w.ngettext(
        "{count} person has joined. They'll be told once, not at night, and their own quiz goes "
        "on.",
        "{count} people have joined. Each of them will be told once, not at night, and their own "
        "quiz goes on.",
        members,
    )
    if not members:
        told = w._("Everybody who joined has left again, so nobody is told.")
    return told, w._(
        "It's deleted for everybody who runs it, and its links, printed codes and group chats "
        "stop working. This can't be undone."
    )


def ask_call_off(w: Words, programme: Programme, members: int) -> Message:
    """After the button that calls off a programme with so many members: asks once."""
    return message(
        w._("🚫 Call off {name}?").format(name=bold(programme.name)),
        *calling_off(w, members),
        rows=_yes_or_keep(
            w, programme, Button(w._("🚫 Call it off"), f"calloff:{programme.id}:yes")
        ),
    )


def called_off(w: Words, name: str, members: int) -> Message:
    """After a programme with so many members was called off."""
    told = w.ngettext("I'm telling {count} member.", "I'm telling {count} members.", members)
    return message(
        w._("✅ {name} is called off. Its links no longer work.").format(name=bold(name)),
        told if members else "",
        rows=[[Button(w._("‹ Your programmes"), "programmes:list")]],
    )


def _invite_past(w: Words, programme_id: int, before: int | None) -> Rows:
    """Returns the button that invites the members of the last season, if there is one."""
    if before is None:
        return []
    return [[Button(w._("🔁 Invite past members"), f"invitepast:{programme_id}:{before}")]]


def next_season_exists(w: Words, programme: Programme) -> Message:
    """After the button for a next season that has been made already."""
    return message(
        w._("🔁 There's a next season already: {name}, {dates}.").format(
            name=bold(programme.name),
            dates=words.date_range(w, programme.starts_on, programme.ends_on),
        ),
        rows=[
            [
                programme_button(w, programme.id, w._("📋 Programme")),
                _menu_button(w, programme.id, Menu.INVITE),
            ]
        ],
    )


def next_season_later(w: Words, programme: Programme) -> Message:
    """After the button for a next season of a programme that has not ended."""
    return message(
        f"🔁 {not_over(w)}",
        rows=[[programme_button(w, programme.id)]],
    )


def not_over(w: Words) -> str:
    """Returns why there is no next season yet, as plain text."""
    return w._("This one has not ended yet. Start the next season after its last day.")


def created(
    w: Words, programme: Programme, before: int | None = None, runs: Sequence[str] = ()
) -> Message:
    """After the last step of the wizard: what to do next. `before` is the id of the last season.

    `runs` are the names of all who run it if they are the colleagues of the last season.
    """
    return message(
        w._("🎉 {name} is ready!").format(name=bold(programme.name)),
        w._("🧑‍💼 Run by {names}, as before.").format(names=name_list(w, runs, PAGE))
        if runs
        else "",
        w._(
            "Next, invite people. Your link and its QR code show them who will see what, before "
            "they join."
        ),
        rows=[
            [Button(w._("🔗 Invite members"), f"invite:{programme.id}")],
            *_invite_past(w, programme.id, before),
            [
                Button(w._("👥 Teams"), f"teams:{programme.id}:0"),
                programme_button(w, programme.id, w._("📋 Programme")),
            ],
        ],
    )


def past_members_invited(w: Words, programme: Programme, invited: int | None) -> Message:
    """After the button that invites who took part; `invited` is None if it was pressed before."""
    told = w._("They have been invited already, and nobody is asked twice.")
    if invited is not None:
        told = w.ngettext(
            "{count} person who took part gets one message, after their question of the day.",
            "{count} people who took part get one message each, after their question of the day.",
            invited,
        )
    return message(
        f"🔁 {told}",
        w._(
            "They're in only if they join. Members who have turned messages off get none. It "
            "counts as one of your two messages in seven days."
        ),
        rows=[[programme_button(w, programme.id)]],
    )


def wizard_unfinished(w: Words) -> Message:
    """Instead of a question whose answer is typed, while a new programme is being made."""
    return message(
        w._("You're making a new programme. Finish or cancel that first."),
        rows=[[Button(w._("📋 The new programme"), "programmes:new")]],
    )


def holiday_list(
    w: Words, programme: Programme, holidays: Sequence[date], today: date, page: int
) -> Message:
    """After the button for holidays: a page of those after `today`; each button removes one."""
    future = [day for day in holidays if day > today]
    shown = future[page * PAGE : (page + 1) * PAGE]
    removals = [
        Button(f"✖ {w.full_date(day)}", f"holiday:{programme.id}:{day.isoformat()}")
        for day in shown
    ]
    return message(
        w._("🏖 Holidays of {name}").format(name=bold(programme.name)),
        words.date_list(w, future) if future else w._("None are planned."),
        w._("Tap a day to remove it. To add some, send them, like: 24-26 Dec, 1 Jan 2027")
        if shown
        else w._("To add some, send them, like: 24-26 Dec, 1 Jan 2027"),
        rows=[
            *rows_of(2, removals),
            *page_buttons(f"holidays:{programme.id}", page, PAGE, len(future)),
            [
                Button(w._("➕ Add holidays"), f"addholidays:{programme.id}"),
                Button(w._("‹ Settings"), f"menu:{programme.id}:{Menu.SETTINGS}"),
            ],
        ],
    )


def ask_holidays(w: Words, fault: str = "") -> Message:
    """Before holidays are typed. `fault` is a sentence in HTML about the last answer."""
    return message(
        f"⚠️ {fault}" if fault else "",
        w._(
            "Which days have no question? Send dates with commas between them, like: "
            "24-26 Dec, 1 Jan 2027"
        ),
        rows=[[Button(w._("Cancel"), "asked:done")]],
    )


def ask_end(w: Words, programme: Programme, last_day: date, *, later: bool = False) -> Message:
    """Before the programme ends, or ends sooner: asks once. `later` is a last day after today."""
    title, yes, no = w._("🏁 End {name}?"), w._("🏁 End it"), w._("Keep it going")
    if later:
        title, yes = w._("🏁 Set {day} as the last day of {name}?"), w._("🏁 Set {day}")
        no = w._("Keep the dates")
    day = w.full_date(last_day)
    return message(
        title.format(name=bold(programme.name), day=day),
        w._(
            "Its last day will be {day}. Boards and figures stay. I'll tell members it's over, and "
            "their daily question goes on until they /pause or /stop."
        ).format(day=bold(day)),
        rows=[
            [
                Button(yes.format(day=day), f"end:{programme.id}:{last_day.isoformat()}"),
                programme_button(w, programme.id, no),
            ]
        ],
    )


def programme_button(w: Words, programme_id: int, label: str = "") -> Button:
    """Returns the button to the programme's card, labelled as the way back to it."""
    return Button(label or w._("‹ Programme"), f"programme:{programme_id}")
