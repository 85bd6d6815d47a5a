"""The charts on pages, in the reader's language, each with a table."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from quizbot.charts import SUPPRESSED, Figure
from quizbot.charts.days import Delivery, DeliveryDay, Participation, ParticipationDay
from quizbot.charts.items import Option, Options
from quizbot.charts.learning import Learning, LearningPoint
from quizbot.charts.mastery import Mastery, MasteryPoint
from quizbot.programmes.disclosure_control import MIN_CELL_COUNT, MIN_GROUP_SIZE
from quizbot.programmes.reports.figures import ItemFigures, MasteryShares
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.learning import BANDS, LearningGain
from quizbot.programmes.reports.overview import DayFigures, accuracy_of
from quizbot.quiz.answers.streaks import week_of
from quizbot.telegram.messages.digest import too_early
from quizbot.telegram.messages.words import Words, date_span, key_point_label


def participation(w: Words, days: Sequence[DayFigures]) -> Participation | None:
    """Returns participation by day, and correct shares by week; None without a question."""
    if not had_questions(days):
        return None
    first, last = days[0].day, days[-1].day
    asked, answered = sum(each.asked for each in days), sum(each.answered for each in days)
    alt = w._("{asked} questions asked and {answered} answered in {span}.").format(
        asked=w.number(asked), answered=w.number(answered), span=date_span(w, first, last)
    )
    weeks = {
        monday: share(w, accuracy_of(of_week))
        for monday, of_week in groupby(days, key=lambda each: week_of(each.day))
    }
    shown = tuple(
        ParticipationDay(
            each.day,
            w.short_day(each.day),
            count(w, each.asked),
            count(w, each.answered),
            weeks[week_of(each.day)],
        )
        for each in days
        if _had_question(each)
    )
    return Participation(w, alt, first, last, shown)


def lone_week(w: Words, chart: Participation | None) -> str:
    """Returns the share of the only week that has one, as a sentence; empty if a line is drawn."""
    week = chart.lone_week if chart else None
    if week is None:
        return ""
    told = w._(
        "Right answers: {share} in the week of {day}. A line follows once two weeks have a figure."
    )
    return told.format(share=week.correct, day=week.label)


def delivery(w: Words, days: Sequence[DayFigures]) -> Delivery | None:
    """Returns each day's deliveries by state; None without a question."""
    if not had_questions(days):
        return None
    first, last = days[0].day, days[-1].day
    late = sum(each.late for each in days)
    lost = sum(each.unconfirmed + each.refused + each.not_sent for each in days)
    alt = w._("In {span}, {late} questions came late and {lost} did not arrive.").format(
        span=date_span(w, first, last), late=w.number(late), lost=w.number(lost)
    )
    shown = tuple(
        DeliveryDay(each.day, w.short_day(each.day), *(count(w, value) for value in _states(each)))
        for each in days
        if _had_question(each)
    )
    return Delivery(w, alt, first, last, shown)


def _states(day: DayFigures) -> tuple[int, ...]:
    """Returns the counts in the order of `DeliveryDay`."""
    in_time = day.asked - day.late
    return in_time, day.late, day.unconfirmed, day.refused, day.not_sent, day.reminded


def learning(w: Words, gains: LearningGain) -> Learning | None:
    """Returns first meetings compared with random reviews, by key point; one row for the rest.

    None if no key point may be told.
    """
    rows: list[tuple[str, Gain | None]] = [
        (_as_of(w, key_point_label(w, point), told, gains.total), told)
        for point, told in gains.key_points
        if told
    ]
    if not rows:
        return None
    if others := len(gains.key_points) - len(rows):
        label = w.ngettext("{count} other key point", "{count} other key points", others)
        rows.append((label, None))
    return _learning(w, w._("Learning by key point"), w._("Key point"), rows)


def retention(w: Words, gains: LearningGain) -> Learning | None:
    """Returns first meetings compared with random reviews, by the days between them.

    None if no span of days may be told.
    """
    if not any(gains.bands):
        return None
    rows = [
        (_as_of(w, label, told, gains.total), told)
        for label, told in zip(band_labels(w), gains.bands, strict=True)
    ]
    return _learning(w, w._("Retention by days since the first meeting"), w._("Days since"), rows)


def _as_of(w: Words, label: str, told: Gain | None, total: Gain | None) -> str:
    """Returns the label of a row, with the date of its figures if those in total are newer."""
    if told is None or told.until is None or total is None or told.until == total.until:
        return label
    return w._("{label} · as of {day}").format(label=label, day=w.short_day(told.until))


def band_labels(w: Words) -> list[str]:
    """Returns the spans of days since the first meeting, in the order of BANDS."""
    return [band_label(w, least, most) for least, most in BANDS]


