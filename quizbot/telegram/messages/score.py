"""Score and leaderboards."""

from collections.abc import Sequence
from datetime import datetime
from textwrap import shorten

from db.programmes import Programme
from quizbot.charts.progress import Day, Outcome, Point, ProgressPicture, ProgressWords
from quizbot.quiz.answers.leaderboard import Leaderboard, LeaderboardRow, Period
from quizbot.quiz.answers.progress import WEEKS_SHOWN, DayResult, KeyPointMastery, Progress
from quizbot.quiz.answers.scoring import week_of
from quizbot.telegram.messages.markup import Button, Message, bold, escape, lines, shortened
from quizbot.telegram.messages.words import Words

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_PROGRAMMES_SHOWN = 10
_LABEL = 40  # characters on a button


def score(w: Words, facts: Progress, now: datetime, *, offer_picture: bool) -> Message:
    """All figures of one person; the picture of them comes by itself or by a button."""
    _ = w._
    totals = facts.totals
    figures = [
        (_("Points"), w.number(totals.points)),
        (_("Rank (all time)"), "–" if facts.rank is None else w.number(facts.rank)),
        (_("Streak"), w.ngettext("{count} day", "{count} days", facts.streak)),
        (_("Freezes"), w.number(facts.freezes)),
        (_("Best streak"), w.ngettext("{count} day", "{count} days", totals.best_streak)),
        (_("Answered"), w.ngettext("{count} question", "{count} questions", totals.answered)),
        (_("Accuracy"), "–" if totals.accuracy is None else w.percent(totals.accuracy)),
    ]
    following = (
        _("Next question: {when}").format(when=bold(w.moment(facts.next_at, facts.zone, now)))
        if facts.next_at
        else _("No question is planned: /resume starts them again.")
    )
    return Message(
        lines(
            f"📊 {bold(facts.alias)}",
            "\n".join(f"{name}: {bold(value)}" for name, value in figures),
            _mastery(w, facts),
            _("❓ Your question is waiting for you: /quiz shows it.") if facts.waiting else "",
            following,
        ),
        [
            *([[Button(_("📈 Picture"), "picture")]] if offer_picture else []),
            [Button(_("🏆 Leaderboard"), "leaderboard"), Button(_("❓ Quiz"), "quiz")],
        ],
    )


def _mastery(w: Words, facts: Progress) -> str:
    """A line a key point: how many of its questions are mastered, being learnt, new."""
    _ = w._
    if not facts.points:
        return ""
    rows = [
        f"{bold(f'{w.number(each.mastered)} · {w.number(each.learning)} · {w.number(each.new)}')}"
        f"  {escape(point_label(w, each))}"
        for each in facts.points[:POINTS_SHOWN]
    ]
    if (more := len(facts.points) - POINTS_SHOWN) > 0:
        rows.append(w.ngettext("… and {count} more", "… and {count} more", more))
    return "\n".join([f"📚 {bold(_('Key points'))} ({_('mastered · learning · new')})", *rows])


def leaderboard(w: Words, board: Leaderboard, programmes: Sequence[Programme] = ()) -> Message:
    """The top, oneself with neighbours, and a button for the other period.

    `programmes` are those that the person is in: each has a board of its own.
    """
    _ = w._
    title = _("🏆 This week") if board.period is Period.WEEK else _("🏆 All time")
    players = w.ngettext("{count} player", "{count} players", board.players)
    body = "\n".join(_line(w, standing) for standing in board.top)
    around = "\n".join(_line(w, standing) for standing in board.around_me)
    on_board = any(standing.is_me for standing in (*board.top, *board.around_me))
    myself = "" if on_board else _off_the_board(w, board.my_alias)
    return Message(
        lines(
            f"{bold(title)} · {players}",
            body or _("Nobody has points yet. Be the first!"),
            f"⋯\n{around}" if around else "",
            myself,
        ),
        [
            [_other_period(w, board.period), Button(_("📊 My score"), "score")],
            *(
                [Button(f"🏆 {shortened(each.name, _LABEL)}", f"boards:{each.id}:week:all")]
                for each in programmes[:_PROGRAMMES_SHOWN]
            ),
        ],
    )


