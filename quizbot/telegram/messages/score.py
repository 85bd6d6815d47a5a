"""A subscriber's score and progress."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape

from quizbot.charts.progress import Outcome, Point, ProgressPicture
from quizbot.quiz.answers.progress import DayResult, KeyPointMastery, Progress
from quizbot.quiz.answers.streaks import week_of
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import Button, Message, bold, folded, message, paragraphs
from quizbot.telegram.messages.milestones import objectives_known
from quizbot.telegram.messages.words import Words

# More key points would not fit into a message, and not be legible in a picture.
_KEY_POINTS_SHOWN = 15
_KEY_POINTS_DRAWN = 8
OUTCOMES: dict[DayResult, Outcome] = {
    DayResult.CORRECT: "correct",
    DayResult.INCORRECT: "incorrect",
    DayResult.UNANSWERED: "unanswered",
    DayResult.FROZEN: "frozen",
}


def score(w: Words, progress: Progress, now: datetime, *, offer_picture: bool) -> Message:
    """In reply to /score. `offer_picture` adds a button for the picture, if it does not follow."""
    totals = progress.totals
    figures = [
        (w._("Points"), w.number(totals.points)),
        (w._("Rank, all time"), w.number(progress.rank) if progress.rank else ""),
        (w._("Streak"), w.ngettext("{count} day", "{count} days", progress.streak)),
        (w._("Freezes"), w.number(progress.freezes)),
        (w._("Best streak"), w.ngettext("{count} day", "{count} days", totals.best_streak)),
        (w._("Answered"), w.ngettext("{count} question", "{count} questions", totals.answered)),
        (w._("Right answers"), "" if totals.accuracy is None else w.percent(totals.accuracy)),
    ]
    next_question = words.none_planned(w)
    if progress.next_at:
        when = bold(w.moment(progress.next_at, progress.zone, now))
        next_question = w._("Next question: {when}").format(when=when)
    return message(
        f"📊 {bold(progress.alias)}",
        "\n".join(f"{name}: {bold(value)}" for name, value in figures if value),
        objectives_known(w, progress),
        _mastery(w, progress.key_points),
        w._("❓ Your question is waiting for you.") if progress.waiting else "",
        next_question,
        rows=[
            *([[Button(w._("📈 Picture"), "picture")]] if offer_picture else []),
            [
                Button(w._("🏆 Leaderboard"), "leaderboard"),
                Button(_next_step(w, progress), "quiz"),
            ],
        ],
    )


def _next_step(w: Words, progress: Progress) -> str:
    if progress.waiting:
        return w._("✍️ Answer it")
    return w._("➕ One more") if progress.days else w._("❓ Ask me one")


def _mastery(w: Words, key_points: Sequence[KeyPointMastery]) -> str:
    """Returns how the learning objectives stand, which people know as lessons.

    The key points that somebody has begun with are folded away.
    """
    begun = [each for each in key_points if each.new < each.objectives]
    rows = [
        f"• {escape(words.key_point_label(w, each.key_point))}: {_counts(w, [each])}"
        for each in begun[:_KEY_POINTS_SHOWN]
    ]
    more = words.and_more(w, len(begun) - _KEY_POINTS_SHOWN)
    every = sum(each.objectives for each in key_points)
    if not every:
        return ""
    lessons = bold(w.ngettext("{count} lesson", "{count} lessons", every))
    done = all(each.mastered == each.objectives for each in key_points)
    lines = [
        w._("🎯 {lessons}, one thing to know in each").format(lessons=lessons),
        _counts(w, key_points),
        w._("🎓 You've mastered the whole topic! Reviews keep it fresh.") if done else "",
    ]
    return paragraphs(
        "\n".join(filter(None, lines)),
        folded("\n".join(filter(None, [*rows, more])), _meaning_of_mastered(w)) if rows else "",
    )


def _counts(w: Words, key_points: Sequence[KeyPointMastery]) -> str:
    """Returns how many objectives are in each state: "1 mastered · 8 learning · 15 new"."""
    counts = (
        (sum(each.mastered for each in key_points), w._("{count} mastered")),
        (sum(each.learning for each in key_points), w._("{count} learning")),
        (sum(each.new for each in key_points), w._("{count} new")),
    )
    return " · ".join(text.format(count=w.number(count)) for count, text in counts if count)


def _meaning_of_mastered(w: Words) -> str:
    return w._(
        "Mastered: right twice, a week or more apart, and likely to stay for three more weeks."
    )


def _lessons_mastered(w: Words, key_points: Sequence[KeyPointMastery]) -> str:
    every = sum(each.objectives for each in key_points)
    mastered = sum(each.mastered for each in key_points)
    if not mastered:
        return w.ngettext("{count} lesson", "{count} lessons", every)
    return w.ngettext(
        "{mastered} of {count} lesson mastered",
        "{mastered} of {count} lessons mastered",
        every,
        mastered=w.number(mastered),
    )


def progress_picture(w: Words, progress: Progress) -> ProgressPicture:
    """Returns the picture: the days of the last weeks, and the mastery of each key point."""
    freezes = w.ngettext("{count} freeze", "{count} freezes", progress.freezes)
    first, points = _first_day(progress), progress.key_points
    return ProgressPicture(
        language=w,
        alt=progress_caption(w, progress),
        subtitle=f"{words.points(w, progress.totals.points)} · {freezes}",
        last_day=progress.today,
        days={day: OUTCOMES[result] for day, result in progress.days.items()},
        points=tuple(
            Point(
                words.key_point_label(w, each.key_point),
                each.mastered,
                each.learning,
                each.new,
                each.right,
            )
            for each in points[:_KEY_POINTS_DRAWN]
        ),
        weeks=(week_of(progress.today) - week_of(first)).days // 7 + 1,
        streak=w.ngettext("{count} day", "{count} days", progress.streak)
        if progress.streak
        else "",
        mastered=_lessons_mastered(w, points),
        more=words.and_more(w, len(points) - _KEY_POINTS_DRAWN),
    )


def _first_day(progress: Progress) -> date:
    """Returns the first day that has a result, or today."""
    return min(progress.days, default=progress.today)


def progress_caption(w: Words, progress: Progress) -> str:
    """Returns what the picture shows in words, for readers who cannot see it."""
    results = list(progress.days.values())
    frozen = results.count(DayResult.FROZEN)
    days = w._("Since {day}: {answered} of {asked} answered, {right} right.").format(
        day=w.short_day(_first_day(progress)),
        answered=w.number(len(results) - results.count(DayResult.UNANSWERED) - frozen),
        asked=w.number(len(results)),
        right=w.number(results.count(DayResult.CORRECT)),
    )
    saved = w.ngettext("A freeze saved {count} day.", "Freezes saved {count} days.", frozen)
    parts = days if results else "", saved if frozen else "", _meaning_of_mastered(w)
    return " ".join(filter(None, parts))


def picture_unavailable(w: Words) -> Message:
    """Instead of a picture that could not be drawn."""
    return message(
        w._("I can't draw the picture right now. Please try again in a minute."),
        rows=[[Button(w._("📈 Picture"), "picture")]],
    )