def band_label(w: Words, least: int, most: int | None) -> str:
    """Returns a span of days, without a bound if `most` is None."""
    if most is None:
        return w._("{least} days or more").format(least=w.number(least))
    return w._("{least} to {most} days").format(least=w.number(least), most=w.number(most))


def _learning(w: Words, title: str, head: str, rows: Sequence[tuple[str, Gain | None]]) -> Learning:
    alt = w._("Share right at first meetings, as expected, and in random reviews.")
    points = (_learning_point(w, label, each) for label, each in rows)
    return Learning(w, title, head, alt, tuple(points))


def _learning_point(w: Words, label: str, told: Gain | None) -> LearningPoint:
    if told is None:
        none = Figure(None)
        return LearningPoint(label, none, none, none, none)
    first, review = share(w, told.expected), share(w, told.correct)
    words = w._("too few answers to tell") if told.is_too_early else w.signed(told.gain)
    return LearningPoint(
        label,
        first,
        review,
        Figure(told.gain, words),
        count(w, told.people),
        bounds=_bounds(w, told),
        margin=told.margin,
        is_told=not told.is_too_early,
    )


def mastery(w: Words, points: Sequence[MasteryShares]) -> Mastery:
    """Returns each key point's share of mastered objectives."""
    alt = w._("Shares of the lessons that members have mastered, by key point.")
    rows = (MasteryPoint(_pooled(w, each, points), share(w, each.mastered)) for each in points)
    return Mastery(w, alt, tuple(rows))


def _pooled(w: Words, shares: MasteryShares, every: Sequence[MasteryShares]) -> str:
    if len(every) == 1 and len(shares.key_points) > 1:
        return w._("All key points")
    return " · ".join(key_point_label(w, key_point) for key_point in shares.key_points)


def options(w: Words, figures: ItemFigures) -> Options:
    """Returns each option's share of first attempts, in the order of the bank."""
    item, counts = figures.item, figures.option_counts or [None] * len(figures.item.options)
    alt = w._("Share of answers that each option got; the right one is “{key}”.")
    too_few = w._("Shown from {count} answers on").format(count=w.number(MIN_CELL_COUNT))
    chosen = (
        _key(w, option.text, taken, figures.n)
        if option.correct
        else _distractor(w, option.text, taken, figures.n)
        for option, taken in zip(item.options, counts, strict=True)
    )
    return Options(w, alt.format(key=item.key), too_few, tuple(chosen))


def had_questions(days: Iterable[DayFigures]) -> bool:
    """Returns whether anybody was due a question on one of the days."""
    return any(map(_had_question, days))


def _had_question(day: DayFigures) -> bool:
    return bool(day.asked or day.unconfirmed or day.refused or day.not_sent)


def count(w: Words, value: int | None) -> Figure:
    return Figure(None) if value is None else Figure(value, w.number(value))


def _key(w: Words, text: str, taken: int | None, n: int) -> Option:
    if taken is None:
        return Option(text, Figure(None), Figure(None), is_key=True)
    people = w.ngettext("{count} person", "{count} people", taken)
    return Option(text, share(w, taken / n), Figure(taken, people), is_key=True)


def _distractor(w: Words, text: str, taken: int | None, n: int) -> Option:
    """Returns an option whose number was rounded down to a multiple of five, as spans."""
    if taken is None:
        return Option(text, Figure(None), Figure(None), is_key=False)
    most = min(taken + MIN_GROUP_SIZE - 1, n)
    shares = f"{w.number(round(100 * taken / n))}–{w.percent(most / n)}"
    people = w._("{least}–{most} people").format(least=w.number(taken), most=w.number(most))
    share_of = Figure(taken / n, shares)
    return Option(text, share_of, Figure(taken, people), is_key=False, most=most / n)


def share(w: Words, value: float | None) -> Figure:
    return Figure(None) if value is None else Figure(value, w.percent(value))


def _bounds(w: Words, value: Gain) -> str:
    """Returns the 95 % interval of a gain in percentage points: "+9 to +27"."""
    return w._("{low} to {high}").format(low=w.signed(value.low), high=w.signed(value.high))


def gain_tile(w: Words, value: Gain | None) -> tuple[str, str]:
    """Returns a gain and the note on it: its interval, or that it is too early to tell."""
    if value is None:
        return SUPPRESSED, w._("too few answers to tell")
    if value.is_too_early:
        return SUPPRESSED, too_early(w, value)
    note = w._("in 100 answers, almost certainly between {low} and {high}")
    return w.signed(value.gain), note.format(low=w.signed(value.low), high=w.signed(value.high))
