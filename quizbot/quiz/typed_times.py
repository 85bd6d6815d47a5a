"""Times of day, dates, weekdays and pauses that people type."""

import re
from datetime import date, time, timedelta

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


_DAY = r"\d{4}-\d{2}-\d{2}"
_TO = r"\s*(?:to|until|-|–|—|\.\.+|…)\s*"
_SPAN = re.compile(rf"({_DAY})(?:>({_DAY}))?", re.ASCII)
_BETWEEN = re.compile(r"[,;\n]|\band\b|\s(?=\d{4}-)", re.ASCII)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = re.compile(r"([a-z]{3,9})(?:\s*(?:to|-|–|—)\s*([a-z]{3,9}))?")


def parse_day(text: str) -> date | None:
    """Returns the date of 2026-12-01 (ISO 8601) or 1.12.2026; None for anything else."""
    text = _as_iso(text.strip())
    try:
        return date.fromisoformat(text) if re.fullmatch(_DAY, text, re.ASCII) else None
    except ValueError:
        return None


def parse_spans(text: str) -> list[tuple[date, date]] | None:
    """Returns first and last days, from text such as "2026-12-24 to 2026-12-26, 2027-01-01".

    Returns None if anything else is in the text, or a last day is before its first one.
    """
    written = _as_iso(text.strip())
    joined = re.sub(rf"({_DAY}){_TO}(?={_DAY})", r"\1>", written, flags=re.ASCII)
    found = []
    for part in filter(None, map(str.strip, _BETWEEN.split(joined))):
        match = _SPAN.fullmatch(part)
        first = parse_day(match[1]) if match else None
        last = parse_day(match[2]) if match and match[2] else first
        if first is None or last is None or last < first:
            return None
        found.append((first, last))
    return found or None


_LONGEST_PAUSE = timedelta(days=366)
_LENGTH = re.compile(
    r"(?:for )?([1-9]\d{0,2}|an?|one|two|three)? ?(d|days?|w|weeks?|months?)", re.ASCII
)
_UNTIL = re.compile(r"(?:until|till|til|to) (.+)", re.ASCII)
_DATE = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})|([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?)",
    re.ASCII,
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_DAYS_IN = {"d": 1, "w": 7, "m": 30}
_MONTHS = (
    "january february march april may june july august september october november december".split()
)


def parse_pause(text: str, today: date, next_question: date) -> date | None:
    """Returns the first day with a question after a pause, which begins with the next question.

    From "3 days", "a week", "until Monday", "until 3 December" or "tomorrow", which pauses for that
    day alone; None for anything else, and for a pause of more than a year.
    """
    typed = " ".join(text[:60].casefold().split()).rstrip(".!")
    end = None
    if length := _LENGTH.fullmatch(typed):
        number = _NUMBERS.get(length[1] or "a") or int(length[1])
        end = next_question + timedelta(days=number * _DAYS_IN[length[2][0]])
    elif typed == "tomorrow":
        end = today + timedelta(days=2)
    elif typed:
        until = _UNTIL.fullmatch(typed)
        end = coming_day(until[1] if until else typed, today)
    return end if end is not None and today < end <= today + _LONGEST_PAUSE else None


def coming_day(typed: str, today: date) -> date | None:
    """Returns the next day with this name or date, after today."""
    if typed == "tomorrow":
        return today + timedelta(days=1)
    if (number := _weekday(typed.removeprefix("next "))) is not None and len(typed) > 2:
        return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if match := _DATE.fullmatch(typed):
        name, day = match[2] or match[3], int(match[1] or match[4])
        months = [n for n, month in enumerate(_MONTHS, 1) if month.startswith(name)]
        try:
            found = date(today.year, months[0], day) if len(months) == 1 else None
            return found.replace(year=today.year + (found <= today)) if found else None
        except ValueError:
            return None
    return parse_day(typed)


def _as_iso(text: str) -> str:
    """Returns the text with dates like 1.12.2026 written as 2026-12-01."""
    return re.sub(
        r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)",
        lambda match: f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}",
        text,
        flags=re.ASCII,
    )


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
        first = _weekday(match[1]) if match else None
        last = _weekday(match[2]) if match and match[2] else first
        if first is None or last is None:
            return None
        for number in range((last - first) % 7 + 1):
            bits |= 1 << (first + number) % 7
    return bits or None


def _weekday(name: str) -> int | None:
    return next((number for number, each in enumerate(_DAYS) if each.startswith(name)), None)
