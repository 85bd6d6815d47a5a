"""What a coordinator does with a programme in the chat."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select, update

from db.models import Subscriber
from db.programmes import (
    AuditEntry,
    Coordination,
    Enrolment,
    Holiday,
    Invite,
    Note,
    Programme,
    Team,
    TextInput,
)
from quizbot.programmes import staff
from quizbot.programmes.audit_log import Action
from tests.telegram.group_chats import Group
from tests.telegram.programmes import (
    OpenProgramme,
    code_in,
    make_coordinator,
    make_programme,
    make_team,
    open_card,
    turned,
)
from tests.telegram.sandbox import Message, Sandbox, buttons, on_each_database, words

# Every button of a coordinator; {id} is the programme, {team} its team.
BUTTONS = (
    "programme:{id}",
    "menu:{id}:invite",
    "menu:{id}:settings",
    "invite:{id}",
    "teamlink:{team}",
    "newlink:{id}:ask",
    "newlink:{id}:0:yes",
    "offlink:{id}:{team}:yes",
    "group:{id}",
    "colleague:{id}",
    "teams:{id}:0",
    "addteams:{id}",
    "holidays:{id}:0",
    "addholidays:{id}",
    "holiday:{id}:2026-12-24",
    "set:{id}:name",
    "set:{id}:name:back",
    "end:{id}:ask",
    "end:{id}:2026-12-01",
    "remove:{id}:ask",
    "remove:{id}:yes",
    "calloff:{id}:ask",
    "calloff:{id}:yes",
    "boards:{id}:week:all",
    "boards:{id}:all:teams",
    "boards:{id}:week:{team}",
)


async def open_menu(programme: OpenProgramme, menu: str) -> Message:
    """Opens a menu of the card."""
    await open_card(programme.coordinator)
    return await turned(programme.coordinator, menu, f"{menu} · Autumn")


async def audit_entries(sandbox: Sandbox) -> list[tuple[int | None, str]]:
    async with sandbox.sessions() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.actor_id, row.action) for row in rows]


async def test_the_card_shows_the_state_of_the_programme(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox, holidays=(date(2026, 12, 24), date(2026, 12, 25)))
        assert "next question comes today at 09:00" in words(await open_card(programme.coordinator))
        ana, bea = await sandbox.person("Ana"), await sandbox.person("Bea")
        for person in (bea, ana):
            await programme.joins(person)
            question = await person.gets_question()
            await person.hears_nothing_else()  # a later reply: the question is recorded as sent
        card = words(await open_card(programme.coordinator))
        assert "2 members · 0 teams" in card
        assert "23 Nov 2026 – 20 Dec 2026" in card
        assert "every day at 09:00, UTC" in card
        assert "🏖 24 Dec 2026 – 25 Dec 2026" in card
        assert "Today: 0 of 2 have answered." in card
        await ana.votes(question)
        await ana.hears("+10 points")
        card = words(await open_card(programme.coordinator))
        assert "Today: 1 of 2 have answered." in card
        assert "aren't counted" not in card
        async with sandbox.sessions.begin() as session:
            hides = update(Enrolment).where(Enrolment.subscriber_id == bea.id).values(hidden=True)
            await session.execute(hides)
        card = words(await open_card(programme.coordinator))
        assert "2 members" in card
        assert "Today: 1 of 1 have answered. Members who hide" in card


async def test_the_card_names_the_next_day_with_a_question(sandbox: Sandbox) -> None:
    """Also if a member has had another programme's question today."""
    async with sandbox.bot():
        off = (date(2026, 11, 23), date(2026, 11, 24))
        programme = await make_programme(sandbox, holidays=off)
        ana = await sandbox.person("Ana")
        await programme.joins(ana)
        other = await make_programme(sandbox, await make_coordinator(sandbox, "Dan"))
        await other.joins(ana)
        await ana.gets_question()
        card = words(await open_card(programme.coordinator))
        assert "25 November at 09:00" in card
        assert "have answered" not in card


