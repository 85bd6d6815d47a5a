"""The names people go by on leaderboards. Real names are never taken (invariant 10)."""

import re
import unicodedata
from random import Random

LONGEST = 32

# Neutral and friendly, none of them a word that could hurt; two lists give 900 pairs,
# and a number makes them unique.
_FIRST = (
    "Able Amber Bright Brisk Calm Clever Coral Cosy Eager Early Fair Gentle Golden Happy Honest "
    "Jolly Keen Kind Lively Lucky Merry Mellow Noble Proud Quick Quiet Silver Sunny Swift Warm"
).split()
_SECOND = (
    "Badger Beaver Clam Crane Dolphin Falcon Finch Fox Heron Ibex Koala Lark Lynx Magpie Marten "
    "Otter Owl Panda Puffin Raven Robin Salmon Seal Sparrow Starling Stork Swan Tuna Turtle Wren"
).split()

# What leaves a name without a visible trace, or reorders the text around it: by category, and the
# letters, symbols and marks that show nothing all the same (Unicode, Default_Ignorable_Code_Point).
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE0F)
}
_JOINERS = {"\u200d", "\ufe0f"}  # emoji are made of several code points with these
# Emoji that are newer than the interpreter's Unicode data have no category there yet.
_EMOJI = range(0x1F000, 0x1FC00)


# What Telegram would make a link of: addresses, mentions, commands.
_LINK = re.compile(r"(?<![\w/<>])/\w|://|@\w|\w\.[^\W\d]{2,}")


class AliasError(ValueError):
    """An alias that cannot be used; `reason` is "empty", "long", "hidden", "link" or "taken"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def suggest(rng: Random) -> str:
    """A made-up alias, such as "Sunny Otter 42"."""
    return f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.randint(2, 9999)}"


def clean(text: str) -> str:
    """The alias as it will be shown: composed, single spaces. Raises AliasError."""
    alias = " ".join(unicodedata.normalize("NFC", text).split())
    if has_hidden(alias):
        raise AliasError("hidden")
    if not has_visible(alias):
        raise AliasError("empty")
    if has_link(alias):
        raise AliasError("link")
    if len(alias) > LONGEST:
        raise AliasError("long")
    return alias


def has_hidden(text: str) -> bool:
    """Whether something in it leaves no visible trace, or reorders the text around it."""
    return any(_is_hidden(char) for char in text)


def has_link(text: str) -> bool:
    """Whether Telegram would make a link of something in it: an address, a mention, a command."""
    return _LINK.search(text) is not None


def has_visible(text: str) -> bool:
    """Whether there is anything to see in it."""
    return any(_is_visible(char) for char in text)


def _is_hidden(char: str) -> bool:
    if char in _JOINERS or ord(char) in _EMOJI:
        return False
    return char in _BLANK or unicodedata.category(char) in _HIDDEN


def _is_visible(char: str) -> bool:
    return ord(char) in _EMOJI or unicodedata.category(char)[0] in "LNPS"


def key(alias: str) -> str:
    """What two aliases share when people would take one for the other: case, width, spaces."""
    folded = unicodedata.normalize("NFKC", alias).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in _JOINERS)[:96]
