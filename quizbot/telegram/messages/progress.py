"""The picture of progress, in the reader's language."""

from textwrap import shorten

from quizbot.charts.picture import Day, Point, ProgressPicture
from quizbot.charts.picture import Words as PictureWords
from quizbot.quiz.mastery import PointMastery
from quizbot.quiz.progress import WEEKS_SHOWN, DayResult, Progress
from quizbot.quiz.scoring import week_of
from quizbot.telegram.messages.message import Button, Message
from quizbot.telegram.words import Words

# More would neither fit a message nor be read in a picture; titles are cut to match.
POINTS_SHOWN = 15
_LONGEST_LABEL = 100
_FEWEST_WEEKS = 5


def point_label(w: Words, mastery: PointMastery) -> str:
    """The title of a point, cut where it is very long."""
    if mastery.point is None:
        return w._("Other questions")
    return shorten(mastery.point.title, _LONGEST_LABEL, placeholder="…")


def picture(w: Words, facts: Progress) -> ProgressPicture:
    """The days of the last weeks, and how far each key point has come."""
    return ProgressPicture(
        words=_words(w, facts),
        last_day=facts.today,
        days=tuple(Day(day, result.value) for day, result in sorted(facts.days.items())),
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


def _words(w: Words, facts: Progress) -> PictureWords:
    _ = w._
    points = w.ngettext("{count} point", "{count} points", facts.totals.points)
    streak = w.ngettext("streak {count} day", "streak {count} days", facts.streak)
    return PictureWords(
        title=_("Your progress"),
        subtitle=f"{points} · {streak}",
        calendar=_("Daily questions"),
        points=_("What you have learnt"),
        right=_("Right"),
        wrong=_("Wrong"),
        unanswered=_("No answer"),
        mastered=_("Mastered"),
        learning=_("Learning"),
        new=_("New"),
        weekdays=w.weekdays,
        months=w.months,
        alt=caption(w, facts),
    )
