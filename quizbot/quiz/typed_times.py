"""Times of day, dates, weekdays and pauses that people type."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, time, timedelta
from typing import NamedTuple

COMMON_TIMES = tuple(time(hour) for hour in (7, 8, 9, 12, 13, 18, 20, 21))

_TIME = re.compile(
    r"(?:at )?(\d{1,2})(?: ?[:.h] ?(\d{2})|(\d{2})| ?h)?"
    r"(?: ?o.?clock| ?uhr| ?hrs?)?(?: ?([ap])\.?m?\.?)?",
    re.ASCII,
)
_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_LONGEST_TIME = 6  # words: "half past seven in the evening"
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_HOURS, 1)} | {
    "fifteen": "15",
    "thirty": "30",
    "forty-five": "45",
}
_PART_OF_DAY = re.compile(r" (?:in the (morning)|(?:in the|at) (?:afternoon|evening|night))")
_PAST = re.compile(r"(?:at )?(half|quarter) (past|to) (\d{1,2})( ?[ap]m)?", re.ASCII)


def parse_time(text: str) -> time | None:
    """Returns the time of "9", "9am", "7.30pm", "0730", "19h", "noon" or "half past seven".

    None for anything else. Without am, pm or a part of the day it is on the 24-hour clock.
    """
    typed = " ".join(text[:40].casefold().split())
    if typed in _NAMED_TIMES:
        return _NAMED_TIMES[typed]
    typed = _PART_OF_DAY.sub(lambda part: " am" if part[1] else " pm", typed)
    typed = " ".join(_NUMBER_WORDS.get(word, word) for word in typed.split())
    typed = re.sub(r"(\d) (15|30|45)\b", r"\1:\2", typed)
    match = _TIME.fullmatch(_PAST.sub(_on_the_clock, typed))
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or match[3] or 0), match[4]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def find_time(text: str) -> time | None:
    """Returns the first time of day inside a sentence, such as "please send it at 7:30".

    A bare number is none, unless it follows "at" or "to".
    """
    typed = re.sub(r"[?!,;]|\.(?=\s|$)", " ", text[:200].casefold()).split()
    for first, word in enumerate(typed):
        for length in range(min(_LONGEST_TIME, len(typed) - first), 0, -1):
            part = typed[first : first + length]
            is_bare = length == 1 and (word.isdecimal() or word in _NUMBER_WORDS)
            if part[-1] in ("a", "p", "h") or (is_bare and typed[first - 1 : first] != ["to"]):
                continue
            if (at := parse_time(" ".join(part))) is not None:
                return at
    return None


def _on_the_clock(past: re.Match[str]) -> str:
    """Returns "half past 7" as "7:30"."""
    minutes = 30 if past[1] == "half" else 15
    total = int(past[3]) * 60 + (minutes if past[2] == "past" else -minutes)
    return f"{total // 60}:{total % 60:02}{past[4] or ''}"


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = re.compile(r"([a-z]{3,9})(?:\s*(?:to|-|–|—)\s*([a-z]{3,9}))?")
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH, _WEEKDAY = (
    f"(?:{'|'.join(name[:3] for name in names)})[a-z]{{0,6}}" for names in (_MONTHS, _DAYS)
)
_TOKEN = re.compile(
    rf"""\ ?(?:
    (?:(?P<weekday>{_WEEKDAY}),?\ )?(?:
        (?P<iso>\d{{4}}-\d\d-\d\d)(?!\d)
        | (?P<dotted>\d\d?\.\d\d?\.)(?:(?P<dotted_year>\d{{4}})(?!\d))?
        | (?:the\ )?(?:(?P<before>{_MONTH})\ )?(?P<day>\d\d?)(?!\d)(?:st|nd|rd|th|\.)?
          (?(before)|(?:\ ?(?:of\ )?(?P<after>{_MONTH}))?)
          (?:,?\ (?P<year>\d{{4}})(?!\d|-\d\d-))?
    )
    | (?:(?:next|this)\ )?(?P<near>today|tonight|tomorrow|{_WEEKDAY})
    | (?P<to>to|until|till?|-|–|—|\.\.+|…)
    | (?P<separator>[,;.]|and\b)
    )""",
    re.ASCII | re.VERBOSE,
)
_LONGEST_DAY = 60  # characters
_MOST_READ = 4096  # characters: the longest text (Bot API, Message)
_UNTIL = re.compile(r"^(?:until|till?|to|by|on) ", re.ASCII)


class _Day(NamedTuple):
    """A day as it was typed; None for what was left out."""

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None  # Monday is 0


def parse_day(text: str, today: date, earliest: date = date.min) -> date | None:
    """Returns the day of "2026-12-01", "1.12.2026", "1 Dec", "Dec 1st, 2026", "Monday", "tomorrow".

    Without a year it is the next such day from today and from `earliest` on; a weekday alone comes
    after today. None for anything else, or if a date is not on the weekday beside it.
    """
    if len(text) > _LONGEST_DAY:
        return None
    typed = " ".join(text.casefold().split())
    spans = parse_spans(_UNTIL.sub("", typed), today, earliest) or []
    return spans[0][0] if len(spans) == 1 and spans[0][0] == spans[0][1] else None


def parse_spans(
    text: str, today: date, earliest: date = date.min
) -> list[tuple[date, date]] | None:
    """Returns first and last days, from text such as "24-26 Dec, 1 January, 2027-01-06".

    Days are read as by `parse_day`. Returns None if anything else is in the text, or a last day is
    before its first one.
    """
    if len(text) > _MOST_READ:
        return None
    spans: list[tuple[date, date]] = []
    next_typed = _Day(0)  # gives its month to a number alone: "24, 25 Dec"
    for first, last in reversed(_typed_spans(text, today, earliest) or []):
        whole = _with_month(last, first if first.month else next_typed)
        end = _next_date(whole, max(today, earliest))
        begin = end
        if end is not None and first != last:
            begin = _date_before(_with_month(first, whole), end)
        if begin is None or end is None or begin > end:
            return None
        spans.append((begin, end))
        next_typed = first if first.month else whole
    return spans[::-1] or None


def _typed_spans(text: str, today: date, earliest: date) -> list[tuple[_Day, _Day]] | None:
    """Returns first and last days as they were typed; None if anything else is in the text."""
    typed = " ".join(text.casefold().replace("\n", ", ").split())
    spans: list[tuple[_Day, _Day]] = []
    before, at = "", 0
    while at < len(typed):
        token = _TOKEN.match(typed, at)
        if token is None or (before == "to" and (token["to"] or token["separator"])):
            return None
        at = token.end()
        if token["to"]:
            if before != "first":
                return None
            before = "to"
        elif token["separator"]:
            before = ""
        else:
            day = _typed_day(token, today, earliest)
            if day is None:
                return None
            if before == "to":
                spans[-1] = (spans[-1][0], day)
            else:
                spans.append((day, day))
            before = "" if before == "to" else "first"
    return None if before == "to" else spans


def _typed_day(token: re.Match[str], today: date, earliest: date) -> _Day | None:
    """Returns what a token says of a day; None for a word that only begins like a name."""
    if near := token["near"]:
        number = _position(near, _DAYS)
        found = today + timedelta(days=near == "tomorrow")
        if near not in ("today", "tonight", "tomorrow"):
            if number is None:
                return None
            found = max(today + timedelta(days=1), earliest)
            found += timedelta(days=(number - found.weekday()) % 7)
        return _Day(found.day, found.month, found.year)
    weekday = _position(token["weekday"], _DAYS) if token["weekday"] else None
    if token["weekday"] and weekday is None:
        return None
    if token["iso"]:
        year, month, day = map(int, token["iso"].split("-"))
        return _Day(day, month, year, weekday)
    if token["dotted"]:
        day, month = map(int, token["dotted"].split(".")[:2])
        year_typed = token["dotted_year"]
        return _Day(day, month, int(year_typed) if year_typed else None, weekday)
    name = token["before"] or token["after"]
    number = _position(name, _MONTHS) if name else None
    if name and number is None:
        return None
    return _Day(
        int(token["day"]),
        number + 1 if number is not None else None,
        int(token["year"]) if token["year"] else None,
        weekday,
    )


def _with_month(typed: _Day, other: _Day) -> _Day:
    """Returns the typed day; a number alone gets the month of the other, and its year."""
    if typed.month is not None:
        return typed
    return typed._replace(month=other.month, year=typed.year or other.year)


def _next_date(typed: _Day, earliest: date) -> date | None:
    """Returns the date; without a year the first one from `earliest` on."""
    years = range(earliest.year, earliest.year + 9)  # 29 February may be eight years away
    return _first_date(typed, years, lambda found: found >= earliest)


def _date_before(typed: _Day, last: date) -> date | None:
    """Returns the date; without a year the last one until `last`."""
    return _first_date(typed, (last.year, last.year - 1), lambda found: found <= last)


def _first_date(typed: _Day, years: Iterable[int], fits: Callable[[date], bool]) -> date | None:
    """Returns the date; without a year the first that fits. None if it is on another weekday."""
    for year in years if typed.year is None else (typed.year,):
        with suppress(ValueError):  # no such date in that year
            found = date(year, typed.month or 0, typed.day)
            if typed.year is not None or fits(found):
                return found if typed.weekday in (None, found.weekday()) else None
    return None


_LONGEST_PAUSE = timedelta(days=366)
_LENGTH = re.compile(
    rf"(?:for )?([1-9]\d{{0,2}}|an?|{'|'.join(_HOURS)})? ?(d|days?|w|weeks?|months?)", re.ASCII
)
_DAYS_IN = {"d": 1, "w": 7, "m": 30}


def parse_length(text: str) -> timedelta | None:
    """Returns the length of "3 days", "a week", "five weeks" or "2 months" of 30 days, or None."""
    match = _LENGTH.fullmatch(" ".join(text[:60].casefold().split()).rstrip(".!"))
    if match is None:
        return None
    number = _NUMBER_WORDS.get(match[1], match[1]) if match[1] not in (None, "a", "an") else 1
    return timedelta(days=int(number) * _DAYS_IN[match[2][0]])


def parse_pause(text: str, today: date, next_question: date) -> date | None:
    """Returns the first day with a question after a pause, which begins with the next question.

    From "3 days", "a week", "until Monday", "until 3 December" or "tomorrow", which pauses for that
    day alone; None for anything else, and for a pause of more than a year.
    """
    typed = text.strip().rstrip(".!")
    if length := parse_length(typed):
        end: date | None = next_question + length
    elif typed.casefold() == "tomorrow":
        end = today + timedelta(days=2)
    else:
        end = parse_day(typed, today)
    return end if end is not None and today < end <= today + _LONGEST_PAUSE else None


def span_length(span: tuple[date, date]) -> int:
    """Returns how many days the span has."""
    return (span[1] - span[0]).days + 1


def span_days(span: tuple[date, date]) -> list[date]:
    """Returns each day of the span; check its length before."""
    return [span[0] + timedelta(days=number) for number in range(span_length(span))]


def parse_weekdays(text: str) -> int | None:
    """Returns one bit per weekday, Monday's the lowest, from "Mon-Fri" or "Mon, Wed"; or None."""
    bits = 0
    parts = re.split(r"[,;]|\band\b", text.casefold())
    for part in filter(None, map(str.strip, parts)):
        match = _WEEKDAYS.fullmatch(part)
        first = _position(match[1], _DAYS) if match else None
        last = _position(match[2], _DAYS) if match and match[2] else first
        if first is None or last is None:
            return None
        for number in range((last - first) % 7 + 1):
            bits |= 1 << (first + number) % 7
    return bits or None


def _position(name: str, names: Sequence[str]) -> int | None:
    """Returns the place of the first of the names that begins with this; None if none does."""
    return next((number for number, each in enumerate(names) if each.startswith(name)), None)
