"""The charts of the pages, in the reader's language, each with its table."""

from collections.abc import Sequence
from datetime import date
from textwrap import shorten

from quizbot.charts import Figure
from quizbot.charts.delivery import Delivery, DeliveryDay, DeliveryWords
from quizbot.charts.items import Option, Options, OptionsWords
from quizbot.charts.learning import Learning, LearningPoint, LearningWords
from quizbot.charts.mastery import Mastery, MasteryPoint, MasteryWords
from quizbot.charts.participation import Participation, ParticipationDay, ParticipationWords
from quizbot.programmes.disclosure_control import MIN_CELL_COUNT
from quizbot.programmes.reports.figures import (
    Interval,
    ItemFigures,
    KeyPointGain,
    KeyPointMastery,
    LearningGain,
)
from quizbot.programmes.reports.overview import DayFigures
from quizbot.telegram.messages.words import Words

_LONGEST_LABEL = 100


def participation(w: Words, days: Sequence[DayFigures]) -> Participation:
    """Returns participation by day; `days` are not empty."""
    _ = w._
    asked, answered = sum(each.asked for each in days), sum(each.answered for each in days)
    return Participation(
        words=ParticipationWords(
            title=_("Taking part"),
            counts=_("Questions asked and answered"),
            accuracy=_("Share of answers that were right"),
            day=_("Day"),
            asked=_("Asked"),
            answered=_("Answered"),
            correct=_("Right"),
            too_few=_("Not told yet, or too few answers"),
            shares=_shares(w),
            alt=_("{asked} questions asked and {answered} answered in {span}.").format(
                asked=w.number(asked), answered=w.number(answered), span=span(w, days)
            ),
        ),
        first=days[0].day,
        last=days[-1].day,
        days=tuple(
            ParticipationDay(
                each.day,
                w.short_day(each.day),
                count(w, each.asked),
                count(w, each.answered),
                share(w, each.accuracy),
            )
            for each in days
            if had_question(each)
        ),
    )


def delivery(w: Words, days: Sequence[DayFigures]) -> Delivery:
    """Returns each day's deliveries by state; `days` are not empty."""
    _ = w._
    late = sum(each.late for each in days)
    lost = sum(each.unconfirmed + each.refused + each.not_sent for each in days)
    return Delivery(
        words=DeliveryWords(
            title=_("Day by day"),
            deliveries=_("Questions by what became of them"),
            day=_("Day"),
            in_time=_("In time"),
            late=_("Late"),
            unconfirmed=_("Unconfirmed"),
            blocked=_("Blocked"),
            not_sent=_("Not sent"),
            reminders=_("Reminders"),
            too_few=too_few(w),
            alt=_("In {span}, {late} questions came late and {lost} did not arrive.").format(
                span=span(w, days), late=w.number(late), lost=w.number(lost)
            ),
        ),
        first=days[0].day,
        last=days[-1].day,
        days=tuple(
            DeliveryDay(
                each.day,
                w.short_day(each.day),
                count(w, each.asked - each.late),
                count(w, each.late),
                count(w, each.unconfirmed),
                count(w, each.refused),
                count(w, each.not_sent),
                count(w, each.reminded),
            )
            for each in days
            if had_question(each)
        ),
    )


def learning(w: Words, gains: LearningGain) -> Learning:
    """Returns first attempts against later ones, by key point."""
    _ = w._
    total = gains.total
    return Learning(
        words=LearningWords(
            title=_("First and later answers by key point"),
            point=_("Key point"),
            first=_("First attempt"),
            later=_("Later attempts"),
            gain=_("Gain in points of percent (95 % interval)"),
            people=_("People"),
            too_few=too_few(w),
            shares=_shares(w),
            alt=_(
                "Share right at the first attempt and at later ones, by key point: in all {first}, "
                "then {later}."
            ).format(first=str(share(w, total.first)), later=str(share(w, total.later))),
        ),
        points=tuple(
            LearningPoint(
                label(w, each),
                share(w, each.first),
                share(w, each.later),
                gain(w, each.gain),
                people(w, each.people),
            )
            for each in gains.key_points
        ),
    )


