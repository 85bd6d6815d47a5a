"""The week of a programme for those who run it: in words and as a picture."""

from collections.abc import Sequence
from urllib.parse import quote

from db.programmes import Programme
from quizbot.charts import SUPPRESSED, Figure
from quizbot.charts.digest import DigestPicture, DigestWords, Headline
from quizbot.charts.participation import CountedDay
from quizbot.programmes.digest import Digest, Week
from quizbot.telegram.messages.markup import Button, Message, bold, escape, lines, shortened
from quizbot.telegram.messages.words import Words

_LONGEST_CAPTION = 1024  # Bot API, sendPhoto
_CHOICES = 20  # buttons
_LONGEST_NAME = 40  # on a button


def digest(w: Words, facts: Digest, dashboard: str) -> Message:
    """`dashboard` is its address, without a slash at the end."""
    _ = w._
    programme = facts.programme
    heading = f"📬 {bold(programme.name)} · {escape(_span(w, facts.week))}"
    address = f"{dashboard}/p/{programme.id}"
    return Message(
        lines(
            heading,
            _("🧪 This programme and its members are made up.") if programme.demo else "",
            "\n".join(_figures(w, facts)),
            _gain(w, facts),
            _hardest(w, facts, address),
            _delivery(w, facts.week),
            _("{link}: all figures, and what they mean. /dashboard signs you in.").format(
                link=_link(_("Dashboard"), address)
            ),
        )
    )


def not_begun(w: Words, programme: Programme, enrolled: int) -> Message:
    """Before the programme's first week is over there is nothing to tell but who has joined."""
    return Message(
        w._("📬 {programme} begins on {day}. {joined} so far.").format(
            programme=bold(programme.name),
            day=bold(w.day(programme.starts_on)),
            joined=w.ngettext("{count} has joined", "{count} have joined", enrolled),
        )
    )


def which(w: Words, programmes: Sequence[Programme]) -> Message:
    """To somebody who runs several."""
    return Message(
        w._("📬 Which programme's week?"),
        [
            [Button(shortened(each.name, _LONGEST_NAME), f"digest:{each.id}")]
            for each in programmes[:_CHOICES]
        ],
    )


def none_run(w: Words) -> Message:
    """To a coordinator without a programme."""
    return Message(w._("You run no programme yet: /programme new makes one."))


def caption(w: Words, facts: Digest) -> str:
    """What stands below the picture; the words came before it."""
    text = f"{facts.programme.name} · {_span(w, facts.week)}"
    if facts.programme.demo:
        text += " · " + w._("made-up data")
    return text[:_LONGEST_CAPTION]


def picture(w: Words, facts: Digest) -> DigestPicture:
    """The headlines, the days, the gain and the hardest question."""
    gain, hardest = facts.gain, facts.hardest
    return DigestPicture(
        words=_picture_words(w, facts),
        headlines=tuple(_headlines(w, facts)),
        days=tuple(
            CountedDay(
                day.day,
                w.short_weekdays[day.day.weekday()],
                Figure(day.asked, w.number(day.asked)),
                Figure(day.answered, w.number(day.answered)),
            )
            for day in facts.week.days
            if day.asked
        ),
        first=_share(w, gain.first),
        later=_share(w, gain.later),
        question=hardest.item.stem if hardest else "",
        question_note=_right(w, hardest.difficulty or 0) if hardest else "",
    )


def _picture_words(w: Words, facts: Digest) -> DigestWords:
    _ = w._
    subtitle = _span(w, facts.week)
    if facts.programme.demo:
        subtitle += " · " + _("made-up data")
    return DigestWords(
        title=facts.programme.name,
        subtitle=subtitle,
        answered=_("Answered of asked"),
        gain=_("Right at first and later attempts"),
        first=_("First"),
        later=_("Later"),
        too_few=_not_shown(w, is_to_come=_is_all_to_come(facts)),
        hardest=_("Hardest question"),
        alt=caption(w, facts),
    )


def _span(w: Words, week: Week) -> str:
    return w._("{first} – {last}").format(
        first=w.short_day(week.monday), last=w.short_day(week.sunday)
    )


def _headlines(w: Words, facts: Digest) -> list[Headline]:
    """Enrolled, active, answered and right, each with its change since the week before."""
    _, week, before = w._, facts.week, facts.before
    return [
        Headline(
            _("Enrolled"),
            w.number(facts.enrolled),
            _more(w, week.enrolled, before.enrolled if before else None),
        ),
        Headline(
            _("Active"),
            w.number(week.active),
            _more(w, week.active, before.active if before else None),
        ),
        Headline(
            _("Answered"),
            _percent(w, week.response_rate),
            _better(w, week.response_rate, before.response_rate if before else None),
        ),
        Headline(
            _("Right"),
            _percent(w, week.accuracy),
            _better(w, week.accuracy, before.accuracy if before else None),
        ),
    ]


