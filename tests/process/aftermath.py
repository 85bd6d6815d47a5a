"""What must hold after the kills: chats and database agree."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber, SubscriberState, WeeklyScore
from db.session import create_engine, create_sessions
from questions import load_topic
from quizbot.quiz.answers import totals
from tests.process.crowd import LOOKS_WITHIN, Crowd, Member
from tests.process.processes import ROOT
from tests.quiz.steps import OBJECTIVE_OF

ARRIVED = {DeliveryState.SENT, DeliveryState.UNCONFIRMED, DeliveryState.OFFERED}
ITEMS = {item.id: item for item in load_topic(ROOT / "questions" / "vitamin-b12-blood-flow").items}

Rows = list[tuple[Delivery, Answer | None]]


async def due_now(database: str, people: Sequence[int]) -> None:
    """Adds subscribers whose question has just become due.

    In their zone it is about noon: midnight is far, whenever the test runs.
    """
    now = datetime.now(UTC)
    ahead = 12 - now.hour
    local = now + timedelta(hours=ahead)
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"  # Etc zones count westwards
    due = {
        "state": SubscriberState.ACTIVE, "language": "en", "timezone": zone,
        "question_time": (local - timedelta(minutes=1)).time().replace(second=0, microsecond=0),
        "joined_at": now - timedelta(days=1), "next_due_at": now - timedelta(minutes=1),
        "points": 0, "answered": 0, "correct": 0, "streak": 0, "best_streak": 0,
    }  # fmt: skip
    engine = create_engine(database)
    async with create_sessions(engine).begin() as session:
        names = [
            {"id": person, "alias": f"Person {person}", "alias_key": f"person{person}"}
            for person in people
        ]
        await session.execute(insert(Subscriber), [due | name for name in names])
    await engine.dispose()


class Aftermath:
    """Compares what the crowd saw and did with the database."""

    def __init__(self, crowd: Crowd, database: str) -> None:
        self._crowd = crowd
        self._database = database
        self._states: Counter[str] = Counter()
        self._practice_lost = 0

    def summary(self) -> str:
        """Returns the figures of the run, in a line."""
        doubles = sum(len(member.daily) > 1 for member in self._crowd.members.values())
        done = ", ".join(f"{count} {what}" for what, count in self._crowd.done.items())
        states = ", ".join(f"{count} {state}" for state, count in self._states.items())
        cards = sum(len(member.cards) for member in self._crowd.members.values())
        return (
            f"{done}; cards: {cards}; asked for again and got twice: {doubles}; "
            f"deliveries: {states}; "
            f"practice lost on the way: {self._practice_lost}"
        )

    async def wait_until_settled(self, within: timedelta) -> None:
        """Waits until everybody has voted, and every vote is recorded and has its card.

        Raises AssertionError, with what is missing, if that takes longer.
        """
        engine = create_engine(self._database)
        sessions = create_sessions(engine)
        missing, looks = ["everything"], 0
        try:
            async with asyncio.timeout(within.total_seconds()):
                while looks < 2:  # a question on its way may be voted on only after the first look
                    await asyncio.sleep(LOOKS_WITHIN + 0.2 if looks else 0.1)
                    async with sessions() as session:
                        missing = self._missing(await _rows(session))
                    looks = 0 if missing else looks + 1
        except TimeoutError:
            raise AssertionError(f"missing after {within}: {missing}") from None
        finally:
            await engine.dispose()

    def _missing(self, rows: Rows) -> list[str]:
        self._states = Counter(delivery.state.value for delivery, _ in rows)
        # Practice earns nothing and can be requested again: it is counted, not checked.
        self._practice_lost = sum(1 for delivery, answer in rows if delivery.slot and not answer)
        served = {
            delivery.subscriber_id: delivery.state for delivery, _ in rows if not delivery.slot
        }
        missing = [
            f"{member.person.id} has no question ({served.get(member.person.id)})"
            for member in self._crowd.members.values()
            if not member.served
        ]
        missing += [
            f"delivery {delivery.id} is {delivery.state}"
            for delivery, answer in rows
            if delivery.state is DeliveryState.SENDING
            or (not delivery.slot and (delivery.state not in ARRIVED or answer is None))
        ]
        missing += [
            f"the answer to delivery {delivery.id} has no card"
            for delivery, answer in rows
            if answer and not self._has_card(delivery)
        ]
        pending, planned = len(self._crowd.bot.updates), self._crowd.planned
        if pending or planned:
            missing.append(f"{pending} updates to acknowledge, {planned} things to do for people")
        return missing

    def _has_card(self, delivery: Delivery) -> bool:
        member = self._crowd.members[delivery.subscriber_id]
        return any(ITEMS[delivery.item_id].explanation in card for card in member.cards)

    async def violations(self) -> list[str]:
        """Returns a sentence for each broken invariant."""
        engine = create_engine(self._database)
        async with create_sessions(engine)() as session:
            rows = await _rows(session)
            people = {each.id: each for each in await session.scalars(select(Subscriber))}
            weeks = {
                each.subscriber_id: each.points
                for each in await session.scalars(select(WeeklyScore))
            }
            violations = await totals.differences(session, OBJECTIVE_OF)
        await engine.dispose()
        for member in self._crowd.members.values():
            own = [row for row in rows if row[0].subscriber_id == member.person.id]
            violations += _questions(member, own)
            violations += _answers(member, own)
            violations += _totals(people[member.person.id], weeks, own)
        return violations


async def _rows(session: AsyncSession) -> Rows:
    found = await session.execute(
        select(Delivery, Answer).outerjoin(Answer, Answer.delivery_id == Delivery.id)
    )
    return [(delivery, answer) for delivery, answer in found]


def _questions(member: Member, own: Rows) -> list[str]:
    """The day's question is claimed once, and is in the chat no more often than allowed."""
    name, violations = member.person.id, []
    daily = [delivery for delivery, _ in own if not delivery.slot]
    if len(daily) != 1:
        violations.append(f"{name} has {len(daily)} daily deliveries")
    if not 1 <= len(member.daily) <= member.may_get:
        violations.append(f"{name} got the question {len(member.daily)} x, not {member.may_get} x")
    if len({poll.content["question"] for poll in member.daily}) > 1:
        violations.append(f"{name} got several daily questions")
    return violations


def _answers(member: Member, own: Rows) -> list[str]:
    """Each first vote is the answer to its delivery; there are no other answers."""
    votes = dict(member.first_votes)
    violations = []
    for delivery, answer in own:
        vote = votes.pop((ITEMS[delivery.item_id].stem, delivery.slot > 0), None)
        option = int(delivery.option_order[vote.position]) if vote else None
        if option != (answer.option if answer else None):
            violations.append(
                f"{member.person.id} chose {option}, kept is {answer and answer.option}"
            )
    return violations + [f"{member.person.id}: the vote on {stem} is lost" for stem, _ in votes]


def _totals(subscriber: Subscriber, weeks: dict[int, int], own: Rows) -> list[str]:
    """One question counts, once."""
    counted = [answer for _, answer in own if answer and answer.counted]
    points = sum(answer.points for answer in counted)
    kept = subscriber.answered, subscriber.points, weeks.get(subscriber.id)
    if kept == (1, points, points) and points in (2, 10) and len(counted) == 1:
        return []
    return [f"{subscriber.id}: (answered, points, week) is {kept}, the answer gives {points}"]
