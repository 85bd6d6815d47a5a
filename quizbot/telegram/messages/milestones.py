"""What an answer card tells of milestones, returns and the streak; a milestone's picture."""

from datetime import date
from html import escape

from questions import Topic
from quizbot.charts import Figure
from quizbot.charts.keepsakes import MilestonePicture
from quizbot.quiz.answers.milestones import Milestone, Reached, milestone_of
from quizbot.quiz.answers.recording import AnswerOutcome
from quizbot.quiz.answers.streaks import NOTABLE_STREAK
from quizbot.telegram.messages.markup import Button
from quizbot.telegram.messages.words import Words, key_point_label, points

_WEEK = 7
_LONG_WEEKEND = 3  # days
_PICTURED_FROM = 7  # days
_GIVE_WAY = (Reached.MADE_UP, Reached.NEARLY, Reached.KEPT, Reached.HARD, Reached.FIRST_MISS)
_SECOND_TRY, _MANY_TRIES = 1, 2  # incorrect answers before the first correct one


def warm_line(w: Words, outcome: AnswerOutcome, topic: Topic) -> str:
    """Returns the welcome or the milestone of an answer (HTML), empty for most answers.

    At most 57 characters after an incorrect answer: an answer card has no room for more.
    """
    if outcome.came_back:
        return _welcome(w, outcome)
    milestone = milestone_of(outcome, topic)
    if milestone is None or (milestone.reached in _GIVE_WAY and outcome.streak_ended):
        return ""  # the end of a streak is told instead
    return _line(w, milestone, outcome)


def _welcome(w: Words, outcome: AnswerOutcome) -> str:
    """Returns what is kept, without a word about the days away."""
    before = outcome.question.totals
    kept = [points(w, before.points)]
    if outcome.mastered:
        kept.append(w._("{count} mastered").format(count=w.number(len(outcome.mastered))))
    elif before.correct:
        right = w.ngettext("{count} right answer", "{count} right answers", before.correct)
        kept.append(right)
    if before.best_streak >= NOTABLE_STREAK:
        kept.append(w._("best streak {count}").format(count=w.number(before.best_streak)))
    return w._("👋 Welcome back! Still yours: {kept}.").format(kept=", ".join(kept))


def _line(w: Words, milestone: Milestone, outcome: AnswerOutcome) -> str:
    match milestone.reached:
        case Reached.TOPIC:
            return w._("🏆 You've mastered the whole topic!")
        case Reached.KEY_POINT | Reached.HALF:
            title = escape(key_point_label(w, milestone.key_point))
            whole = w._("🏅 You've mastered “{title}”!")
            half = w._("⛰ Goal mastered, and half of “{title}” with it!")
            return (whole if milestone.reached is Reached.KEY_POINT else half).format(title=title)
        case Reached.FIRST_OBJECTIVE | Reached.OBJECTIVE:
            return _mastered(w, milestone)
        case Reached.DAYS:
            return _days(w, milestone.count, outcome.totals.correct)
        case Reached.BEST_STREAK:
            return w.ngettext(
                "🔥 {count} day: your best streak yet!",
                "🔥 {count} days: your best streak yet!",
                milestone.count,
            )
        case _:
            return _line_of_answer(w, milestone, outcome)


def _line_of_answer(w: Words, milestone: Milestone, outcome: AnswerOutcome) -> str:
    title = _title(milestone)
    match milestone.reached:
        case Reached.RIGHT:
            ordinal = w.ordinal(milestone.count)
            first, later = w._("🎈 Your first right answer!"), w._("🎈 Your {nth} right answer!")
            return first if milestone.count == 1 else later.format(nth=ordinal)
        case Reached.MADE_UP:
            return _made_up(w, milestone, outcome.question.local_date)
        case Reached.NEARLY:
            line = w._("🎯 Nearly mastered: {title}. One more right answer!")
            return line.format(title=title) if title else ""
        case Reached.KEPT:
            return w.ngettext(
                "🧠 Right again after {count} day: it sticks.",
                "🧠 Right again after {count} days: it sticks.",
                milestone.count,
            )
        case Reached.HARD if not milestone.tries:
            return w._("🔁 You've had this right before. It comes back.")
        case Reached.HARD:
            again = w._("🔁 A hard one. You'll get another go at it.")
            return w._("🔁 Still a hard one. It comes back.") if milestone.tries > 2 else again
        case _:
            return w._("🌱 Your first miss. It comes back, so that it sticks.")


def _mastered(w: Words, milestone: Milestone) -> str:
    """Returns the goal's title, if it has one, and how many are left."""
    title = _title(milestone)
    if milestone.reached is Reached.FIRST_OBJECTIVE:
        line = w._("🌟 First goal mastered: {title}.") if title else w._("🌟 First goal mastered!")
    else:
        line = w._("🌟 Goal mastered: {title}.") if title else w._("🌟 One more goal mastered!")
    left = w.ngettext("{count} to go.", "{count} to go.", milestone.left)
    return f"{line.format(title=title)} {left}"


