"""Whatever updates come, the bot goes on and no row breaks an invariant.

FUZZ_UPDATES is how many updates each of the two databases gets: 10,000 in CI, else 200.
FUZZ_SEED draws others than the usual ones. For a night:
FUZZ_UPDATES=1000000 FUZZ_SEED=$RANDOM .venv/bin/pytest tests/telegram/test_fuzz.py -s -n 2
"""

import asyncio
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.models import Answer, Delivery
from quizbot.programmes import staff
from quizbot.telegram.messages.words import Languages
from tests.sizes import PATIENCE, size
from tests.telegram.bot_api_objects import Json
from tests.telegram.hostile_updates import FOREIGN_POLL, OWN_POLL, Hostile
from tests.telegram.invariants import broken
from tests.telegram.programmes import make_programme, make_team
from tests.telegram.sandbox import Person, Sandbox, on_each_database, words

UPDATES = size("FUZZ_UPDATES", in_ci=10_000, elsewhere=200)
SEED = int(os.environ.get("FUZZ_SEED", "20260401"))
BATCH, TWICE = 100, 10
PEOPLE = 16
LANGUAGES = {each.code for each in Languages()}
# The only errors that the bot may log: about an update that it cannot read or handle.
ALLOWED_ERRORS = ("update_set_aside", "update_parked")


