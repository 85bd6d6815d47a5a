"""A programme's week for its coordinators, in words and as a picture."""

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from db.programmes import Programme
from quizbot.charts import SUPPRESSED, Figure
from quizbot.charts.days import CountedDay
from quizbot.charts.digest import DigestPicture, Headline
from quizbot.programmes import definitions
from quizbot.programmes.boards import MemberBoard
from quizbot.programmes.definitions import Term
from quizbot.programmes.digest import Digest, Week
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.overview import DailySums
from quizbot.telegram.messages import words
from quizbot.telegram.messages.boards import shared_first, winners
from quizbot.telegram.messages.groups import best_team
from quizbot.telegram.messages.markup import Message, bold, message, programme_choices
from quizbot.telegram.messages.programme import programme_list
from quizbot.telegram.messages.team_goal import progress_line
from quizbot.telegram.messages.words import Words

_LONGEST_CAPTION = 1024  # Bot API, sendPhoto
_MOST_CHOICES = 20


def weekly_digest(w: Words, digest: Digest, dashboard: str) -> Message:
    """Every Monday, and after /digest. `dashboard` is its address without a slash at the end."""
    programme = digest.programme
    address = f"{dashboard}/p/{programme.id}"
    return message(
        f"📬 {bold(programme.name)} · {escape(_week_dates(w, digest.week))}",
        words.demo_note(w, programme.demo),
        "\n".join(_figures(w, digest)),
        _winners(w, digest),
        progress_line(w, digest.goal) if digest.goal is not None else "",
        _learning_gain(w, digest),
        _hardest_question(w, digest, address),
        _deliveries(w, digest.week),
        w._("See all figures on the {link}. /dashboard signs you in.").format(
            link=link(w._("dashboard"), address)
        ),
    )


def not_begun(w: Words, programme: Programme, enrolled: int) -> Message:
    """Instead of a digest, while the programme has no week to report."""
    return message(
        w._("📬 {programme} starts on {day}. {joined} so far.").format(
            programme=bold(programme.name),
            day=bold(w.day(programme.starts_on)),
            joined=w.ngettext("{count} has joined", "{count} have joined", enrolled),
        )
    )


def report_follows(w: Words, programme: Programme) -> Message:
    """Instead of the final report, while a question of the programme can still be answered."""
    return message(
        w._("🎓 {programme} is over. Its report comes once the last question has closed.").format(
            programme=bold(programme.name)
        )
    )


def nobody_yet(w: Words, programme: Programme) -> Message:
    """Instead of a digest, while there is nobody in the programme and nothing to tell."""
    return message(
        w._("📬 {programme}: nobody takes part yet. Invite people: {link}").format(
            programme=bold(programme.name), link="/programme"
        )
    )


def programme_choice(w: Words, programmes: Sequence[Programme]) -> Message:
    """After /digest by a coordinator of several programmes."""
    return message(
        w._("📬 Which programme?"),
        rows=programme_choices(programmes, "digest:{}", _MOST_CHOICES),
    )


def no_programme(w: Words) -> Message:
    """After /digest by a coordinator without a programme."""
    return programme_list(w, [])


def digest_caption(w: Words, digest: Digest) -> str:
    """Returns the text below the picture, which follows the digest in words."""
    return f"{digest.programme.name} · {_subtitle(w, digest)}"[:_LONGEST_CAPTION]


def digest_picture(w: Words, digest: Digest) -> DigestPicture:
    """Returns the picture: headlines, days, the learning gain and the hardest question."""
    gain, hardest = digest.gain, digest.hardest
    first, review = gain_figures(w, gain)
    return DigestPicture(
        language=w,
        alt=digest_caption(w, digest),
        title=digest.programme.name,
        subtitle=_subtitle(w, digest),
        headlines=tuple(_headlines(w, digest)),
        days=tuple(
            CountedDay(
                day.day,
                w.short_weekdays[day.day.weekday()],
                Figure(day.asked, w.number(day.asked)),
                Figure(day.answered, w.number(day.answered)),
            )
            for day in digest.week.days
            if day.asked
        ),
        first=first,
        review=review,
        too_few=learning_sentence(w, gain) if gain else _suppressed_for_all(w, digest),
        question=hardest.item.stem if hardest else "",
        question_note=share_correct(w, hardest.difficulty or 0) if hardest else "",
    )


