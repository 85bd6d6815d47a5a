"""What stands above a daily question: the day and the theme, and on Mondays how the week was."""

import re
from datetime import date, timedelta

from questions import Item, Statement, Topic
from quizbot.charts.keepsakes import RecapPicture
from quizbot.programmes.recaps import Recap, WeekPlace
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.telegram.messages.markup import Button, Message, Rows, message
from quizbot.telegram.messages.score import OUTCOMES
from quizbot.telegram.messages.words import Words, key_point_label


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
    line = " · ".join(parts)
    if share is None:
        return line
    told = w._("{share} got yesterday's right.").format(share=w.percent(share / 100))
    return "\n".join(filter(None, (line, told)))


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
    """Returns up to three lines of plain text: the days, the place, what is known now."""
    objectives = len({item.objective for item in topic.approved})
    days = w._("📅 Last week: {answered} of {asked} answered, {right} right.")
    if not recap.correct:
        days = w._("📅 Last week: {answered} of {asked} answered.")
    lines = [
        days.format(
            answered=w.number(recap.answered),
            asked=w.number(len(recap.days)),
            right=w.number(recap.correct),
        )
    ]
    if recap.place is not None:
        lines.append(_place(w, recap.place))
    met, mastered = min(recap.met, objectives), min(recap.mastered, objectives)
    known = w._("🎯 You've started on {met} of {all} goals.")
    if mastered:
        known = w._("🎯 {mastered} of {all} goals mastered.")
        if new := objectives - met:
            known += " " + w.ngettext(
                "{count} is still new to you.", "{count} are still new to you.", new
            )
    figures = {"met": met, "mastered": mastered, "all": objectives}
    lines.append(known.format(**{name: w.number(each) for name, each in figures.items()}))
    return "\n".join(lines)


def _place(w: Words, place: WeekPlace) -> str:
    figures = {
        "programme": place.programme,
        "rank": w.number(place.rank),
        "players": w.number(place.players),
        "before": w.number(place.before or 0),
    }
    if place.before is None:
        return w._("🏅 {programme}: place {rank} of {players}.").format(**figures)
    if place.before == place.rank:
        return w._("🏅 {programme}: place {rank} of {players} again.").format(**figures)
    return w._("🏅 {programme}: place {rank} of {players} (before: {before}).").format(**figures)


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


def recap_picture(
    w: Words, recap: Recap, mastered: int, alias: str, topic: Topic, bot: str
) -> RecapPicture:
    """Returns the picture of a week in which so many objectives were mastered."""
    first, last = recap.monday, recap.monday + timedelta(days=6)
    return RecapPicture(
        language=w,
        alt=recap_caption(w, recap),
        dates=w._("{first} – {last}").format(first=w.short_day(first), last=w.short_day(last)),
        monday=recap.monday,
        days={day: OUTCOMES[result] for day, result in recap.days.items()},
        answered=recap.answered,
        right=recap.correct,
        mastered=mastered,
        alias=alias,
        topic=topic.title,
        bot=f"@{bot}",
    )


def recap_caption(w: Words, recap: Recap) -> str:
    return w._("My week: {answered} of {asked} questions answered, {right} right.").format(
        answered=w.number(recap.answered),
        asked=w.number(len(recap.days)),
        right=w.number(recap.correct),
    )


def no_such_week(w: Words) -> Message:
    """After the button of a week of which nothing is kept any more."""
    return message(w._("There's nothing to show for that week."))
