"""`python -m benchmarks capacity --subscribers N`: a plan for that many subscribers.

It is arithmetic: BYTES is measured, Habits are assumptions. Times are lower bounds that follow from
Telegram's rate limit alone.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

FREE, PAID = 30, 1_000  # messages a second over all chats (Telegram's Bots FAQ, "broadcasting")
STARS = 0.1  # for each message above the free rate (same source; may change, so look it up)

# Bytes of a row with its share of all indexes, after vacuum. `python -m benchmarks growth` prints
# them: 1,000 subscribers, 16 days, all deliveries sent and answered.
BYTES: Mapping[str, Mapping[str, int]] = {
    "SQLite": {
        "subscribers": 307,
        "deliveries": 294,
        "answers": 39,
        "objective_memories": 138,
        "weekly_scores": 94,
    },
    "PostgreSQL": {
        "subscribers": 664,
        "deliveries": 355,
        "answers": 74,
        "objective_memories": 190,
        "weekly_scores": 176,
    },
}

_READ_BY_CLAIMS = ("subscribers", "objective_memories", "deliveries")  # see quiz.asking.choosing
_GB = 1e9  # bytes
_MACHINES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # GB of RAM
_ONE_PROCESS = 100_000  # subscribers; up to here only fail-over needs PostgreSQL
LARGE = 100.0  # GB; from here on, dumping and restoring takes hours
_STEADY_LOAD = 0.5  # of the rate limit, which leaves room for a busy hour


@dataclass(frozen=True)
class Habits:
    """Assumptions about subscribers and the bank of questions."""

    answered: float = 0.7  # of a day's questions; the others get a reminder in the evening
    busiest_hour: float = (
        0.3  # of the day's questions, as people choose times and live in different zones
    )
    objectives: int = 24  # a subscriber's memory has a row for each
    asked_read: int = 60  # days of questions that a claim reads (quiz.asking.choosing)


@dataclass(frozen=True)
class Plan:
    """What that many subscribers need, with a question a day each."""

    subscribers: int
    habits: Habits = Habits()

    def to_send(self, per_second: int, share: float = 1.0) -> timedelta:
        """Returns how long sending a question to that share of subscribers takes."""
        return timedelta(seconds=self.subscribers * share / per_second)

    @property
    def messages(self) -> Mapping[str, int]:
        """Returns messages a day, by kind."""
        answered = round(self.subscribers * self.habits.answered)
        return {
            "questions": self.subscribers,
            "cards": answered,
            "reminders": self.subscribers - answered,
        }

    @property
    def day_at_pace(self) -> timedelta:
        """Returns how long sending all messages of a day takes at the free rate."""
        return timedelta(seconds=sum(self.messages.values()) / FREE)

    @property
    def rows_a_day(self) -> Mapping[str, float]:
        """Returns new rows a day, without `objective_memories`, which stop growing."""
        answered = self.subscribers * self.habits.answered
        return {
            "deliveries": self.subscribers,
            "answers": answered,
            "weekly_scores": self.subscribers / 7,
        }

    def rows(self, days: int) -> Mapping[str, float]:
        """Returns all rows after that many days."""
        met = min(self.habits.objectives, days * self.habits.answered)
        others = {table: rows * days for table, rows in self.rows_a_day.items()}
        return {
            "subscribers": self.subscribers,
            "objective_memories": self.subscribers * met,
            **others,
        }

    def gigabytes(self, database: str, days: int) -> float:
        """Returns the size of the database after that many days (10^9 bytes)."""
        rows = self.rows(days)
        return sum(rows[table] * each for table, each in BYTES[database].items()) / _GB

    def working_set(self, database: str) -> float:
        """Returns what claims read (10^9 bytes): subscribers, memories, what was asked."""
        rows, size = self.rows(self.habits.asked_read), BYTES[database]
        return sum(rows[table] * size[table] for table in _READ_BY_CLAIMS) / _GB

    @property
    def stars(self) -> float:
        """Returns the published price of a question to everybody at the paid rate."""
        return self.subscribers * (1 - FREE / PAID) * STARS

    @property
    def database(self) -> str:
        return "SQLite" if self.subscribers <= _ONE_PROCESS else "PostgreSQL"

    @property
    def pace(self) -> int:
        """Returns the free rate if a day's messages fit into half a day, else the paid one."""
        return FREE if self.day_at_pace <= timedelta(days=1) * _STEADY_LOAD else PAID

    @property
    def processes(self) -> int:
        """Returns 2 with PostgreSQL: the second takes over, and with a webhook receives answers."""
        return 1 if self.database == "SQLite" else 2

    @property
    def days_until_large(self) -> int:
        """Returns the day on which the database reaches LARGE."""
        days, longest = 1, 100 * 365
        while self.gigabytes(self.database, days) < LARGE and days < longest:
            days += 1
        return days

    @property
    def gigabytes_a_day(self) -> float:
        """Returns what a day adds (10^9 bytes), without `objective_memories`."""
        size = BYTES[self.database]
        return sum(rows * size[table] for table, rows in self.rows_a_day.items()) / _GB

    @property
    def memory(self) -> int:
        """Returns GB of RAM: the bot, the system, and a quarter more than claims read in a day."""
        needed = 0.5 + 1.25 * self.working_set(self.database)
        return next((size for size in _MACHINES if size >= needed), _MACHINES[-1])


SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)


def describe(plan: Plan) -> list[str]:
    """Returns the lines of the plan."""
    return [
        f"Plan for {plan.subscribers:,} subscribers",
        *("", "Sending", *_sending(plan)),
        *("", f"Database: {plan.database}", *_keeping(plan)),
        *("", "To run", *_running(plan)),
    ]


def _sending(plan: Plan) -> list[str]:
    free, paid = _span(plan.to_send(FREE)), _span(plan.to_send(PAID))
    hour = plan.habits.busiest_hour
    kinds = ", ".join(f"{_number(each)} {name}" for name, each in plan.messages.items())
    total = _number(sum(plan.messages.values()))
    price = f"{STARS} a message above {FREE}/s, by Telegram's Bots FAQ: look it up"
    return [
        f"  one question each, all at once: {free} at {FREE}/s, {paid} at {PAID:,}/s (paid)",
        f"  {hour:.0%} of them in the busiest hour: {_span(plan.to_send(FREE, hour))} at {FREE}/s",
        f"  messages a day: {total} ({kinds}), {_span(plan.day_at_pace)} at {FREE}/s",
        f"  one question each at {PAID:,}/s: {_number(plan.stars)} Stars",
        f"    ({price})",
    ]


def _keeping(plan: Plan) -> list[str]:
    month, year = (_size(plan.gigabytes(plan.database, days)) for days in (30, 365))
    touched = _size(plan.working_set(plan.database))
    return [
        *_table_sizes(plan),
        f"  all of it: {month} after 30 days, {year} after a year",
        f"  a day touches about {touched} of it: {plan.memory} GB of RAM keep that in memory",
        f"  {_when_large(plan)}",
    ]


def _running(plan: Plan) -> list[str]:
    processes = "1 process" if plan.processes == 1 else f"{plan.processes} processes"
    paid = " QUIZBOT_PAID_BROADCAST=true" if plan.pace > FREE else ""
    return [
        f"  {processes}, QUIZBOT_MESSAGES_PER_SECOND={plan.pace}{paid}",
        f"  {limit(plan)}",
    ]


def _table_sizes(plan: Plan) -> list[str]:
    a_day, a_year, size = plan.rows_a_day, plan.rows(365), BYTES[plan.database]
    return [
        f"  {table:14}{_number(a_day[table]) if table in a_day else '-':>10} rows a day"
        f"{_number(a_year[table]):>10} after a year, {_size(a_year[table] * each / 1e9):>8}"
        for table, each in size.items()
    ]


