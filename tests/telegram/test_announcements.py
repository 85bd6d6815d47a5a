"""Coordinators' messages to members: written, previewed, sent once, turned off and stopped."""

import asyncio

import pytest
from sqlalchemy import select, update

from db.models import Delivery, DeliveryState, Subscriber
from db.programmes import Announcement, AuditEntry, Enrolment, Note
from quizbot.programmes import announcements, notes, staff
from tests.telegram.programmes import OpenProgramme, make_programme, open_card, turned
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words
from tests.telegram.test_notes import heard, later
from tests.telegram.wire import Wire

TEXT = "Lunch & talk on Friday:\nhttps://example.org/talk <b>free</b>"
FROM = "📢 From Cora, who runs Autumn:"


async def members(sandbox: Sandbox, programme: OpenProgramme, *names: str) -> list[Person]:
    """Adds subscribers to the programme: their question of the day comes at nine."""
    people = [await sandbox.subscriber(name) for name in names]
    for person in people:
        await programme.joins(person)
    return people


async def announce(programme: OpenProgramme, text: str = TEXT) -> str:
    """The coordinator writes and sends a message. Returns its preview."""
    cora = programme.coordinator
    await open_card(cora)
    await turned(cora, "Message members", "Messages to members")
    await cora.presses("Write a message")
    await cora.hears("What do you want to tell your members?")
    await cora.says(text)
    preview = words(await cora.hears("Members will see this"))
    await turned(cora, "Send it", "It's on its way")
    return preview


async def test_the_text_may_follow_the_list_of_messages(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await members(sandbox, programme, "Ana")
        await open_card(cora)
        await turned(cora, "Message members", "just send me the text")
        await cora.says("We meet on Monday at 7:45")
        assert "We meet on Monday" in words(await cora.hears("Members will see this"))
        await turned(cora, "Send it", "It's on its way")
        await cora.says("Summer")
        await cora.hears("I didn't get that")


async def status(programme: OpenProgramme) -> str:
    return words(await turned(programme.coordinator, "Update", "sent to"))


@on_each_database
async def test_members_see_what_the_preview_showed_behind_their_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        names = ("Ana", "Bea", "Cleo", "Dora", "Eva")
        ana, bea, cleo, dora, eva = await members(sandbox, programme, *names)
        await eva.says("/pause 3 days")
        await eva.hears("26 Nov")
        await bea.says("/timezone America/New_York")  # it is three in the morning there
        await bea.hears("New York")
        await cleo.says("/time 18:00")
        await cleo.hears("18:00")
        await dora.says("/pause")
        await dora.hears("Paused")
        preview = await announce(programme)
        assert "It goes to 3 members, after their question of the day" in preview
        await jobs.notes.run()
        assert await heard(ana, FROM) == []  # her question comes at nine
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, minutes=1)  # its question may still have been on its way
        told = words(await ana.hears(FROM))
        assert told == f"{FROM}\n{TEXT}"
        assert told in preview
        kinds = ["question" if "poll" in each else words(each) for each in await ana.messages()]
        assert kinds.index("question") < kinds.index(told)
        assert "sent to 1 of 5 · 2 still waiting" in await status(programme)
        await later(sandbox, jobs, hours=5)  # 14:00, and New York has its question
        await later(sandbox, jobs, minutes=1)
        assert len(await heard(bea, FROM)) == 1
        assert await heard(cleo, FROM) == []
        await later(sandbox, jobs, hours=4)
        await later(sandbox, jobs, minutes=1)
        for _ in range(3):
            await later(sandbox, jobs, hours=12)
        told_each = [len(await heard(each, FROM)) for each in (ana, bea, cleo, dora, eva)]
        assert told_each == [1, 1, 1, 0, 0]
        assert "sent to 3 of 5" in await status(programme)
        assert await sandbox.count(Note) == 0
    assert sandbox.faults_logged() == []


