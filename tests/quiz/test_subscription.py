"""Joining, pausing, leaving, blocking the bot; preferences and aliases."""

import asyncio
from collections.abc import Callable
from datetime import time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db.models import Subscriber, SubscriberState
from db.session import Sessions
from quizbot.programmes.programme import clean_name
from quizbot.quiz import subscription
from quizbot.quiz.subscription import AliasError, NewSubscriber
from tests.hostile import check_fast, long_text
from tests.quiz.steps import (
    DUE,
    START,
    answer,
    claim,
    join,
    new_subscriber,
    send_due,
    subscriber,
    vote_on,
)

DAY = timedelta(days=1)


async def invite(sessions: Sessions, payload: str, person: int = 1) -> None:
    async with sessions.begin() as session:
        await subscription.invite(session, new_subscriber(person), payload, START, Random(1))


async def found(sessions: Sessions, person: int = 1) -> Subscriber | None:
    async with sessions() as session:
        return await subscription.find(session, person)


@pytest.mark.parametrize("nobody", [0, -5, 2**52, 2**63, 10**30])
async def test_an_id_that_telegram_never_gives_is_refused(sessions: Sessions, nobody: int) -> None:
    assert await found(sessions, nobody) is None
    async with sessions.begin() as session:
        await subscription.mark_blocked(session, nobody)
        with pytest.raises(ValueError, match="no Telegram id"):
            await subscription.subscribe(session, new_subscriber(nobody), START, Random(1))


async def test_a_new_subscriber_has_what_was_given(sessions: Sessions) -> None:
    joining = NewSubscriber(7_000_000_000, "de", "Asia/Kathmandu", time(7, 30))
    async with sessions.begin() as session:
        await subscription.subscribe(session, joining, START, Random(1))
    person = await found(sessions, joining.id)
    assert person is not None
    assert (person.language, person.timezone, person.question_time) == (
        "de",
        "Asia/Kathmandu",
        time(7, 30),
    )
    assert (person.state, person.joined_at) == (SubscriberState.ACTIVE, START)
    assert person.next_due_at == START.replace(hour=1, minute=45) + DAY
    assert (person.points, person.streak, person.last_answered_on) == (0, 0, None)
    assert person.alias


async def test_an_invited_person_is_no_subscriber_until_they_agree(sessions: Sessions) -> None:
    await invite(sessions, "ward-7")
    await invite(sessions, "another")
    assert await found(sessions) is None
    assert await claim(sessions, DUE + DAY) == 0
    await join(sessions, now=DUE + DAY)
    person = await found(sessions)
    assert person is not None
    assert (person.start_payload, person.joined_at) == ("ward-7", DUE + DAY)


@pytest.mark.parametrize("way", ["pause", "stop", "mark_blocked"])
async def test_a_return_keeps_everything(sessions: Sessions, way: str) -> None:
    await invite(sessions, "ward-7")
    await join(sessions)
    [asked] = await send_due(sessions, DUE)
    await answer(sessions, vote_on(asked), DUE)
    async with sessions.begin() as session:
        person = await subscriber(session)
        await subscription.set_alias(session, person, "Quiet Heron")
        match way:
            case "pause":
                await subscription.pause(session, person)
            case "stop":
                await subscription.stop(session, person)
            case _:
                await subscription.mark_blocked(session, 1)
        assert person.next_due_at is None
    await join(sessions, zone="Asia/Tokyo", at=time(3), now=DUE + 40 * DAY)
    person_now = await found(sessions)
    assert person_now is not None
    assert person_now.state is SubscriberState.ACTIVE
    assert person_now.next_due_at == DUE + 41 * DAY
    assert (person_now.timezone, person_now.question_time) == ("UTC", time(9))
    assert (person_now.alias, person_now.start_payload) == ("Quiet Heron", "ward-7")
    assert (person_now.points, person_now.joined_at) == (10, START)


