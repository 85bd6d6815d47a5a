"""Everything that is kept about a person is exported, and erased completely."""

import asyncio
import gc
import json
from collections.abc import Awaitable, Iterator
from datetime import time, timedelta
from time import thread_time
from typing import Any

from sqlalchemy import ColumnElement, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.challenges import Challenge, ChallengeAnswer
from db.models import (
    Answer,
    Correction,
    Delivery,
    DeliveryState,
    ParkedUpdate,
    ReportKind,
    Rescoring,
)
from db.programmes import ALL_WEEKDAYS, AuditEntry, InviteKind, Programme
from db.reports import HeldAnswer
from db.session import Sessions
from quizbot.programmes import (
    announcements,
    invites,
    membership,
    privacy,
    sign_in,
    staff,
    text_input,
)
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from quizbot.quiz import question_reports, subscription
from quizbot.quiz.answers import totals
from quizbot.quiz.asking import claiming
from tests.quiz.steps import (
    DUE,
    OBJECTIVE_OF,
    REMINDER_POLICY,
    START,
    TOPIC,
    answer,
    begin,
    confirmed,
    join,
    make_pool,
    new_subscriber,
    record,
    send_due,
    subscriber,
    vote_on,
)
from tests.sizes import size

# Nobody's: what was rescored, what a programme is, sums over many people, and a process's pace; and
# a table of earlier versions, which is empty.
NOBODYS = {
    "memories",
    "rescored_items",
    *("programmes", "holidays", "teams", "invites"),
    *("programme_days", "item_reports", "mastery_reports", "activity_reports"),
    *("learning_reports", "item_shares", "team_goals", "team_days"),
    *("group_chats", "group_questions", "pace_shares"),
}
TABLES = [table for table in Base.metadata.sorted_tables if table.name not in NOBODYS]
DERIVED = {"alias_key"}  # the alias, folded
KEYS = {"token_hash"}  # by which somebody could get in
# Where somebody is found without a foreign key that leads to them.
OWNERS = {
    "subscribers": "id",
    "coordinators": "id",
    "text_inputs": "user_id",
    "audit_entries": "actor_id",
    "parked_updates": "user_id",
    "question_reports": "reporter_id",
    "challenge_answers": "friend_id",
}
# Foreign keys that lead to what is nobody's, or to somebody by another way.
ELSEWHERE = {"programme_id", "team_id", "known_team_id", "announcement_id"}
STAYS = {"audit_entries", "question_reports"}  # without the person
AT = time(9)


def belongs(table: Table, person: int) -> ColumnElement[bool]:
    """Returns the person's rows of the table, found along its foreign keys."""
    if table.name in OWNERS:
        return table.c[OWNERS[table.name]] == person
    for key in table.foreign_keys:
        if key.parent.name not in ELSEWHERE:
            parent = key.column.table
            return key.parent.in_(select(key.column).where(belongs(parent, person)))
    raise AssertionError(f"{table.name} leads to no subscriber: how is it handed out and erased?")


async def rows(session: AsyncSession, table: Table, person: int) -> list[dict[str, Any]]:
    found = await session.execute(select(table).where(belongs(table, person)))
    return [dict(row) for row in found.mappings()]