async def test_the_card_has_few_buttons_and_menus_for_the_rest(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora, labels = programme.coordinator, {}
        card = await open_card(programme.coordinator)
        assert len(buttons(card)) <= 7  # six, and the way to the list
        for menu in ("🔗 Invite", "📊 Board & digest", "⚙️ Settings"):
            opened = await turned(cora, menu, f"{menu} · Autumn")
            labels[menu] = {each["text"] for each in buttons(opened)}
            await turned(cora, "‹ Programme", "0 members")
        assert {"🔗 Members", "💬 Group chat", "🤝 Colleague"} < labels["🔗 Invite"]
        assert {"🏆 Boards", "🗞 Weekly digest"} < labels["📊 Board & digest"]
        assert {"🏖 Holidays", "🏁 End it"} < labels["⚙️ Settings"]


async def test_holidays_are_added_and_removed_and_apply_to_members(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox)
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await programme.joins(ana)
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "Holidays", "None are planned")
        await cora.says("Summer")  # what is no date is no answer to a list
        await cora.hears("I didn't get that")
        await cora.says("30 Nov")
        await cora.hears("30 Nov 2026")
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "Holidays", "30 Nov 2026")
        await turned(cora, "30 Nov 2026", "None are planned")
        await cora.presses("Add holidays")
        await cora.hears("Which days have no question?")
        for text in ("some day", "2026-11-24, soon", "2026-11-26 to 2026-11-24"):
            await cora.says(text)
            await cora.hears("I can't read that")
        await cora.says("2026-11-25, 2026-11-23")
        await cora.hears("already started")
        assert await sandbox.count(Holiday) == 0
        await cora.says("24-25 Nov, Saturday")
        await cora.hears("24 Nov 2026 – 25 Nov 2026, 28 Nov 2026")
        await sandbox.later(jobs, hours=1)
        first = await ana.gets_question()
        await sandbox.later(jobs, days=2)
        await ana.hears_nothing_else()
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "Holidays", "28 Nov 2026")
        await turned(cora, "28 Nov 2026", "None are planned")
        await sandbox.later(jobs, days=1)
        assert (await ana.gets_question())["message_id"] > first["message_id"]
        await sandbox.later(jobs, days=1)
        await ana.gets_question()
        await sandbox.later(jobs, days=1)
        await ana.gets_question()  # the 28th after all
    assert sandbox.faults_logged() == []


async def test_a_programme_ends_after_confirmation_and_the_daily_question_goes_on(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, weekdays=0b000_0001)  # Mondays
        ana, zoe = await sandbox.person("Ana"), await sandbox.person("Zoe")
        await programme.joins(ana)
        await open_menu(programme, "⚙️ Settings")
        await turned(programme.coordinator, "End it", "Its last day will be 23 Nov 2026")
        await turned(programme.coordinator, "End it", "23 Nov 2026 – 23 Nov 2026")
        await sandbox.later(jobs, hours=1)
        await ana.gets_question()
        await sandbox.later(jobs, days=1)
        await ana.gets_question()  # a Tuesday
        assert "It's over" in words(await open_card(programme.coordinator))
        await zoe.says(f"/start {programme.code}")
        await zoe.hears("That programme has ended")


