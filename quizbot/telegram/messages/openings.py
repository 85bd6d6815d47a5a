"""What stands above a daily question: the day and the theme, and on Mondays how the week was."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from questions import Item, Statement, Topic
from quizbot.charts.keepsakes import RecapPicture
from quizbot.programmes.recaps import Gains, Recap, WeekPlace
from quizbot.programmes.team_goal import GoalProgress
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.telegram.messages.markup import Button, Message, Rows, message
from quizbot.telegram.messages.milestones import nearly_mastered
from quizbot.telegram.messages.score import OUTCOMES
from quizbot.telegram.messages.words import Words, key_point_label, quoted

_NAMED = 3  # titles in one line
_GAINS_TOLD = 2  # lines
_BEST_FROM = 2  # right answers about one key point


def opening(
    w: Words, outgoing: Outgoing, item: Item, topic: Topic, share: int | None = None
) -> str:
    """Returns the lines above the daily question: day and theme, and how yesterday's came out."""
    parts = []
    if outgoing.streak_day:
        day = w._("Day {count} 🔥") if outgoing.streak_day > 1 else w._("Day {count}")
        parts.append(day.format(count=w.number(outgoing.streak_day)))
    key_point = topic.key_point_of(item)
    if key_point is not None and not gives_away(key_point, item):
        parts.append(key_point_label(w, key_point))
    if outgoing.beats_best:
        parts.append(w._("your best streak, if you answer"))
    elif outgoing.earns_freeze:
        parts.append(w._("earns a freeze ❄️"))
    line = " · ".join(parts)
    if share is None:
        return line
    told = w._("{share} got yesterday's question right.").format(share=w.percent(share / 100))
    return "\n".join(filter(None, (line, told)))


def goal_reached(w: Words, goal: GoalProgress) -> str:
    """Returns the line of plain text that tells members once.

    Without its purpose: members cannot turn off what coordinators write there.
    """
    return w._("🎉 Together you've reached your goal: {target} answers!").format(
        target=w.number(goal.target)
    )


def programme_ended(w: Words, name: str) -> str:
    """Returns the line of plain text above the question of the day after a programme's end."""
    return w._("🎓 That was {programme}. Thanks for taking part! Your results follow.").format(
        programme=name
    )


def last_question(w: Words, name: str) -> str:
    """Returns the line of plain text with a programme's last question."""
    return w._("🏁 The last question of {programme}").format(programme=name)


def gives_away(key_point: Statement, item: Item) -> bool:
    """Returns whether the key point's title names what only the item's key says."""
    shown = _stems(item.stem).union(*(_stems(each.text) for each in item.options[1:]))
    return not _stems(key_point.title).isdisjoint(_stems(item.key) - shown)


def _stems(text: str) -> set[str]:
    """Returns the beginnings of the longer words: "circulation" and "circulatory" are alike."""
    return {word[:5] for word in re.findall(r"\w{4,}", text.casefold())}


def pause_question(w: Words, day: date) -> str:
    """Returns what is asked after a long silence; questions stop on that day by themselves."""
    return w._(
        "💤 It's been quiet, and that's fine. Shall I pause? If I don't hear from you, I'll pause "
        "on {day}. You keep all you've earned."
    ).format(day=w.weekday(day))


def pause_buttons(w: Words) -> Rows:
    return [[Button(w._("▶️ Keep going"), "resume"), Button(w._("⏸ Pause"), "pause")]]


def recap_lines(w: Words, recap: Recap, topic: Topic) -> str:
    """Returns up to four lines of plain text: the days, a good place, and what was gained."""
    days = w._("📅 Last week: {answered} of {asked} answered, {right} right.")
    if not recap.correct:
        days = w._("📅 Last week: {answered} of {asked} answered.")
    if 2 * recap.answered < len(recap.days):  # not how many were missed
        days = _few(w, recap)
    elif recap.before is not None and recap.correct > recap.before:
        days = w._(
            "📈 Last week: {answered} of {asked} answered, {right} right, {more} more than the "
            "week before."
        )
    days = days.format(
        answered=w.number(recap.answered),
        asked=w.number(len(recap.days)),
        right=w.number(recap.correct),
        more=w.number(recap.correct - (recap.before or 0)),
    )
    gains = recap.gains
    gained = [_mastered(w, recap, topic), _made_up(w, gains.made_up, topic)]
    if not any(gained):
        gained = [_kind_word(w, recap, topic)]
    gained += [
        _nearly(w, gains, recap.monday, topic),
        _right_so_far(w, gains, recap.correct, topic),
    ]
    gained = [*filter(None, gained)][:_GAINS_TOLD]
    return "\n".join(filter(None, (days, _places(w, recap), *gained)))


