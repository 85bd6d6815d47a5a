"""The report on a whole programme in words: for the page, and for the chat once it is over."""

from datetime import date, timedelta
from html import escape

from quizbot.charts import Figure
from quizbot.charts.days import CountedDay
from quizbot.charts.digest import DigestPicture, Headline
from quizbot.programmes.reports.season import NextStep, Season, Step, next_steps
from quizbot.telegram.messages import digest, words
from quizbot.telegram.messages.markup import Button, Message, bold, message
from quizbot.telegram.messages.team_goal import progress_line
from quizbot.telegram.messages.words import Words

_COLUMNS = 6  # of the picture: there is no room for more


def final_report(w: Words, season: Season, dashboard: str) -> Message:
    """Instead of the last digest. `dashboard` is its address without a slash at the end."""
    programme, figures = season.programme, season.figures
    lines = [
        f"👥 {members_sentence(w, season)}",
        w._("✅ Answered: {share} ({answered} of {asked})").format(
            share=bold(share(w, season.over.response_rate)),
            answered=w.number(season.over.answered),
            asked=w.number(season.over.asked),
        ),
        w._("🎯 Right: {share}").format(share=bold(share(w, figures.accuracy))),
        f"📈 {escape(learning(w, season))}",
        progress_line(w, season.goal) if season.goal is not None else "",
        digest.winners_line(w, season.winners),
        _best_team(w, season),
    ]
    steps = [f"{n}. {escape(each)}" for n, each in enumerate(advice(w, season), 1)]
    address = f"{dashboard}/p/{programme.id}/report"
    return message(
        w._("🎓 {name} is over. Here's your final report.").format(name=bold(programme.name)),
        words.demo_note(w, programme.demo),
        "\n".join(filter(None, lines)),
        "\n".join([bold(w._("What to do next")), *steps]),
        w._("Pages to print and pass on: {link}. /dashboard signs you in.").format(
            link=digest.link(w._("the report"), address)
        ),
        rows=[
            [Button(w._("📈 Dashboard"), "dashboard")],
            [Button(w._("🔁 Next season"), f"nextseason:{programme.id}")],
        ],
    )


def members_sentence(w: Words, season: Season) -> str:
    """Returns who joined and who is still there, as plain text."""
    stayed = w._("{stayed} still take part")
    if season.is_final:
        stayed = w._("{stayed} stayed to the end")
    return w._("{joined} joined, {stayed}").format(
        joined=w.number(season.joined), stayed=stayed.format(stayed=w.number(season.stayed))
    )


def share(w: Words, value: float | None) -> str:
    return digest.percent(w, value)


def started_sentence(w: Words, season: Season) -> str:
    """Returns how many of those who do not hide have answered, as plain text."""
    if season.started == season.visible:
        return w._("All {count} who don’t hide have answered.").format(
            count=w.number(season.visible)
        )
    return w._("Of the {visible} who don’t hide, {started} have answered.").format(
        visible=w.number(season.visible), started=w.number(season.started)
    )


def learning(w: Words, season: Season) -> str:
    """Returns what the learning gain means, or why there is none, as plain text."""
    if season.gain is None:
        return w._("Too few answers to tell what people learned.")
    if season.gain.is_too_early:
        interval = digest.too_early(w, season.gain)
        return w._("The learning gain is {interval}.").format(interval=interval)
    return digest.learning_sentence(w, season.gain)


def _best_team(w: Words, season: Season) -> str:
    best = [place for place in season.teams if place.rank == 1 and place.average]
    if not best:
        return ""
    return w._("🏅 {team}: {points} points per member").format(
        team=bold(", ".join(place.team.name for place in best)),
        points=w.decimal(best[0].average or 0, 1),
    )


def advice(w: Words, season: Season) -> list[str]:
    """Returns what to do next and why, as plain texts."""
    return [sentence(w, each, is_over=season.is_final) for each in next_steps(season)]


