"""Reports of random histories equal a slow and simple count of the answers."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.reports import ItemReport, ProgrammeDay
from db.session import Sessions
from quizbot.programmes.disclosure_control import pool_names
from tests.programmes.histories import THREE_ITEMS, History, at, date_of

FIRST_PEOPLE, DAYS = 22, 7
WAITING = 2  # days


@dataclass(frozen=True)
class Date:
    """A date: everybody's question, the evening's event, and whether reports are refreshed."""

    asked: list[dict[str, Any] | None]
    event: str | None
    whom: int
    looked_at: bool


def some_date(chance: Random) -> Date:
    return Date(
        asked=[some_question(chance) for _ in range(FIRST_PEOPLE + DAYS)],
        event=chance.choice(["leave", "erase", "join", "join", None, None]),
        whom=chance.randrange(FIRST_PEOPLE),
        looked_at=chance.random() < 0.5,
    )


def some_question(chance: Random) -> dict[str, Any] | None:
    if chance.random() < 0.1:
        return None
    return {
        "item": chance.choice(["apple", "apple", "berry"]),
        "option": chance.choice([0, 0, 0, 1, 2, None]),
        "counted": chance.random() < 0.9,
        "slot": int(chance.random() < 0.1),
        "item_revision": 1 + (chance.random() < 0.1),
    }


@dataclass
class Given:
    """An answer."""

    person: int
    day: int
    item: str
    revision: int
    option: int
    counted: bool
    slot: int


@dataclass
class Told:
    """Answers that are added up together, and the item and revision that they are added to."""

    key: tuple[str, int]
    answers: list[Given]


@dataclass
class Model:
    """The same history, counted in the simplest way."""

    answers: list[Given] = field(default_factory=list)
    questions: list[tuple[int, int]] = field(default_factory=list)  # daily: subscriber id and day
    joined: dict[int, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    settled: int = 0
    last_round: int = -1  # a day
    waiting: list[Given] = field(default_factory=list)
    days: dict[int, dict[str, int]] = field(default_factory=dict)
    reports: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)

    def takes_part(self, person: int, day: int) -> bool:
        there = person not in self.erased and self.joined[person] <= day
        return there and day <= self.left.get(person, day)

    def look(self, day: int) -> None:
        """Refresh the reports; everything before that day is settled."""
        for each in range(self.settled, day):
            self._settle(each)
        self.settled = max(self.settled, day)
        self._publish()

    def _settle(self, day: int) -> None:
        people = [person for person in self.joined if self.takes_part(person, day)]
        todays = [a for a in self.answers if a.day == day and a.slot == 0 and a.person in people]
        counted = [a for a in todays if a.counted]
        self.days[day] = {
            "enrolled": len(people),
            "asked": sum(person in people and on == day for person, on in self.questions),
            "answered": len(counted),
            "correct": sum(a.option == 0 for a in counted) if len(counted) >= 5 else 0,
        }
        self.waiting += [a for a in todays if self._first(a) is not None]

    def _first(self, answer: Given) -> Given | None:
        """Returns the first attempt, which may be the answer itself; None if there is none."""
        theirs = [
            a
            for a in self.answers
            if (a.person, a.item) == (answer.person, answer.item) and a.day <= answer.day
        ]
        first = min(theirs, key=lambda a: a.day)
        return first if first.slot == 0 else None

    def _publish(self) -> None:
        first = [a for a in self.waiting if self._first(a) is a and a.person not in self.erased]
        if not self._may_be_told([a for a in first if a.day > self.last_round]):
            return
        self.last_round = self.settled - 1
        cells = [Told((a.item, a.revision), [a]) for a in first]
        blocks: list[Told] = []
        for level in (None, 0, 1, 2):
            for told in self._pools(cells, level):
                if self._may_be_told(told.answers):
                    blocks.append(told)
                    cells = [each for each in cells if each.answers[0] not in told.answers]
        rest = [each.answers[0] for each in cells]
        if rest and blocks and not self._may_be_told(rest):
            blocks.remove(min(blocks, key=lambda each: len(each.answers)))
        for told in blocks:
            self._add(told)
            self.waiting = [a for a in self.waiting if a not in told.answers]

    def _pools(self, cells: list[Told], level: int | None) -> list[Told]:
        pools: dict[tuple[str, int], list[Given]] = defaultdict(list)
        for cell in cells:
            [answer] = cell.answers
            alike = [each.answers[0].day for each in cells if each.key == cell.key]
            name = answer.item, answer.revision
            if level is not None:
                if min(alike) >= self.settled - 1 - WAITING:
                    continue
                name = pool_names(THREE_ITEMS, answer.item)[level], 0
            pools[name].append(answer)
        return [Told(name, answers) for name, answers in pools.items()]

    def _may_be_told(self, answers: list[Given]) -> bool:
        people: dict[bool, set[int]] = defaultdict(set)
        for answer in answers:
            people[answer.option == 0].add(answer.person)
        return len(people) == 2 and min(map(len, people.values())) >= 5

    def _add(self, told: Told) -> None:
        report = self.reports.setdefault(told.key, defaultdict(float))
        for answer in told.answers:
            if told.key[1]:
                self._add_first(report, answer)
            else:
                report[f"option {int(answer.option != 0)}"] += 1

    def _add_first(self, report: dict[str, float], answer: Given) -> None:
        report[f"option {answer.option}"] += 1
        others = [
            a.option == 0
            for a in self.answers
            if a.person == answer.person and a.counted and a.slot == 0 and a is not answer
        ]
        if others:
            rest, correct = sum(others) / len(others), answer.option == 0
            report["paired"] += 1
            report["paired_correct"] += correct
            report["rest_sum"] += rest
            report["rest_squares"] += rest**2
            report["rest_correct"] += rest * correct


async def play(history: History, model: Model, day: int, date: Date) -> None:
    for person, question in zip(history.people, date.asked, strict=False):
        if question is None:
            continue
        await history.asked(person, day, **question)
        if question["slot"] == 0:
            model.questions.append((person, day))
        if question["option"] is not None:
            daily = question["slot"] == 0
            model.answers.append(
                Given(
                    person,
                    day,
                    question["item"],
                    question["item_revision"],
                    question["option"],
                    question["counted"] and daily,
                    question["slot"],
                )
            )
    whom = history.people[date.whom % len(history.people)]
    if date.event == "leave" and whom not in model.left:
        await history.leave(whom, at(day, 20))
        model.left[whom] = day
    elif date.event == "erase" and len(history.people) > 1:
        await history.erase(whom, at(day, 20))
        model.erased.add(whom)
    elif date.event == "join":
        model.joined[await history.enrol(day + 1)] = day + 1
    if date.looked_at:
        await history.refresh(at(day, 12) + timedelta(hours=9))
        model.look(day)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
async def test_reports_equal_a_simple_count_of_the_answers(sessions: Sessions, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quizbot.programmes.reports.refresh.FIGURES_WAIT", timedelta(days=WAITING))
        await compare(sessions, Random(seed))


async def compare(sessions: Sessions, chance: Random) -> None:
    past = [some_date(chance) for _ in range(DAYS)]
    history, model = await History.begin(sessions, FIRST_PEOPLE), Model()
    model.joined = dict.fromkeys(history.people, 0)
    for day, date in enumerate(past):
        await play(history, model, day, date)
    await history.refresh(at(len(past), 12))
    model.look(len(past))
    assert await kept_days(history, len(past)) == model.days
    kept, expected = await kept_items(history), model.reports
    assert kept.keys() == expected.keys()
    for key, report in kept.items():
        assert report == pytest.approx({**dict.fromkeys(report, 0), **expected[key]})


async def kept_days(history: History, settled: int) -> dict[int, dict[str, int]]:
    async with history.sessions() as session:
        rows = await session.scalars(
            select(ProgrammeDay).where(ProgrammeDay.programme_id == history.id)
        )
        names = ("enrolled", "asked", "answered", "correct")
        return {
            (row.local_date - date_of(0)).days: {name: getattr(row, name) for name in names}
            for row in rows
            if row.local_date < date_of(settled)
        }


async def kept_items(history: History) -> dict[tuple[str, int], dict[str, float]]:
    names = [
        column.key
        for column in ItemReport.__table__.columns
        if column.key not in ("programme_id", "item_id", "item_revision", "option_counts")
    ]
    async with history.sessions() as session:
        rows = await session.scalars(
            select(ItemReport).where(ItemReport.programme_id == history.id)
        )
        return {
            (row.item_id, row.item_revision): {
                **dict.fromkeys((f"option {place}" for place in range(3)), 0),
                **{f"option {place}": count for place, count in enumerate(row.option_counts)},
                **{name: getattr(row, name) for name in names},
            }
            for row in rows
        }  # fmt: skip