def _made_up(w: Words, milestone: Milestone, today: date) -> str:
    """Returns that a question of the objective was missed: another one, mostly."""
    on, title = milestone.missed_on, _title(milestone)
    assert on is not None  # noqa: S101 -- goes with this kind
    day = w.weekday(on) if (today - on).days < _WEEK else w.short_day(on)
    if milestone.same_item:
        return w._("💪 You missed this one on {day}. Got it now!").format(day=day)
    if title and milestone.tries >= _MANY_TRIES:
        number = w.ordinal(milestone.tries + 1)
        return w._("💪 The {number} try, and you have it: {title}.").format(
            number=number, title=title
        )
    if title and milestone.tries == _SECOND_TRY and today.toordinal() % 2:
        return w._("💪 Right the second time: {title}.").format(title=title)
    line = (
        w._("💪 You missed one about {title} on {day}. Got it now!")
        if title
        else w._("💪 You missed one like this on {day}. Got it now!")
    )
    return line.format(title=title, day=day)


def _title(milestone: Milestone) -> str:
    return escape((milestone.objective and milestone.objective.title) or "")


def _days(w: Words, count: int, right: int) -> str:
    """Returns the line of so many days, with how many were right if that is half or more."""
    special = {
        3: w._("🌱 3 days of questions. A good start!"),
        7: w._("🎉 7 days of questions: a whole week!"),
        14: w._("🎉 14 days of questions: 2 whole weeks!"),
        21: w._("🎉 21 days of questions: 3 whole weeks!"),
        30: w._("🎉 30 days of questions: a whole month!"),
        50: w._("🎉 50 days of questions. Halfway to 100!"),
        100: w._("💯 100 days of questions. Wow!"),
    }
    usual = w._("🎉 {count} days of questions. Thank you!")
    line = special.get(count) or usual.format(count=w.number(count))
    if count < _PICTURED_FROM or 2 * right < count:
        return line
    return line + " " + w._("{right} right.").format(right=w.number(right))


def streak_note(w: Words, outcome: AnswerOutcome) -> str:
    """Returns whether the streak was saved or ended and a freeze was earned, empty for neither."""
    before, after = outcome.question.totals, outcome.totals
    if not outcome.question.counts:
        return ""
    goes_on = after.streak > 1
    sentences = []
    if outcome.unanswered and goes_on:
        sentences.append(
            w.ngettext(
                "❄️ A freeze saved your {days}-day streak.",
                "❄️ {count} freezes saved your {days}-day streak.",
                outcome.unanswered,
                days=w.number(after.streak),
            )
        )
    elif outcome.streak_ended:
        sentences.append(_streak_end(w, outcome))
    elif outcome.question.days_between > _LONG_WEEKEND and goes_on:
        sentences.append(w._("⏸ Days without a question didn't break your streak."))
    if goes_on and after.freezes > before.freezes - outcome.unanswered:
        sentences.append(
            w._(
                "❄️ {days} days in a row! You earned a freeze: it saves your streak when you miss a "
                "question. You have {count}."
            ).format(days=w.number(after.streak), count=w.number(after.freezes))
        )
    elif outcome.unanswered and goes_on:
        sentences.append(w.ngettext("{count} freeze left.", "{count} freezes left.", after.freezes))
    return " ".join(sentences)


def _streak_end(w: Words, outcome: AnswerOutcome) -> str:
    """Returns a greeting after days away, that a streak ended, and what is kept.

    Empty if there is nothing of these.
    """
    before, after = outcome.question.totals, outcome.totals
    is_away, had_streak = outcome.unanswered > 1, before.streak > 1
    parts = [w._("👋 Good to see you again!")] if is_away else []
    if had_streak:
        count = before.streak
        ended = w.ngettext(
            "Your {count}-day streak ended.", "Your {count}-day streak ended.", count
        )
        parts.append(ended)
        if before.streak == after.best_streak:
            parts.append(w._("It's still your best."))
        else:
            best = after.best_streak
            parts.append(w.ngettext("Your best: {count} day.", "Your best: {count} days.", best))
        if outcome.correct or not is_away:  # the card of an incorrect answer has less room
            parts.append(w._("Day 1 of the next!"))
    elif is_away:
        parts.append(w._("Still yours: {kept}.").format(kept=points(w, after.points)))
    return " ".join(parts)


def share_button(w: Words, outcome: AnswerOutcome, topic: Topic) -> list[Button]:
    """Returns the button of a milestone's picture, if an answer has reached one that has any."""
    milestone = None if outcome.came_back else milestone_of(outcome, topic)
    if milestone is None or milestone.count < _PICTURED_FROM:
        return []
    kind = "streak" if milestone.reached is Reached.BEST_STREAK else "days"
    return [Button(w._("🖼 Picture"), f"milestone:{kind}:{milestone.count}")]


def milestone_picture(
    w: Words, kind: str, count: int, right: int, alias: str, topic: Topic, bot: str
) -> MilestonePicture:
    """Returns the picture of a best streak, or of so many days answered, with how many right."""
    in_a_row = w.ngettext("My best streak: {count} day.", "My best streak: {count} days.", count)
    answered = w.ngettext("{count} day of questions.", "{count} days of questions.", count)
    return MilestonePicture(
        language=w,
        alt=in_a_row if kind == "streak" else answered,
        number=Figure(count, w.number(count)),
        unit=w._("days in a row") if kind == "streak" else w._("days of questions"),
        learned=w._("{right} of {count} right").format(right=w.number(right), count=w.number(count))
        if 2 * right >= count
        else "",
        alias=alias,
        topic=topic.title,
        bot=f"@{bot}",
        emblem="streak" if kind == "streak" else "days",
    )
