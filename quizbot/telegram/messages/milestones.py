"""What an answer card tells of milestones, returns and the streak; a milestone's picture."""

from datetime import date
from html import escape

from questions import Topic
from quizbot.charts import Figure
from quizbot.charts.keepsakes import MilestonePicture
from quizbot.quiz.answers.milestones import Milestone, Reached, milestone_of
from quizbot.quiz.answers.progress import Progress
from quizbot.quiz.answers.recording import MONTH, AnswerOutcome
from quizbot.quiz.answers.streaks import NOTABLE_STREAK
from quizbot.telegram.messages.markup import Button
from quizbot.telegram.messages.words import Words, key_point_label, points, quoted

_WEEK = 7
_LONG_WEEKEND = 3  # days
_PICTURED_FROM = 7  # days
_MANY_DAYS = 50  # of which nobody asks whether they were in a row
_SHORT_STREAK = 2  # days: its end is not worth telling
_GAINS = (Reached.MADE_UP, Reached.NEARLY, Reached.KEPT)
_PICTURES = {Reached.BEST_STREAK: "streak", Reached.RIGHT: "right"}
_SECOND_TRY, _MANY_TRIES = 1, 2  # incorrect answers before the first correct one


def warm_line(w: Words, outcome: AnswerOutcome, topic: Topic) -> str:
    """Returns the welcome or the milestone of an answer (HTML), empty for most answers.

    At most 57 characters after an incorrect answer: an answer card has no room for more.
    """
    milestone = milestone_of(outcome, topic)
    if milestone is None or (milestone.reached is Reached.EARLY_MISS and _streak_end(w, outcome)):
        return _welcome(w, outcome) if outcome.came_back else ""
    line = _line(w, milestone, outcome, topic)
    if outcome.came_back:
        if not (milestone.reached in _GAINS and outcome.correct and line):
            return _welcome(w, outcome)
        return f"{_after(w._('👋 Welcome back!'), line)}\n{_kept(w, outcome)}"
    return _greeted(w, outcome, line) if milestone.reached in _GAINS else line


def was_away(outcome: AnswerOutcome) -> bool:
    """Returns whether unanswered questions ended a streak: several, but no long silence."""
    return outcome.streak_ended and outcome.unanswered > 1 and not outcome.came_back


def _greeted(w: Words, outcome: AnswerOutcome, line: str) -> str:
    return _after(w._("👋 Good to see you!"), line) if line and was_away(outcome) else line


def _after(greeting: str, line: str) -> str:
    """Returns the line without its sign after a greeting."""
    return f"{greeting} {line.partition(' ')[2]}"


def _welcome(w: Words, outcome: AnswerOutcome) -> str:
    return w._("👋 Welcome back!") + " " + _kept(w, outcome)


def _kept(w: Words, outcome: AnswerOutcome) -> str:
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
    return w._("Still yours: {kept}.").format(kept=", ".join(kept))


def _line(w: Words, milestone: Milestone, outcome: AnswerOutcome, topic: Topic) -> str:
    match milestone.reached:
        case Reached.TOPIC:
            return w._("🏆 You've mastered the whole topic!")
        case Reached.KEY_POINT:
            title = escape(key_point_label(w, milestone.key_point))
            return w._("🏅 You've mastered “{title}”!").format(title=title)
        case Reached.HALF:
            return _half(w, milestone)
        case Reached.FIRST_OBJECTIVE | Reached.OBJECTIVE:
            return _mastered(w, milestone)
        case Reached.DAYS:
            days = _days(w, outcome) + _month(w, outcome, milestone, topic)
            return _and_mastered(w, days, milestone)
        case Reached.BEST_STREAK:
            line = w.ngettext(
                "🔥 {count} day: your best streak yet!",
                "🔥 {count} days: your best streak yet!",
                milestone.count,
            )
            return _and_mastered(w, line, milestone)
        case _:
            return _line_of_answer(w, milestone, outcome)


def _line_of_answer(w: Words, milestone: Milestone, outcome: AnswerOutcome) -> str:
    title = _title(w, milestone)
    match milestone.reached:
        case Reached.RIGHT:
            ordinal = w.ordinal(milestone.count)
            first, later = w._("🎈 Your first right answer!"), w._("🎈 Your {nth} right answer!")
            return first if milestone.count == 1 else later.format(nth=ordinal)
        case Reached.MADE_UP:
            return _made_up(w, milestone, outcome.question.local_date)
        case Reached.NEARLY:
            return _promises(w, outcome, title)[0] if title else ""
        case Reached.KEPT:
            return w.ngettext(
                "🧠 Right again after {count} day: it sticks.",
                "🧠 Right again after {count} days: it sticks.",
                milestone.count,
            )
        case _:
            return _early_miss(w, milestone, outcome)