async def test_after_the_end_old_buttons_and_texts_change_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(
            sandbox, ends_on=date(2026, 11, 23), holidays=(date(2026, 12, 24),)
        )
        cora = programme.coordinator
        team, _ = await make_team(sandbox, programme, "Blue")
        await sandbox.later(jobs, hours=15, minutes=50)
        card = await open_card(cora)
        asked = await cora.press_data(card, f"addteams:{programme.id}")
        assert not asked.get("text")
        await cora.hears("What's the team called?")
        await sandbox.later(jobs, minutes=20)  # into the next day
        before = await audit_entries(sandbox)
        await cora.says("Red")
        await cora.hears("The programme has ended, so you can't change this any more.")
        async with sandbox.sessions() as session:
            assert await session.get(TextInput, cora.id) is None
        for data in (
            f"invite:{programme.id}",
            f"teamlink:{team.id}",
            f"newlink:{programme.id}:0:yes",
            f"group:{programme.id}",
            f"addteams:{programme.id}",
            f"addholidays:{programme.id}",
            f"holiday:{programme.id}:2026-12-24",
            f"setgoal:{programme.id}:100:2026-12-18",
            f"nogoal:{programme.id}",
            f"write:{programme.id}",
            f"end:{programme.id}:ask",
        ):
            toast = (await cora.press_data(card, data)).get("text") or ""
            assert "The programme has ended" in toast, data
    assert await audit_entries(sandbox) == before


@on_each_database
async def test_settings_are_changed_by_button_and_by_typing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox, starts_on=date(2026, 12, 7))
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await programme.joins(ana)
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "✏️ Name", "called?")
        await cora.says("🎉")
        await cora.hears("A name needs letters")
        await cora.says("Winter")
        await cora.hears("Name: Winter")
        await turned(cora, "✏️ Question time", "What time should")
        await turned(cora, "12:00", "Question time: 12:00")
        assert (await ana.kept()).next_due_at == datetime(2026, 12, 7, 12, tzinfo=UTC)
        await turned(cora, "✏️ First day", "When does it start?")
        await cora.says("24 Dec")
        await cora.hears("How long does it run?")
        await turned(cora, "4 weeks", "First day: Thu, 24 Dec 2026")
        await turned(cora, "✏️ Question days", "Which days have")
        await cora.says("Mon-Wed, Fri-Sun")
        await cora.hears("Question days: Mon–Wed, Fri–Sun")
        assert (await ana.kept()).next_due_at == datetime(2026, 12, 25, 12, tzinfo=UTC)
        await turned(cora, "✏️ Time zone", "Which time zone")
        await turned(cora, "Paris", "never changed their time or zone")
        assert (await ana.kept()).next_due_at == datetime(2026, 12, 25, 11, tzinfo=UTC)
        await turned(cora, "✏️ Last day", "How long does it run?")
        await turned(cora, "Back", "Last day: Wed, 20 Jan 2027")
        await turned(cora, "✏️ Last day", "How long does it run?")
        await cora.says("31 January")  # later: asks nothing
        await cora.hears("Last day: Sun, 31 Jan 2027")
        await turned(cora, "✏️ Last day", "How long does it run?")
        await cora.says("Sunday, 10 Jan 2027")
        await cora.hears("Set 10 Jan 2027 as the last day of Winter?")
        await turned(cora, "🏁 Set 10 Jan 2027", "24 Dec 2026 – 10 Jan 2027")
    actions = [action for _, action in await audit_entries(sandbox)]
    assert actions[-8:] == [
        Action.PROGRAMME_RENAMED,
        Action.TIME_CHANGED,
        Action.START_CHANGED,
        Action.PROGRAMME_ENDED,
        Action.DAYS_CHANGED,
        Action.ZONE_CHANGED,
        Action.PROGRAMME_ENDED,
        Action.PROGRAMME_ENDED,
    ]
    assert sandbox.faults_logged() == []