def _few(w: Words, recap: Recap) -> str:
    if not recap.correct:
        return w.ngettext(
            "📅 {count} question last week.", "📅 {count} questions last week.", recap.answered
        )
    return w.ngettext(
        "📅 {count} question last week, {right} right.",
        "📅 {count} questions last week, {right} right.",
        recap.answered,
        right=w.number(recap.correct),
    )


def _titles(w: Words, objectives: Sequence[str], topic: Topic, *, in_quotes: bool = True) -> str:
    """Returns the first titles of these objectives, and how many more there are."""
    found = [topic.objectives[each].title for each in objectives if each in topic.objectives]
    named = [quoted(w, title) if in_quotes else title for title in found if title]
    more = w.ngettext("{count} more", "{count} more", len(named) - _NAMED)
    return ", ".join([*named[:_NAMED], *([more] if len(named) > _NAMED else [])])


def _mastered(w: Words, recap: Recap, topic: Topic) -> str:
    if not recap.gains.mastered:
        return ""
    every = len(topic.asked_objectives)
    count = w._("{mastered} of {all} lessons").format(
        mastered=w.number(min(recap.mastered, every)), all=w.number(every)
    )
    if titles := _titles(w, recap.gains.mastered, topic):
        return w._("🌟 Mastered: {titles} ({count}).").format(titles=titles, count=count)
    return w._("🌟 Mastered: {count}.").format(count=count)


def _made_up(w: Words, objectives: Sequence[str], topic: Topic) -> str:
    titles = _titles(w, objectives, topic)
    return (
        w._("💪 Missed before, right last week: {titles}.").format(titles=titles) if titles else ""
    )


def _nearly(w: Words, gains: Gains, monday: date, topic: Topic) -> str:
    """Returns the objective that comes next, and from which day on one right answer masters it."""
    titles = _titles(w, [gains.nearly] if gains.nearly else [], topic)
    if not titles or gains.nearly_from is None:
        return ""
    if gains.nearly_from > monday + timedelta(days=7):
        return nearly_mastered(w, titles, gains.nearly_from)
    line = w._(
        "🎯 Nearly mastered: {title}. It comes back soon: get it right again, and it's done."
    )
    return line.format(title=titles)


def _right_so_far(w: Words, gains: Gains, correct: int, topic: Topic) -> str:
    """Returns how many objectives were ever right, in weeks that added some.

    It says so if practice is among them: of the daily questions, fewer were `correct`.
    """
    every = len(topic.asked_objectives)
    if not gains.right_now or gains.right > every:
        return ""
    line = w._("🎯 You've been right in {right} of {all} lessons, {new} of them new.")
    if gains.right_now > correct:
        line = w._("🎯 You've been right in {right} of {all} lessons, practice included.")
    elif gains.right_now == gains.right:
        line = w._("🎯 You've been right in {right} of {all} lessons.")
    numbers = {"right": gains.right, "all": every, "new": gains.right_now}
    return line.format(**{name: w.number(each) for name, each in numbers.items()})