async def test_it_waits_while_the_question_is_on_its_way(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        await later(sandbox, jobs, hours=1)
        await announce(programme)
        async with sandbox.sessions.begin() as session:
            await session.execute(update(Delivery).values(state=DeliveryState.SENDING))
        await jobs.notes.run()
        assert await heard(ana, FROM) == []
        async with sandbox.sessions.begin() as session:
            await session.execute(update(Delivery).values(state=DeliveryState.SENT))
        sandbox.clock.advance(60)
        await jobs.notes.run()
        assert len(await heard(ana, FROM)) == 1


async def test_two_in_any_seven_days_and_an_older_preview_sends_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        cora = programme.coordinator
        await announce(programme, "One")
        await cora.presses("Write a message")
        await cora.says("Two")
        older = await cora.hears("Members will see this")
        await cora.says("x" * 1001)
        await cora.hears("at most 1,000 characters")
        await cora.says("Three")
        newer = await cora.hears("Members will see this")
        data = [buttons(each)[0]["callback_data"] for each in (older, newer)]
        assert "out of date" in str(await cora.press_data(older, data[0]))
        assert await sandbox.count(Announcement) == 1
        await cora.press_data(newer, data[1])
        assert await sandbox.count(Announcement) == 2
        assert "out of date" in str(await cora.press_data(newer, data[1]))  # a second tap
        await cora.press_data(newer, f"write:{programme.id}")
        await cora.hears("That's two messages in seven days already.")
        await later(sandbox, jobs, hours=2)
        assert len(await heard(ana, FROM)) == 2
        sandbox.clock.advance(7 * 24 * 3600)
        await cora.press_data(newer, f"write:{programme.id}")
        await cora.hears("What do you want to tell")


async def test_members_turn_them_off_and_on_again(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana", "Bea")
        await later(sandbox, jobs, hours=1)
        await announce(programme)
        await jobs.notes.run()
        message = await ana.hears(FROM)
        data = buttons(message)[0]["callback_data"]
        assert "No more messages from the coordinators of Autumn" in str(
            await ana.press_data(message, data)
        )
        await bea.says("/programmes")
        await bea.hears("📋 Autumn")
        await turned(bea, "No messages", "You get no messages from its coordinators")
        await turned(bea, "Get messages", "alias")
        assert "1 has turned messages off" in await announce(programme)
        await jobs.notes.run()
        assert [len(await heard(each, FROM)) for each in (ana, bea)] == [1, 2]
        assert "1 has turned messages off" in await status(programme)
        async with sandbox.sessions() as session:
            off = await session.scalars(
                select(Enrolment.messages_off).order_by(Enrolment.subscriber_id)
            )
            assert list(off) == [True, False]


async def test_an_operator_stops_what_is_unsent_and_what_follows(sandbox: Sandbox) -> None:
    olga = await sandbox.person("Olga")
    async with sandbox.bot(operators=str(olga.id)) as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        cora = programme.coordinator
        await announce(programme)
        await olga.press_data(await turned_on(olga), f"stopmessages:{cora.id}:on")
        await cora.hears("An operator of this bot has stopped your messages to members.")
        await later(sandbox, jobs, hours=2)
        assert await heard(ana, FROM) == []
        assert "stopped by an operator" in await status(programme)
        await cora.press_data(cora.heard, f"write:{programme.id}")
        await cora.hears("has stopped your messages to members. Ask them why.")
        await cora.press_data(cora.heard, f"stopmessages:{cora.id}:off")  # only operators may
        await olga.press_data(await turned_on(olga), f"stopmessages:{cora.id}:off")
        await cora.hears("You can send messages to your members again")
        await announce(programme)
        await jobs.notes.run()
        await ana.hears(FROM)
        async with sandbox.sessions() as session:
            entries = await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
            shown = [each for each in entries if "messages" in each or each == "announced"]
        assert shown == ["announced", "messages-stopped", "messages-allowed", "announced"]


async def turned_on(operator: Person) -> dict[str, object]:
    await operator.says("/coordinators")
    return await operator.hears("Coordinators")


async def test_only_the_programmes_coordinators_write_to_its_members(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        for data in (f"messages:{programme.id}", f"write:{programme.id}"):
            assert "out of date" in str(await ana.press_data(ana.heard, data))
        assert await sandbox.count(Announcement) == 0


@on_each_database
async def test_after_a_crash_nobody_gets_two_and_only_those_in_flight_none(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        people = await members(sandbox, programme, *(f"Member {each}" for each in range(4)))
        await later(sandbox, jobs, hours=1)
        await announce(programme)
    now = sandbox.clock.now()
    async with sandbox.sessions.begin() as session:  # the bot is about to send one, and crashes
        _, in_flight = await notes.take_due(session, now, 1)
    async with Wire.to(sandbox.url) as wire, sandbox.bot(api_url=wire.url) as jobs:
        jobs.notes.batch_size = 1
        wire.cut()  # another process cannot send any, and crashes as well
        await jobs.notes.run()
    sandbox.clock.advance(120)
    async with sandbox.bot() as jobs:
        await asyncio.gather(*(jobs.notes.run() for _ in range(3)))
        lost = {each.subscriber_id for each in in_flight}
        assert [len(await heard(each, FROM)) for each in people] == [
            0 if each.id in lost else 1 for each in people
        ]
        assert "sent to 3 of 4" in await status(programme)
        assert await sandbox.count(Note) == 0


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  a \r\n\r\n\r\n\r\nb\u202e\x00 ", "a\n\nb"),
        ("<b>&amp;", "<b>&amp;"),
        ("Mon\tRoom 3\rTue\vWed\u2028Thu", "Mon Room 3\nTue\nWed\nThu"),
        ("\u200cمی\u200cخواهم\u200c 1\u200c2", "می\u200cخواهم 12"),
    ],
)
def test_a_text_is_cleaned_of_what_nobody_sees(typed: str, sent: str) -> None:
    assert announcements.clean_text(typed) == sent


async def test_members_who_are_gone_hear_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        ana, bea = await members(sandbox, programme, "Ana", "Bea")
        await announce(programme)
        async with sandbox.sessions.begin() as session:
            await session.delete(await session.get_one(Subscriber, bea.id))
        await ana.says("/stop")
        await ana.hears("You've left")
        await later(sandbox, jobs, hours=24)
        assert await heard(ana, FROM) == []
        assert await sandbox.count(Note) == 0
    assert sandbox.faults_logged() == []


async def test_what_a_removed_coordinator_wrote_is_not_sent(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        [ana] = await members(sandbox, programme, "Ana")
        await announce(programme)
        async with sandbox.sessions.begin() as session:
            cora, now = programme.coordinator.id, sandbox.clock.now()
            assert await staff.remove_coordinator(session, cora, None, now)
        await later(sandbox, jobs, hours=2)
        assert await heard(ana, FROM) == []
        assert await sandbox.count(Announcement) == await sandbox.count(Note) == 0
