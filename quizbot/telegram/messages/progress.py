"""The picture of progress, in the reader's language."""

from quizbot.charts.picture import Day, Point, ProgressPicture
from quizbot.charts.picture import Words as PictureWords
from quizbot.quiz.progress import WEEKS_SHOWN, DayResult, Progress
from quizbot.telegram.messages.message import Button, Message
from quizbot.telegram.words import Words


def picture(w: Words, facts: Progress) -> ProgressPicture:
    """The days of the last weeks, and how far each key point has come."""
    return ProgressPicture(
        words=_words(w, facts),
        last_day=facts.today,
        days=tuple(Day(day, result.value) for day, result in sorted(facts.days.items())),
        points=tuple(
            Point(each.point.title, each.mastered, each.learning, each.new) for each in facts.points
        ),
        weeks=WEEKS_SHOWN,
    )


def caption(w: Words, facts: Progress) -> str:
    """The same in words, for whoever cannot see it."""
    results = list(facts.days.values())
    answered = sum(result is not DayResult.UNANSWERED for result in results)
    right = sum(result is DayResult.RIGHT for result in results)
    return w._(
        "The last {weeks} weeks: {answered} of {asked} questions answered, {right} of them right. "
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
    answered = w.ngettext(
        "{count} question answered", "{count} questions answered", facts.totals.answered
    )
    streak = w.ngettext("streak {count} day", "streak {count} days", facts.streak)
    return PictureWords(
        title=_("Your progress"),
        subtitle=f"{answered} · {streak}",
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
