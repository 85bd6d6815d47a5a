"""Aliases: unique in any form, and what a chosen one must not be."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db.models import Subscriber
from db.session import Sessions
from quizbot.programmes.programme import clean_name
from quizbot.quiz import aliases, subscription
from quizbot.quiz.aliases import AliasError
from tests.hostile import check_fast, long_text
from tests.quiz.steps import START, join, new_subscriber, subscriber

BOT = ("Health quiz", "health_quiz_bot")


def refusal_of(alias: str) -> str | None:
    """Returns the reason why the alias is refused, None if it is not."""
    try:
        aliases.clean_alias(alias, BOT)
    except AliasError as refusal:
        return refusal.reason
    return None


async def test_suggested_aliases_are_unique(sqlite_sessions: Sessions) -> None:
    """With the same random numbers, the second person gets another alias."""
    for person in range(1, 6):
        async with sqlite_sessions.begin() as session:
            await subscription.subscribe(session, new_subscriber(person), START, Random(1))
    async with sqlite_sessions() as session:
        suggested = (await session.scalars(select(Subscriber.alias))).all()
    assert len(set(suggested)) == 5


async def test_an_alias_that_is_taken_is_refused_in_any_form(sessions: Sessions) -> None:
    for person in (1, 2):
        await join(sessions, person)
    async with sessions.begin() as session:
        person_1 = await subscriber(session, 1)
        assert await aliases.set_alias(session, person_1, " Quiet  Heron ") == "Quiet Heron"
    for taken in ("Quiet Heron", "quietheron", "ＱＵＩＥＴ heron"):
        async with sessions.begin() as session:
            person_2 = await subscriber(session, 2)
            before = person_2.alias
            with pytest.raises(AliasError, match="taken"):
                await aliases.set_alias(session, person_2, taken)
            assert person_2.alias == before
    async with sessions.begin() as session:  # one's own alias may change its form
        person_1 = await subscriber(session, 1)
        assert await aliases.set_alias(session, person_1, "QUIET HERON") == "QUIET HERON"


async def test_people_who_draw_the_same_alias_at_once_get_different_ones(
    sessions: Sessions,
) -> None:
    async def begin_here(person: int) -> None:
        async with sessions.begin() as session:
            await subscription.subscribe(session, new_subscriber(person), START, Random(1))

    await asyncio.gather(*(begin_here(person) for person in range(1, 5)))
    async with sessions() as session:
        assert len({(await subscriber(session, person)).alias_key for person in range(1, 5)}) == 4


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Otter", "Otter"),
        ("  Quiet \t Heron\n", "Quiet Heron"),
        ("Jose\u0301", "José"),  # composed
        ("<b>Otter</b> & \"Co\" 'x'", "<b>Otter</b> & \"Co\" 'x'"),  # escaped only when shown
        ("👩\u200d🔬 Ada", "👩\u200d🔬 Ada"),
        ("❤\ufe0f Bea", "❤\ufe0f Bea"),
        ("日本語", "日本語"),
        ("x" * 32, "x" * 32),
        ("{alias} %s", "{alias} %s"),
    ],
)
def test_an_alias_is_kept_as_typed_except_for_blanks(typed: str, shown: str) -> None:
    assert aliases.clean_alias(typed) == shown


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "letters"),
        ("   ", "letters"),
        ("\u200d", "letters"),
        ("\ufe0f\u0301", "letters"),
        ("x" * 33, "long"),
        ("Ot\u200bter", "hidden"),  # zero width space
        ("\u202eretto", "hidden"),  # turns the text around it
        ("Ot\u00adter", "hidden"),  # soft hyphen
        ("Ot\x00ter", "hidden"),
        ("Ot\ue000ter", "hidden"),  # private use
        ("\ud83e", "hidden"),  # half an emoji
        ("t.me/win", "link"),
        ("win.example", "link"),
        ("ftp://win", "link"),
        ("Otter @win", "link"),
        ("Otter (/stop", "link"),
    ],
)
def test_an_alias_that_cannot_be_used_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(AliasError) as refusal:
        aliases.clean_alias(typed)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("blank", ["\u3164", "\u115f", "\uffa0", "\u2800"])
def test_an_alias_of_blank_letters_is_refused(blank: str) -> None:
    with pytest.raises(AliasError):
        aliases.clean_alias(blank)


@pytest.mark.parametrize("emoji", ["\U0001fa77", "\U0001fae8", "\U0001fabf"])
def test_an_emoji_newer_than_the_interpreter_is_visible(emoji: str) -> None:
    """Pink heart, shaking face, goose (Unicode 15, 2022); Python 3.11 knows Unicode 14."""
    assert aliases.clean_alias(f"{emoji} Otter") == f"{emoji} Otter"


@pytest.mark.parametrize(
    "alike",
    ["quiet heron", "QUIET HERON", "QuietHeron", "Ｑｕｉｅｔ Heron", "Qui\u200det Heron\ufe0f"],
)
def test_aliases_that_look_alike_share_a_key(alike: str) -> None:
    assert aliases.alias_key(alike) == aliases.alias_key("Quiet Heron")


@pytest.mark.parametrize("trace", ["\ufe0e", "\u034f", "\u180b"])
def test_an_invisible_mark_does_not_make_another_alias(trace: str) -> None:
    """It is refused, or the key ignores it."""
    try:
        alias = aliases.clean_alias(f"Quiet Heron{trace}")
    except AliasError:
        return
    assert aliases.alias_key(alias) == aliases.alias_key("Quiet Heron")


def test_different_aliases_have_different_keys() -> None:
    assert aliases.alias_key("Quiet Heron") != aliases.alias_key("Quiet Herons")
    assert aliases.alias_key("👩\u200d🔬") != aliases.alias_key("👨\u200d🔬")


@given(st.text())
def test_every_accepted_alias_fits_its_columns_and_stays_the_same(typed: str) -> None:
    try:
        alias = aliases.clean_alias(typed)
    except AliasError as refusal:
        assert refusal.reason in {"letters", "long", "hidden", "link", "mixed", "rude"}  # noqa: PT017
        return
    assert 1 <= len(alias) <= 32
    assert 1 <= len(aliases.alias_key(alias)) <= 96
    assert aliases.clean_alias(alias) == alias


@given(st.integers())
def test_suggested_aliases_are_valid(seed: int) -> None:
    suggested = aliases.suggest_alias(Random(seed))
    assert aliases.clean_alias(suggested) == suggested


@pytest.mark.parametrize("clean", [aliases.clean_alias, clean_name])
def test_a_name_of_combining_marks_takes_no_longer_than_its_length(
    clean: Callable[[str], str],
) -> None:
    check_fast(clean, long_text("\u0315\u0300", "a"))


NAMES = """
Scunthorpe|Penistone|Middlesex|Dick|Moby Dick|Dick Van Dyke|Hancock|Cockburn|Peacock|Cassandra
Assam|Bass Player|Blue Tit|Titus|Matsushita|Shiitake|Shital|Dikshit|Phuc Nguyen|Wang Wei|Lipschitz
Kuntz|Fanny|Randy|Gaylord|Gay|Willy|Peter|Roger|Mike Hooker|Cumming|Butt|Horny Toad|Pinto|Regina
Uranus|Therapist|Canal Boat|Grape Juice|Arsenal|Sextant|Swan Lake|Moose|Bitte|Kant|Pikachu|Dracula
Montenegro|Nigel|Nigeria|Pakistan|Con Brio|Trio|Zorro|Hello Kitty|Bloody Mary|B12 Fan|Nurse Kind
Ana|Bo Li|Zoë|O'Neil|Ça va|Straße|Þór|Nguyễn|J.R.R.|X Æ A-12|Αθηνά|Ёжик|Алла|Хуан|عائشة|राम|ไก่
Analia|Lolita|Mona|Pippa|Zizi
李明|김민|さくら|日本Taro|Tokyo東京|β-Blocker|Анна Anna|🦊 Fox|Quiz|Health Nut|Quiz Bot
""".replace("\n", "|").strip("|")


@pytest.mark.parametrize("name", NAMES.split("|"))
def test_names_are_not_refused(name: str) -> None:
    assert refusal_of(name) is None


RUDE = """
fuck|Fuck You|f.u.c.k|f u c k|fuuuck|FUCK|xXfuckXx|FuCk69|F_U_C_K|fück|ｆｕｃｋ|phuck|sh1t|bullshit
Shithead|a$$hole|cunt|wanker|dickhead|whore|n1gger|nigga|faggot|bitch|motherfucker|slut|Hitler
Arschloch|Hurensohn|puta madre|putain|enculé|cazzo|vaffanculo|kurwa|caralho|сука|блядь
""".replace("\n", "|").strip("|")


@pytest.mark.parametrize("alias", RUDE.split("|"))
def test_profanity_is_refused_however_it_is_written(alias: str) -> None:
    assert refusal_of(alias) == "rude"


@pytest.mark.parametrize(
    "alias",
    [
        "Health Quiz",
        "HEALTH-QUIZ bot",
        "H3alth Qu1z",
        "healthquizbot",
        "The Health Quiz",
        "HeaIthQuiz",
    ],
)
def test_the_bots_name_and_what_looks_like_it_is_refused(alias: str) -> None:
    assert refusal_of(alias) == "bot"


def test_a_bots_short_name_may_be_part_of_an_alias() -> None:
    assert aliases.clean_alias("Sunny Otter 42", ("Otter",)) == "Sunny Otter 42"
    with pytest.raises(AliasError, match="bot"):
        aliases.clean_alias("0tter", ("Otter",))


@pytest.mark.parametrize("alias", ["Annа", "Неаlth", "Ωmega", "Pаypal", "ABΓ", "Sunny Οtter"])
def test_a_word_of_two_alphabets_that_look_alike_is_refused(alias: str) -> None:
    assert refusal_of(alias) == "mixed"


@pytest.mark.parametrize(
    "alias", ["Al", "A1", "123", "!!!", "🦊", "李", "さ", "김", "a\u0301\u0302\u0303"]
)
def test_an_alias_has_three_letters_or_two_in_cjk(alias: str) -> None:
    assert refusal_of(alias) == "letters"


def test_no_generated_alias_is_refused() -> None:
    """Each word, and the numbers that could be read as rude words."""
    words = [
        f"{first} {second}" for first, second in zip(aliases._FIRST, aliases._SECOND, strict=True)
    ]
    numbers = (7, 85, 455, 855, 885, 4555, 5394, 7175, 8008, 8194, 8555, 8855, 8885)
    assert {refusal_of(f"{each} 42") for each in words} == {None}
    assert {refusal_of(f"Quiet Heron {number}") for number in numbers} == {None}
