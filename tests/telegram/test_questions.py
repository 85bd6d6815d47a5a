"""The daily question: when it comes, what it looks like, and never two on a local date."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from db.models import Delivery, DeliveryState
from tests.quiz.steps import TOPIC
from tests.sizes import IN_CI
from tests.telegram.sandbox import Person, Sandbox, on_each_database, open_sandbox


async def test_the_question_is_a_quiz_that_closes_when_the_next_is_due(sandbox: Sandbox) -> None:
    items = {item.stem: item for item in TOPIC.approved}
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        poll = question["poll"]
        assert poll["type"] == "quiz"
        assert poll["is_anonymous"] is False
        assert poll["allows_multiple_answers"] is False
        assert poll["description"].startswith("Day 1")
        assert poll["close_date"] == datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp()
        item = items[poll["question"]]
        delivery = (await ana.deliveries())[0]
        assert (delivery.state, delivery.slot) == (DeliveryState.SENT, 0)
        assert delivery.item_id == item.id
        assert (delivery.message_id, delivery.poll_id) == (question["message_id"], poll["id"])
        shown = [option["text"] for option in poll["options"]]
        assert shown == [item.options[int(at)].text for at in delivery.option_order]
        assert await ana.right_option(question) == delivery.option_order.index("0")

        assert "explanation" not in poll  # only after the vote
        await ana.votes(question)
        poll = (await ana.questions())[0]["poll"]
        assert poll["explanation"] == f"{item.explanation} Not medical advice."


async def test_people_get_the_options_in_different_orders(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        people = [await sandbox.subscriber(f"Person {number}") for number in range(12)]
        await sandbox.later(jobs, hours=1)
        for person in people:
            await person.gets_question()
        orders = {(await person.deliveries())[0].option_order for person in people}
        keys = [await person.right_option(person.heard) for person in people]
        assert len(orders) > 2
        assert len(set(keys)) > 1
        assert len({person.heard["poll"]["question"] for person in people}) > 2


async def test_no_question_repeats_until_all_have_been_asked(sandbox: Sandbox) -> None:
    approved = len(TOPIC.approved)
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        for _ in range(13):  # after more unanswered ones, the bot asks whether to pause
            await sandbox.later(jobs, days=1)
        asked = [delivery.item_id for delivery in await ana.deliveries()]
        assert len(set(asked)) == len(asked) == min(14, approved)


async def test_a_time_later_today_counts_today_and_an_earlier_one_tomorrow(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await ana.says("/time 08:05")
        await ana.hears("Your next question comes today at 08:05")
        await bea.says("/time 07:55")
        await bea.hears("Your next question comes tomorrow at 07:55")
        await sandbox.later(jobs, minutes=4)
        assert await ana.questions() == []
        await sandbox.later(jobs, minutes=1)
        await ana.gets_question()
        await ana.says("/time 10:00")  # today's has been sent
        await ana.hears("Your next question comes tomorrow at 10:00")
        await sandbox.later(jobs, hours=20)
        assert len(await ana.questions()) == 1
        assert await bea.questions() == []
        await sandbox.later(jobs, hours=6)
        assert len(await ana.questions()) == 2
        assert len(await bea.questions()) == 1


@pytest.mark.parametrize(
    ("down", "questions"),
    [
        (timedelta(hours=5), ["2026-11-23"]),  # back at 13:00: today's comes late
        (timedelta(hours=15, minutes=59), ["2026-11-23"]),  # back at 23:59
        (timedelta(hours=20), []),  # back at 04:00: yesterday's is not sent
        (timedelta(days=3, hours=20), []),
        (timedelta(days=3, hours=2), ["2026-11-26"]),
    ],
    ids=str,
)
async def test_after_an_outage_todays_question_comes_and_yesterdays_does_not(
    sandbox: Sandbox, down: timedelta, questions: list[str]
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    sandbox.clock.advance(down.total_seconds())
    async with sandbox.bot() as jobs:
        await jobs.broadcast.run()
        assert [str(each.local_date) for each in await ana.deliveries()] == questions
        assert len(await ana.questions()) == len(questions)
        sandbox.clock.set(datetime(2026, 11, 28, 9, tzinfo=UTC))
        await jobs.broadcast.run()
        assert len(await ana.questions()) == len(questions) + 1


async def test_a_question_claimed_before_a_crash_is_sent_once_afterwards(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    sandbox.clock.advance(3600)
    await sandbox.claim_due()
    async with sandbox.bot() as jobs:
        await jobs.broadcast.run()
        await ana.gets_question()
        await jobs.broadcast.run()
        await ana.hears_nothing_else()


async def test_a_claim_of_a_past_date_is_not_sent(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    sandbox.clock.advance(3600)
    await sandbox.claim_due()
    sandbox.clock.advance(24 * 3600)
    async with sandbox.bot() as jobs:
        await jobs.broadcast.run()
        await ana.gets_question()
        await ana.hears_nothing_else()
        states = [(str(each.local_date), each.state) for each in await ana.deliveries()]
        expected = [("2026-11-23", DeliveryState.EXPIRED), ("2026-11-24", DeliveryState.SENT)]
        assert states == expected


async def test_a_move_west_over_the_date_line_brings_no_second_question_for_a_date(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/timezone Pacific/Kiritimati")  # 22:00 on Monday there
        await ana.hears("tomorrow at 09:00")
        await sandbox.later(jobs, hours=11)
        await ana.gets_question()  # Tuesday's, at 19:00 UTC on Monday
        await ana.says("/timezone Pacific/Honolulu")  # 09:00 on Monday there
        await ana.hears("on Wednesday, 25 November at 09:00")
        for _ in range(47):
            await sandbox.later(jobs, hours=1)
        assert len(await ana.questions()) == 1
        await sandbox.later(jobs, hours=1)
        assert len(await ana.questions()) == 2
        dates = [str(each.local_date) for each in await ana.deliveries()]
        assert dates == ["2026-11-24", "2026-11-25"]


ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "UTC",
    "America/New_York",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
)


@pytest.mark.parametrize("seed", [1])
async def test_never_two_daily_questions_on_a_date_whatever_people_do(
    sqlite_database: str, tmp_path: Path, seed: int
) -> None:
    """Random times, zones, pauses and requests around a change of clocks in Europe and America."""
    chance = Random(seed)
    start = datetime(2026, 10, 23, 5, tzinfo=UTC)
    async with open_sandbox(sqlite_database, tmp_path, start) as sandbox, sandbox.bot() as jobs:
        changeable = [_Changeable(await sandbox.subscriber(f"P{n}"), chance) for n in range(3)]
        for _ in range(40 if IN_CI else 20):
            await sandbox.later(jobs, minutes=chance.choice([1, 20, 180, 400, 900]))
            for each in changeable:
                await each.look()
                await each.do_something()
        assert sandbox.faults_logged() == []
        assert await sandbox.totals_are_right()
        for each in changeable:
            assert len(set(each.dates)) == len(each.dates)
            deliveries = await each.person.deliveries()
            assert all(delivery.state is not DeliveryState.CLAIMED for delivery in deliveries)


class _Changeable:
    """Somebody who keeps changing preferences; `dates` are their local dates of the questions."""

    def __init__(self, person: Person, chance: Random) -> None:
        self.person, self.chance, self.zone = person, chance, "UTC"
        self.dates: list[str] = []
        self._seen: set[int] = set()

    async def do_something(self) -> None:
        person, chance = self.person, self.chance
        match chance.randrange(7):
            case 0 | 1:
                await person.says(f"/time {chance.randrange(24):02}:{chance.randrange(60):02}")
                await person.hears("Done: ")
            case 2 | 3:
                self.zone = chance.choice(ZONES)
                await person.says(f"/timezone {self.zone}")
                await person.hears("Done: ")
            case 4:
                await person.says("/quiz")
                await person.sandbox.all_read()
                await person.says("/leaderboard")
                await person.hears("This week")
                await self.look()
            case 5:
                await person.says("/pause")
                await person.hears("Paused")
            case _:
                await person.says("/resume")
                await person.hears("You're back!")

    async def look(self) -> None:
        """Notes the local date of each new daily question."""
        for delivery in await self.person.deliveries():
            if delivery.slot == 0 and delivery.id not in self._seen:
                self._seen.add(delivery.id)
                here = self.person.sandbox.clock.now().astimezone(ZoneInfo(self.zone))
                if delivery.local_date == here.date():
                    self.dates.append(str(here.date()))
                else:  # due just before midnight and a little late
                    assert delivery.local_date == here.date() - timedelta(days=1)
                    assert here.hour == 0


@on_each_database
async def test_two_claims_of_the_same_question_send_it_once(sandbox: Sandbox) -> None:
    """The unique constraint of the table decides."""
    async with sandbox.bot() as jobs:
        people = [await sandbox.subscriber(f"Person {number}") for number in range(5)]
        sandbox.clock.advance(3600)
        await sandbox.claim_due()
        await jobs.broadcast.run()
        await sandbox.claim_due()
        await jobs.broadcast.run()
        for person in people:
            await person.gets_question()
            assert len(await person.questions()) == 1
        assert await sandbox.count(Delivery) == 5