def drawn(hostile: Hostile, number: int, source: int) -> list[Json]:
    """Draws this many updates."""
    updates: list[Json] = []

    @seed(source)
    @settings(
        max_examples=number // 20,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(hostile.updates(), min_size=20, max_size=20))
    def draw(some: list[Json]) -> None:
        updates.extend(some)

    draw()
    return updates


def endless_updates(hostile: Hostile) -> Iterator[Json]:
    """Yields updates, drawn as needed."""
    source = SEED
    while True:
        yield from drawn(hostile, min(2000, UPDATES), source)
        source += 1


def batches(hostile: Hostile) -> Iterator[list[Json]]:
    """Yields UPDATES updates in batches, in random order, some of them twice."""
    rng, source = Random(SEED), endless_updates(hostile)
    for begin in range(0, UPDATES, BATCH):
        number = min(BATCH, UPDATES - begin)
        batch = [next(source) for _ in range(max(1, number - TWICE))]
        batch += rng.choices(batch, k=number - len(batch))
        rng.shuffle(batch)
        yield batch


def resolved(update: Json, polls: Sequence[tuple[str, int]], spared: int) -> Json:
    """Returns the update with a real poll in place of a numbered one; `spared` never votes."""
    vote = update.get("poll_answer")
    poll = vote.get("poll_id") if isinstance(vote, dict) else None
    if (
        not isinstance(vote, dict)
        or not isinstance(poll, str)
        or not poll.startswith((FOREIGN_POLL, OWN_POLL))
        or not polls
    ):
        return update
    chosen, owner = polls[int(poll.partition(":")[2]) % len(polls)]
    vote = {**vote, "poll_id": chosen}
    if poll.startswith(OWN_POLL) and owner != spared and isinstance(vote.get("user"), dict):
        vote["user"] = {**vote["user"], "id": owner}
    return {**update, "poll_answer": vote}


def why(fault: Mapping[str, object]) -> str:
    """Returns the last line of the error."""
    return str(fault.get("exception") or fault.get("malformed")).splitlines()[-1][:100]


def is_our_fault(fault: Mapping[str, object]) -> bool:
    """Returns whether a readable update failed in the rules or in the database."""
    traceback = str(fault.get("exception", ""))
    return any(where in traceback for where in ("sqlalchemy", "/quizbot/quiz/", "/programmes/"))


@dataclass
class Fuzz:
    """A bot that gets hostile updates. `set_aside` counts why updates were."""

    sandbox: Sandbox
    caplog: pytest.LogCaptureFixture
    people: list[Person]
    witness: Person
    spared: Person
    rng: Random = field(default_factory=lambda: Random(SEED))
    set_aside: Counter[str] = field(default_factory=Counter)

    async def send(self, batch: list[Json]) -> None:
        """Hands the bot a batch, with votes of people in between; waits until all is handled."""
        polls = await self._polls()
        updates = [resolved(each, polls, self.spared.id) for each in batch]
        half = len(updates) // 2
        await self.sandbox.control.raw_updates(self.sandbox.bot_id, updates[:half])
        await self._vote_in_the_chat()
        await self.sandbox.control.raw_updates(self.sandbox.bot_id, updates[half:])
        for _ in range(2):  # after the second reply, the batch before the first one is handled
            await self._is_answered()
        async with asyncio.timeout(PATIENCE):
            await self.sandbox.all_read()

    async def check(self, batch: list[Json]) -> None:
        """Asserts that only updates set aside are logged as errors, and that invariants hold."""
        faults = self.sandbox.faults_logged()
        strange = [
            each for each in faults if each["event"] not in ALLOWED_ERRORS or is_our_fault(each)
        ]
        strange += [vars(each) for each in self.caplog.records if each.levelno >= logging.ERROR]
        assert strange == [], self._report(batch)
        self.set_aside.update(why(each) for each in faults)
        self.sandbox.log.clear()
        self.caplog.clear()
        async with self.sandbox.sessions() as session:
            assert await broken(session, LANGUAGES) == [], self._report(batch)
        assert await self.spared.answers() == [], self._report(batch)

    async def _is_answered(self) -> None:
        """Waits for the reply to a harmless command; a hundred updates may come before it."""
        asked = await self.witness.says("/help")
        await self.sandbox.control.wait_for(
            self.witness.id,
            self.sandbox.bot_id,
            lambda message: "One question a day" in words(message),
            after=asked["message_id"],
            timeout=PATIENCE,
        )

    async def _polls(self) -> list[tuple[str, int]]:
        """Returns the bot's polls with their addressees, the latest first."""
        query = select(Delivery.poll_id, Delivery.subscriber_id).order_by(Delivery.id.desc())
        async with self.sandbox.sessions() as session:
            found = await session.execute(query.where(Delivery.poll_id.is_not(None)).limit(200))
            return [(poll, owner) for poll, owner in found if poll is not None]

    async def _vote_in_the_chat(self) -> None:
        """Some open their newest question and vote, as people do."""
        for person in self.rng.sample(self.people, 2):
            newest = [each for each in await person.questions() if not each["poll"]["is_closed"]]
            for question in newest[-1:]:
                option = self.rng.randrange(len(question["poll"]["options"]))
                await person.votes_for(question, option, force=True)

    def summary(self) -> str:
        """Returns the figures of the run."""
        whys = [f"{number:6} {each}\n" for each, number in self.set_aside.most_common(8)]
        kind = self.sandbox.database.partition(":")[0]
        return f"\n{kind}: {UPDATES} updates, FUZZ_SEED={SEED}, set aside:\n{''.join(whys)}"

    def _report(self, batch: list[Json]) -> str:
        file = self.sandbox.folder / "batch.json"
        file.write_text(json.dumps(batch, indent=1))
        return f"after the batch in {file} (FUZZ_SEED={SEED})"


async def add_programme(sandbox: Sandbox, people: Sequence[Person]) -> None:
    """Creates programme 1 with team 1, three coordinators and six members."""
    async with sandbox.sessions.begin() as session:
        for each in people[:3]:
            name = f"Coordinator {each.id}"
            await staff.make_coordinator(session, each.id, name, "en", sandbox.clock.now())
    programme = await make_programme(sandbox, people[0], ends_on=None)
    made, code = await make_team(sandbox, programme, "Red")
    assert (programme.id, made.id) == (1, 1)
    async with sandbox.sessions.begin() as session:
        for each in people[1:3]:
            await staff.add_coordinator(session, programme.id, each.id)
    for each in people[2:8]:
        await programme.joins(each, code)


@on_each_database
async def test_no_update_stops_the_bot_or_breaks_an_invariant(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sandbox.bot() as jobs:
        people = [await sandbox.subscriber(f"Person {number}") for number in range(PEOPLE)]
        witness, spared = await sandbox.person("Witness"), await sandbox.subscriber("Spared")
        await add_programme(sandbox, people)
        fuzz = Fuzz(sandbox, caplog, people, witness, spared)
        hostile = Hostile([each.id for each in people], int(sandbox.clock.now().timestamp()))
        await sandbox.control.fault("double_update", count=0, probability=0.02)
        for batch in batches(hostile):
            await fuzz.send(batch)
            await sandbox.later(jobs, hours=5)
            await fuzz.check(batch)
    # Meanwhile votes count and questions are sent.
    assert await sandbox.count(Answer) > UPDATES / 200
    with capsys.disabled():
        sys.stdout.write(fuzz.summary())
