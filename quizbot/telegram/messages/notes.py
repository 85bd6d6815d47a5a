"""Notes to members: the welcome before the start, announcements, new teams, removal, the end."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from db.models import Subscriber
from db.programmes import Programme
from quizbot.programmes.boards import is_good_place
from quizbot.programmes.end_notice import Continuation, EndNotice, NextQuestions
from quizbot.programmes.welcome import Welcome
from quizbot.quiz.asking.question_days import local_date
from quizbot.telegram.messages import words
from quizbot.telegram.messages.boards import final_points
from quizbot.telegram.messages.markup import (
    Button,
    KeyboardRows,
    Message,
    Rows,
    bold,
    message,
    name_list,
)
from quizbot.telegram.messages.words import Words


def announcement(w: Words, programme: Programme, coordinator: str, text: str) -> Message:
    """A coordinator's message to members."""
    return message(
        announcement_text(w, programme, coordinator, text),
        rows=_mute_rows(w, programme.id, muted=False),
    )


def mute_keyboard(
    w: Words, before: KeyboardRows, programme_id: int, *, muted: bool
) -> KeyboardRows:
    """Returns the buttons below a coordinator's message, once messages are `muted` or not."""
    others = [row for row in before if not str(row[0].get("callback_data")).startswith("mute:")]
    rows = _mute_rows(w, programme_id, muted=muted)
    return [*others, *([each.fields for each in row] for row in rows)]


def _mute_rows(w: Words, programme_id: int, *, muted: bool) -> Rows:
    if muted:
        return [[Button(w._("🔔 Get messages again"), f"mute:{programme_id}:off")]]
    return [[Button(w._("🔕 No more messages"), f"mute:{programme_id}:on")]]


def muted(w: Words, programme: Programme) -> str:
    return w._("No more messages from the coordinators of {programme}.").format(
        programme=programme.name
    )


def announcement_text(w: Words, programme: Programme, coordinator: str, text: str) -> str:
    """Returns the message's text (HTML), for its previews as well."""
    sender = w._("📢 From {coordinator}, who runs {programme}:").format(
        coordinator=bold(coordinator), programme=bold(programme.name)
    )
    return f"{sender}\n<blockquote>{escape(text)}</blockquote>"


def welcome(w: Words, starting: Welcome) -> Message:
    """The day before a programme starts, at the member's question time."""
    programme = starting.programme
    return message(
        w._("👋 {programme} starts tomorrow!").format(programme=bold(programme.name)),
        w._("The first question comes on {day} at {time}.").format(
            day=bold(w.day(starting.first_on)), time=bold(w.clock(starting.at))
        ),
        f"📅 {words.date_range(w, programme.starts_on, programme.ends_on)}, "
        f"{words.weekdays(w, programme.weekdays)}",
        _with_whom(w, starting),
        rows=[[Button(w._("🙂 How others see me"), f"mine:{programme.id}")]],
    )


def joined_late(w: Words, joined: Message, starting: Welcome) -> Message:
    """After joining too late for a welcome: adds who else is in the programme."""
    return message(joined.text, _with_whom(w, starting), rows=joined.rows)


def _with_whom(w: Words, starting: Welcome) -> str:
    """Returns who else begins with a member, who runs the programme, and how to leave."""
    lines = []
    if starting.others:
        others = w.ngettext("{count} other so far", "{count} others so far", starting.others)
        where = w._("Team {team}").format(team=bold(starting.team)) if starting.team else ""
        lines.append("👥 " + " · ".join(filter(None, [where, others])))
    elif starting.team:
        lines.append("👥 " + w._("Team {team}").format(team=bold(starting.team)))
    if starting.coordinators:
        names = name_list(w, starting.coordinators)
        lines.append(w._("🧑‍💼 Run by {names}").format(names=names))
    lines.append(w._("🚪 You can leave any time: /programmes"))
    return "\n".join(lines)


def new_team(w: Words, programme: Programme, team: str) -> Message:
    """To a member whose team a coordinator has chosen, when balancing the teams."""
    return message(
        w._("👥 Your team in {programme} is {team}. Your points so far count for it, too.").format(
            programme=bold(programme.name), team=bold(team)
        ),
        rows=[
            [Button(w._("🏆 Board"), f"boards:{programme.id}:week:all")],
            *_mute_rows(w, programme.id, muted=False),
        ],
    )


def next_season(
    w: Words, programme: Programme, code: str, before: Programme, coordinator: str
) -> Message:
    """To somebody who took part in the season before, when a coordinator invites them."""
    return message(
        w._("🔁 A new season: {programme} starts on {day}.").format(
            programme=bold(programme.name), day=bold(w.day(programme.starts_on))
        ),
        w._(
            "{coordinator} invites you because you took part in {before}. You're in only if you "
            "join: have a look first."
        ).format(coordinator=bold(coordinator), before=bold(before.name)),
        rows=[
            [Button(w._("👀 Have a look"), f"offer:{code}")],
            *_mute_rows(w, before.id, muted=False),
        ],
    )


