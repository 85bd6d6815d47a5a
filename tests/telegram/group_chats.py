"""A programme's group chat in the sandbox: its coordinator, its members, its messages."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import httpx
from sqlalchemy import select

from db.models import DeliveryState, Subscriber
from db.programmes import WORKDAYS, AuditEntry, GroupChat, GroupQuestion, InviteKind, Programme
from quizbot.programmes import invites, membership, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.programmes.teams import add_team
from quizbot.scheduler import Jobs
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Message, Person, Sandbox, words

MONDAY = date(2026, 11, 23)


async def programme_of(sandbox: Sandbox, coordinator: Person, **changed: Any) -> Programme:
    """Creates a programme on weekdays at 09:00 UTC, from the first day of the tests on."""
    plan: dict[str, Any] = {
        "name": "Spring & well",
        "topic": "vitamin-b12-blood-flow",
        "timezone": "UTC",
        "starts_on": MONDAY,
        "ends_on": None,
        "question_time": time(9),
        "weekdays": WORKDAYS,
    }
    now, runs = sandbox.clock.now(), coordinator.id
    async with sandbox.sessions.begin() as session:
        await staff.make_coordinator(session, runs, "Cora", "en", now)
        demo = changed.pop("demo", False)
        return await programmes.create(session, Plan(**plan | changed), runs, now, demo=demo)


async def code_for_groups(sandbox: Sandbox, programme: Programme) -> str:
    now = sandbox.clock.now()
    async with sandbox.sessions.begin() as session:
        [runs, *_] = await staff.coordinators_of(session, programme.id)
        link = await invites.current_or_new(
            session, InviteKind.GROUP, now, programme.id, actor_id=runs.id
        )
        return link.code


@dataclass
class Group:
    """A group chat with the bot in it, as one of its members sees it."""

    sandbox: Sandbox
    owner: Person
    id: int
    heard: Message = field(default_factory=dict)

    @classmethod
    async def of(cls, owner: Person, *others: Person, title: str = "Friends") -> "Group":
        members = [owner.sandbox.bot_id, *(each.id for each in others)]
        chat = await owner.sandbox.control.group(title, owner.id, members)
        return cls(owner.sandbox, owner, int(chat["id"]))

    async def say(self, text: str, by: Person | None = None) -> None:
        await self.sandbox.control.write((by or self.owner).id, self.id, text)

    async def link(self, programme: Programme) -> Message:
        """Uses the programme's link in the group. Returns the bot's reply."""
        code = await code_for_groups(self.sandbox, programme)
        await self.say(f"/start@health_quiz_bot {code}")
        return await self.hears("has joined")

    async def hears(self, text: str) -> Message:
        """Waits for the bot's next message with this text."""
        return await self._sees(lambda message: text in words(message))

    async def gets_question(self) -> Message:
        return await self._sees(lambda message: "poll" in message)

    async def _sees(self, fits: Any) -> Message:
        after = self.heard.get("message_id", 0)
        control = self.sandbox.control
        self.heard = await control.wait_for(
            self.owner.id, self.id, fits, after=after, timeout=PATIENCE
        )
        return self.heard

    async def messages(self) -> list[Message]:
        """Returns all messages of the bot in the group."""
        listed = await self.sandbox.control.messages(self.owner.id, self.id)
        return [each for each in listed if each["from"]["is_bot"]]

    async def questions(self) -> list[Message]:
        return [each for each in await self.messages() if "poll" in each]

    async def said(self, text: str) -> list[str]:
        """Returns the bot's messages with this text."""
        return [words(each) for each in await self.messages() if text in words(each)]

    async def vote(self, question: Message, *people: Person, right: bool = True) -> None:
        key = await self.right_option(question)
        option = key if right else (key + 1) % len(question["poll"]["options"])
        for person in people:
            await self.sandbox.control.vote(person.id, self.id, question["message_id"], [option])

    async def right_option(self, question: Message) -> int:
        for each in reversed(await self.sandbox.control.calls("sendPoll")):
            if each["params"]["question"] == question["poll"]["question"]:
                return int(str(each["params"]["correct_option_ids"]).strip("[]"))
        raise AssertionError("that question was never sent")

    async def rows(self) -> list[GroupQuestion]:
        """Returns the group's questions, oldest first."""
        query = select(GroupQuestion).where(GroupQuestion.chat_id == self.id)
        async with self.sandbox.sessions() as session:
            return list(await session.scalars(query.order_by(GroupQuestion.local_date)))

    async def states(self) -> list[DeliveryState]:
        return [each.state for each in await self.rows()]

    async def row(self) -> GroupChat | None:
        async with self.sandbox.sessions() as session:
            return await session.get(GroupChat, self.id)