def mastery(w: Words, points: Sequence[KeyPointMastery]) -> Mastery:
    """Returns the shares of each key point's questions that are mastered, being learnt and new."""
    _ = w._
    return Mastery(
        words=MasteryWords(
            title=_("Mastery by key point"),
            point=_("Key point"),
            mastered=_("Mastered"),
            learning=_("Learning"),
            new=_("New"),
            too_few=too_few(w),
            alt=_("Shares of the questions that members have mastered, by key point."),
        ),
        points=tuple(
            MasteryPoint(
                label(w, each),
                share(w, each.mastered),
                share(w, each.learning),
                share(w, each.new),
            )
            for each in points
        ),
    )


def options(w: Words, figures: ItemFigures) -> Options:
    """Returns the share of first attempts that took each option, in the order of the bank."""
    _ = w._
    item, shares = figures.item, figures.shares
    return Options(
        words=OptionsWords(
            title=_("What people chose"),
            option=_("Option"),
            share=_("Share"),
            count=_("Answers"),
            key=_("Right answer"),
            other=_("Other option"),
            too_few=_("Told from {count} answers on").format(count=w.number(MIN_CELL_COUNT)),
            alt=_("Share of answers that each option got; the right one is “{key}”.").format(
                key=item.key
            ),
        ),
        options=tuple(
            Option(
                each.text,
                share(w, shares[place] if shares else None),
                count(w, round(shares[place] * figures.n) if shares else None),
                is_key=place == 0,
            )
            for place, each in enumerate(item.options)
        ),
    )


def had_question(day: DayFigures) -> bool:
    """Whether anybody was to be asked on that day."""
    return bool(day.asked or day.unconfirmed or day.refused or day.not_sent)


def label(w: Words, of: KeyPointGain | KeyPointMastery) -> str:
    """Returns the title of a key point, cut where it is very long."""
    if of.key_point is None:
        return w._("Other questions")
    return shorten(of.key_point.title, _LONGEST_LABEL, placeholder="…")


def span(w: Words, days: Sequence[DayFigures]) -> str:
    """Returns the first and the last of the days."""
    return dates(w, days[0].day, days[-1].day)


def dates(w: Words, first: date, last: date) -> str:
    """Returns "25 Nov 2026", or two dates with an en dash between them."""
    if first == last:
        return w.full_date(first)
    return f"{w.full_date(first)} – {w.full_date(last)}"


def too_few(w: Words) -> str:
    return w._("Fewer than 5 people")


def count(w: Words, value: int | None) -> Figure:
    return Figure(None) if value is None else Figure(value, w.number(value))


def share(w: Words, value: float | None) -> Figure:
    return Figure(None) if value is None else Figure(value, w.percent(value))


def people(w: Words, value: int | None) -> Figure:
    if value is None:
        return Figure(None)
    return Figure(value, w._("n = {count}").format(count=w.number(value)))


def gain(w: Words, value: Interval | None) -> Figure:
    """Returns a gain in percentage points with its interval: "+18 (9 to 27)"."""
    if value is None:
        return Figure(None)
    low, high = (w.decimal(100 * each, 0) for each in (value.low, value.high))
    return Figure(
        value.estimate,
        w._("{gain} ({low} to {high})").format(gain=signed(w, value.estimate), low=low, high=high),
    )


def signed(w: Words, share: float) -> str:
    """Returns a difference of shares in percentage points, with its sign."""
    text = w.decimal(100 * share, 0)
    return f"+{text}" if round(100 * share) > 0 else text


def _shares(w: Words) -> tuple[str, str, str]:
    return w.percent(0), w.percent(0.5), w.percent(1)