def _kind_word(w: Words, recap: Recap, topic: Topic) -> str:
    """Returns what was good about a week without such gains; another thing each week."""
    lines = []
    if best := _best_key_point(w, recap, topic):
        lines.append(best)
    if titles := _titles(w, recap.gains.met, topic):
        lines.append(w._("🌱 New to you: {titles}.").format(titles=titles))
    if not lines and recap.correct < recap.answered:
        lines.append(w._("🔁 What you missed comes back: that's how it sticks."))
    return lines[recap.monday.toordinal() // 7 % len(lines)] if lines else ""


def _best_key_point(w: Words, recap: Recap, topic: Topic) -> str:
    """Returns the key point with the most correct answers of the week, if none was missed."""
    results = defaultdict[str, list[bool]](list)
    for objective, correct in recap.results:
        if objective in topic.objectives:
            results[topic.objectives[objective].key_point].append(correct)
    perfect = {each: len(given) for each, given in results.items() if all(given)}
    best = max(perfect, key=lambda each: perfect[each], default=None)
    if best is None or perfect[best] < _BEST_FROM:
        return ""
    title = key_point_label(w, topic.statements.get(best))
    return w._("✨ Your best: {title}, {count} of {count} right.").format(
        title=title, count=w.number(perfect[best])
    )


def _places(w: Words, recap: Recap) -> str:
    """Returns the line about a good place of the member, of their team, or of both."""
    parts = []
    if recap.place is not None:
        parts.append(_place(w, recap.place))
    if recap.team is not None and recap.team.rank is not None:
        name, rank = recap.team.team.name, w.ordinal(recap.team.rank)
        parts.append(w._("👥 {team}: {rank} of the teams.").format(team=name, rank=rank))
    return " ".join(parts)


def _place(w: Words, place: WeekPlace) -> str:
    figures = {
        "programme": place.programme,
        "rank": w.number(place.rank),
        "players": w.number(place.players),
        "before": w.number(place.before or 0),
    }
    if place.is_month:
        return w._("🏅 {programme}: place {rank} of {players} this month!").format(**figures)
    if place.before == place.rank:
        return w._("🏅 {programme}: place {rank} of {players} again.").format(**figures)
    if place.before is not None and place.before > place.rank:
        return w._("🏅 {programme}: place {rank} of {players}, up from {before}.").format(**figures)
    return w._("🏅 {programme}: place {rank} of {players}.").format(**figures)


def recap_buttons(w: Words, recap: Recap) -> Rows:
    return [[Button(w._("🖼 My week"), f"week:{recap.monday.isoformat()}")]]


def recap_setting(w: Words, *, on: bool) -> Message:
    """In reply to /recap and its buttons."""
    if on:
        return message(
            w._("📅 Your Monday question shows how your week went."),
            rows=[[Button(w._("Don't show it"), "recap:off")]],
        )
    return message(
        w._("📅 Your Monday question doesn't show your week."),
        rows=[[Button(w._("Show it"), "recap:on")]],
    )


def recap_usage(w: Words) -> Message:
    """After /recap with a word other than on or off."""
    return message(w._("Send /recap on or /recap off."))


def recap_picture(w: Words, recap: Recap, alias: str, topic: Topic, bot: str) -> RecapPicture:
    """Returns the picture of a week, with what was mastered, or made up for, by name."""
    gains = recap.gains
    first, last = recap.monday, recap.monday + timedelta(days=6)
    return RecapPicture(
        language=w,
        alt=recap_caption(w, recap),
        dates=w._("{first} – {last}").format(first=w.short_day(first), last=w.short_day(last)),
        monday=recap.monday,
        days={day: OUTCOMES[result] for day, result in recap.days.items()},
        answered=recap.answered,
        right=recap.correct,
        mastered=len(gains.mastered),
        objectives_right=0 if recap.mastered else gains.right,
        gained=_gained(w, recap.gains, topic),
        alias=alias,
        topic=topic.title,
        bot=f"@{bot}",
    )


def _gained(w: Words, gains: Gains, topic: Topic) -> str:
    if titles := _titles(w, gains.mastered, topic, in_quotes=False):
        return w._("Mastered: {titles}").format(titles=titles)
    if titles := _titles(w, gains.made_up, topic, in_quotes=False):
        return w._("Missed before, now right: {titles}").format(titles=titles)
    titles = _titles(w, gains.met, topic, in_quotes=False)
    return w._("New to me: {titles}").format(titles=titles) if titles else ""


def recap_caption(w: Words, recap: Recap) -> str:
    return w._("My week: {answered} of {asked} questions answered, {right} right.").format(
        answered=w.number(recap.answered),
        asked=w.number(len(recap.days)),
        right=w.number(recap.correct),
    )


def no_such_week(w: Words) -> Message:
    """After the button of a week of which nothing is kept any more."""
    return message(w._("There's nothing to show for that week."))