async def later(sandbox: Sandbox, jobs: Jobs, **amount: float) -> None:
    """Moves the clock on, refreshes the reports and does what is due in groups."""
    await sandbox.later(jobs, **amount)
    await jobs.reports.run()
    await jobs.group_quiz.run()


async def audit_log(sandbox: Sandbox, programme: Programme) -> list[tuple[str, str, int | None]]:
    """Returns the audit log's entries about groups: action, detail, actor."""
    query = select(AuditEntry).where(
        AuditEntry.programme_id == programme.id, AuditEntry.action.startswith("group-")
    )
    async with sandbox.sessions() as session:
        entries = await session.scalars(query.order_by(AuditEntry.id))
        return [(each.action, each.detail, each.actor_id) for each in entries]


async def member_of(
    sandbox: Sandbox, programme: Programme, name: str, team: str = "", **shown: Any
) -> Person:
    """Adds a subscriber who is a member, perhaps of a team, hidden or with a name."""
    person = await sandbox.subscriber(name)
    await enrol(sandbox, person, programme, team, **shown)
    return person


async def enrol(
    sandbox: Sandbox, person: Person, programme: Programme, team: str = "", **shown: Any
) -> None:
    """Enrols a subscriber in this programme."""
    now = sandbox.clock.now()
    async with sandbox.sessions.begin() as session:
        subscriber = await session.get_one(Subscriber, person.id, with_for_update=True)
        made = await session.get_one(Programme, programme.id)
        teams = {each.name: each.id for each in await programmes.teams(session, made.id)}
        if team and team not in teams:
            by = (await staff.coordinators_of(session, made.id))[0].id
            teams[team] = (await add_team(session, made, team, by, now)).id
        enrolment = await membership.enrol(
            session, subscriber, made, teams.get(team), now, newcomer=False
        )
        for field_, value in shown.items():
            setattr(enrolment, field_, value)


async def answer(person: Person, *, right: bool = True) -> None:
    """Answers the latest question, in the private chat."""
    await person.votes((await person.questions())[-1], right=right)
    await person.hears("+10 points" if right else "+2 points")


async def linked_group(
    sandbox: Sandbox, *voters: Person, **plan: object
) -> tuple[Group, Programme]:
    """Links a group of Cora and these people to a programme that she coordinates."""
    cora = await sandbox.person("Cora")
    programme = await programme_of(sandbox, cora, **plan)
    group = await Group.of(cora, *voters)
    await group.link(programme)
    return group, programme


async def people(sandbox: Sandbox, number: int) -> list[Person]:
    return [await sandbox.person(f"Voter {each}") for each in range(number)]


async def call_bot_api(sandbox: Sandbox, method: str, **parameters: object) -> Any:
    """Calls the Bot API with the bot's token."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as telegram:
        reply = await telegram.post(f"{sandbox.url}/bot{TOKEN}/{method}", json=parameters)
    return reply.json()["result"]


async def lose_updates(sandbox: Sandbox) -> None:
    """Drops the waiting updates, as Telegram does after a day."""
    waiting = await call_bot_api(sandbox, "getUpdates")
    await call_bot_api(sandbox, "getUpdates", offset=waiting[-1]["update_id"] + 1)
