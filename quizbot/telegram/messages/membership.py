"""Messages to members of programmes: what an invitation offers, joining, settings, and the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from html import escape

from db.models import Subscriber
from db.programmes import ALL_WEEKDAYS, Programme, Team
from questions import Topic
from quizbot.programmes.boards import MemberBoard
from quizbot.programmes.membership import Membership, Offer, Refusal
from quizbot.programmes.team_goal import GoalProgress
from quizbot.quiz.asking.question_days import local_date
from quizbot.telegram.messages import words
from quizbot.telegram.messages.boards import (
    final_points,
    first_full_week,
    period_names,
    place_among,
)
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    bold,
    disclaimer,
    message,
    name_list,
    page_buttons,
    programme_choices,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.subscription import next_question
from quizbot.telegram.messages.team_goal import progress_line
from quizbot.telegram.messages.words import Words

_TEAMS = 20  # on a page


def offer(w: Words, offered: Offer, topic: Topic) -> Message:
    """After a link to a programme was opened: all that somebody should know before they join."""
    programme = offered.programme
    if offered.changes_team and offered.team is not None:
        return _team_move(w, programme, offered.team, offered.code)
    return message(
        w._("{name} has ended. Here's its next season.").format(name=bold(offered.ended))
        if offered.ended
        else "",
        w._("👋 You're invited to {name}!").format(name=bold(programme.name)),
        words.demo_note(w, programme.demo),
        _details(w, offered, topic),
        disclaimer(topic.disclaimer),
        _visibility(w),
        _effect_on_questions(w, offered),
        rows=[
            [
                Button(w._("✅ Join"), f"join:{offered.code}"),
                Button(w._("Not now"), f"decline:{offered.code}"),
            ]
        ],
    )


def offer_declined(w: Words, *, is_unknown: bool) -> Message:
    """After "Not now" below an offer. `is_unknown`: nothing at all is kept about them now."""
    return message(
        w._("Okay, not now."),
        w._("I've kept nothing about you.") if is_unknown else w._("Nothing has changed for you."),
        w._("If you change your mind, the link keeps working: just open it again."),
    )


def _details(w: Words, offered: Offer, topic: Topic) -> str:
    programme = offered.programme
    days_off = words.date_list(w, offered.holidays)
    lines = [
        w._("Run by: {names}").format(
            names=name_list(w, offered.coordinators) or w._("nobody right now")
        ),
        w._("Dates: {dates}").format(
            dates=bold(words.date_range(w, programme.starts_on, programme.ends_on))
        ),
        w._("Questions: {when}").format(when=bold(words.question_times(w, programme))),
        w._("Days off: {days}").format(days=days_off) if days_off else "",
        w._("Topic: {topic}").format(topic=bold(topic.title)),
        _same_team(w, offered.team)
        if offered.team is not None and offered.same_team
        else _your_team(w, offered.team),
    ]
    return "\n".join(filter(None, lines))


def _your_team(w: Words, team: Team | None) -> str:
    return w._("Your team: {team}").format(team=bold(team.name)) if team else ""


def _same_team(w: Words, team: Team) -> str:
    return w._("Your team: {team}, as last time. /programmes changes that.").format(
        team=bold(team.name)
    )


def privacy_lines(w: Words) -> tuple[str, ...]:
    """Returns who sees what, a sentence each: first what coordinators see, last how to leave."""
    return (
        w._(
            "Your coordinators see your alias (a made-up name), your team, your points, and "
            "on how many days you took part."
        ),
        w._(
            "They never see what you answered, or your Telegram name, username, phone number "
            "or time zone."
        ),
        w._("Figures about answers show only once five people were right and five weren't."),
        w._(
            "Other members see your alias and points on the boards. The weekly board may "
            "also go to the programme's group chats, where others can read it."
        ),
        w._(
            "A right answer earns 10 points and a wrong one 2, so your points show how well "
            "you're doing. “All time” boards also count points from outside the programme."
        ),
        w._("Your first name shows only if you choose that. One tap takes you off the boards."),
        w._("Your coordinators can write to you up to twice a week. One tap turns that off."),
        w._("You can leave any time with one tap: /programmes"),
    )


def _visibility(w: Words) -> str:
    heading = "🔒 " + bold(w._("Who sees what"))
    return "\n".join([heading, *(f"• {each}" for each in privacy_lines(w))])


def _effect_on_questions(w: Words, offered: Offer) -> str:
    if offered.is_new_subscriber:
        return w._(
            "When you join, you get a daily question at {time}, {zone}. You can change both. I "
            "keep your Telegram id, an alias, your language and your answers until you /forget "
            "them. /privacy says more."
        ).format(
            time=w.clock(offered.programme.question_time),
            zone=escape(words.zone_time(w, offered.programme.timezone)),
        )
    restart = w._("When you join, your daily question starts again.")
    days = _question_days(
        w,
        offered.programme,
        offered.usual_time or offered.programme.question_time,
        has_others=offered.has_others,
        is_known=True,
        begun=offered.begun,
    )
    return f"{restart} {days}" if offered.starts_questions else days


def _question_days(
    w: Words,
    programme: Programme,
    at: time,
    *,
    has_others: bool,
    is_known: bool,
    begun: bool = False,
) -> str:
    """Returns on which days, until when, a member's question comes, and what goes on.

    Who was in the quiz before (`is_known`) keeps their time. Members of several programmes are
    asked on the days of all (question_days.Calendar).
    """
    first, last = w.full_date(programme.starts_on), programme.ends_on
    if last is None:
        period = w._("From now on") if begun else w._("From {first} on")
    else:
        period = w._("Until {last}") if begun else w._("From {first} to {last}")
    days = words.weekdays(w, programme.weekdays)
    told = w._("{period}, your question comes {days} at {time}.")
    if is_known:
        told = w._("{period}, your question comes {days} at {time}, your usual time.")
    if last is not None and not has_others and programme.weekdays != ALL_WEEKDAYS:
        told += " " + w._("After that, it comes every day.")
    if is_known:
        told += " " + w._("Your streak and points go on.")
    return told.format(
        period=period.format(first=first, last=w.full_date(last) if last else ""),
        days=w._("on the days of your programmes") if has_others else days,
        time=w.clock(at),
    )


def _team_move(w: Words, programme: Programme, team: Team, code: str) -> Message:
    return message(
        w._("You're already in {name}. This link is for team {team}.").format(
            name=bold(programme.name), team=bold(team.name)
        ),
        rows=[[Button(w._("👥 Move to this team"), f"join:{code}")]],
    )


def invitation_refused(w: Words, refusal: Refusal) -> Message:
    """After a link was opened that leads nowhere: why, and what to do."""
    sentences = {
        Refusal.UNKNOWN: w._(
            "I don't know that link. Ask for a new one, or send /start to begin without it."
        ),
        Refusal.CLOSED: w._(
            "That link no longer works. Ask for a new one, or send /start to begin without it."
        ),
        Refusal.ENDED: w._(
            "That programme has ended. Send /start to get the daily question anyway."
        ),
        Refusal.ALREADY_IN: w._("You're already in that programme. See /programmes."),
    }
    return message(sentences[refusal])


def group_link_only(w: Words) -> Message:
    """After a link for groups was opened in private."""
    return message(w._("That link is for a group chat. Open it there, or add me to the group."))


def joined(
    w: Words,
    membership: Membership,
    subscriber: Subscriber,
    now: datetime,
    *,
    has_teams: bool,
    has_others: bool = False,
    is_asked: bool = False,
) -> Message:
    """After the button of an offer.

    `has_teams` is whether there are teams to choose from, `has_others` whether they are in another
    programme, `is_asked` whether today's question comes right after this.
    """
    programme, team = membership.programme, membership.team
    begun = programme.starts_on <= local_date(now, programme.timezone)
    is_newcomer = membership.enrolment.waits_for_start
    is_first = is_newcomer and not begun and not subscriber.answered
    team_choice = [Button(w._("👥 Choose a team"), f"myteam:{programme.id}:0")]
    return message(
        w._("🎉 You're in {name}!").format(name=bold(programme.name)),
        w._("Here's your question for today. 👇") if is_asked else "",
        next_question(w, subscriber, now, is_first=is_first),
        _question_days(
            w,
            programme,
            subscriber.question_time,
            has_others=has_others,
            is_known=not is_newcomer,
            begun=begun,
        ),
        _your_team(w, team),
        w._("Others see you as {alias}. /alias changes that.").format(
            alias=bold(membership.enrolment.shown_name or subscriber.alias)
        ),
        rows=[
            *([team_choice] if has_teams and team is None else []),
            [
                Button(w._("🙂 How others see me"), f"mine:{programme.id}"),
                Button(w._("🏆 Board"), f"boards:{programme.id}:week:all"),
            ],
        ],
    )


def membership_list(w: Words, memberships: Sequence[Membership]) -> Message:
    """In reply to /programmes."""
    if not memberships:
        return message(w._("You're not in a programme. Ask your coordinator for a link."))
    programmes = [each.programme for each in memberships]
    return message(w._("📋 Your programmes:"), rows=programme_choices(programmes, "mine:{}"))


@dataclass(frozen=True)
class MemberToday:
    """A programme that runs, and the reader's boards of this week and of a longer period.

    That is the whole programme, or the month for members who joined late; these have no `longer`
    before their `first_full_week`, a Monday. `all_asked`: the reader has had its last question.
    """

    programme: Programme
    week: MemberBoard
    longer: MemberBoard | None
    first_full_week: date | None = None
    goal: GoalProgress | None = None
    all_asked: bool = False


def today(
    w: Words,
    parts: Sequence[MemberToday],
    starting: Sequence[Membership],
    question: str,
    now: datetime,
    *,
    waiting: bool,
) -> Message:
    """In reply to /today by a member. `question` says when the next question comes.

    `starting` have not begun, `waiting` is whether today's question is still unanswered.
    """
    answer_now = [Button(w._("✍️ Answer now"), "quiz")]
    return message(
        *(_member_today(w, each, now) for each in parts),
        *(_before_start(w, each) for each in starting),
        w._("❓ Your question is waiting for you.") if waiting else question,
        rows=[
            *([answer_now] if waiting else []),
            *programme_choices([each.programme for each in parts], "board:{}", sign="🏆 "),
            *programme_choices([each.programme for each in starting], "mine:{}", sign="📋 "),
        ],
    )


def today_after_end(
    w: Words, programme: Programme, final: MemberBoard, question: str, *, waiting: bool
) -> Message:
    """In reply to /today in the two weeks after a programme, if no other runs."""
    rank = final.mine.rank if final.mine is not None else None
    points = final_points(w, final.my_points or 0, rank, final.players)
    return message(
        w._("🎓 {programme} ended on {day}. Thanks for taking part!").format(
            programme=bold(programme.name), day=w.day(programme.ends_on or programme.starts_on)
        ),
        f"⭐ {points}" if final.my_points else "",
        w._("❓ Your question is waiting for you.") if waiting else question,
        rows=[
            *([[Button(w._("✍️ Answer now"), "quiz")]] if waiting else []),
            [
                Button(w._("🏆 Final board"), f"boards:{programme.id}:programme:all"),
                Button(w._("📊 My score"), "score"),
            ],
        ],
    )


def _member_today(w: Words, part: MemberToday, now: datetime) -> str:
    names, later = period_names(w), part.first_full_week
    places = [
        f"{names[board.period]}: {_place(w, board, later)}"
        for board in (part.week, part.longer)
        if board is not None
    ]
    goal = [progress_line(w, part.goal)] if part.goal is not None else []
    left = _days_to_go(w, part.programme, now)
    if part.all_asked and part.programme.ends_on is not None:
        left = w._("🏁 That was the last question. The programme ends on {day}.").format(
            day=w.day(part.programme.ends_on)
        )
    return "\n".join([f"📋 {bold(part.programme.name)}", left, *goal, *places])


def _before_start(w: Words, part: Membership) -> str:
    starts = w._("⏳ Starts on {day}.").format(day=w.day(part.programme.starts_on))
    team = w._("👥 Team: {team}").format(team=bold(part.team.name)) if part.team else ""
    return "\n".join(filter(None, [f"📋 {bold(part.programme.name)}", starts, team]))


def _days_to_go(w: Words, programme: Programme, now: datetime) -> str:
    """Returns how far the programme is."""
    if programme.ends_on is None:
        return w._("📅 Since {day}").format(day=w.full_date(programme.starts_on))
    days = (programme.ends_on - local_date(now, programme.timezone)).days
    if not days:
        return w._("🏁 Today is the last day.")
    return w.ngettext("📅 {count} day to go", "📅 {count} days to go", days)


def _place(w: Words, board: MemberBoard, first_week: date | None) -> str:
    """Returns the reader's place on a board, or why there is none."""
    if board.mine is None:
        return w._("you're hidden") if board.i_am_hidden else w._("no points yet")
    so_far = words.points(w, board.my_points or 0)
    if first_week is not None:
        return f"{so_far}. {first_full_week(w, first_week)}"
    if board.mine.players == 1:
        return w._("{points}, and nobody else has any yet").format(points=so_far)
    return f"{so_far}, {place_among(w, board.mine)}"