def gain_figures(w: Words, gain: Gain | None) -> tuple[Figure, Figure]:
    """Returns the share right that was expected, and that in reviews; none if it is too early."""
    if gain is None or gain.is_too_early:
        return Figure(None), Figure(None)
    first = Figure(gain.expected, w.percent(gain.expected))
    return first, Figure(gain.correct, w.percent(gain.correct))


def _subtitle(w: Words, digest: Digest) -> str:
    notes = [w._("demo data")] if digest.programme.demo else []
    return " · ".join([_week_dates(w, digest.week), *notes])


def _week_dates(w: Words, week: Week) -> str:
    return w._("{first} – {last}").format(
        first=w.short_day(week.monday), last=w.short_day(week.sunday)
    )


def _headlines(w: Words, digest: Digest) -> list[Headline]:
    """Returns enrolled, active, answered and correct, each with its change from the week before."""
    week = digest.week
    shares = week.for_shares
    response_rate, accuracy = percent(w, shares.response_rate), percent(w, shares.accuracy)
    enrolled, active = w.number(digest.enrolled), _count(w, week.active)
    figures = (
        (Term.ENROLLED, enrolled, _count_change(w, digest, "enrolled")),
        (Term.ACTIVE, active, _count_change(w, digest, "active")),
        (Term.ANSWERED, response_rate, _share_change(w, digest, "response_rate")),
        (Term.CORRECT, accuracy, _share_change(w, digest, "accuracy")),
    )
    names = definitions.names(w._)
    return [Headline(names[term], value, change) for term, value, change in figures]


def _count(w: Words, value: float | None) -> str:
    return SUPPRESSED if value is None else w.number(round(value))


def _count_change(w: Words, digest: Digest, name: str) -> str:
    change = _change(digest.week, digest.before, name)
    return "" if change is None else _signed(change, w.number(abs(round(change))))


def _share_change(w: Words, digest: Digest, name: str) -> str:
    week, before = digest.week, digest.before
    change = _change(week.over, before and week.over_before(before), name)
    return "" if change is None else _percentage_points(w, change)


def _change(week: DailySums, week_before: DailySums | None, name: str) -> Any:
    """Returns how much that figure of the week has changed; None without one of both weeks."""
    now, before = getattr(week, name), getattr(week_before, name, None)
    return None if now is None or before is None else now - before


def _percentage_points(w: Words, difference: float) -> str:
    """Returns the difference of two shares, which are from 0 to 1."""
    count = round(100 * difference)
    return _signed(count, words.points(w, abs(count)))


def _signed(value: int, text: str) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "±") + text


def _figures(w: Words, digest: Digest) -> list[str]:
    """Returns the headlines as lines."""
    week, shares = digest.week, digest.week.for_shares
    enrolled, active, answered, correct = _headlines(w, digest)
    of_asked = w._("{answered} of {asked}").format(
        answered=w.number(shares.answered), asked=w.number(shares.asked)
    )
    lines = [
        _line("👥", enrolled),
        _line("🙋", active),
        _line("✅", answered, of_asked if shares.asked else ""),
        _line("🎯", correct, _accuracy_note(w, week)),
    ]
    if digest.lapsed:
        lapsed = Headline(definitions.names(w._)[Term.LAPSED], w.number(digest.lapsed), "")
        note = w._("no answer to the last ten questions")
        lines.append(_line("💤", lapsed, note))
    return lines


def _winners(w: Words, digest: Digest) -> str:
    told = winners_line(w, digest.winners) if digest.winners is not None else ""
    return "\n".join(filter(None, [told, best_team(w, digest.best_teams)]))


def winners_line(w: Words, board: MemberBoard) -> str:
    """Returns the first places of a board, and how many share the first; empty without points."""
    names = winners(w, board)
    told = w._("🏆 Winners: {names}").format(names=names) if names else ""
    return "\n".join(filter(None, [told, escape(shared_first(w, board))]))