def _early_miss(w: Words, milestone: Milestone, outcome: AnswerOutcome) -> str:
    if milestone.count > 1:
        if outcome.totals.correct:
            return w._("🌱 What you miss now will stick better later.")
        return w._("🌱 Two tricky ones to start with. Both come back.")
    if outcome.totals.answered > 1:
        return w._("🌱 Your first miss. It comes back, so that it sticks.")
    return w._("🌱 That's how learning starts. I'll ask you again.")


def _half(w: Words, milestone: Milestone) -> str:
    """Returns the objective that was mastered, and how many of the key point's are."""
    title, point = _title(w, milestone), escape(key_point_label(w, milestone.key_point))
    mastered, whole = map(w.number, milestone.of_point)
    of_point = w._("{mastered} of {whole} in “{title}”.").format(
        mastered=mastered, whole=whole, title=point
    )
    line = w._("⛰ Mastered: {title}.") if title else w._("⛰ One more lesson mastered!")
    return f"{line.format(title=title)} {of_point}"


def _and_mastered(w: Words, line: str, milestone: Milestone) -> str:
    """Returns the line of a milestone of days, and below it the objective it mastered."""
    if milestone.objective is None:
        return line
    return f"{line}\n{_objective_mastered(w, _title(w, milestone))}"


def _objective_mastered(w: Words, title: str) -> str:
    line = w._("🌟 Lesson mastered: {title}.") if title else w._("🌟 One more lesson mastered!")
    return line.format(title=title)


def movement(w: Words, outcome: AnswerOutcome, topic: Topic) -> list[str]:
    """Returns what an answer without a milestone has moved (HTML), the line to prefer first.

    Wordings take turns from one correct answer to the next, and from one incorrect one to the next.
    The shorter ones are for cards with little room.
    """
    lines = [*_movement(w, outcome, topic), *_right_so_far(w, outcome)]
    if not was_away(outcome):
        return lines
    kept = w._("👋 Good to see you! Still yours: {kept}.")
    bare = kept.format(kept=points(w, outcome.question.totals.points))
    return [*(_greeted(w, outcome, each) for each in lines), *lines, bare]


def _movement(w: Words, outcome: AnswerOutcome, topic: Topic) -> list[str]:
    change = outcome.change
    if change is None:
        return []
    objective = topic.objectives.get(change.objective_id)
    title = escape(quoted(w, objective.title if objective else None))
    if not outcome.correct:
        return _to_come(w, outcome, title)
    lines = _moved(w, outcome, title)
    turn = outcome.totals.correct % max(len(lines), 1)
    return [*lines[turn:], *lines[:turn]]


def _moved(w: Words, outcome: AnswerOutcome, title: str) -> list[str]:
    """Returns how far an objective is after a correct answer."""
    assert outcome.change is not None  # noqa: S101 -- movement needs one
    after = outcome.change.after
    if not title:
        return []
    if after.mastered:
        lines = [
            w._("✨ Still mastered: {title}."),
            w._("✨ {title}: right again. It's here to stay."),
        ]
    elif after.masters_from is not None:
        return _promises(w, outcome, title)
    elif after.first_correct_on == after.last_correct_on:
        lines = [w._("🎯 {title}: right for the first time."), w._("🎯 One step closer: {title}.")]
    else:
        lines = [w._("🎯 {title}: right again."), w._("🎯 One step closer: {title}.")]
    return [each.format(title=title) for each in lines]


def _promises(w: Words, outcome: AnswerOutcome, title: str) -> list[str]:
    """Returns from which day on one more correct answer masters it."""
    after = outcome.change.after if outcome.change is not None else None
    assert after is not None and after.masters_from is not None  # noqa: PT018, S101 -- nearly mastered
    if after.reviews > 1:
        return [nearly_mastered(w, title, after.masters_from)]
    lines = [
        w._("🎯 {title}: right once. Get it right again from {day}, and it's mastered."),
        w._("🎯 {title}: I'll ask again from {day}. Right again, and it's mastered."),
    ]
    day = w.short_day(after.masters_from)
    return [each.format(title=title, day=day) for each in lines]


