"""Strategies for Hypothesis: updates that are hostile, malformed or quite normal.

A vote may name its poll as `poll:<n>`: the test puts one of the bot's own polls in its place.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import telegram
from hypothesis import strategies as st

from tests.telegram.bot_api_objects import Draw, Json, an_object, fields_of

FOREIGN_POLL = "poll:"
OWN_POLL = "own:"  # the vote is its addressee's

TEXTS = [
    "",
    " ",
    "hello",
    "nul \x00 within",
    "\x00",
    "lone \ud83d surrogate",
    "\udfff",
    "\u202eright to left\u202c \u200f\u0645\u0631\u062d\u0628\u0627",
    "<b>bold</b><script>alert(1)</script> &lt;",
    "<b unclosed & <i>crossed</b></i>",
    "'; DROP TABLE subscribers; --",
    "%s %d {} {name} {0.__class__}",
    "💊" * 3000,
    "e\u0301" * 2048,
    "\u0301" * 500,
    "word " * 900,
    "x" * 4096,
    "x" * 100_000,
    "\n\r\t\x0b\x1b[31m",
    "١٢:٣٠",
    "25:61",
    "9:5",
    "0900",
    "9pm",
    "23:59",
    "00:00",
    "Europe/Berlin",
    "america/new york",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "../../etc/passwd",
    "localtime",
    "Ber",
    "on",
    "off",
    "Quiet Heron",
    "quiet heron",
    "ＱＵＩＥＴ Heron",
    "\u200b",
    "👩\u200d⚕️",
    "-1",
    "9" * 400,
    "NaN",
    "null",
    "ref_abc-123",
    "I cannot breathe",
    "new",
    "2026-12-24",
    "2026-12-24 to 2026-12-26, 2027-01-01",
    "0001-01-01 to 9999-12-31",
    "2026-13-41",
    "Mon-Fri",
    "\ufeff\ufffe\uffff",
]
LANGUAGES = ["en", "de", "pt-br", "", "xx", "en-\x00", "e" * 300, "\ud800", "../en", "EN_us"]
COMMANDS = [
    *"start quiz leaderboard time timezone alias pause resume stop about privacy".split(),
    *"export forget help start start start quiz time timezone alias reminders".split(),
    *"unheard_of start@health_quiz_bot quiz@another_bot START".split(),
    *"programme programme programmes dashboard coordinator coordinators".split(),
    *"board board@health_quiz_bot unlink today read_KP1 read_F999999".split(),
]
# Prefixes of the bot's buttons, to be followed by values that its keyboards never hold.
BUTTONS = ["again", "board", "time", "zone", "forget", "reminders", "begin", "resume", "quiz"]
BUTTONS += ["leaderboard", "times", "zones", "unknown", ""]
BUTTONS += "plan programmes programme invite teamlink newlink group colleague teams".split()
BUTTONS += "menu set remove offlink undolink".split()
BUTTONS += "share addteams holidays addholidays holiday end asked dashboard coordinators".split()
BUTTONS += "uncoordinate handover join mine hide myname myteam team leave back boards".split()
BUTTONS += ["digest", "signout", "uninvite"]
PRESSES = [
    "begin",
    "begin",
    "begin",
    "begin",
    "resume",
    "quiz",
    "leaderboard",
    "times",
    "zones",
    "forget:no",
    "forget:yes",
]
PRESSES += ["board:week", "board:all", "time:07:30", "zone:Asia/Kathmandu", "zone:Etc/GMT+12"]
PRESSES += [
    "reminders:on",
    "reminders:off",
    "begin\n",
    "again:999999999999999999:1",
    "again:1",
    "again:1:99999",
]
# For programme 1 and its team 1, as members and as coordinators press them.
PRESSES += "mine:1 hide:1:on hide:1:off myname:1:first myname:1:alias myteam:1:0 team:1:1".split()
PRESSES += "team:1:0 leave:1 back:1:1:1795420800000000 boards:1:week:all boards:1:all:1".split()
PRESSES += "boards:1:month:teams programmes:new plan:name:back plan:zone:UTC".split()
PRESSES += "plan:start:2026-12-01 plan:end:never plan:time:09:00 plan:days:every".split()
PRESSES += "plan:holidays:none plan:review:create plan:days:toggle3 plan:end:0001-01-01".split()
PRESSES += "programme:1 teams:1:0 addteams:1 addholidays:1 holidays:1:9999 asked:done".split()
PRESSES += "holiday:1:2026-12-24 holiday:1:0000-99-99 colleague:1 end:1:ask asked:first".split()
DRAWN = ["score", "picture", "digest:1"]  # each draws a picture, which is slow

_HUGE = [2**31 - 1, 2**31, 2**52, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63) - 1]
ODD_IDS = [0, 1, -1, -1001234567890, *_HUGE]
WRONG: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    1e308,
    "",
    "x",
    "\x00",
    [],
    [[]],
    {},
    {"id": {}},
    "1",
]

texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.text(max_size=30))
strangers = st.integers(5_000_000_000, 5_000_000_300)
integers = st.one_of(st.integers(-3, 60), st.sampled_from(_HUGE), st.integers())
rarely = st.integers(0, 19).map(lambda drawn: drawn == 7)


class Hostile:
    """Strategies for updates of these people, who have written to the bot, and of others."""

    def __init__(self, people: Sequence[int], now: int) -> None:
        self._now = now
        self._ids = st.one_of(
            st.sampled_from(list(people)),
            st.sampled_from(list(people)),
            strangers,
            st.sampled_from(ODD_IDS),
        )
        self._somebody = st.sampled_from(list(people))
        self._leaves = {
            str: texts,
            int: integers,
            float: st.floats(allow_nan=False, allow_infinity=False),
            bool: st.booleans(),
            telegram.User: st.composite(self._user)(),
            telegram.Chat: st.composite(self._chat)(),
        }

    def updates(self) -> st.SearchStrategy[Json]:
        """Returns a strategy for one update, without its update_id."""
        ways = [self._command] * 6 + [self._text] * 2 + [self._press] * 4 + [self._vote] * 5
        ways += [self._membership] + [self._anything] * 4 + [self._spoilt] * 2

        @st.composite
        def update(draw: Draw) -> Json:
            made: Json = draw(st.sampled_from(ways))(draw)
            return made

        return update()

    def _user(self, draw: Draw, person: int | None = None) -> Json:
        user = {"id": draw(self._ids) if person is None else person, "is_bot": draw(rarely)}
        user["first_name"] = draw(texts)
        if not draw(rarely):
            user["language_code"] = draw(st.sampled_from(LANGUAGES))
        return user

    def _chat(self, draw: Draw, kind: str | None = None, person: int | None = None) -> Json:
        kind = kind or draw(st.sampled_from(["private", "group", "supergroup", "channel", "\x00"]))
        number = draw(self._ids) if person is None else person
        return {"id": number if kind == "private" else -1000 - abs(number), "type": kind}

    def _message(self, draw: Draw, **content: Any) -> Json:
        """Draws a message, mostly in a private chat."""
        person = draw(self._ids)
        in_private = draw(st.integers(0, 9)) < 9
        message = {
            "message_id": draw(integers),
            "date": self._now,
            "chat": self._chat(draw, "private" if in_private else None, person),
            **content,
        }
        if not draw(rarely):
            message["from"] = self._user(draw, person)
        return message

    def _command(self, draw: Draw) -> Json:
        drawn = draw(st.integers(0, 250)) == 7
        command = "/score" if drawn else "/" + draw(st.sampled_from(COMMANDS))
        length = draw(integers) if draw(rarely) else len(command)
        text = command + (" " + draw(texts) if draw(st.booleans()) else "")
        entity = {"type": "bot_command", "offset": 0, "length": length}
        kind = "edited_message" if draw(rarely) else "message"
        return {kind: self._message(draw, text=text, entities=[entity])}

    def _text(self, draw: Draw) -> Json:
        return {"message": self._message(draw, text=draw(texts))}

    def _press(self, draw: Draw) -> Json:
        person = draw(self._ids)
        query = {
            "id": str(draw(integers)),
            "from": self._user(draw, person),
            "chat_instance": draw(texts),
            "data": self._data(draw),
        }
        where = draw(st.integers(0, 9))
        if where < 7:
            query["message"] = self._message(draw, text="x")
            query["message"]["chat"] = self._chat(draw, "private", person)
        elif where == 8:
            query["message"] = {"chat": self._chat(draw), "message_id": 1, "date": 0}
        else:
            query["inline_message_id"] = draw(texts)
        return {"callback_query": query}

    def _data(self, draw: Draw) -> str:
        if draw(st.integers(0, 250)) == 7:
            return str(draw(st.sampled_from(DRAWN)))
        if draw(st.booleans()):
            return str(draw(st.sampled_from(PRESSES)))
        value = draw(st.one_of(texts, integers.map(str), st.integers(0, 5000).map(str)))
        return f"{draw(st.sampled_from(BUTTONS))}:{value}"

    def _vote(self, draw: Draw) -> Json:
        whose = draw(st.sampled_from([OWN_POLL] * 3 + [FOREIGN_POLL, ""]))
        poll = whose + str(draw(st.integers(0, 30))) if whose else draw(texts)
        few = st.lists(st.integers(0, 4), min_size=1, max_size=1)
        options = draw(st.one_of(few, few, few, st.lists(integers, max_size=3)))
        answer: Json = {"poll_id": poll, "option_ids": options, "option_persistent_ids": []}
        if draw(rarely):
            answer["voter_chat"] = self._chat(draw)
        else:
            answer["user"] = self._user(draw)
        return {"poll_answer": answer}

    def _membership(self, draw: Draw) -> Json:
        person = draw(self._ids)
        states = ["kicked", "left", "member", "\x00"]
        old, new = ({"status": draw(st.sampled_from(states))} for _ in range(2))
        change = {
            "chat": self._chat(draw, draw(st.sampled_from(["private", "private", None])), person),
            "from": self._user(draw, person),
            "date": self._now,
            "old_chat_member": {"user": self._user(draw), "until_date": 0, **old},
            "new_chat_member": {"user": self._user(draw), "until_date": 0, **new},
        }
        return {"my_chat_member": change}

    def _anything(self, draw: Draw) -> Json:
        """Draws any kind of update with any fields that the library knows."""
        kinds = [name for name in fields_of(telegram.Update) if name != "update_id"]
        kind = draw(st.sampled_from([*kinds, *["message"] * len(kinds), "of_tomorrow"]))
        hint = fields_of(telegram.Update).get(kind)
        if hint is None:
            return {kind: {"id": draw(integers)}}
        [cls, *_] = hint.__args__ if hasattr(hint, "__args__") else [hint]
        return {kind: an_object(draw, cls, self._leaves)}

    def _spoilt(self, draw: Draw) -> Json:
        """Draws an update in which a value is of a wrong type or missing."""
        ways = [self._command, self._press, self._vote, self._membership, self._anything]
        update: Json = deepcopy(draw(st.sampled_from(ways))(draw))
        place: Any = update
        for _ in range(draw(st.integers(0, 4))):
            inner = [each for each in _children(place) if isinstance(each, dict | list) and each]
            if inner:
                place = draw(st.sampled_from(inner))
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place, dict) and draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(st.sampled_from(WRONG))
        return update


def _children(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)
