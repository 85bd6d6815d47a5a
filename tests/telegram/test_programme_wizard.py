"""/programme new: the wizard, by buttons and by typing."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from db.programmes import WORKDAYS, Programme, Team, TextInput
from quizbot.programmes import programme, staff
from tests.telegram.programmes import (
    make_coordinator,
    make_programme,
    make_team,
    turned,
    value_of,
)
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words


async def says(person: Person, text: str, then: str) -> Message:
    await person.says(text)
    return await person.hears(then)


async def types_until_the_days(person: Person, first_day: str, last_day: str) -> None:
    for text, then in (
        ("/programme new", "called?"),
        ("Spring", "zone"),
        ("UTC", "start?"),
        (first_day, "How long"),
        (last_day, "What time should"),
        ("10:00", "Which days have"),
    ):
        await says(person, text, then)


async def sees_button(person: Person, label: str) -> None:
    await person.sees(lambda message: label in labels(message))


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def only_programme(sandbox: Sandbox) -> Programme:
    async with sandbox.sessions() as session:
        [made] = (await session.scalars(select(Programme))).all()
        return made


@on_each_database
async def test_a_programme_is_created_with_buttons_except_for_its_name(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/digest", "You don't run a programme yet")
        await cora.presses("New programme")
        await cora.hears("What's your programme called?")
        await says(cora, "  Autumn   at <Example> ", "Which time zone")
        await turned(cora, "Paris", "When does it start?")
        await turned(cora, "Next Monday, 30 Nov", "How long does it run?")
        await turned(cora, "4 weeks", "What time should")
        await turned(cora, "08:00", "Which days have")
        await turned(cora, "Next: Mon–Fri", "Any holidays")
        review = await turned(cora, "No holidays", "All good?")
        assert value_of(review, "Name") == "Autumn at <Example>"
        assert value_of(review, "Dates") == "Mon, 30 Nov 2026 – Sun, 27 Dec 2026"
        assert value_of(review, "Questions") == "Mon–Fri, 08:00 (20 questions)"
        assert value_of(review, "Time zone") == "Europe/Paris"
        assert value_of(review, "Topic") == "Is vitamin B12 good for blood flow?"
        await turned(cora, "Create", "Autumn at <Example> is ready")
        assert await sandbox.count(TextInput) == 0
        card = words(await says(cora, "/programme", "0 members · 0 teams"))
        assert "30 Nov 2026 – 27 Dec 2026" in card
        assert "Mon–Fri at 08:00, Paris time" in card
        assert "The first question comes on Monday, 30 November at 08:00." in card
        await turned(cora, "‹ Your programmes", "Your programmes:")
        await turned(cora, "Autumn at", "0 members · 0 teams")
    made = await only_programme(sandbox)
    assert (made.starts_on, made.ends_on) == (date(2026, 11, 30), date(2026, 12, 27))
    assert (made.question_time, made.weekdays) == (time(8), WORKDAYS)
    assert (made.topic, made.demo) == ("vitamin-b12-blood-flow", False)
    assert sandbox.faults_logged() == []


async def test_everything_can_be_typed_and_a_wrong_answer_changes_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "What's your programme called?")
        await says(cora, "x" * 65, "That name is too long")
        await says(cora, "Win\u202eter", "characters nobody can see")
        await says(cora, "Winter", "Which time zone")
        missed = await says(cora, "Lisbonn", "I don't know that place")
        assert "Europe/Lisbon" in [each["callback_data"][10:] for each in buttons(missed)]
        await says(cora, "lisbon", "When does it start?")
        await says(cora, "the first of December", "Send it like: 1 Dec, 1 Dec 2026 or Monday")
        await says(cora, "2026-11-22", "already started")
        await says(cora, "2028-01-01", "more than a year away")
        await says(cora, "2026-12-01", "How long does it run?")
        await says(cora, "2026-11-30", "The last day comes before the first")
        await says(cora, "2031-01-01", "three years at most")
        await says(cora, "2027-01-31", "What time should")
        missed = await says(cora, "soon", "I can't read that time")
        assert labels(missed)[0] == "07:00"
        await says(cora, "7.45am", "Which days have")
        await says(cora, "weekends", "Pick at least one day")
        await says(cora, "Mon-Wed, Fri", "Any holidays")
        await says(cora, "Christmas", "I can't read that")
        await says(cora, "2025-12-24", "Check the year")
        await says(cora, "2026-12-01 to 9999-12-31", "Check the year")
        await says(cora, "2026-12-24 to 2026-12-26, 2027-01-01", "So far: 24 Dec 2026 – 26 Dec")
        await says(cora, "6 January", "1 Jan 2027, 6 Jan 2027")
        await turned(cora, "Next", "All good?")
        await says(cora, "yes", "All good?")
        await turned(cora, "Create", "Winter is ready")
    made = await only_programme(sandbox)
    assert (made.timezone, made.starts_on, made.ends_on) == (
        "Europe/Lisbon",
        date(2026, 12, 1),
        date(2027, 1, 31),
    )
    assert (made.question_time, made.weekdays) == (time(7, 45), 0b001_0111)
    async with sandbox.sessions() as session:
        off = [f"{day:%m-%d}" for day in await programme.holidays(session, made.id)]
    assert off == ["12-24", "12-25", "12-26", "01-01", "01-06"]
    assert sandbox.faults_logged() == []


async def test_going_back_keeps_the_answers(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "called?")
        await says(cora, "Spring", "Which time zone")
        await turned(cora, "Back", "called?")
        await turned(cora, "Keep Spring", "Which time zone")
        await turned(cora, "London", "When does it start?")
        await turned(cora, "Back", "Which time zone")
        await turned(cora, "London", "When does it start?")
        await turned(cora, "Tomorrow", "How long")
        await turned(cora, "No end yet", "What time should")
        await turned(cora, "12:00", "Which days have")
        for label, chosen in (
            ("✅ Tue", "Mon, Wed–Fri"),
            ("▫️ Sat", "Mon, Wed–Sat"),
        ):
            await cora.presses(label)
            cora.heard = {}
            await sees_button(cora, f"Next: {chosen}")
        await turned(cora, "Every day", "Any holidays")
        await turned(cora, "No holidays", "from Tue, 24 Nov 2026, no end date")
        await turned(cora, "Back", "Any holidays")
        await turned(cora, "Back", "All good?")
        await turned(cora, "Cancel", "Cancelled.")
        assert await sandbox.count(TextInput) == await sandbox.count(Programme) == 0
        await says(cora, "Summer", "I didn't get that")


async def test_any_line_can_be_changed_at_the_review(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await types_until_the_days(cora, "tuesday, 1 dec", "20 Dec")
        await says(cora, "Mon-Fri", "Any holidays")
        await turned(cora, "No holidays", "All good?")
        await turned(cora, "✏️ Question time", "What time should")
        await turned(cora, "Back", "Questions: Mon–Fri, 10:00")
        await turned(cora, "✏️ Question time", "What time should")
        await says(cora, "7:30", "Questions: Mon–Fri, 07:30")
        await turned(cora, "✏️ Name", "called?")
        await says(cora, "Summer", "Name: Summer")
        await turned(cora, "✏️ Question days", "Which days have")
        await turned(cora, "Every day", "every day, 07:30")
        await turned(cora, "✏️ Holidays", "Any holidays")
        await says(cora, "8 Dec", "So far: 8 Dec 2026")
        review = await turned(cora, "Next", "Holidays: 8 Dec 2026")
        assert value_of(review, "Questions") == "every day, 07:30 (19 questions)"
        await turned(cora, "✏️ First day", "When does it start?")
        await says(cora, "4 Jan 2027", "The last day you set, Sun, 20 Dec 2026, is before that.")
        gone = words(await says(cora, "5 weeks", "Mon, 4 Jan 2027 – Sun, 7 Feb 2027"))
        assert "8 Dec 2026 is not between the first and last day, so it's no longer" in gone
        await turned(cora, "Create", "Summer is ready")
    assert sandbox.faults_logged() == []


async def test_a_programme_without_question_days_is_refused(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await types_until_the_days(cora, "2026-12-01", "never")
        for name in ("Mon", "Tue", "Wed", "Thu"):
            await cora.presses(f"✅ {name}")
            cora.heard = {}
            await sees_button(cora, f"▫️ {name}")
        await turned(cora, "✅ Fri", "Pick at least one day")


async def test_the_wizard_survives_a_restart_and_expires_after_a_day(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "called?")
        await says(cora, "Autumn", "Which time zone")
        await cora.says("/help")  # other commands work meanwhile
        await cora.hears("One question a day")
    sandbox.clock.advance(23 * 3600)
    async with sandbox.bot():
        await turned(cora, "Paris", "When does it start?")
        sandbox.clock.advance(23 * 3600)
        await says(cora, "/programme new", "When does it start?")  # continues at the same step
        old = cora.heard
        sandbox.clock.advance(25 * 3600)
        answer = await cora.press_data(old, "plan:start:2026-12-01")
        assert "out of date" in answer["text"]
        await says(cora, "2026-12-01", "I didn't get that")
        await says(cora, "/programme new", "called?")
    assert await sandbox.count(TextInput) == 1


async def test_a_button_of_another_step_changes_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "called?")
        first = cora.heard
        await says(cora, "Autumn", "Which time zone")
        for data in (
            "plan:name:cancel",
            "plan:review:create",
            "plan:start:2026-12-01",
            "plan:nowhere:back",
        ):
            answer = await cora.press_data(first, data)
            assert "out of date" in answer["text"]
        await says(cora, "Paris", "When does it start?")
        await turned(cora, "Today", "How long")
        sandbox.clock.advance(24 * 3600 - 60)
        await says(cora, "4", "like: 18 Dec or 5 weeks")
        await says(cora, "2026-12-01", "What time should")
        await says(cora, "09:00", "Which days have")
        await turned(cora, "Mon–Fri", "holidays")
        review = await turned(cora, "No holidays", "All good?")
        await turned(cora, "Create", "already started")
        await says(cora, "2026-11-24", "All good?")
        await cora.press_data(review, "plan:review:create")
        await cora.press_data(review, "plan:review:create")  # twice
        assert await sandbox.count(Programme) == 1
    assert sandbox.faults_logged() == []


@pytest.mark.parametrize("command", ["/programme", "/programme new", "/dashboard"])
async def test_others_learn_who_makes_coordinators(sandbox: Sandbox, command: str) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await says(zoe, command, "That's for coordinators")
        hello = zoe.heard
        await zoe.press_data(hello, "programmes:new")
        await zoe.hears("That's for coordinators")
        answer = await zoe.press_data(hello, "programme:1")
        assert "out of date" in answer["text"]
        assert await sandbox.count(TextInput) == 0


@pytest.mark.parametrize(
    ("hostile", "then"),
    [
        ("a\x00b", "characters nobody can see"),
        ("\u200d", "A name needs letters"),
        ("\u0301\u0301", "A name needs letters"),
        ("🎉 2026 🎉", "A name needs letters"),
        ("y" * 10_000, "That name is too long"),
        ("<b>&lt;</i>", "Which time zone"),
        ("'; DROP TABLE programmes; --", "Which time zone"),
        ("ا" * 64, "Which time zone"),
    ],
)
async def test_hostile_names_are_taken_as_they_are_or_refused(
    sandbox: Sandbox, hostile: str, then: str
) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "called?")
        await cora.sends(text=hostile)
        await cora.hears(then)
        if then == "Which time zone":
            back = await turned(cora, "Back", "called?")
            assert labels(back)[0] == f"Keep {hostile[:40]}"
    assert sandbox.faults_logged() == []


async def test_an_emergency_gets_advice_at_any_step(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        cora = await make_coordinator(sandbox)
        await says(cora, "/programme new", "called?")
        await says(cora, "I have chest pain", "Which time zone")
        await cora.hears("call your local emergency number now")


async def test_help_lists_what_a_coordinator_and_an_operator_can_do(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators="5000000002"):
        cora, olga = await make_coordinator(sandbox), await sandbox.person("Olga")
        assert olga.id == 5_000_000_002
        text = words(await says(cora, "/help", "One question a day"))
        assert "/programme – Run your programmes" in text
        assert "/coordinator" not in text
        text = words(await says(olga, "/help", "One question a day"))
        assert "/coordinators – Everybody who runs programmes" in text
        assert "/programme – " not in text


@on_each_database
async def test_the_next_season_is_one_tap_and_each_line_can_still_be_changed(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        before = await make_programme(sandbox, ends_on=date(2026, 11, 24), weekdays=WORKDAYS)
        cora, dan = before.coordinator, await make_coordinator(sandbox, "Dan")
        for name in ("Red", "Blue"):
            await make_team(sandbox, before, name)
        await says(cora, f"/start next-{before.id}", "This one has not ended yet")
        sandbox.clock.advance(timedelta(days=5).total_seconds())
        await says(cora, "/programme", "It's over")
        await cora.presses("Next season")
        review = await cora.hears("All good?")
        assert value_of(review, "Name") == "Autumn 2"
        assert value_of(review, "Dates") == "Mon, 7 Dec 2026 – Tue, 8 Dec 2026"
        assert value_of(review, "Teams") == "Blue, Red"
        await turned(cora, "‹ Back", "Any holidays")
        await turned(cora, "No holidays", "All good?")
        await says(dan, f"/start next-{before.id}", "out of date")
        again = await says(cora, f"/start next-{before.id}", "All good?")
        assert value_of(again, "Name") == "Autumn 2"
        async with sandbox.sessions.begin() as session:
            await staff.add_coordinator(session, before.id, dan.id)
        await says(dan, f"/start next-{before.id}", "All good?")
        made = words(await turned(cora, "Create", "Autumn 2 is ready"))
        assert "Run by Cora, Dan, as before." in made
        await turned(dan, "Create", "There's a next season already: Autumn 2")  # too late
        for each in (cora, dan):  # neither makes a second one
            found = words(await says(each, f"/start next-{before.id}", "a next season already"))
            assert "Autumn 2, 7 Dec 2026 – 8 Dec 2026" in found
    async with sandbox.sessions() as session:
        runs = await staff.coordinators_of(session, before.id + 1)
        assert [who.name for who in runs] == ["Cora", "Dan"]
        names = await session.scalars(select(Team.name).order_by(Team.id))
        assert list(names) == ["Red", "Blue", "Blue", "Red"]
        assert await programme.count_members(session, before.id + 1) == 0
    assert sandbox.faults_logged() == []


async def test_a_name_that_is_refused_at_the_end_is_asked_again(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        before = await make_programme(sandbox, ends_on=date(2026, 11, 24))
        sandbox.clock.advance(timedelta(days=5).total_seconds())
        cora = before.coordinator
        await says(cora, f"/start next-{before.id}", "All good?")
        async with sandbox.sessions.begin() as session:
            draft = (await session.scalars(select(TextInput))).one()
            draft.answers = {**draft.answers, "name": "x" * 65}  # allowed by an earlier version
        await turned(cora, "Create", "too long")
        await says(cora, "Winter", "All good?")
        await turned(cora, "Create", "Winter is ready")


async def test_a_draft_is_not_lost_to_a_next_season(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        before = await make_programme(sandbox, ends_on=date(2026, 11, 24))
        sandbox.clock.advance(timedelta(days=5).total_seconds())
        cora = before.coordinator
        await says(cora, "/programme new", "What's your programme called?")
        await says(cora, "Winter", "Which time zone")
        await says(cora, f"/start next-{before.id}", "Finish or cancel that first")
