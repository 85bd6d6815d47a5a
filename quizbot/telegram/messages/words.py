"""Words in the reader's language: gettext catalogues, and dates and numbers by Babel.

English is written in the code; another language is a file `quizbot/locale/<code>.po`.
"""

import gettext
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from pathlib import Path
from textwrap import shorten

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names, get_month_names
from babel.messages.catalog import Message as PoMessage
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal, format_percent

import quizbot
from db.programmes import ALL_WEEKDAYS, Programme
from questions import Statement
from quizbot.quiz.asking.question_days import zone_info
from quizbot.quiz.places import place_name

LOCALE_DIR = Path(quizbot.__file__).parent / "locale"
ENGLISH = "en"

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_NUMBERS_CACHED = 1000  # formatting one takes long
_SPANS_SHOWN = 12
_LONGEST_KEY_POINT = 100


class TranslationError(ValueError):
    """A language file cannot be used; the message says which, where and why."""


class Words:
    """The words of one language. `_` and `ngettext` take English, as gettext does.

    Chats have the apostrophe as it is typed, and pages the curly one.
    """

    def __init__(
        self, code: str, catalogue: gettext.NullTranslations, apostrophe: str = "'"
    ) -> None:
        self.code = code
        self._apostrophe = apostrophe
        self._locale = Locale.parse(code, sep="-")
        self._catalogue = catalogue
        self._numbers: dict[int, str] = {}
        self._percents: dict[int, str] = {}  # of shares, so at most 101 in practice
        self._clocks: dict[time, str] = {}  # at most one for each minute of a day

    @cached_property
    def for_pages(self) -> "Words":
        return Words(self.code, self._catalogue, "’")

    def _(self, english: str) -> str:
        return self._catalogue.gettext(english).replace("'", self._apostrophe)

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """Returns the form for the count, with `{count}` formatted for the language, and values."""
        text = self._catalogue.ngettext(one, many, count).replace("'", self._apostrophe)
        return text.format(count=self.number(count), **values)

    def number(self, value: int) -> str:
        text = self._numbers.get(
            value
        )  # pages are rendered in threads: it may be cleared meanwhile
        if text is None:
            if len(self._numbers) >= _NUMBERS_CACHED:
                self._numbers.clear()
            text = self._numbers[value] = format_decimal(value, locale=self._locale)
        return text

    def ordinal(self, value: int) -> str:
        """Returns a rank: "1st", "22nd", "113th"."""
        tens, ones = value // 10 % 10, value % 10
        # Translators: write a rank in your language, for example "{number}." in all four.
        endings = (self._("{number}st"), self._("{number}nd"), self._("{number}rd"))
        is_special = tens != 1 and 1 <= ones <= len(endings)
        text = endings[ones - 1] if is_special else self._("{number}th")
        return text.format(number=self.number(value))

    def percent(self, share: float) -> str:
        """Returns a share from 0 to 1 as a whole percentage."""
        whole = round(100 * Decimal(str(share)))  # as Babel rounds
        if whole not in self._percents:
            self._percents[whole] = format_percent(Decimal(whole) / 100, locale=self._locale)
        return self._percents[whole]

    def decimal(self, value: float, places: int = 2) -> str:
        """Returns a number with exactly so many decimal places."""
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return format_decimal(value, format=pattern, locale=self._locale).replace("-", "−")

    def signed(self, share: float) -> str:
        """Returns a difference of shares in percentage points, with its sign: "+18", "0"."""
        text = self.decimal(round(100 * share), 0)
        return f"+{text}" if round(100 * share) > 0 else text

    def clock(self, value: time) -> str:
        """Returns a time of day in 24 hours, as the commands take it: "19:05"."""
        minute = value.replace(second=0, microsecond=0)
        if minute not in self._clocks:
            self._clocks[minute] = format_time(minute, "HH:mm", locale=self._locale)
        return self._clocks[minute]

    def day(self, value: date) -> str:
        """Returns a date with its weekday, without the year: "Monday, 23 November"."""
        return format_date(value, "EEEE, d MMMM", locale=self._locale)

    def weekday(self, value: date) -> str:
        """Returns the name of a date's weekday: "Tuesday"."""
        return format_date(value, "EEEE", locale=self._locale)

    def full_date(self, value: date) -> str:
        """Returns a short date with its year: "25 Nov 2026"."""
        return format_date(value, "d MMM y", locale=self._locale)

    def dated_weekday(self, value: date) -> str:
        """Returns a short date with weekday and year: "Wed, 25 Nov 2026"."""
        return format_date(value, "EEE, d MMM y", locale=self._locale)

    def short_day(self, value: date) -> str:
        """Returns a short date without its year: "25 Nov"."""
        return format_date(value, "d MMM", locale=self._locale)

    @property
    def weekdays(self) -> tuple[str, ...]:
        """Short names from Monday on, in the form that stands alone: "Mon"."""
        names = get_day_names("abbreviated", "stand-alone", self._locale)
        return tuple(names[day] for day in range(7))

    @property
    def short_weekdays(self) -> tuple[str, ...]:
        """The shortest names that all differ, from Monday on: "Mo"."""
        names = get_day_names("short", "format", self._locale)
        return tuple(names[day] for day in range(7))

    @property
    def months(self) -> tuple[str, ...]:
        """Short names from January on, in the form that stands alone."""
        names = get_month_names("abbreviated", "stand-alone", self._locale)
        return tuple(names[month] for month in range(1, 13))

    def moment(self, value: datetime, zone: str, now: datetime) -> str:
        """Returns a future moment by the wall clock of the IANA zone: "tomorrow at 09:00"."""
        info = zone_info(zone)
        local, today = value.astimezone(info), now.astimezone(info).date()
        at = self.clock(local.time())
        match (local.date() - today).days:
            case 0:
                return self._("today at {time}").format(time=at)
            case 1:
                return self._("tomorrow at {time}").format(time=at)
            case _:
                return self._("on {day} at {time}").format(day=self.day(local.date()), time=at)

    def timestamp(self, value: datetime, zone: str) -> str:
        """Returns a past moment by the wall clock of the IANA zone: "25 Nov 2026, 09:00"."""
        local = value.astimezone(zone_info(zone))
        return f"{self.full_date(local.date())}, {self.clock(local.time())}"


