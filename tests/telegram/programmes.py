"""What tests of programmes start from: a coordinator, a programme, members."""

import re
from dataclasses import dataclass
from datetime import date, time

from db.programmes import ALL_WEEKDAYS, Coordinator, InviteKind, Programme, Team
from quizbot.programmes import invites, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from tests.telegram.sandbox import Message, Person, Sandbox, words

MONDAY = date(2026, 11, 23)  # the first day of the tests


def code_in(message: Message) -> str:
    """Returns the code of the invitation link in the message."""
    found = re.search(r"\?start(?:group)?=([\w-]+)", str(message))
    assert found is not None, words(message)
    return found[1]


def value_of(message: Message, label: str) -> str:
    """Returns the value behind the label."""
    [line] = [line for line in words(message).splitlines() if line.startswith(f"{label}: ")]
    return line.removeprefix(f"{label}: ")


async def turned(person: Person, label: str, then: str) -> Message:
    """Presses a button, and waits for this text in place of its message."""
    newest = (await person.messages())[-1]
    message = await person.presses(label)
    person.heard = {"message_id": message["message_id"] - 1}
    found = await person.hears(then)
    person.heard = newest  # what comes next comes after that
    return found


@dataclass
class OpenProgramme:
    """A programme, its coordinator, and the code of its link."""

    coordinator: Person
    id: int
    code: str

    async def joins(self, person: Person, code: str = "") -> Message:
        """The person opens the link and agrees."""
        await person.says(f"/start {code or self.code}")
        await person.hears("You're invited to")
        return await turned(person, "Join", "You're in")


async def make_coordinator(sandbox: Sandbox, name: str = "Cora") -> Person:
    """Makes somebody a coordinator directly, without an invitation."""
    person = await sandbox.person(name)
    async with sandbox.sessions.begin() as session:
        await staff.make_coordinator(session, person.id, name, "en", sandbox.clock.now())
    return person


async def make_programme(
    sandbox: Sandbox,
    runs: Person | None = None,
    *,
    name: str = "Autumn",
    starts_on: date = MONDAY,
    ends_on: date | None = date(2026, 12, 20),
    zone: str = "UTC",
    weekdays: int = ALL_WEEKDAYS,
    holidays: tuple[date, ...] = (),
) -> OpenProgramme:
    """Creates a programme and its link."""
    person, now = runs or await make_coordinator(sandbox), sandbox.clock.now()
    plan = Plan(name, "b12", zone, starts_on, ends_on, time(9), weekdays, holidays)
    async with sandbox.sessions.begin() as session:
        made = await programmes.create(session, plan, person.id, now)
        link = await invites.current_or_new(
            session, InviteKind.MEMBER, now, made.id, actor_id=person.id
        )
        return OpenProgramme(person, made.id, link.code)


async def make_team(sandbox: Sandbox, programme: OpenProgramme, name: str) -> tuple[Team, str]:
    """Adds a team. Returns it and the code of its link."""
    async with sandbox.sessions.begin() as session:
        of = await session.get(Programme, programme.id)
        assert of is not None
        made = await add_team(session, of, name, programme.coordinator.id, sandbox.clock.now())
        link = await invites.current_or_new(
            session,
            InviteKind.MEMBER,
            sandbox.clock.now(),
            programme.id,
            made.id,
            actor_id=programme.coordinator.id,
        )
        return made, link.code


async def open_card(runs: Person, then: str = "📋 Autumn", name: str = "Autumn") -> Message:
    """Opens the card of a programme that the person runs."""
    await runs.says("/programme")
    opened = await runs.sees(lambda each: "Your programmes:" in words(each) or then in words(each))
    return opened if then in words(opened) else await turned(runs, name, then)


async def is_coordinator(sandbox: Sandbox, person: Person) -> bool:
    async with sandbox.sessions() as session:
        return await session.get(Coordinator, person.id) is not None