def removal(w: Words, programme: Programme, coordinators: Sequence[str]) -> Message:
    """To somebody whom a coordinator has removed from a programme."""
    names = name_list(w, coordinators)
    ask = w.ngettext(
        "Ask {names} if you don't know why.",
        "If you don't know why, ask one of these: {names}.",
        len(coordinators),
        names=names,
    )
    return message(
        w._("You're no longer in {programme}: a coordinator removed you.").format(
            programme=bold(programme.name)
        ),
        w._("Your own quiz goes on. Your points and your streak stay."),
        ask if coordinators else "",
    )


def called_off(
    w: Words, programme: Programme, member: Subscriber, following: NextQuestions, now: datetime
) -> Message:
    """To the members of a programme that was called off before its start."""
    told = _next_questions(w, following)
    rows: Rows = []
    at = bold(w.clock(member.question_time))
    if following.continuation is Continuation.EVERY_DAY and following.is_first:
        told = w._(
            "You can still have a question every day at {time}. The first one comes {when}."
        ).format(time=at, when=w.moment(member.next_due_at or now, member.timezone, now))
        rows = [[Button(w._("🚫 No questions, thanks"), "stop")]]
    elif following.continuation is Continuation.EVERY_DAY:
        told = w._(
            "Your own quiz goes on, with a question every day at {time}. /pause takes a break, "
            "/stop ends it."
        ).format(time=at)
    other = following.programme if following.comes_on is None else None
    if other is not None and other.starts_on > local_date(now, member.timezone):
        still = w._("You're still in {programme}, which starts on {day}.").format(
            programme=bold(other.name), day=w.day(other.starts_on)
        )
        told = f"{still} {told}"
    return message(
        w._("🗓 {programme} won't take place: its coordinators have called it off.").format(
            programme=bold(programme.name)
        ),
        told,
        rows=rows,
    )


def end_notice(w: Words, notice: EndNotice) -> Message:
    """Once, when a programme is over: the member's season, and how the questions go on."""
    final = Button(w._("🏆 Final board"), f"boards:{notice.programme_id}:programme:all")
    return message(
        w._("🎓 {programme} has ended. Thanks for taking part!").format(
            programme=bold(notice.programme)
        ),
        _season(w, notice),
        _next_questions(w, notice.next_questions),
        rows=[[final, Button(w._("📊 My score"), "score")]],
    )


def _season(w: Words, notice: EndNotice) -> str:
    season, streak = notice.season, notice.season.best_streak
    if not season.answered:
        return ""
    answered = w.ngettext(
        "You answered {count} question", "You answered {count} questions", season.answered
    )
    right = w._("{number} right").format(number=w.number(season.correct))
    if season.correct == season.answered > 1:
        right = w._("all of them right")
    lines = [
        f"✅ {answered}, {right}.",
        w.ngettext("🔥 {count} question in a row", "🔥 Up to {count} questions in a row", streak)
        if streak > 1
        else "",
        w.ngettext(
            "🎯 {count} lesson mastered",
            "🎯 {count} lessons mastered",
            notice.mastered,
        )
        if notice.mastered
        else "",
        f"⭐ {final_points(w, notice.points, notice.rank, notice.players)}",
        _team(w, notice),
    ]
    return "\n".join(filter(None, lines))


def _team(w: Words, notice: EndNotice) -> str:
    """Returns the team's place if it is good: last places are told to nobody unasked."""
    team = notice.team
    if team is None or team.rank is None or not is_good_place(team.rank, notice.teams):
        return ""
    return w._("👥 {team}: place {rank} of {teams} teams").format(
        team=bold(team.team.name), rank=bold(w.number(team.rank)), teams=w.number(notice.teams)
    )


def _next_questions(w: Words, following: NextQuestions) -> str:
    if following.programme is not None and following.continuation is Continuation.WITH_THE_NEXT:
        told = w._("You're still in {programme}: your next question comes on {day}.")
        if following.is_first:
            told = w._("You're still in {programme}: your first question comes on {day}.")
        day = bold(w.day(following.comes_on or following.programme.starts_on))
        return told.format(programme=bold(following.programme.name), day=day)
    if following.programme is not None and following.continuation is Continuation.BY_ANOTHER:
        return w._("Your daily question goes on with {programme}.").format(
            programme=bold(following.programme.name)
        )
    if following.continuation is Continuation.PAUSED:
        return w._("Your questions are paused. Send /resume to get one every day.")
    return w._(
        "You still get a question every day, so what you learned sticks. /pause takes a break, "
        "/stop ends it."
    )