async def test_joining_again_while_active_changes_only_the_language(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    before = await found(sqlite_sessions)
    joining = NewSubscriber(1, "de", "Asia/Tokyo", time(3))
    async with sqlite_sessions.begin() as session:
        await subscription.subscribe(session, joining, DUE + DAY, Random(2))
    after = await found(sqlite_sessions)
    assert before is not None
    assert after is not None
    changed = [
        column.key
        for column in Subscriber.__table__.columns
        if getattr(before, column.key) != getattr(after, column.key)
    ]
    assert changed == ["language"]


async def test_a_return_after_todays_question_is_asked_tomorrow(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions, at=time(8, 30))
    await claim(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        await subscription.pause(session, await subscriber(session))
        (await subscriber(session)).question_time = time(23)
    await join(sqlite_sessions, now=DUE + timedelta(hours=1))
    assert await claim(sqlite_sessions, DUE + timedelta(hours=14, minutes=59)) == 0
    assert await claim(sqlite_sessions, DUE + DAY + timedelta(hours=14)) == 1


async def test_a_block_by_a_stranger_is_no_error(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions.begin() as session:
        await subscription.mark_blocked(session, 99)
    assert await found(sqlite_sessions, 99) is None


async def test_suggested_aliases_are_unique(sqlite_sessions: Sessions) -> None:
    """With the same random numbers, the second person gets another alias."""
    for person in range(1, 6):
        async with sqlite_sessions.begin() as session:
            await subscription.subscribe(session, new_subscriber(person), START, Random(1))
    async with sqlite_sessions() as session:
        aliases = (await session.scalars(select(Subscriber.alias))).all()
    assert len(set(aliases)) == 5


async def test_an_alias_that_is_taken_is_refused_in_any_form(sessions: Sessions) -> None:
    for person in (1, 2):
        await join(sessions, person)
    async with sessions.begin() as session:
        person_1 = await subscriber(session, 1)
        assert await subscription.set_alias(session, person_1, " Quiet  Heron ") == "Quiet Heron"
    for taken in ("Quiet Heron", "quietheron", "ＱＵＩＥＴ heron"):
        async with sessions.begin() as session:
            person_2 = await subscriber(session, 2)
            before = person_2.alias
            with pytest.raises(AliasError, match="taken"):
                await subscription.set_alias(session, person_2, taken)
            assert person_2.alias == before
    async with sessions.begin() as session:  # one's own alias may change its form
        person_1 = await subscriber(session, 1)
        assert await subscription.set_alias(session, person_1, "QUIET HERON") == "QUIET HERON"


async def test_preferences_set_during_a_pause_apply_after_it(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await subscription.pause(session, person)
        await subscription.set_time(session, person, time(12), START)
        await subscription.set_timezone(session, person, "Asia/Kathmandu", START)
        assert person.next_due_at is None
    await join(sqlite_sessions, now=START)
    person_now = await found(sqlite_sessions)
    assert person_now is not None
    assert person_now.next_due_at == START.replace(hour=6, minute=15) + DAY


async def test_a_person_who_joins_in_several_processes_at_once_is_added_once(
    sessions: Sessions,
) -> None:
    async def begin_here(number: int) -> None:
        async with sessions.begin() as session:
            if number % 2:
                await subscription.invite(
                    session, new_subscriber(1), "poster", START, Random(number)
                )
            else:
                await subscription.subscribe(session, new_subscriber(1), START, Random(number))

    await asyncio.gather(*(begin_here(number) for number in range(6)))
    async with sessions() as session:
        person = await subscriber(session)
    assert person.state is SubscriberState.ACTIVE


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
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("7", "7"),
        ("!!", "!!"),
        ("日本語", "日本語"),
        ("x" * 32, "x" * 32),
        ("{alias} %s", "{alias} %s"),
    ],
)
def test_an_alias_is_kept_as_typed_except_for_blanks(typed: str, shown: str) -> None:
    assert subscription.clean_alias(typed) == shown


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u200d", "empty"),
        ("\ufe0f\u0301", "empty"),
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
        subscription.clean_alias(typed)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("blank", ["\u3164", "\u115f", "\uffa0", "\u2800"])
def test_an_alias_of_blank_letters_is_refused(blank: str) -> None:
    with pytest.raises(AliasError):
        subscription.clean_alias(blank)


@pytest.mark.parametrize("emoji", ["\U0001fa77", "\U0001fae8", "\U0001fabf"])
def test_an_emoji_newer_than_the_interpreter_is_visible(emoji: str) -> None:
    """Pink heart, shaking face, goose (Unicode 15, 2022); Python 3.11 knows Unicode 14."""
    assert subscription.clean_alias(f"{emoji} Otter") == f"{emoji} Otter"


@pytest.mark.parametrize(
    "alike",
    ["quiet heron", "QUIET HERON", "QuietHeron", "Ｑｕｉｅｔ Heron", "Qui\u200det Heron\ufe0f"],
)
def test_aliases_that_look_alike_share_a_key(alike: str) -> None:
    assert subscription.alias_key(alike) == subscription.alias_key("Quiet Heron")


@pytest.mark.parametrize("trace", ["\ufe0e", "\u034f", "\u180b"])
def test_an_invisible_mark_does_not_make_another_alias(trace: str) -> None:
    """It is refused, or the key ignores it."""
    try:
        alias = subscription.clean_alias(f"Quiet Heron{trace}")
    except AliasError:
        return
    assert subscription.alias_key(alias) == subscription.alias_key("Quiet Heron")


def test_different_aliases_have_different_keys() -> None:
    assert subscription.alias_key("Quiet Heron") != subscription.alias_key("Quiet Herons")
    assert subscription.alias_key("👩\u200d🔬") != subscription.alias_key("👨\u200d🔬")


@given(st.text())
def test_every_accepted_alias_fits_its_columns_and_stays_the_same(typed: str) -> None:
    try:
        alias = subscription.clean_alias(typed)
    except AliasError as refusal:
        assert refusal.reason in {"empty", "long", "hidden", "link"}  # noqa: PT017
        return
    assert 1 <= len(alias) <= 32
    assert 1 <= len(subscription.alias_key(alias)) <= 96
    assert subscription.clean_alias(alias) == alias


@given(st.integers())
def test_suggested_aliases_are_valid(seed: int) -> None:
    suggested = subscription.suggest_alias(Random(seed))
    assert subscription.clean_alias(suggested) == suggested


@pytest.mark.parametrize("clean", [subscription.clean_alias, clean_name])
def test_a_name_of_combining_marks_takes_no_longer_than_its_length(
    clean: Callable[[str], str],
) -> None:
    check_fast(clean, long_text("\u0315\u0300", "a"))
