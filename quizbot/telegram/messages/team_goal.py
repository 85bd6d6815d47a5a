"""The team goal in words: its progress on one line, and how coordinators set it."""

from datetime import date
from html import escape

from db.programmes import Programme
from quizbot.programmes.team_goal import (
    MAX_TARGET,
    MIN_TARGET,
    USUAL_PARTICIPATION,
    GoalProgress,
    Outlook,
)
from quizbot.telegram.messages.markup import Button, Message, bold, message
from quizbot.telegram.messages.programme import programme_button
from quizbot.telegram.messages.words import Words

_CELLS = 10  # of the bar
_A_WEEK = 7  # days
_ROUNDED = 100  # expected answers, from which they are rounded to tens


def progress_line(w: Words, goal: GoalProgress) -> str:
    """Returns how far it is, as HTML."""
    name = escape(goal.purpose) or w._("Together")
    count = count_of(w, goal)
    if goal.reached_at is not None:
        return w._("🎉 {name}: goal reached! {count}").format(name=name, count=count)
    name = w._("Team goal")  # members may never have been told that there is one
    if goal.purpose:
        name = w._("Team goal ({purpose})").format(purpose=escape(goal.purpose))
    if goal.today > goal.until:
        return w._("🤝 {name}: {count}, and the time is up").format(name=name, count=count)
    filled = int(_CELLS * goal.share)
    return w._("🤝 {name}: {bar} {count} {until}").format(
        name=name,
        bar="▰" * filled + "▱" * (_CELLS - filled),
        count=count,
        until=until(w, goal),
    )


def count_of(w: Words, goal: GoalProgress) -> str:
    return w._("{answers} of {target} answers").format(
        answers=w.number(goal.answers), target=w.number(goal.target)
    )


def until(w: Words, goal: GoalProgress) -> str:
    """Returns "by Friday" for a day of the coming week, and "by 18 Dec" for a later one."""
    day = goal.until
    if day == goal.today:
        return w._("by tonight")
    near = (day - goal.today).days < _A_WEEK
    return w._("by {day}").format(day=w.weekday(day) if near else w.short_day(day))


def pace(w: Words, goal: GoalProgress, outlook: Outlook) -> str:
    """Returns whether the goal will be reached; "" if nothing tells, or there is no doubt."""
    if outlook.expected is None:
        return ""
    expected = outlook.expected if outlook.expected < _ROUNDED else round(outlook.expected, -1)
    if expected >= goal.target:
        return w._("At this pace, you'll reach it.")
    return w._("At this pace, it will be about {count} by then: {missing} short.").format(
        count=w.number(expected), missing=w.number(goal.target - expected)
    )


def in_reach(w: Words, outlook: Outlook) -> str:
    """Returns under what condition the suggestions are in reach; "" without any."""
    if not outlook.suggestions:
        return ""
    if outlook.is_measured:
        return w._("These numbers are in reach if people answer as they have so far:")
    return w._("These numbers are in reach if {share} of the questions are answered:").format(
        share=w.percent(USUAL_PARTICIPATION)
    )


def goal_card(
    w: Words, programme: Programme, goal: GoalProgress | None, outlook: Outlook
) -> Message:
    """After the button for the team goal: how far it is, and buttons to set, change or end it."""
    is_open = goal is not None and goal.until >= goal.today
    buttons = [
        [
            Button(
                w._("{count} answers by {day}").format(
                    count=w.number(each.target), day=w.short_day(each.until)
                ),
                f"setgoal:{programme.id}:{each.target}:{each.until.isoformat()}",
            )
        ]
        for each in outlook.suggestions
    ]
    another = w._("✏️ Another number or day") if buttons or is_open else w._("✏️ Set a goal")
    other = Button(another, f"askgoal:{programme.id}")
    return message(
        w._("🤝 Team goal of {name}").format(name=bold(programme.name)),
        progress_line(w, goal)
        if goal is not None
        else w._("A number of answers for all members to reach together by a set day."),
        pace(w, goal, outlook) if goal is not None else "",
        counting(w),
        in_reach(w, outlook),
        rows=[
            *buttons,
            [other],
            *([[Button(w._("✖ Remove it"), f"nogoal:{programme.id}")]] if is_open else []),
            [programme_button(w, programme.id)],
        ],
    )


def counting(w: Words) -> str:
    """Returns what counts, for those who set a goal."""
    return w._(
        "It counts members' answers, right or wrong, from the day you set it, but not those of "
        "members who hide. It's shown in the digest, in group chats and in /today."
    )


def ask_goal(w: Words, example: date, fault: str = "") -> Message:
    """Before a goal is typed. `fault` is a sentence in HTML about the last answer."""
    return message(
        f"⚠️ {fault}" if fault else "",
        w._(
            "How many answers, and by when? Send it like: 1000 by {day}. Add what it's for, if you "
            "like: 1000 by Friday: cake for everybody"
        ).format(day=w.short_day(example)),
        rows=[[Button(w._("Cancel"), "asked:done")]],
    )


def refusal(w: Words, reason: str) -> str:
    """Returns a sentence for a ProgrammeError about a goal, in plain text; "" for any other."""
    sentences = {
        "goal-typed": w._("I can't read that. Send a number and a day, like: 1000 by 18 Dec"),
        "goal-number": w._("A goal can be from {least} to {most} answers.").format(
            least=w.number(MIN_TARGET), most=w.number(MAX_TARGET)
        ),
        "goal-day": w._("Pick a day from today on, and not after the programme's last day."),
        "goal-reached": w._("You already have that many answers. Pick a higher number."),
        "no-name": w._("Say what it's for in words, or leave it out."),
        "long-name": w._("What it's for can have 80 characters at most. Send it shorter."),
        "hidden": w._("What it's for has characters nobody can see. Send it without them."),
        "link": w._("What it's for looks like a link. Send it without @, / and dots."),
    }
    return sentences.get(reason, "")