def limit(plan: Plan) -> str:
    """Returns what subscribers would notice first, and what to do about it."""
    if plan.to_send(FREE) <= timedelta(minutes=10):
        return "Nothing limits this: the smallest machine does."
    if plan.to_send(FREE) <= timedelta(hours=1):
        return "Telegram's pace, when all are due at one moment: spread the times of day."
    if plan.pace == FREE:
        return "Telegram's pace: let times spread over the day, or buy paid broadcasts."
    if plan.to_send(PAID) <= timedelta(hours=1):
        return "Telegram's free pace: paid broadcasts, and the database in memory."
    return "Telegram's paid pace: spread the times, or share the people between several bots."


def tables() -> str:
    """Returns the tables of docs/capacity.md, with all sizes."""
    plans = [Plan(subscribers) for subscribers in SIZES]
    share = f"{plans[0].habits.busiest_hour:.0%}"
    return "\n\n".join(
        _markdown(heads, rows)
        for heads, rows in (
            (
                ("subscribers", f"all at once, {FREE}/s", f"{share} at once, {FREE}/s",
                 f"all at once, {PAID:,}/s", "messages a day", f"these at {FREE}/s"),
                [
                    (f"{plan.subscribers:,}", _span(plan.to_send(FREE)),
                     _span(plan.to_send(FREE, plan.habits.busiest_hour)),
                     _span(plan.to_send(PAID)), _number(sum(plan.messages.values())),
                     _span(plan.day_at_pace))
                    for plan in plans
                ],
            ),
            (
                ("subscribers", "new rows a day", "database", "a day", "after a year",
                 "touched a day", "RAM", f"at {LARGE:.0f} GB after"),
                [
                    (f"{plan.subscribers:,}", _number(sum(plan.rows_a_day.values())),
                     plan.database, _size(plan.gigabytes_a_day),
                     _size(plan.gigabytes(plan.database, 365)),
                     _size(plan.working_set(plan.database)), f"{plan.memory} GB",
                     _days(plan.days_until_large))
                    for plan in plans
                ],
            ),
            (
                ("subscribers", "processes", "pace", f"Stars a broadcast at {PAID:,}/s", "limit"),
                [
                    (f"{plan.subscribers:,}", str(plan.processes), f"{plan.pace:,}/s",
                     _number(plan.stars), limit(plan))
                    for plan in plans
                ],
            ),
        )
    )  # fmt: skip


def _when_large(plan: Plan) -> str:
    days = plan.days_until_large
    if days > 10 * 365:
        return "no need to partition or to clear out within ten years"
    partition = "before that, partition deliveries and answers by month"
    return f"{LARGE:.0f} GB after {_days(days)}: {partition}"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _span(time: timedelta) -> str:
    """Returns a time in at most two units."""
    seconds = time.total_seconds()
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{seconds / 86_400:.1f} days"


def _days(days: int) -> str:
    if days > 10 * 365:
        return "more than 10 years"
    return f"{days} days" if days < 2 * 365 else f"{days / 365:.0f} years"


def _size(gigabytes: float) -> str:
    if gigabytes < 0.001:
        return f"{max(1, round(gigabytes * 1e6))} kB"
    if gigabytes < 1:
        return f"{gigabytes * 1000:.0f} MB"
    return f"{gigabytes:.1f} GB" if gigabytes < 10 else f"{gigabytes:,.0f} GB"


def _number(value: float) -> str:
    if value < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1000:,.0f} k" if value < 1_000_000 else f"{value / 1e6:,.1f} M"


def main(arguments: Sequence[str]) -> int:
    """Print a plan, or all tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks capacity", description=__doc__)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--subscribers", type=int, metavar="N", help="how many to plan for")
    asked.add_argument("--tables", action="store_true", help="the tables of docs/capacity.md")
    given = parser.parse_args(arguments)
    if given.tables:
        print(tables())
        return 0
    if given.subscribers < 1:
        parser.error("--subscribers: a plan begins with one subscriber, for example 10000")
    print("\n".join(describe(Plan(given.subscribers))))
    return 0