def nearly_mastered(w: Words, title: str, day: date) -> str:
    """Returns the line of an objective that one correct answer from that day on masters."""
    line = w._("🎯 Nearly mastered: {title}. Get it right once more from {day}, and it's done.")
    return line.format(title=title, day=w.short_day(day))


def _to_come(w: Words, outcome: AnswerOutcome, title: str) -> list[str]:
    """Returns which objective an incorrect answer was about, and that it comes back.

    No day is named: what one correct answer masters goes first.
    """
    assert outcome.change is not None  # noqa: S101 -- its objective comes back
    before = outcome.change.before
    short = w._("🔁 It comes back, so that it sticks.")
    if not title:
        return [short]
    if before is None:
        line = w._("🌱 New to you: {title}. It comes back.")
    elif before.first_correct_on is not None:
        line = w._("🔁 You got {title} right before. It comes back.")
    elif before.incorrect:
        line = w._("🔁 A tough one: {title}. It comes back.")
    else:
        line = w._("🔁 {title} comes back, so that it sticks.")
    lines = [line, w._("🔁 {title} comes back.")]
    named = [each.format(title=title) for each in lines]
    right, missed = outcome.totals.correct, outcome.totals.answered - outcome.totals.correct
    if right > 1 and missed % 2:
        so_far = w._("{count} right answers so far.").format(count=w.number(right))
        named.insert(0, f"{named[0]} {so_far}")
    return [*named, short]


def _right_so_far(w: Words, outcome: AnswerOutcome) -> list[str]:
    right = outcome.totals.correct
    if not right or not outcome.question.counts:
        return []
    return [
        w.ngettext("🎯 {count} right answer so far.", "🎯 {count} right answers so far.", right)
    ]


def _mastered(w: Words, milestone: Milestone) -> str:
    """Returns the objective's title, if it has one, and how many are left."""
    title = _title(w, milestone)
    line = _objective_mastered(w, title)
    if milestone.reached is Reached.FIRST_OBJECTIVE:
        first = (
            w._("🌟 First lesson mastered: {title}.") if title else w._("🌟 First lesson mastered!")
        )
        line = first.format(title=title)
    left = w.ngettext("{count} to go.", "{count} to go.", milestone.left)
    return f"{line} {left}"


def _made_up(w: Words, milestone: Milestone, today: date) -> str:
    """Returns that a question of the objective was missed: another one, mostly."""
    on, title = milestone.missed_on, _title(w, milestone)
    assert on is not None  # noqa: S101 -- goes with this kind
    day = _day_near(w, on, today)
    if milestone.same_item:
        return w._("💪 You missed this one on {day}. Got it now!").format(day=day)
    if title and milestone.tries >= _MANY_TRIES:
        number = w.ordinal(milestone.tries + 1)
        return w._("💪 Got it on the {number} try: {title}.").format(number=number, title=title)
    if title and milestone.tries == _SECOND_TRY and today.toordinal() % 2:
        return w._("💪 Right the second time: {title}.").format(title=title)
    line = (
        w._("💪 You missed one about {title} on {day}. Got it now!")
        if title
        else w._("💪 You missed one like this on {day}. Got it now!")
    )
    return line.format(title=title, day=day)


def _day_near(w: Words, day: date, today: date) -> str:
    """Returns the weekday of a day less than a week away, and the date of any other."""
    return w.weekday(day) if abs((day - today).days) < _WEEK else w.short_day(day)


def _title(w: Words, milestone: Milestone) -> str:
    return escape(quoted(w, milestone.objective.title if milestone.objective else None))


def _days(w: Words, outcome: AnswerOutcome) -> str:
    """Returns the line of so many days, with how many were right if that is half or more.

    Whoever has missed days hears how many answers it is, not how many weeks. A first correct answer
    comes before it.
    """
    totals = outcome.totals
    count, right = totals.answered, totals.correct
    few_right = count < _PICTURED_FROM or 2 * right < count
    if totals.streak < count < _MANY_DAYS and count >= _PICTURED_FROM:
        nth = w.ordinal(count)
        if few_right:
            return w._("🎉 Your {nth} question. Thank you!").format(nth=nth)
        return w._("🎉 Your {nth} question! {right} right so far.").format(
            nth=nth, right=w.number(right)
        )
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
    if outcome.correct and right == 1:
        line = w._("🎈 Your first right answer!") + "\n" + line
    if few_right:
        return line
    return line + " " + w._("{right} right.").format(right=w.number(right))