def _line(sign: str, headline: Headline, note: str = "") -> str:
    notes = ", ".join(filter(None, (note, headline.change)))
    line = f"{sign} {escape(headline.label)}: {bold(headline.value)}"
    return f"{line} ({escape(notes)})" if notes else line


def _accuracy_note(w: Words, week: Week) -> str:
    """Returns why the accuracy is not shown, or how many days it does not include yet."""
    if week.accuracy is None:
        return _suppressed(w, is_pending=week.unsettled_days > 0)
    if not week.unsettled_days:
        return ""
    return w.ngettext(
        "{count} day not counted yet", "{count} days not counted yet", week.unsettled_days
    )


def _learning_gain(w: Words, digest: Digest) -> str:
    gain, heading = digest.gain, "📈 " + bold(w._("Learning")) + ": "
    if gain is None:
        return heading + _suppressed_for_all(w, digest)
    if gain.is_too_early:
        return heading + learning_sentence(w, gain)
    return heading + w._("{gain} (95% interval: {low} to {high}). {meaning}").format(
        gain=bold(_percentage_points(w, gain.gain)),
        low=_percentage_points(w, gain.low),
        high=_percentage_points(w, gain.high),
        meaning=learning_sentence(w, gain),
    )


def learning_sentence(w: Words, gain: Gain) -> str:
    """Returns what the gain means, or that it is too early to tell."""
    points = round(100 * gain.gain)
    if gain.is_too_early:
        return w._("The gain is {interval}.").format(interval=too_early(w, gain))
    if not gain.is_clear or not points:
        return w._("Members get about as many right in reviews as on something new.")
    sentence = (
        w._(
            "Of 100 questions on what they have met before, members get {count} more right than "
            "if it were new to them."
        )
        if points > 0
        else w._(
            "Of 100 questions on what they have met before, members get {count} fewer right "
            "than if it were new to them."
        )
    )
    return sentence.format(count=w.number(abs(points)))


def too_early(w: Words, gain: Gain) -> str:
    """Returns between what the gain is, with the note that this does not tell it."""
    return w._("between {low} and {high} points: too few answers to tell").format(
        low=w.signed(gain.low), high=w.signed(gain.high)
    )


def _hardest_question(w: Words, digest: Digest, address: str) -> str:
    hardest = digest.hardest
    heading = "🧩 " + bold(w._("Hardest question")) + ": "
    if hardest is None or hardest.difficulty is None:
        return heading + _suppressed_for_all(w, digest)
    page = f"{address}/questions/{quote(hardest.item.id, safe='')}"
    return heading + w._("{question} · {right} of {count}").format(
        question=link(hardest.item.stem, page),
        right=share_correct(w, hardest.difficulty),
        count=w.ngettext("{count} answer", "{count} answers", hardest.n),
    )


def _deliveries(w: Words, week: Week) -> str:
    counts = [
        (sum(getattr(day, name) for day in week.days), word)
        for name, word in (
            ("late", w._("late")),
            ("unconfirmed", w._("unconfirmed")),
            ("refused", w._("blocked or refused")),
            ("not_sent", w._("not sent")),
        )
    ]
    problems = ", ".join(f"{w.number(count)} {word}" for count, word in counts if count)
    return w._("📮 Questions delivered: {arrived}; {troubles}.").format(
        arrived=bold(w.number(week.asked)), troubles=problems or w._("none late or lost")
    )


def _suppressed_for_all(w: Words, digest: Digest) -> str:
    """Returns why a figure about all that was reported is not shown."""
    is_pending = digest.programme.reported_until is None and digest.week.unsettled_days > 0
    return _suppressed(w, is_pending=is_pending)


def _suppressed(w: Words, *, is_pending: bool) -> str:
    if is_pending:
        return w._("not counted yet")
    return w._("too few answers so far")


def percent(w: Words, share: float | None) -> str:
    return SUPPRESSED if share is None else w.percent(share)


def share_correct(w: Words, share: float) -> str:
    return w._("{share} right").format(share=w.percent(share))


def link(text: str, address: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'