def values(tree: object) -> Iterator[object]:
    """Returns all values that are not containers."""
    if isinstance(tree, dict):
        for branch in tree.values():
            yield from values(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from values(branch)
    else:
        yield tree


def plain(value: Any) -> list[object]:
    """Returns the values that an export has for a column's value."""
    if isinstance(value, dict):
        return list(values(value))
    return [value.isoformat() if hasattr(value, "isoformat") else value]


async def two_players(sessions: Sessions) -> None:
    """Two people with rows in every table: a rescored answer, an open question, practice."""
    for person in (1, 2):
        await join(sessions, person)
        async with sessions.begin() as session:
            await subscription.invite(
                session, new_subscriber(person), f"group-{person}", START, make_pool().rng
            )
    for asked in await send_due(sessions, DUE):
        await answer(sessions, vote_on(asked, asked.chat_id - 1), DUE)
        audit = Rescoring(
            delivery_id=asked.delivery_id,
            revision=2,
            order_before="210",
            option_before=1,
            points_before=2,
            points_after=10,
            rescored_at=DUE,
        )
        correction = Correction(
            delivery_id=asked.delivery_id,
            item_id="a",
            learned_revision=1,
            revision=2,
            withdrawn=False,
        )
        pressed = ParkedUpdate(
            id=asked.chat_id,
            user_id=asked.chat_id,
            kind="callback_query",
            content={"data": f"pressed-by-{asked.chat_id}"},
            error="ValueError",
            attempts=1,
            parked_at=DUE,
            retry_at=DUE,
        )
        async with sessions.begin() as session:
            session.add_all([audit, correction, pressed])
            code = f"dare-{asked.chat_id}"
            friend = asked.chat_id  # else the other's answer is deleted with the link
            dared = {"code": code, "friend_id": friend, "language": f"language {friend}"}
            session.add(Challenge(code=code, delivery_id=asked.delivery_id, created_at=DUE))
            await session.flush()
            session.add(ChallengeAnswer(**dared, option_order=f"01{friend}", option=0))
            said = f"said by {asked.chat_id}"
            await question_reports.add(session, asked.chat_id, "a", 3, ReportKind.WRONG, DUE, said)
    async with sessions.begin() as session:
        for person in (1, 2):
            found = await subscriber(session, person)
            await claiming.claim_practice(session, found, make_pool(), DUE)
    await record(sessions, *(confirmed(each) for each in await begin(sessions, DUE)))
    await two_coordinators(sessions)


async def two_coordinators(sessions: Sessions) -> None:
    """The same two, signed in, each the coordinator of a programme that both take part in."""
    async with sessions.begin() as session:
        made = []
        for person in (1, 2):
            name = f"Coordinator {person}"
            await staff.make_coordinator(session, person, name, "en", START)
            plan = Plan(f"Run by {person}", "b12", "UTC", START.date(), None, AT, ALL_WEEKDAYS)
            programme = await programmes.create(session, plan, person, START)
            made.append(
                (
                    programme,
                    await add_team(session, programme, "Red", 1, START),
                )
            )
            await text_input.begin(session, person, "name", DUE, answers={"code": f"of-{person}"})
        for person in (1, 2):
            found = await subscriber(session, person)
            for programme, team in made:
                part = await membership.enrol(
                    session, found, programme, team.id, START, newcomer=False
                )
                await membership.set_shown_name(part, f"Name {person}")
                part.messages_off = programme.name != f"Run by {person}"
        for person, (programme, _) in enumerate(made, start=1):
            said = f"Announced by {person}"
            await announcements.send(session, programme, person, said, DUE)
        for delivery in await session.scalars(select(Delivery).where(Delivery.slot == 0)):
            session.add(HeldAnswer(programme_id=made[0][0].id, delivery_id=delivery.id))
    for person in (1, 2):
        async with sessions.begin() as session:
            used = await sign_in.issue_link(session, person, DUE)
            assert await sign_in.redeem(session, used, DUE) is not None
            await sign_in.issue_link(session, person, DUE)


async def export(sessions: Sessions, user_id: int) -> dict[str, Any]:
    """Returns the sections of the only document; empty if there is none."""
    documents = [each async for each in privacy.export(sessions, user_id, TOPIC)]
    sections: dict[str, Any] = json.loads(*documents) if documents else {}
    return sections


async def test_the_export_holds_every_value_of_every_table(sessions: Sessions) -> None:
    await two_players(sessions)
    exported = await export(sessions, 1)
    async with sessions() as session:
        kept = {table.name: await rows(session, table, 1) for table in TABLES}
    assert [name for name, found in kept.items() if not found] == []
    exported_values = set(values(exported))
    missing = [
        (name, column)
        for name, found in kept.items()
        for row in found
        for column, value in row.items()
        if column not in DERIVED | KEYS
        for leaf in plain(value)
        if leaf not in exported_values
    ]
    assert missing == []
    for name in ("subscribers", "weekly_scores"):
        columns = set(Base.metadata.tables[name].columns.keys()) - DERIVED - {"subscriber_id"}
        entry = exported["subscriber"] if name == "subscribers" else exported[name][0]
        assert set(entry) == columns


async def test_the_export_can_be_read_by_people(sqlite_sessions: Sessions) -> None:
    await two_players(sqlite_sessions)
    exported = await export(sqlite_sessions, 2)
    daily, practice = exported["questions"]
    item = TOPIC.item(daily["item_id"])
    assert item is not None
    assert daily["question"] == item.stem
    assert sorted(daily["options_as_shown"]) == sorted(option.text for option in item.options)
    assert daily["options_as_shown"][daily["option_order"].index("0")] == item.key
    assert daily["answer"]["text"] == item.options[1].text
    assert daily["answer"]["correct"] is False
    assert (daily["practice"], practice["practice"]) == (False, True)
    assert "answer" not in practice


async def test_the_export_holds_nothing_of_others(sqlite_sessions: Sessions) -> None:
    await two_players(sqlite_sessions)
    exported = await export(sqlite_sessions, 1)
    async with sqlite_sessions() as session:
        other = await subscriber(session, 2)
    foreign = {other.alias, "group-2", "Coordinator 2", "Name 2", "of-2"}
    assert not foreign & set(values(exported))


async def test_the_export_works_without_a_question_that_has_left_the_bank(
    sqlite_sessions: Sessions,
) -> None:
    await two_players(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        for delivery in await session.scalars(select(Delivery)):
            delivery.item_id = "long-gone"
    exported = await export(sqlite_sessions, 1)
    assert [entry["item_id"] for entry in exported["questions"]] == ["long-gone"] * 2
    assert exported["questions"][0]["answer"]["option"] == 0


async def test_the_export_survives_a_question_that_lost_an_option(
    sqlite_sessions: Sessions,
) -> None:
    """A revision may drop a distractor that somebody was shown and chose."""
    await two_players(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        for delivery in await session.scalars(select(Delivery)):
            item = TOPIC.item(delivery.item_id)
            assert item is not None
            delivery.option_order = "0123456789"[: len(item.options) + 1]
    assert await export(sqlite_sessions, 1)


async def test_forgetting_leaves_no_row_of_the_person_and_all_of_the_others(
    sessions: Sessions,
) -> None:
    await two_players(sessions)
    async with sessions() as session:
        others = {table.name: await rows(session, table, 2) for table in TABLES}
        count = {
            name: select(func.count()).select_from(Base.metadata.tables[name]) for name in STAYS
        }
        staying = {name: await session.scalar(each) for name, each in count.items()}
    async with sessions.begin() as session:
        assert await privacy.is_known(session, 1)
        await privacy.forget(session, 1, DUE)
    assert await export(sessions, 1) == {}
    async with sessions() as session:
        assert not await privacy.is_known(session, 1)
        for table in TABLES:
            assert await rows(session, table, 2) == others[table.name]
            # Not by the foreign keys, which an orphan would escape: nothing else is there at all.
            everything = await session.scalar(select(func.count()).select_from(table))
            expected = staying.get(table.name, len(others[table.name]))
            assert everything == expected
        assert await session.scalar(select(func.count(Programme.id))) == 2
        assert await totals.differences(session, OBJECTIVE_OF) == []


async def test_an_erased_subscriber_can_start_again(sqlite_sessions: Sessions) -> None:
    await two_players(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await privacy.forget(session, 1, DUE)
    await join(sqlite_sessions, now=DUE)
    async with sqlite_sessions() as session:
        person = await subscriber(session)
    assert (person.points, person.start_payload, person.joined_at) == (0, None, DUE)


async def test_an_outcome_for_an_erased_subscriber_is_no_error(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await claiming.claim_due(session, make_pool(), DUE, 1, REMINDER_POLICY)
    [leaving] = await begin(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        await privacy.forget(session, 1, DUE)
    await record(sqlite_sessions, confirmed(leaving))


async def test_a_coordinator_who_is_no_subscriber_is_exported_and_erased_too(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        await staff.make_coordinator(session, 7, "Cora", "en", START)
        await staff.make_coordinator(session, 8, "Otto", "en", START)
        await staff.remove_coordinator(session, 7, 8, DUE)
    exported = await export(sessions, 7)
    assert list(exported) == ["audit_log"]
    made, removed = exported["audit_log"]
    assert (made["action"], removed["detail"]) == ("coordinator-made", "7")
    async with sessions.begin() as session:
        assert await privacy.forget(session, 7, DUE) == []
    async with sessions() as session:
        assert not await privacy.is_known(session, 7)
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    kept = [(each.actor_id, each.action, each.detail) for each in entries]
    assert kept == [
        (None, "coordinator-made", ""),
        (8, "coordinator-made", ""),
        (8, "coordinator-removed", ""),
    ]


async def test_the_export_lists_open_invitations_without_their_codes(
    sqlite_sessions: Sessions,
) -> None:
    async with sqlite_sessions.begin() as session:
        made = await invites.create(session, InviteKind.COORDINATOR, START, actor_id=7)
    exported = await export(sqlite_sessions, 7)
    [entry] = exported["open_invitations"]
    assert (entry["kind"], entry["created_by"]) == ("coordinator", 7)
    assert made.code not in json.dumps(exported)


async def test_nobody_can_sign_in_with_an_export(sqlite_sessions: Sessions) -> None:
    await two_players(sqlite_sessions)
    exported = await export(sqlite_sessions, 1)
    assert len(exported["web_sessions"]) == 1
    assert not any(KEYS & entry.keys() for entry in exported["web_sessions"])
    assert not any(KEYS & entry.keys() for entry in exported["sign_in_links"])


ANSWERS = size("EXPORTED", in_ci=60_000, elsewhere=3_000)
BUSY = 0.1  # of an export's processor time: what may pass without a pause


async def play_much(sessions: Sessions) -> None:
    """Subscriber 1 has ANSWERS answers, thirty a day."""
    await join(sessions)
    item = TOPIC.approved[0]
    async with sessions.begin() as session:
        await session.execute(
            insert(Delivery),
            [
                {
                    "id": number + 1,
                    "subscriber_id": 1,
                    "local_date": (START - timedelta(days=number // 30)).date(),
                    "slot": number % 30,
                    "item_id": item.id,
                    "item_revision": item.revision,
                    "option_order": "0123"[: len(item.options)],
                    "state": DeliveryState.SENT,
                    "claimed_at": START,
                    "closes_at": START,
                    "poll_id": f"poll {number}",
                }
                for number in range(ANSWERS)
            ],
        )
        await session.execute(
            insert(Answer),
            [
                {
                    "delivery_id": number + 1,
                    "option": 0,
                    "counted": False,
                    "points": 0,
                    "answered_at": START,
                }
                for number in range(ANSWERS)
            ],
        )


async def longest_block(work: Awaitable[object]) -> float:
    """Returns the longest time that the work kept the event loop busy, as a share of all of it.

    In processor time of its thread. A share is the same on a slow machine.
    """
    task, blocks = asyncio.ensure_future(work), []
    gc.collect()
    gc.disable()  # the other tests' objects
    try:
        while not task.done():
            begun = thread_time()
            await asyncio.sleep(0)
            blocks.append(thread_time() - begun)
    finally:
        gc.enable()
    await task
    return max(blocks) / sum(blocks)


async def test_a_large_export_has_all_answers_and_never_blocks_the_loop(
    sessions: Sessions,
) -> None:
    await play_much(sessions)
    documents: list[bytes] = []

    async def read() -> None:
        documents.extend([each async for each in privacy.export(sessions, 1, TOPIC, ANSWERS * 200)])

    assert await longest_block(read()) < BUSY
    assert len(documents) > 1
    assert all(len(document) < ANSWERS * 200 + 100_000 for document in documents)
    exported = [question for each in documents for question in json.loads(each)["questions"]]
    assert len({each["id"] for each in exported}) == len(exported) == ANSWERS
    assert all(each["answer"]["correct"] for each in exported)


async def test_any_size_of_an_export_has_the_same_sections(sessions: Sessions) -> None:
    await two_players(sessions)
    whole = await export(sessions, 1)
    merged: dict[str, Any] = {}
    documents = [each async for each in privacy.export(sessions, 1, TOPIC, 1)]
    for name, value in (pair for each in documents for pair in json.loads(each).items()):
        merged[name] = merged.get(name, []) + value if isinstance(value, list) else value
    assert len(documents) > 10
    assert merged == whole
