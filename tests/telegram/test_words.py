"""Words in the reader's language: a language needs only a file in a folder."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from quizbot.telegram.messages import words
from quizbot.telegram.messages.words import Languages, TranslationError, Words

GERMAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "The command menu"
msgstr "Das Menü"

msgid "tomorrow at {time}"
msgstr "morgen um {time}"

msgid "on {day} at {time}"
msgstr "am {day} um {time}"

msgid "not yet translated"
msgstr ""

#, fuzzy
msgid "in doubt"
msgstr "bezweifelt"

msgid "{count} point"
msgid_plural "{count} points"
msgstr[0] "{count} Punkt"
msgstr[1] "{count} Punkte"
"""

POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "{count} point"
msgid_plural "{count} points"
msgstr[0] "{count} punkt"
msgstr[1] "{count} punkty"
msgstr[2] "{count} punktów"
"""


@pytest.fixture
def languages(tmp_path: Path) -> Languages:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    (tmp_path / "pl.po").write_text(POLISH, encoding="utf-8")
    (tmp_path / "pt-BR.po").write_text(GERMAN.replace("Das Menü", "O cardápio"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no catalogue")
    return Languages(tmp_path)


@pytest.fixture
def english() -> Words:
    return Languages()["en"]


def points(w: Words, count: int) -> str:
    return w.ngettext("{count} point", "{count} points", count)


def test_a_file_in_the_folder_changes_the_texts(languages: Languages) -> None:
    assert languages["de"]._("The command menu") == "Das Menü"
    assert languages["en"]._("The command menu") == "The command menu"
    assert sorted(w.code for w in languages) == ["de", "en", "pl", "pt-BR"]


class _ClearedByOthers(dict[int, str]):
    """The cache, which another thread clears as soon as it was looked at."""

    def __contains__(self, number: object) -> bool:
        found = super().__contains__(number)
        self.clear()
        return found


def test_a_number_is_told_while_another_thread_clears_the_cache(
    languages: Languages, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = languages["en"]
    monkeypatch.setattr(w, "_numbers", _ClearedByOthers({1000: "1,000"}))
    assert [w.number(1000), w.number(1000)] == ["1,000", "1,000"]


def test_plurals_follow_the_language(languages: Languages) -> None:
    assert [points(languages["en"], n) for n in (0, 1, 2)] == ["0 points", "1 point", "2 points"]
    assert [points(languages["de"], n) for n in (1, 2)] == ["1 Punkt", "2 Punkte"]
    polish = [points(languages["pl"], n) for n in (1, 3, 5, 22)]
    assert polish == ["1 punkt", "3 punkty", "5 punktów", "22 punkty"]


def test_pages_have_the_printed_apostrophe_and_names_stay_as_they_are(english: Words) -> None:
    pages, name = english.for_pages, "O'Neil"
    assert (english._("It's wrong"), pages._("It's wrong")) == ("It's wrong", "It’s wrong")
    assert pages.ngettext("{name}'s point", "{name}'s points", 1, name=name) == "O'Neil’s point"


@pytest.mark.parametrize("text", ["not yet translated", "in doubt", "never heard of"])
def test_untranslated_texts_are_english(languages: Languages, text: str) -> None:
    assert languages["de"]._(text) == text
    assert languages["pl"]._("The command menu") == "The command menu"
    assert languages["de"].ngettext("{count} hat", "{count} hats", 2) == "2 hats"


@pytest.mark.parametrize(
    ("app", "spoken"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
        ("x-klingon", "en"),
    ],
)
def test_the_closest_language_is_used(languages: Languages, app: str | None, spoken: str) -> None:
    assert languages.closest(app) == spoken
    assert languages[app or ""].code == spoken


@pytest.mark.parametrize("name", ["english", "xx", "de_DE", "pt-br-x-1", "12", "messages"])
def test_a_file_whose_name_is_no_language_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.po").write_text(GERMAN, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{name}\.po: the file's name is not a language code"):
        Languages(tmp_path)


def test_languages_lie_in_the_folder_that_the_docs_name() -> None:
    assert Path("quizbot/locale").resolve() == words.LOCALE_DIR


def texts_in(folder: Path) -> Iterator[str]:
    """The first argument of every `_` and `ngettext`."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                if name in {"_", "ngettext"} and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def test_translators_get_every_text() -> None:
    """The extractor of Babel overlooks what stands inside of an f-string before Python 3.12."""
    folder = Path("quizbot/telegram/messages")
    keywords = {"_": None, "ngettext": (1, 2)}
    found = [text for _, _, text, _, _ in extract_from_dir(folder, keywords=keywords)]
    extracted = {text if isinstance(text, str) else text[0] for text in found}
    assert set(texts_in(folder)) == extracted


def test_without_a_folder_the_language_is_english(tmp_path: Path) -> None:
    assert [w.code for w in Languages(tmp_path / "nowhere")] == ["en"]


def test_numbers_and_dates_follow_the_language(languages: Languages) -> None:
    assert (languages["en"].number(12345), languages["de"].number(12345)) == ("12,345", "12.345")
    assert (languages["en"].percent(0.667), languages["de"].percent(0.5)) == ("67%", "50\xa0%")
    assert languages["en"].clock(time(19, 5)) == "19:05"
    assert languages["en"].day(date(2026, 11, 23)) == "Monday, 23 November"
    assert languages["de"].day(date(2026, 11, 23)) == "Montag, 23 November"


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        ("2026-11-23T09:00", "UTC", "today at 09:00"),
        ("2026-11-24T00:00", "UTC", "tomorrow at 00:00"),
        ("2026-11-24T23:59", "UTC", "tomorrow at 23:59"),
        ("2026-11-25T09:00", "UTC", "on Wednesday, 25 November at 09:00"),
        ("2026-11-23T10:30", "Pacific/Auckland", "today at 23:30"),  # now is 21:00 there
        ("2026-11-23T11:00", "Pacific/Auckland", "tomorrow at 00:00"),
        ("2026-11-23T10:00", "Pacific/Honolulu", "tomorrow at 00:00"),  # now is Sunday 22:00
        ("2026-11-24T03:15", "Asia/Kathmandu", "tomorrow at 09:00"),
    ],
)
def test_a_moment_is_given_by_the_readers_clock(
    english: Words, moment: str, zone: str, said: str
) -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert english.moment(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone, now) == said


def test_a_moment_is_given_in_the_readers_language(languages: Languages) -> None:
    now, german = datetime(2026, 11, 23, 8, tzinfo=UTC), languages["de"]
    assert german.moment(datetime(2026, 11, 24, 9, tzinfo=UTC), "UTC", now) == "morgen um 09:00"
    day_after = german.moment(datetime(2026, 11, 25, 9, tzinfo=UTC), "UTC", now)
    assert day_after == "am Mittwoch, 25 November um 09:00"


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        (b"heute um {zeit}", "has {zeit}, which the English does not"),
        (b"heute um \xff{time}", "not a valid .po file"),
    ],
)
def test_a_language_file_that_would_break_messages_is_refused(
    tmp_path: Path, translation: bytes, fault: str
) -> None:
    header = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    entry = b'msgid "today at {time}"\nmsgstr "' + translation + b'"\n'
    (tmp_path / "de.po").write_bytes(header + entry)
    with pytest.raises(TranslationError, match=r"de\.po") as refusal:
        Languages(tmp_path)
    assert fault in str(refusal.value)


def test_ranks_are_written_as_ordinals() -> None:
    w = Languages()["en"]
    written = [w.ordinal(rank) for rank in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111, 1001)]
    assert written == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 103rd 111th 1,001st".split()
