"""Taking part in a programme: what is offered before, and what can be chosen after."""

from collections.abc import Sequence
from datetime import datetime

from db.programmes import Programme, Team
from questions import Topic
from quizbot.programmes.end_notice import EndNotice, NextQuestions
from quizbot.programmes.membership import Membership, Offer, Refusal
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    bold,
    escape,
    lines,
    rows_of,
    shortened,
    some_of,
)
from quizbot.telegram.messages.subscription import Schedule
from quizbot.telegram.messages.words import Words

_LABEL = 40  # characters on a button
_TEAMS = 20  # on a page
_MOST = 90  # buttons: Telegram takes 100


def offer(w: Words, offered: Offer, topic: Topic) -> Message:
    """Everything that somebody should know before they join."""
    _, programme = w._, offered.programme
    if offered.moves and offered.team is not None:
        return _move(w, programme, offered)
    return Message(
        lines(
            _("👋 You are invited to {name}").format(name=bold(programme.name)),
            _("🧪 It is made up, to try things out: nobody in it is real.")
            if programme.demo
            else "",
            _facts(w, offered, topic),
            f"⚕️ <i>{escape(topic.disclaimer)}</i>",
            _what_others_see(w, offered),
            _how_it_begins(w, offered),
        ),
        [[Button(_("✅ Join"), f"join:{offered.code}")]],
    )


def _facts(w: Words, offered: Offer, topic: Topic) -> str:
    _, programme = w._, offered.programme
    team = [_("Your team: {team}").format(team=bold(offered.team.name))] if offered.team else []
    off = words.holidays(w, offered.holidays)
    return "\n".join(
        [
            _("Run by: {names}").format(
                names=some_of(w, offered.runners) or _("nobody at the moment")
            ),
            _("Dates: {dates}").format(
                dates=bold(words.from_to(w, programme.starts_on, programme.ends_on))
            ),
            _("A question: {when}").format(when=bold(words.when(w, programme))),
            *([_("Without one: {days}").format(days=off)] if off else []),
            _("Topic: {topic}").format(topic=bold(topic.title)),
            *team,
        ]
    )


def _what_others_see(w: Words, offered: Offer) -> str:
    _ = w._
    return "\n".join(
        [
            f"🔒 <b>{_('Who sees what')}</b>",
            _(
                "• Who runs it sees your alias, your team, your points and on how many days you "
                "took part."
            ),
            _(
                "• They never see what you answered, nor your Telegram name, user name, phone "
                "number or time zone. Figures about answers are of five people or more."
            ),
            _(
                "• Other members see your alias and points on the boards. A weekly board may be "
                "posted in the programme's group chats, where others may read it, too."
            ),
            _(
                "• A right answer is worth 10 points and a wrong one 2, so points tell how well "
                "you did. “All time” boards count points from outside the programme, too."
            ),
            _(
                "• Your first name shows in place of the alias only if you choose so; one tap "
                "takes you off the boards."
            ),
            _("• You can leave at any time with one tap: /programmes"),
        ]
    )


def _how_it_begins(w: Words, offered: Offer) -> str:
    _ = w._
    if offered.is_stranger:
        return _(
            "Joining starts the daily question for you, at {time} in {zone}; you can change both. "
            "Your Telegram id, an alias, your language and your answers are kept until you "
            "/forget them: /privacy tells all."
        ).format(
            time=w.clock(offered.programme.question_time), zone=escape(offered.programme.timezone)
        )
    if offered.begins:
        return _("Joining starts your daily question again, at your time.")
    return ""


def _move(w: Words, programme: Programme, offered: Offer) -> Message:
    team = offered.team.name if offered.team else ""
    return Message(
        w._("You take part in {name} already. This link is for team {team}.").format(
            name=bold(programme.name), team=bold(team)
        ),
        [[Button(w._("👥 Move to this team"), f"join:{offered.code}")]],
    )


def refused(w: Words, refusal: Refusal) -> Message:
    """Why an invitation leads nowhere, and what to do."""
    _ = w._
    sentences = {
        Refusal.UNKNOWN: _(
            "I do not know that link. Ask whoever gave it to you for a new one; /start begins "
            "without one."
        ),
        Refusal.CLOSED: _(
            "That link is no longer good. Ask whoever gave it to you for a new one; /start begins "
            "without one."
        ),
        Refusal.ENDED: _("That programme has ended. /start begins the daily question without it."),
        Refusal.ALREADY_IN: _("You take part in it already: /programmes shows it."),
    }
    return Message(sentences[refusal])


def group_only(w: Words) -> Message:
    return Message(w._("That link is for a group chat: open it there, or add me to the group."))


def joined(
    w: Words, part: Membership, alias: str, schedule: Schedule | None, now: datetime, *, teams: bool
) -> Message:
    """They are in: when the first question comes, and how others see them."""
    _, programme = w._, part.programme
    first = ""
    if schedule is not None:
        first = _("Your next question comes {when} ({zone}).").format(
            when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
        )
    choice = [Button(_("👥 Choose a team"), f"myteam:{programme.id}:0")]
    team = _("Your team: {team}").format(team=bold(part.team.name)) if part.team else ""
    return Message(
        lines(
            _("🎉 You are in {name}.").format(name=bold(programme.name)),
            first,
            team,
            _("Others see you as {alias}; /alias changes that.").format(alias=bold(alias)),
        ),
        [
            *([choice] if teams and part.team is None else []),
            [
                Button(_("🙂 How I am seen"), f"mine:{programme.id}"),
                Button(_("🏆 Board"), f"boards:{programme.id}:week:all"),
            ],
        ],
    )