def _more(w: Words, now: int | None, before: int | None) -> str:
    if now is None or before is None:
        return ""
    return _signed(now - before, w.number(abs(now - before)))


def _better(w: Words, now: float | None, before: float | None) -> str:
    return "" if now is None or before is None else _points(w, now - before)


def _points(w: Words, difference: float) -> str:
    """The difference of two shares, in percentage points."""
    points = round(100 * difference)
    return _signed(points, w.ngettext("{count} point", "{count} points", abs(points)))


def _signed(value: int, text: str) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "±") + text


def _figures(w: Words, facts: Digest) -> list[str]:
    """The same in words."""
    _, week = w._, facts.week
    enrolled, active, answered, right = _headlines(w, facts)
    of_asked = _("{answered} of {asked}").format(
        answered=w.number(week.answered), asked=w.number(week.asked)
    )
    return [
        _line("👥", enrolled),
        _line("🙋", active),
        _line("✅", answered, of_asked if week.asked else ""),
        _line("🎯", right, _right_note(w, week)),
    ]


def _line(sign: str, headline: Headline, note: str = "") -> str:
    notes = ", ".join(filter(None, (note, headline.change)))
    line = f"{sign} {escape(headline.label)}: {bold(headline.value)}"
    return f"{line} ({escape(notes)})" if notes else line


def _right_note(w: Words, week: Week) -> str:
    """Why it is not shown, or what is not in it yet."""
    if week.accuracy is None:
        return _not_shown(w, is_to_come=week.unsettled_days > 0)
    if not week.unsettled_days:
        return ""
    return w.ngettext(
        "{count} day not added up yet", "{count} days not added up yet", week.unsettled_days
    )


def _gain(w: Words, facts: Digest) -> str:
    _, gain = w._, facts.gain
    heading = f"📈 {bold(_('Learning'))}: "
    if gain.first is None or gain.later is None or gain.gain is None:
        return heading + _not_shown(w, is_to_come=_is_all_to_come(facts))
    return heading + _(
        "{first} right at first, {later} at later attempts: {gain} (95 % interval: {low} to {high})"
    ).format(
        first=w.percent(gain.first),
        later=w.percent(gain.later),
        gain=bold(_points(w, gain.gain.estimate)),
        low=_points(w, gain.gain.low),
        high=_points(w, gain.gain.high),
    )


def _hardest(w: Words, facts: Digest, address: str) -> str:
    _, hardest = w._, facts.hardest
    heading = f"🧩 {bold(_('Hardest question'))}: "
    if hardest is None or hardest.difficulty is None:
        return heading + _not_shown(w, is_to_come=_is_all_to_come(facts))
    page = f"{address}/questions/{quote(hardest.item.id, safe='')}"
    return heading + _("{question} · {right} of {count}").format(
        question=_link(hardest.item.stem, page),
        right=_right(w, hardest.difficulty),
        count=w.ngettext("{count} answer", "{count} answers", hardest.n),
    )


def _delivery(w: Words, week: Week) -> str:
    _ = w._
    counts = [
        (sum(getattr(day, name) for day in week.days), word)
        for name, word in (
            ("late", _("late")),
            ("unconfirmed", _("unconfirmed")),
            ("refused", _("blocked or refused")),
            ("not_sent", _("not sent")),
        )
    ]
    troubles = ", ".join(f"{w.number(count)} {word}" for count, word in counts if count)
    return _("📮 Questions that arrived: {arrived}; {troubles}.").format(
        arrived=bold(w.number(week.asked)), troubles=troubles or _("none was late or lost")
    )


def _is_all_to_come(facts: Digest) -> bool:
    """Nothing has been reported so far, and something will be."""
    return facts.programme.reported_until is None and facts.week.unsettled_days > 0


def _not_shown(w: Words, *, is_to_come: bool) -> str:
    if is_to_come:
        return w._("not added up yet")
    return w._("not shown: too few answers so far")


def _percent(w: Words, share: float | None) -> str:
    return SUPPRESSED if share is None else w.percent(share)


def _share(w: Words, share: float | None) -> Figure:
    return Figure(share, _percent(w, share))


def _right(w: Words, share: float) -> str:
    return w._("{share} right").format(share=w.percent(share))


def _link(text: str, address: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'
