"""Aliases: the names by which people appear on boards, and what a chosen one must not be."""

import asyncio
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MAX_ALIAS_LENGTH, Subscriber

if TYPE_CHECKING:
    from glin_profanity import Filter

# Neutral and friendly, no word that could hurt. The two lists give 900 pairs, and a number makes
# them unique. Real names are never taken (invariant 10, ARCHITECTURE.md).
_FIRST = (
    "Able Amber Bright Brisk Calm Clever Coral Cosy Eager Early Fair Gentle Golden Happy Honest "
    "Jolly Keen Kind Lively Lucky Merry Mellow Noble Proud Quick Quiet Silver Sunny Swift Warm"
).split()
_SECOND = (
    "Badger Beaver Clam Crane Dolphin Falcon Finch Fox Heron Ibex Koala Lark Lynx Magpie Marten "
    "Otter Owl Panda Puffin Raven Robin Salmon Seal Sparrow Starling Stork Swan Tuna Turtle Wren"
).split()

# What is invisible in a name, or reorders the text around it: by category, and those letters,
# symbols and marks that show nothing (Unicode, Default_Ignorable_Code_Point).
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE0F)
}
_JOINERS = {"\u200d", "\ufe0f"}  # emoji are made of several code points with these
# Emoji that are newer than the interpreter's Unicode data have no category yet.
_EMOJI = range(0x1F000, 0x1FC00)

# Characters of a typed name that are read; any name that long is too long.
_LONGEST_TYPED = 1000

# What Telegram turns into a link: addresses, mentions, commands.
_LINK = re.compile(r"(?<![\w/<>])/\w|://|@\w|\w\.[^\W\d]{2,}")


# A word's look-alike alphabets: whoever mixes them wants to pass for somebody else.
_ALIKE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"}
_CJK = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"}
_FEWEST_LETTERS, _FEWEST_LETTERS_CJK = 3, 2

# Letters and signs that look like Latin letters (from confusables.txt of Unicode's UTS 39), and
# those that people type for them. I and l look alike themselves.
_LOOKS_LIKE = {
    ord(pair[0]): pair[1]
    for pair in (
        "аa вb сc еe нh іl јj кk мm оo рp ѕs тt уy хx ԁd ԛq ԝw ьb "  # Cyrillic
        "αa βb εe ηn ιl κk νv οo ρp τt υu χx ωw γy μu "  # Greek
        "0o 1l 3e 4a 5s 7t |l !l $s @a €e il"
    ).split()
}
_LONG_NAME = 8  # letters from which a bot's name may not be part of an alias either

# Languages whose words are refused: those of glin-profanity in which few names are such words.
_LANGUAGES = ["english", "french", "german", "italian", "polish", "portuguese", "russian"]
_LANGUAGES += ["spanish"]
# Names, and ordinary words of one language that are rude in another.
_ALLOWED = (
    "amador analia aranha balle bite bitte butt byk commer con concha conn cumming cyc dick duro "
    "escort folle gol hooker inferno jajo lolita mona mose nudo pesce peter petter pinto pipa pis "
    "regina sacco syf tit trio xx xxx zizi"
).split()
# What the library lacks.
_ALSO_RUDE = (
    "dickhead hitler nazi nazis wank wanker wankers whore whores блядь говно пизда сука хуй"
).split()
# So rude that no name has them inside.
_RUDE_PARTS = ("fuck", "faggot", "nigger", "nigga", "hitler")


class AliasError(ValueError):
    """An alias that cannot be used.

    `reason` is "letters" (too few), "long", "hidden", "link", "mixed" (alphabets in one word),
    "bot" (looks like the bot's name), "rude" or "taken".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def suggest_alias(rng: Random) -> str:
    """Returns a random alias, such as "Sunny Otter 42"."""
    return f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.randint(2, 9999)}"


def clean_alias(text: str, bot_names: Collection[str] = ()) -> str:
    """Returns the alias as it is shown: NFC, single spaces. Raises AliasError."""
    alias = normalised(text)
    if has_hidden(alias):
        raise AliasError("hidden")
    if len(alias) > MAX_ALIAS_LENGTH:
        raise AliasError("long")
    if has_link(alias):
        raise AliasError("link")
    if not _has_enough_letters(alias):
        raise AliasError("letters")
    if _mixes_alphabets(alias):
        raise AliasError("mixed")
    if _looks_like_bot(alias, bot_names):
        raise AliasError("bot")
    if is_rude(alias):
        raise AliasError("rude")
    return alias


def _script(char: str) -> str:
    """Returns the first word of a letter's name in Unicode, which is its script: "LATIN"."""
    name = unicodedata.name(unicodedata.normalize("NFKC", char)[:1], "")
    return name.partition(" ")[0]