def mine(w: Words, parts: Sequence[Membership]) -> Message:
    """All that somebody takes part in."""
    _ = w._
    if not parts:
        return Message(
            _(
                "You take part in no programme. People join by the link that a coordinator gives "
                "them."
            )
        )
    return Message(
        _("📋 Your programmes:"),
        [
            [Button(shortened(each.programme.name, _LABEL), f"mine:{each.programme.id}")]
            for each in parts[:_MOST]
        ],
    )


def part(w: Words, part: Membership, alias: str, *, teams: bool, refused: bool = False) -> Message:
    """One of them: how one is seen in it, and what can be changed.

    `refused` is whether the first name cannot be shown that was to be.
    """
    _, programme, enrolment = w._, part.programme, part.enrolment
    which = programme.id
    team = bold(part.team.name) if part.team else _("none")
    seen_as = enrolment.shown_name or alias
    if enrolment.hidden:
        seen = _(
            "🙈 You are hidden: you are on no board of it and in no team's average, and who runs "
            "it sees neither your points nor your days."
        )
    elif enrolment.shown_name:
        seen = _("🙂 On its boards and for who runs it you are {name}, your first name.").format(
            name=bold(seen_as)
        )
    else:
        seen = _("🎭 On its boards and for who runs it you are {name}, your alias.").format(
            name=bold(seen_as)
        )
    hide = (
        Button(_("👀 Show me"), f"hide:{which}:off")
        if enrolment.hidden
        else Button(_("🙈 Hide me"), f"hide:{which}:on")
    )
    name = (
        Button(_("🎭 Show my alias"), f"myname:{which}:alias")
        if enrolment.shown_name
        else Button(_("🙂 Show my first name"), f"myname:{which}:first")
    )
    return Message(
        lines(
            _(
                "⚠️ Your first name cannot be shown: it would become a link, or has nothing to see. "
                "Your alias stays; /alias changes that."
            )
            if refused
            else "",
            f"📋 {bold(programme.name)}",
            "\n".join(
                [
                    f"📅 {words.from_to(w, programme.starts_on, programme.ends_on)}",
                    f"🕘 {escape(words.when(w, programme))}",
                    _("👥 Team: {team}").format(team=team),
                ]
            ),
            seen,
        ),
        [
            [
                Button(_("🏆 Board"), f"boards:{which}:week:all"),
                *([Button(_("👥 My team"), f"myteam:{which}:0")] if teams else []),
            ],
            [hide, name],
            [Button(_("🚪 Leave"), f"leave:{which}")],
        ],
    )


def choose_team(w: Words, part: Membership, every: Sequence[Team], page: int) -> Message:
    """All teams, a page at a time; a tap is enough."""
    _, which = w._, part.programme.id
    shown = every[page * _TEAMS : (page + 1) * _TEAMS]
    current = part.enrolment.team_id
    buttons = [
        Button(
            ("✅ " if team.id == current else "") + shortened(team.name, _LABEL),
            f"team:{which}:{team.id}",
        )
        for team in shown
    ]
    pages = [
        *([Button("‹", f"myteam:{which}:{page - 1}")] if page else []),
        *([Button("›", f"myteam:{which}:{page + 1}")] if (page + 1) * _TEAMS < len(every) else []),
    ]
    return Message(
        _("👥 Which team of {name} is yours?").format(name=bold(part.programme.name)),
        [
            *rows_of(2, buttons),
            *([pages] if pages else []),
            [Button(_("No team"), f"team:{which}:0"), Button(_("‹ Back"), f"mine:{which}")],
        ],
    )


def left(w: Words, part: Membership, team_id: int, left_at: datetime) -> Message:
    """Out, with a way back in place."""
    _ = w._
    moment = round(left_at.timestamp() * 1_000_000)
    return Message(
        lines(
            _("🚪 You have left {name}, and are on none of its boards.").format(
                name=bold(part.programme.name)
            ),
            _(
                "Undo brings everything back today, under your alias. Whoever joins again on a "
                "later day begins anew there. Your points in the quiz itself stay, and the daily "
                "question goes on; /pause and /stop end it."
            ),
        ),
        [[Button(_("↩️ Undo"), f"back:{part.programme.id}:{team_id}:{moment}")]],
    )


def end_notice(w: Words, programme: str, players: int, parting: EndNotice) -> Message:
    """Points and rank, and how the questions go on."""
    _ = w._
    return Message(
        lines(
            _("🎓 {programme} has ended. Thank you for taking part!").format(
                programme=bold(programme)
            ),
            _reached(w, players, parting),
            _goes_on(w, parting),
        ),
        [[Button(_("📊 My score"), "score"), Button(_("🏆 Leaderboard"), "leaderboard")]],
    )


def _goes_on(w: Words, parting: EndNotice) -> str:
    _ = w._
    if parting.next_on is not None:
        return _(
            "Your next question comes on {day}, with the next programme that you are in."
        ).format(day=bold(w.day(parting.next_on)))
    return {
        NextQuestions.EVERY_DAY: _(
            "What you have learnt stays when it is asked again: your daily question goes on, every "
            "day. /pause stops it for a while, /stop for good."
        ),
        NextQuestions.BY_ANOTHER: _(
            "Your daily question goes on with the other programme that you are in."
        ),
        NextQuestions.PAUSED: _(
            "Your questions are paused: /resume brings one every day from now on."
        ),
    }[parting.goes_on]


def _reached(w: Words, players: int, parting: EndNotice) -> str:
    points = bold(w.ngettext("{count} point", "{count} points", parting.points))
    if parting.rank is None:
        return w._("You reached {points}.").format(points=points)
    return w._("You reached {points}: rank {rank} of {players}.").format(
        points=points, rank=bold(w.number(parting.rank)), players=w.number(players)
    )