class Languages:
    """English, and every language that has a file in the folder."""

    def __init__(self, folder: Path = LOCALE_DIR) -> None:
        self._all = {ENGLISH: Words(ENGLISH, gettext.NullTranslations())}
        for file in sorted(folder.glob("*.po")):
            self._all[file.stem] = Words(file.stem, _catalogue(file))

    def __getitem__(self, code: str) -> Words:
        return self._all[self.closest(code)]

    def __iter__(self) -> Iterator[Words]:
        return iter(self._all.values())

    def closest(self, code: str | None) -> str:
        """Returns the code of the language for somebody whose app is set to `code` (BCP 47)."""
        wanted = str(code or "")  # a broken client may send anything
        for candidate in (wanted, wanted.partition("-")[0]):
            if candidate in self._all:
                return candidate
        return ENGLISH


def _check_placeholders(file: Path, entry: PoMessage) -> None:
    """Raise TranslationError for a placeholder that the English lacks: formatting would fail."""
    english = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
    translations = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
    known = {name for each in english for name in _PLACEHOLDER.findall(each)}
    for translated in filter(None, translations if entry.id else ()):
        if unknown := set(_PLACEHOLDER.findall(translated)) - known:
            raise TranslationError(
                f"{file}: the translation of {english[0]!r} has {', '.join(sorted(unknown))}, "
                "which the English does not; translate the words around the braces only"
            )