async def test_first_day_and_zone_stay_once_it_has_begun(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        shown = await open_menu(programme, "⚙️ Settings")
        assert "It has begun, so the first day and the time zone can't change" in words(shown)
        labels = {each["text"] for each in buttons(shown)}
        assert labels.isdisjoint({"✏️ First day", "✏️ Time zone"})
        await turned(cora, "✏️ Last day", "It started on Mon, 23 Nov 2026.")
        await turned(cora, "Back", "Last day: Sun, 20 Dec 2026")
        await cora.press_data(shown, f"set:{programme.id}:start")
        await cora.says("2026-12-01")
        await cora.hears("It has begun")
        old = await cora.press_data(shown, f"set:{programme.id}:time:10:00")
        assert "out of date" in old["text"]


async def test_a_programme_is_deleted_while_nobody_has_joined(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        group = await Group.of(cora)
        await open_menu(programme, "🔗 Invite")
        code = code_in(await turned(cora, "Group chat", "I only need to be able to write"))
        await group.say(f"/start@health_quiz_bot {code}")
        await group.hears("Autumn")
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "Delete it", "Nobody has joined yet")
        await turned(cora, "Keep it", "0 members")
        await turned(cora, "⚙️ Settings", "⚙️ Settings · Autumn")
        asked = await turned(cora, "Delete it", "Nobody has joined yet")
        zoe = await sandbox.person("Zoe")
        await zoe.says(f"/start {programme.code}")
        await zoe.hears("You're invited to")
        await turned(cora, "🗑 Delete it", "Autumn is deleted")
        await turned(zoe, "Join", "That link no longer works")
        await zoe.says("/start")
        await zoe.hears("Hello Zoe!")
        await zoe.presses("Start")  # the bot looks for the invitation that she came by
        await zoe.hears("You're in")
        await ana.says(f"/start {programme.code}")
        await ana.hears("That link no longer works. Ask for a new one")
        await group.say("/board")
        await group.hears("No programme is linked to this group now")
        again = await cora.press_data(asked, f"remove:{programme.id}:yes")
        assert "out of date" in again["text"]
        other = await make_programme(sandbox, cora)
        await other.joins(ana)
        assert "🗑 Delete it" not in {
            each["text"] for each in buttons(await open_menu(other, "⚙️ Settings"))
        }
        await cora.press_data(asked, f"remove:{other.id}:yes")
        cora.heard = {}  # the answer is in place of an earlier message
        await cora.sees(lambda each: "Somebody has joined" in words(each))
    assert sandbox.faults_logged() == []


@on_each_database
async def test_a_programme_is_called_off_before_its_start(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, starts_on=date(2026, 12, 7))
        cora, bea = programme.coordinator, await sandbox.subscriber("Bea")
        ana, stan, zoe = [await sandbox.person(each) for each in ("Ana", "Stan", "Zoe")]
        await open_menu(programme, "📊 Board & digest")
        goal = await turned(cora, "🤝 Team goal", "Team goal of Autumn")  # no number to suggest
        assert "✏️ Set a goal" in {each["text"] for each in buttons(goal)}
        for person in (ana, bea, stan):
            await programme.joins(person)
        walt, later = await make_coordinator(sandbox, "Walt"), date(2026, 12, 14)
        winter = await make_programme(sandbox, walt, name="Winter", starts_on=later)
        await winter.joins(stan)
        await stan.says("/today")
        await stan.hears("Your first question comes on Monday, 7 December")
        await open_menu(programme, "📊 Board & digest")
        settings = await open_menu(programme, "⚙️ Settings")
        assert {"🏁 End it", "🗑 Delete it"}.isdisjoint(each["text"] for each in buttons(settings))
        await turned(cora, "Call it off", "3 people have joined")
        sandbox.clock.advance(14 * 3600)  # to 22:00
        told = words(await turned(cora, "Call it off", "Autumn is called off."))
        assert "I'm telling 3 members" in told
        await turned(cora, "Your programmes", "You don't run a programme yet")
        await ana.says("/today")
        await ana.hears("You're not in a programme")
        await zoe.says(f"/start {programme.code}")
        await zoe.hears("That link no longer works")
        await jobs.notes.run()
        await jobs.purge.run()
        async with sandbox.sessions() as session:
            assert await staff.without_coordinator(session) == []
            every = await session.scalars(select(Programme.name))
            assert {*every} == {"Autumn", "Winter"}  # members are to be told
        await sandbox.later(jobs, hours=10)
        await jobs.notes.run()
        told = words(await stan.hears("Autumn won't take place"))
        assert "You're still in Winter: your first question comes on Monday, 14 December." in told
        for person, follows in (
            (ana, "You can still have a question every day at 09:00. The first one comes today at"),
            (bea, "Your own quiz goes on, with a question every day at"),
        ):
            assert follows in words(await person.hears("Autumn won't take place"))
            async with sandbox.sessions() as session:
                due = (await session.get_one(Subscriber, person.id)).next_due_at
            assert due is not None
            assert due.date() <= sandbox.clock.now().date() + timedelta(days=1)
        await jobs.purge.run()
        assert [await sandbox.count(each) for each in (Programme, Enrolment, Note)] == [1, 1, 1]
        async with sandbox.sessions() as session:
            action = AuditEntry.action == Action.PROGRAMME_CALLED_OFF.value
            assert list(await session.scalars(select(AuditEntry.detail).where(action))) == [
                "Autumn"
            ]
        await sandbox.later(jobs, hours=24)
        await jobs.notes.run()
        for person in (ana, bea, stan):
            assert sum("won't take place" in words(m) for m in await person.messages()) == 1
    assert sandbox.faults_logged() == []


async def test_nobody_reaches_a_programme_that_they_do_not_run(sandbox: Sandbox) -> None:
    """Strangers, members and other coordinators press buttons that they never got."""
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        red, _ = await make_team(sandbox, programme, "Red")
        other = await make_programme(sandbox, await make_coordinator(sandbox, "Otto"), name="Other")
        zoe, ana = await sandbox.person("Zoe"), await sandbox.person("Ana")
        await programme.joins(ana)
        for person in (zoe, ana, other.coordinator):
            await person.says("/help")
            message = await person.hears("One question a day")
            for number in (programme.id, 10**18 - 1, 0):
                sandbox.clock.advance(60)  # or they would press too often
                for data in BUTTONS:
                    filled = data.format(
                        id=number, team=red.id if number == programme.id else number
                    )
                    if person is ana and filled.startswith("boards:") and number == programme.id:
                        continue
                    answer = await person.press_data(message, filled)
                    assert "out of date" in (answer.get("text") or ""), (filled, answer)
            await person.hears_nothing_else()
        # Nor does the own programme with a team of another one work.
        answer = await other.coordinator.press_data(message, f"boards:{other.id}:week:{red.id}")
        assert "out of date" in answer["text"]
        assert await sandbox.count(Team) == 1
        async with sandbox.sessions() as session:
            links = (await session.scalars(select(Invite))).all()
            assert all(link.ended_at is None for link in links)
            every = (await session.scalars(select(Programme))).all()
            assert {each.ends_on for each in every} == {date(2026, 12, 20)}
        assert {actor for actor, _ in await audit_entries(sandbox)} == {
            programme.coordinator.id,
            other.coordinator.id,
        }
    assert sandbox.faults_logged() == []


async def test_a_removed_coordinator_cannot_continue(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators="1"):
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await open_card(programme.coordinator)
        await turned(cora, "Teams", "No teams yet")
        await cora.presses("Add teams")
        await cora.hears("What's the team called?")
        async with sandbox.sessions.begin() as session:
            await staff.remove_coordinator(session, cora.id, 1, sandbox.clock.now())
        await cora.says("Red")
        await cora.hears("I didn't get that")
        assert await sandbox.count(Team) == 0
    assert sandbox.faults_logged() == []


async def begin_adding_teams(programme: OpenProgramme) -> None:
    await open_card(programme.coordinator)
    await turned(programme.coordinator, "Teams", "No teams yet")
    await programme.coordinator.presses("Add teams")
    await programme.coordinator.hears("What's the team called?")


async def test_an_emergency_gets_advice_even_if_the_input_fails(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await begin_adding_teams(programme)
        async with sandbox.sessions.begin() as session:
            await session.execute(delete(Coordination))
        await cora.says("I have chest pain")
        await cora.hears("call your local emergency number now")
        await cora.hears("out of date")
        assert sandbox.faults_logged() == []
        async with sandbox.sessions.begin() as session:
            (await session.get_one(TextInput, cora.id)).answers = {}  # invalid
        await cora.says("I still have chest pain")
        await cora.hears("call your local emergency number now")
        await cora.hears("Something went wrong")
        assert await sandbox.count(Team) == 0


async def test_a_button_in_a_group_changes_nothing(sandbox: Sandbox) -> None:
    """Buttons are for the private chat; one below a message in a group is forged."""
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        red, _ = await make_team(sandbox, programme, "Red")
        await programme.joins(cora)
        await cora.gets_question()
        group = await Group.of(cora)
        await group.say("/board")
        below = (await group.hears("private"))["message_id"]
        before = await audit_entries(sandbox)
        for pattern in (*BUTTONS, "leave:{id}", "hide:{id}:on", "forget:yes", "dashboard", "quiz"):
            data = pattern.format(id=programme.id, team=red.id)
            answer = await sandbox.control.press(cora.id, group.id, below, data)
            assert "out of date" in (answer.get("text") or ""), (data, answer)
            sandbox.clock.advance(2)  # so many presses at once would be too many
        assert len(await group.messages()) == 1
        await cora.hears_nothing_else()
        assert await audit_entries(sandbox) == before
        async with sandbox.sessions() as session:
            part = await session.get_one(Enrolment, (programme.id, cora.id))
            assert (part.hidden, part.left_at) == (False, None)
    assert sandbox.faults_logged() == []


async def test_names_that_would_become_links_are_refused(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await begin_adding_teams(programme)
        for name in ("t.me/win", "@cora", "Red (/stop)", "win.example"):
            await cora.says(name)
            await cora.hears("That name looks like a link")
        await cora.says("St. Mary 24/7")
        await cora.hears("Team St. Mary 24/7 added")
        await turned(cora, "Done", "Done")
        await cora.says("/programme new")
        await cora.hears("What's your programme called?")
        await cora.says("Autumn t.me/win")
        await cora.hears("That name looks like a link")
        assert await sandbox.count(Team) == 1
    assert sandbox.faults_logged() == []


async def test_an_unfinished_programme_is_not_lost_to_another_input(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        programme = await make_programme(sandbox)
        cora = programme.coordinator
        await cora.says("/programme new")
        await cora.hears("What's your programme called?")
        await cora.says("Winter")
        await cora.hears("Which time zone")
        await open_card(programme.coordinator)
        await turned(cora, "Teams", "No teams yet")
        await cora.presses("Add teams")
        await cora.hears("Finish or cancel that first")
        await cora.presses("The new programme")
        await cora.hears("Which time zone")
        await cora.says("Paris")
        await cora.hears("When does it start?")


@on_each_database
async def test_members_are_planned_again_after_a_change_of_holidays(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        programme = await make_programme(sandbox, holidays=(date(2026, 11, 24),))
        cora, ana = programme.coordinator, await sandbox.person("Ana")
        await programme.joins(ana)
        await sandbox.later(jobs, hours=1)
        await ana.gets_question()
        assert (await ana.kept()).next_due_at == datetime(2026, 11, 25, 9, tzinfo=UTC)
        await open_menu(programme, "⚙️ Settings")
        await turned(cora, "Holidays", "24 Nov 2026")
        await turned(cora, "24 Nov 2026", "None are planned")
        assert (await ana.kept()).next_due_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
        await cora.presses("Add holidays")
        await cora.hears("Which days have")
        await cora.says("2026-11-24 to 2026-11-26")
        await cora.hears("24 Nov 2026 – 26 Nov 2026")
        assert (await ana.kept()).next_due_at == datetime(2026, 11, 27, 9, tzinfo=UTC)