def membership_card(
    w: Words, membership: Membership, alias: str, *, has_teams: bool, name_refused: bool = False
) -> Message:
    """In reply to /programmes, and after each change: the settings in one programme.

    `name_refused` is whether the first name was chosen but cannot be shown.
    """
    programme, enrolment = membership.programme, membership.enrolment
    prefix, team = programme.id, membership.team
    return message(
        w._(
            "⚠️ I can't show your first name: to me, it looks like a link, like nothing at all, or "
            "like a word that could hurt somebody. Sorry if I'm wrong! You keep your alias. /alias "
            "changes it."
        )
        if name_refused
        else "",
        f"📋 {bold(programme.name)}",
        "\n".join(
            [
                f"📅 {words.date_range(w, programme.starts_on, programme.ends_on)}",
                f"🕘 {escape(words.question_times(w, programme))}",
                w._("👥 Team: {team}").format(team=bold(team.name) if team else w._("none")),
            ]
        ),
        _seen_as(w, membership, alias),
        w._("🔕 You get no messages from its coordinators.") if enrolment.messages_off else "",
        rows=[
            [
                Button(w._("🏆 Board"), f"boards:{prefix}:week:all"),
                *([Button(w._("👥 My team"), f"myteam:{prefix}:0")] if has_teams else []),
            ],
            [
                Button(w._("👀 Show me"), f"hide:{prefix}:off")
                if enrolment.hidden
                else Button(w._("🙈 Hide me"), f"hide:{prefix}:on"),
                Button(w._("🎭 Show my alias"), f"myname:{prefix}:alias")
                if enrolment.shown_name
                else Button(w._("🙂 Show my first name"), f"myname:{prefix}:first"),
            ],
            [
                Button(w._("🔔 Get messages"), f"mymessages:{prefix}:on")
                if enrolment.messages_off
                else Button(w._("🔕 No messages"), f"mymessages:{prefix}:off"),
                Button(w._("🚪 Leave"), f"leave:{prefix}"),
            ],
        ],
    )