def sentence(w: Words, step: NextStep, *, is_over: bool) -> str:
    """Returns a step and its reason, as plain text."""
    value, other = w.percent(step.value), w.percent(step.other)
    sentences = {
        Step.START_TOGETHER: w._(
            "{count} of {members} joined and never answered. Next time, hand out the link on the "
            "first day, in person: the first question comes at once."
        ).format(count=w.number(round(step.value)), members=w.number(round(step.other))),
        Step.ASK: w._(
            "{count} of {members} joined and never answered. Ask them what is in the way: some may "
            "have muted the chat with the bot."
        ).format(count=w.number(round(step.value)), members=w.number(round(step.other))),
        Step.SHORTER: w._(
            "Answers fell from {first} in the first weeks to {last} in the last ones. Plan a "
            "shorter season, or set a team goal for its second half."
        ).format(first=value, last=other),
        Step.REVIVE: w._(
            "Answers fell from {first} in the first weeks to {last} in the last ones. Set a team "
            "goal for the rest, or write to your members."
        ).format(first=value, last=other),
        Step.WEEKDAY: w._(
            "Only {on} answered on a {day}, and {others} on other days. Leave that day out."
        ).format(on=value, others=other, day=w.weekday(_MONDAY + timedelta(days=step.weekday))),
        Step.TIME: w._(
            "Only {share} of the questions were answered. Ask members when a question suits them, "
            "and change the time."
        ).format(share=value),
        Step.TALK: w._("Talk about this: {share} knew “{question}”").format(
            share=value, question=step.question
        ),
        Step.CHECK: w._(
            "Check this question, which may be unclear: “{question}”. Report it on its page."
        ).format(question=step.question),
        Step.TEAMS: w._("Make teams: a team board gives quiet people a reason to answer."),
        Step.GROUP: w._("Link a group chat: the day's question in it gets people talking."),
        Step.GOAL: w._("Set a team goal: a number of answers by a set day, and a treat for it."),
        Step.NEXT: w._(
            "Start the next season within a month, while people still remember. One tap makes a "
            "draft from this one."
        ),
        Step.TELL: w._("Tell your members what they achieved: share these figures with them."),
        Step.THANK: w._("Ask three members what they would change, and change one thing."),
    }
    if is_over:
        sentences |= {
            Step.TEAMS: w._("Next season, make teams: a team board gives quiet people a reason."),
            Step.GROUP: w._(
                "Next season, link a group chat: the day's question in it gets people talking."
            ),
            Step.GOAL: w._(
                "Next season, set a team goal: a number of answers by a set day, and a treat for "
                "it."
            ),
        }
    return sentences[step.step]


_MONDAY = date(2026, 11, 23)  # any Monday


def report_caption(w: Words, season: Season) -> str:
    return w._("{name} · final report").format(name=season.programme.name)


def report_picture(w: Words, season: Season) -> DigestPicture:
    """Returns the digest's picture for the whole season."""
    programme, figures = season.programme, season.figures
    first, review = digest.gain_figures(w, season.gain)
    hardest = season.to_look_at[0] if season.to_look_at else None
    return DigestPicture(
        language=w,
        alt=report_caption(w, season),
        title=programme.name,
        subtitle=words.date_range(w, programme.starts_on, programme.ends_on),
        headlines=(
            Headline(w._("Joined"), w.number(season.joined), ""),
            Headline(w._("Stayed to the end"), w.number(season.stayed), ""),
            Headline(w._("Answered"), share(w, season.over.response_rate), ""),
            Headline(w._("Right"), share(w, figures.accuracy), ""),
        ),
        days=_columns(w, season),
        first=first,
        review=review,
        too_few=learning(w, season),
        question=hardest.item.stem if hardest else "",
        question_note=digest.share_correct(w, hardest.difficulty or 0) if hardest else "",
    )


def _columns(w: Words, season: Season) -> tuple[CountedDay, ...]:
    """Returns columns of one or more weeks each; the dates only put them beside each other."""
    weeks = season.weeks
    width = max(1, -(-len(weeks) // _COLUMNS))
    columns = []
    for place, first in enumerate(range(0, len(weeks), width)):
        together = weeks[first : first + width]
        asked, answered = sum(w_.asked for w_ in together), sum(w_.answered for w_ in together)
        rate = answered / asked
        columns.append(
            CountedDay(
                season.programme.starts_on + timedelta(days=place),
                w._("wk {week}").format(week=w.number(first + 1)),
                Figure(1.0, w.percent(1)),
                Figure(rate, w.percent(rate)),
            )
        )
    return tuple(columns)