def _letters(text: str) -> Iterator[str]:
    """Yields letters, and the vowel signs of scripts that write vowels so."""
    for char in text:
        kind = unicodedata.category(char)[0]
        if kind == "L" or (kind == "M" and _script(char) not in ("COMBINING", "VARIATION", "")):
            yield char


def _has_enough_letters(alias: str) -> bool:
    letters = list(_letters(alias))
    is_cjk = any(_script(char).partition("-")[0] in _CJK for char in letters)
    return len(letters) >= (_FEWEST_LETTERS_CJK if is_cjk else _FEWEST_LETTERS)


def _mixes_alphabets(alias: str) -> bool:
    """Returns whether a word has letters of two alphabets that look alike."""
    words = re.findall(r"[^\W_]+", alias)
    return any(len({_script(char) for char in word} & _ALIKE) > 1 for word in words)


def _looks_like_bot(alias: str, names: Collection[str]) -> bool:
    """Returns whether the alias looks like a name of the bot, or contains one that is long."""
    looks = _skeleton(alias)
    skeletons = {_skeleton(name) for name in names}
    skeletons |= {each.removesuffix("bot") for each in skeletons}
    return any(
        each in looks if len(each) >= _LONG_NAME else each == looks for each in skeletons if each
    )


def _skeleton(text: str) -> str:
    """Returns the letters that a text seems to have at a glance."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LOOKS_LIKE)
    letters = "".join(char for char in plain if char.isalpha())
    return letters.replace("vv", "w").replace("rn", "m")


def is_rude(alias: str) -> bool:
    """Returns whether a word in it could hurt somebody. The first call takes 0.2 s."""
    looks = _skeleton(alias)
    if any(_skeleton(part) in looks for part in _RUDE_PARTS):
        return True
    # A number is no word: in "Quiet Heron 455" nobody reads letters.
    words = [word for word in alias.split() if not word.isdecimal()]
    return bool(_filter().is_profane(" ".join(words)))


@cache
def _filter() -> "Filter":
    from glin_profanity import Filter  # noqa: PLC0415 -- 0.2 s and 6 MB, for who chooses an alias

    return Filter(
        {
            "languages": _LANGUAGES,
            "custom_words": _ALSO_RUDE,
            "ignore_words": _ALLOWED,
            "detect_leetspeak": True,
            "leetspeak_level": "moderate",
            "obfuscation": "standard",
        }
    )


def normalised(text: str) -> str:
    """Returns the text in NFC with single spaces; of a very long one, only the beginning.

    Normalising many combining marks in a row takes time in the square of their number.
    """
    return " ".join(unicodedata.normalize("NFC", " ".join(text.split())[:_LONGEST_TYPED]).split())


def has_hidden(text: str) -> bool:
    """Returns whether a character in it is invisible, or reorders the text around it."""
    return any(_is_hidden(char) for char in text)


def has_link(text: str) -> bool:
    """Returns whether Telegram would make a link of a part: an address, a mention, a command."""
    return _LINK.search(text) is not None


def has_visible(text: str) -> bool:
    """Returns whether there is anything to see in it."""
    return any(ord(char) in _EMOJI or unicodedata.category(char)[0] in "LNPS" for char in text)


def _is_hidden(char: str) -> bool:
    if char in _JOINERS or ord(char) in _EMOJI:
        return False
    return char in _BLANK or unicodedata.category(char) in _HIDDEN


def alias_key(alias: str) -> str:
    """Returns what aliases that look the same share: case, width and spaces are folded."""
    folded = unicodedata.normalize("NFKC", alias).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in _JOINERS)[:96]


async def alias_owner(session: AsyncSession, alias: str) -> int | None:
    """Returns the id of the subscriber with this alias, or one that looks the same to people."""
    return await session.scalar(
        select(Subscriber.id).where(Subscriber.alias_key == alias_key(alias))
    )


async def set_alias(
    session: AsyncSession, subscriber: Subscriber, text: str, bot_names: Collection[str] = ()
) -> str:
    """Set the alias, cleaned, and return it. Raises AliasError."""
    alias = await asyncio.to_thread(clean_alias, text, bot_names)  # the word lists take a while
    owner = await alias_owner(session, alias)
    if owner not in (None, subscriber.id):
        raise AliasError("taken")
    try:
        async with session.begin_nested():
            subscriber.alias = alias
            subscriber.alias_key = alias_key(alias)
    except IntegrityError:  # somebody took it since we looked
        raise AliasError("taken") from None
    return alias