def _seen_as(w: Words, membership: Membership, alias: str) -> str:
    """Returns how others see the member on boards and in the dashboard."""
    shown_name = membership.enrolment.shown_name
    if membership.enrolment.hidden:
        return w._(
            "🙈 You're hidden. You're not on its boards or in a team's average, and your "
            "coordinators don't see your points or days."
        )
    if shown_name:
        return w._("🙂 Members and coordinators see you as {name}, your first name.").format(
            name=bold(shown_name)
        )
    return w._("🎭 Members and coordinators see you as {name}, your alias.").format(
        name=bold(alias)
    )


def team_choices(w: Words, membership: Membership, teams: Sequence[Team], page: int) -> Message:
    """After the button for one's team: a page of the teams; a tap on one chooses it."""
    prefix = membership.programme.id
    current = membership.enrolment.team_id
    buttons = [
        Button(
            ("✅ " if team.id == current else "") + shortened(team.name), f"team:{prefix}:{team.id}"
        )
        for team in teams[page * _TEAMS : (page + 1) * _TEAMS]
    ]
    return message(
        w._("👥 {name}: which team are you in?").format(name=bold(membership.programme.name)),
        rows=[
            *rows_of(2, buttons),
            *page_buttons(f"myteam:{prefix}", page, _TEAMS, len(teams)),
            [Button(w._("No team"), f"team:{prefix}:0"), Button(w._("‹ Back"), f"mine:{prefix}")],
        ],
    )


def left(w: Words, membership: Membership, team_id: int, left_at: datetime) -> Message:
    """After the button that leaves; the button below undoes it."""
    moment = round(left_at.timestamp() * 1_000_000)
    return message(
        w._("🚪 You've left {name} and its boards.").format(name=bold(membership.programme.name)),
        w._(
            "Changed your mind? If you undo it today, everything comes back, under your alias. If "
            "you join again later, you start there from zero. You keep your own points and your "
            "daily question. To stop that, too: /pause or /stop"
        ),
        rows=[[Button(w._("↩️ Undo"), f"back:{membership.programme.id}:{team_id}:{moment}")]],
    )