def _line(w: Words, standing: LeaderboardRow) -> str:
    place = _MEDALS.get(standing.rank, f"{w.number(standing.rank)}.")
    points = w.ngettext("{count} point", "{count} points", standing.points)
    line = f"{place} {escape(standing.alias)} · {points}"
    return f"<b>{line} ← {w._('you')}</b>" if standing.is_me else line


def _off_the_board(w: Words, alias: str) -> str:
    points = w.ngettext("{count} point", "{count} points", 0)
    line = f"<b>– {escape(alias)} · {points} ← {w._('you')}</b>"
    return f"{line}\n{w._('Answer a question to join this board.')}"


def _other_period(w: Words, period: Period) -> Button:
    if period is Period.WEEK:
        return Button(w._("🗓 All time"), f"board:{Period.ALL_TIME}")
    return Button(w._("🗓 This week"), f"board:{Period.WEEK}")


# More would neither fit a message nor be read in a picture; titles are cut to match.
POINTS_SHOWN = 15
_LONGEST_LABEL = 100
_FEWEST_WEEKS = 5
_OUTCOMES: dict[DayResult, Outcome] = {
    DayResult.RIGHT: "correct",
    DayResult.WRONG: "incorrect",
    DayResult.UNANSWERED: "unanswered",
}


def point_label(w: Words, mastery: KeyPointMastery) -> str:
    """The title of a point, cut where it is very long."""
    if mastery.point is None:
        return w._("Other questions")
    return shorten(mastery.point.title, _LONGEST_LABEL, placeholder="…")


def picture(w: Words, facts: Progress) -> ProgressPicture:
    """The days of the last weeks, and how far each key point has come."""
    return ProgressPicture(
        words=_words(w, facts),
        last_day=facts.today,
        days=tuple(Day(day, _OUTCOMES[result]) for day, result in sorted(facts.days.items())),
        points=tuple(
            Point(point_label(w, each), each.mastered, each.learning, each.new)
            for each in facts.points[:POINTS_SHOWN]
        ),
        weeks=_weeks(facts),
    )


def _weeks(facts: Progress) -> int:
    """As many as there is something to show of: a newcomer's calendar is not mostly empty."""
    first = min(facts.days, default=facts.today)
    weeks = (week_of(facts.today) - week_of(first)).days // 7 + 1
    return min(max(weeks, _FEWEST_WEEKS), WEEKS_SHOWN)


def caption(w: Words, facts: Progress) -> str:
    """The same in words, for whoever cannot see it."""
    results = list(facts.days.values())
    answered = sum(result is not DayResult.UNANSWERED for result in results)
    right = sum(result is DayResult.RIGHT for result in results)
    return w._(
        "The last {weeks} weeks: {answered} of {asked} answered, {right} right. "
        "Mastered means right on two days at least a week apart, and likely to last three weeks."
    ).format(
        weeks=w.number(WEEKS_SHOWN),
        answered=w.number(answered),
        asked=w.number(len(results)),
        right=w.number(right),
    )


def no_picture(w: Words) -> Message:
    """When it could not be drawn."""
    return Message(
        w._("The picture cannot be drawn just now. Please ask for it again in a minute."),
        [[Button(w._("📈 Picture"), "picture")]],
    )


def _words(w: Words, facts: Progress) -> ProgressWords:
    _ = w._
    points = w.ngettext("{count} point", "{count} points", facts.totals.points)
    streak = w.ngettext("streak {count} day", "streak {count} days", facts.streak)
    return ProgressWords(
        title=_("Your progress"),
        subtitle=f"{points} · {streak}",
        calendar=_("Daily questions"),
        points=_("What you have learnt"),
        correct=_("Right"),
        incorrect=_("Wrong"),
        unanswered=_("No answer"),
        mastered=_("Mastered"),
        learning=_("Learning"),
        new=_("New"),
        weekdays=w.weekdays,
        months=w.months,
        alt=caption(w, facts),
    )
