"""Words in the reader's language: gettext catalogues, dates and numbers by Babel.

English is written in the code; another language is a file `quizbot/locale/<code>.po`.
"""

import gettext
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names, get_month_names
from babel.messages.catalog import Message as PoMessage
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal, format_percent

from db.programmes import ALL_WEEKDAYS, WORKDAYS, Programme
from quizbot.quiz.asking.question_days import zone_info

LOCALE_DIR = Path(__file__).parent.parent / "locale"
ENGLISH = "en"

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class TranslationError(ValueError):
    """A language file cannot be used; the message says which, where and why."""


_NUMBERS = 1000  # kept as they are written: it takes long to find out


class Words:
    """One language's words. `_` and `ngettext` take the English ones, as gettext has it."""

    def __init__(self, code: str, catalogue: gettext.NullTranslations) -> None:
        self.code = code
        self._locale = Locale.parse(code, sep="-")
        self._catalogue = catalogue
        self._numbers: dict[int, str] = {}
        self._clocks: dict[time, str] = {}  # at most as many as a day has minutes

    def _(self, english: str) -> str:
        return self._catalogue.gettext(english)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The form for the count, with `{count}` filled in, written as the language writes it."""
        return self._catalogue.ngettext(one, many, count).format(count=self.number(count))

    def number(self, value: int) -> str:
        if value not in self._numbers:
            if len(self._numbers) >= _NUMBERS:
                self._numbers.clear()
            self._numbers[value] = format_decimal(value, locale=self._locale)
        return self._numbers[value]

    def percent(self, share: float) -> str:
        """A share from 0 to 1 as whole percent."""
        return format_percent(share, format=None, locale=self._locale)

    def decimal(self, value: float, places: int = 2) -> str:
        """A number with exactly so many places behind the point."""
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return format_decimal(value, format=pattern, locale=self._locale)

    def clock(self, value: time) -> str:
        """A time of day on 24 hours, as the commands take it."""
        minute = value.replace(second=0, microsecond=0)
        if minute not in self._clocks:
            self._clocks[minute] = format_time(minute, "HH:mm", locale=self._locale)
        return self._clocks[minute]

    def day(self, value: date) -> str:
        return format_date(value, "EEEE, d MMMM", locale=self._locale)

    def full_date(self, value: date) -> str:
        """A date with its year, short: "25 Nov 2026"."""
        return format_date(value, "d MMM y", locale=self._locale)

    def short_day(self, value: date) -> str:
        """A date without its year, short: "25 Nov"."""
        return format_date(value, "d MMM", locale=self._locale)

    @property
    def weekdays(self) -> tuple[str, ...]:
        """Short names from Monday on, as they stand alone."""
        names = get_day_names("abbreviated", "stand-alone", self._locale)
        return tuple(names[day] for day in range(7))

    @property
    def short_weekdays(self) -> tuple[str, ...]:
        """The shortest names that are all different, from Monday on: "Mo"."""
        names = get_day_names("short", "format", self._locale)
        return tuple(names[day] for day in range(7))

    @property
    def months(self) -> tuple[str, ...]:
        """Short names from January on, as they stand alone."""
        names = get_month_names("abbreviated", "stand-alone", self._locale)
        return tuple(names[month] for month in range(1, 13))

    def moment(self, value: datetime, zone: str, now: datetime) -> str:
        """A moment to come, on the wall clock of the zone: "tomorrow at 09:00"."""
        info = zone_info(zone)
        there, here = value.astimezone(info), now.astimezone(info)
        at = self.clock(there.time())
        match (there.date() - here.date()).days:
            case 0:
                return self._("today at {time}").format(time=at)
            case 1:
                return self._("tomorrow at {time}").format(time=at)
            case _:
                return self._("on {day} at {time}").format(day=self.day(there.date()), time=at)

    def timestamp(self, value: datetime, zone: str) -> str:
        """A moment that has been, on the wall clock of the zone: "25 Nov 2026, 09:00"."""
        there = value.astimezone(zone_info(zone))
        return f"{self.full_date(there.date())}, {self.clock(there.time())}"


class Languages:
    """All languages there are."""

    def __init__(self, folder: Path = LOCALE_DIR) -> None:
        self._all = {ENGLISH: Words(ENGLISH, gettext.NullTranslations())}
        for file in sorted(folder.glob("*.po")):
            self._all[file.stem] = Words(file.stem, _catalogue(file))

    def __getitem__(self, code: str) -> Words:
        return self._all[self.closest(code)]

    def __iter__(self) -> Iterator[Words]:
        return iter(self._all.values())

    def closest(self, code: str | None) -> str:
        """The code of the language to speak with somebody whose app is set to `code` (BCP 47)."""
        wanted = str(code or "")  # whatever a broken client calls a language
        for candidate in (wanted, wanted.partition("-")[0]):
            if candidate in self._all:
                return candidate
        return ENGLISH


def _check_placeholders(file: Path, entry: PoMessage) -> None:
    """A translation names what is filled in just as the English does, or its message would fail."""
    english = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
    there = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
    wanted = {name for each in english for name in _PLACEHOLDER.findall(each)}
    for translated in filter(None, there if entry.id else ()):
        if unknown := set(_PLACEHOLDER.findall(translated)) - wanted:
            raise TranslationError(
                f"{file}: the translation of {english[0]!r} has {', '.join(sorted(unknown))}, "
                "which the English has not; translate the words around the braces only"
            )


def _catalogue(file: Path) -> gettext.GNUTranslations:
    try:
        locale = Locale.parse(file.stem, sep="-")
    except (UnknownLocaleError, ValueError):
        raise TranslationError(
            f"{file}: the file's name is no language code; name it like de.po"
        ) from None
    try:
        with file.open("rb") as po:
            catalogue = read_po(po, locale=locale, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise TranslationError(f"{file}: this is no sound .po file ({error})") from None
    for entry in catalogue:
        _check_placeholders(file, entry)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


_RUNS_SHOWN = 12


def from_to(w: Words, first: date, last: date | None) -> str:
    """From the first day to the last, if there is one."""
    if last is None:
        return w._("from {first}, without an end").format(first=w.full_date(first))
    return w._("{first} – {last}").format(first=w.full_date(first), last=w.full_date(last))


def weekdays(w: Words, bits: int) -> str:
    """Which days of the week have a question."""
    if bits == ALL_WEEKDAYS:
        return w._("every day")
    names = w.weekdays
    if bits == WORKDAYS:
        return f"{names[0]}–{names[4]}"
    return ", ".join(name for day, name in enumerate(names) if bits >> day & 1)


def when(w: Words, programme: Programme) -> str:
    """Which days, at what time, in which zone."""
    return w._("{days} at {time} ({zone})").format(
        days=weekdays(w, programme.weekdays),
        time=w.clock(programme.question_time),
        zone=programme.timezone,
    )


def holidays(w: Words, days: Sequence[date]) -> str:
    """Days one after the other as spans, and how many more there are of them."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    shown = [_run(w, run) for run in runs[:_RUNS_SHOWN]]
    if more := len(runs) - _RUNS_SHOWN:
        shown += [w.ngettext("… and {count} more", "… and {count} more", more)] if more > 0 else []
    return ", ".join(shown)


def _run(w: Words, run: Sequence[date]) -> str:
    first, last = w.full_date(run[0]), w.full_date(run[-1])
    return first if len(run) == 1 else w._("{first} – {last}").format(first=first, last=last)