def _catalogue(file: Path) -> gettext.GNUTranslations:
    try:
        locale = Locale.parse(file.stem, sep="-")
    except (UnknownLocaleError, ValueError):
        raise TranslationError(
            f"{file}: the file's name is not a language code; name it like de.po"
        ) from None
    try:
        with file.open("rb") as po:
            catalogue = read_po(po, locale=locale, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise TranslationError(f"{file}: this is not a valid .po file ({error})") from None
    for entry in catalogue:
        _check_placeholders(file, entry)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


# Phrases that several messages share.


def none_planned(w: Words) -> str:
    return w._("You have no questions planned. Send /resume to start again.")


def demo_note(w: Words, is_demo: bool) -> str:
    """Returns the line on what shows a demo programme, empty for any other."""
    return w._("🧪 This is a demo. Nobody in it is real.") if is_demo else ""


def points(w: Words, count: int) -> str:
    return w.ngettext("{count} point", "{count} points", count)


def members(w: Words, count: int) -> str:
    return w.ngettext("{count} member", "{count} members", count)


def and_more(w: Words, count: int) -> str:
    """Returns the line below a list that leaves out `count` entries, empty for none."""
    return w.ngettext("… and {count} more", "… and {count} more", count) if count > 0 else ""


def numbered_season(w: Words) -> str:
    """Returns how a next season is called whose name ends with a year or another long number."""
    return w._("{name}, season {number}")


def date_range(w: Words, first: date, last: date | None) -> str:
    """Returns the days from the first to the last; None is an open end."""
    if last is None:
        return w._("from {first}, no end date").format(first=w.full_date(first))
    return w._("{first} – {last}").format(first=w.full_date(first), last=w.full_date(last))


def weekday_range(w: Words, first: date, last: date | None) -> str:
    """Returns the days from the first to the last with their weekdays, to check them."""
    if last is None:
        return w._("from {first}, no end date").format(first=w.dated_weekday(first))
    return w._("{first} – {last}").format(first=w.dated_weekday(first), last=w.dated_weekday(last))


def in_all(w: Words, questions: int | None) -> str:
    """Returns the number of questions of a programme, after its days; "" without a last day."""
    if questions is None:
        return ""
    return w.ngettext(" ({count} question)", " ({count} questions)", questions)


def date_span(w: Words, first: date, last: date) -> str:
    """Returns "25 Nov 2026", or two dates with an en dash between them."""
    return w.full_date(first) if first == last else date_range(w, first, last)


def weekdays(w: Words, bits: int) -> str:
    """Returns the days of the week that have a question, three or more in a row as a span.

    The lowest bit is Monday.
    """
    if bits == ALL_WEEKDAYS:
        return w._("every day")
    runs: list[list[str]] = [[]]
    for day, name in enumerate(w.weekdays):
        if bits >> day & 1:
            runs[-1].append(name)
        elif runs[-1]:
            runs.append([])
    named = (f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)
    return ", ".join(filter(None, named))


def question_times(w: Words, programme: Programme) -> str:
    """Returns on which days the programme has a question, at what time, and in which zone."""
    return w._("{days} at {time}, {zone}").format(
        days=weekdays(w, programme.weekdays),
        time=w.clock(programme.question_time),
        zone=zone_time(w, programme.timezone),
    )


def zone_time(w: Words, zone: str) -> str:
    """Returns whose time it is in an IANA zone: "Lisbon time", "GMT+2", "UTC"."""
    name = place_name(zone)
    is_offset = "/" not in zone or zone.startswith("Etc/")
    return name if is_offset else w._("{city} time").format(city=name)


def date_list(w: Words, days: Sequence[date]) -> str:
    """Returns the days, consecutive ones as spans, and how many spans are left out."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    shown = [date_span(w, span[0], span[-1]) for span in spans[:_SPANS_SHOWN]]
    return ", ".join(filter(None, [*shown, and_more(w, len(spans) - _SPANS_SHOWN)]))


def quoted(w: Words, title: str | None) -> str:
    """Returns an objective's title in quotes: “too few red cells” is no finding. Empty for none."""
    return w._("“{title}”").format(title=title) if title else ""


def key_point_label(w: Words, key_point: Statement | None) -> str:
    """Returns a key point's title, shortened if it is very long; None is what has no key point."""
    if key_point is None:
        return w._("Other questions")
    return shorten(key_point.title, _LONGEST_KEY_POINT, placeholder="…")


def zone_labels(zones: Sequence[str]) -> list[str]:
    """Returns each IANA zone's city, or the whole name where several have the same city."""
    cities = [zone.rsplit("/", 1)[-1].replace("_", " ") for zone in zones]
    return [
        city if cities.count(city) == 1 else zone for zone, city in zip(zones, cities, strict=True)
    ]