def _month(w: Words, outcome: AnswerOutcome, milestone: Milestone, topic: Topic) -> str:
    """Returns what was mastered in a month; empty after an incorrect answer, which has no room."""
    if milestone.count != MONTH or milestone.objective is not None or not outcome.correct:
        return ""
    titles = {key: each.title for key, each in topic.objectives.items() if each.title}
    named = [titles[each] for each in sorted(outcome.mastered or ()) if each in titles]
    if not named:
        return ""
    title = escape(quoted(w, named[0]))
    if len(named) == 1:
        return "\n" + _objective_mastered(w, title)
    line = w._("🌟 {count} lessons mastered, including {title}.")
    return "\n" + line.format(count=w.number(len(named)), title=title)


def objectives_known(w: Words, progress: Progress) -> str:
    """Returns by title which objectives somebody knows, and which comes next (HTML)."""
    if not progress.known:
        return ""
    titles = escape(", ".join(quoted(w, each) for each in progress.known))
    known = w._("💡 Right last time: {titles}.").format(titles=titles)
    return "\n".join(filter(None, (known, next_objective(w, progress))))


def next_objective(w: Words, progress: Progress) -> str:
    """Returns by title which objective comes next, with its day while that lies ahead (HTML)."""
    nearest = progress.nearest
    if nearest is None:
        return ""
    line = w._("👣 Next in line: {title}.")
    if nearest.one_from_mastered:
        line = w._("👣 One more right answer masters {title}.")
    if nearest.comes_on > progress.today:
        line = w._("👣 From {day}, one right answer masters {title}.")
        if not nearest.one_from_mastered:
            line = w._("👣 Comes back from {day}: {title}.")
    title = escape(quoted(w, nearest.title))
    return line.format(day=w.short_day(nearest.comes_on), title=title)


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
    elif ended := _streak_end(w, outcome):
        sentences.append(ended)
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
    """Returns that a streak ended, and what is kept, after a greeting if it was days ago.

    Empty if there is nothing to tell.
    """
    before, after = outcome.question.totals, outcome.totals
    if not outcome.streak_ended or before.streak <= _SHORT_STREAK:
        return ""
    count, is_away = before.streak, was_away(outcome)
    parts = [w._("👋 Good to see you!")] if is_away else []
    parts.append(
        w.ngettext("Your {count}-day streak ended.", "Your {count}-day streak ended.", count)
    )
    if before.streak == after.best_streak:
        parts.append(w._("It's still your best."))
    else:
        best = after.best_streak
        parts.append(w.ngettext("Your best: {count} day.", "Your best: {count} days.", best))
    if outcome.correct or not is_away:  # the card of an incorrect answer has less room
        parts.append(w._("Day 1 of the next!"))
    return " ".join(parts)


def share_button(w: Words, outcome: AnswerOutcome, topic: Topic) -> list[Button]:
    """Returns the button of a milestone's picture, if an answer has reached one that has any."""
    milestone = None if outcome.came_back else milestone_of(outcome, topic)
    if milestone is None or milestone.count < _PICTURED_FROM:
        return []
    kind = _PICTURES.get(milestone.reached, "days")
    return [Button(w._("🖼 Picture"), f"milestone:{kind}:{milestone.count}")]


def milestone_picture(
    w: Words, kind: str, count: int, right: int, alias: str, topic: Topic, bot: str
) -> MilestonePicture:
    """Returns the picture of a best streak, of right answers, or of so many days answered."""
    match kind:
        case "streak":
            alt = w.ngettext("My best streak: {count} day.", "My best streak: {count} days.", count)
            unit = w._("days in a row")
        case "right":
            alt = w.ngettext("{count} right answer.", "{count} right answers.", count)
            unit = w._("right answers")
        case _:
            alt = w.ngettext("{count} day of questions.", "{count} days of questions.", count)
            unit = w._("days of questions")
    return MilestonePicture(
        language=w,
        alt=alt,
        number=Figure(count, w.number(count)),
        unit=unit,
        learned=w._("{right} of {count} right").format(right=w.number(right), count=w.number(count))
        if 2 * right >= count and kind != "right"
        else "",
        alias=alias,
        topic=topic.title,
        bot=f"@{bot}",
        emblem="streak" if kind == "streak" else "days",
    )
