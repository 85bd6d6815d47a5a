"""What so many subscribers take: time, rows, bytes. Pure arithmetic.

What was measured stands in BYTES, and what is only assumed in Habits. Times are lower bounds that
follow from Telegram's pace alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

FREE, PAID = 30, 1_000  # messages a second over all chats (Telegram's Bots FAQ, "broadcasting")
STARS = 0.1  # for each message above the free pace (the same; may change, so look it up)

# A row with its share of all indexes, after vacuum: printed by `python -m benchmarks growth` for
# 1,000 subscribers over 16 days; a delivery that was sent and answered.
BYTES: Mapping[str, Mapping[str, int]] = {
    "SQLite": {
        "subscribers": 307,
        "deliveries": 286,
        "answers": 39,
        "memories": 98,
        "weekly_scores": 94,
    },
    "PostgreSQL": {
        "subscribers": 664,
        "deliveries": 347,
        "answers": 74,
        "memories": 160,
        "weekly_scores": 176,
    },
}

_CHOSEN_BY = ("subscribers", "memories", "deliveries")  # what claims read (quiz.history)
_GB = 1e9  # bytes
_MACHINES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # GB of RAM
_ONE_PROCESS = 100_000  # subscribers: up to here nothing but a spare machine asks for PostgreSQL
LARGE = 100.0  # GB: dumping and restoring takes hours from here on
_STEADY = 0.5  # of the pace: what a day's messages may take and leave room for a busy hour


@dataclass(frozen=True)
class Habits:
    """What is assumed of people, and of the bank of questions."""

    answered: float = 0.7  # of a day's questions; who has not by the evening is reminded
    busiest_hour: float = 0.3  # of the day's questions, where people choose times and zones
    items: int = 71  # approved questions: what is recalled has a row for each


@dataclass(frozen=True)
class Plan:
    """For so many subscribers who get a question a day."""

    subscribers: int
    habits: Habits = Habits()

    def to_send(self, per_second: int, share: float = 1.0) -> timedelta:
        """How long that share of all subscribers waits, at most, for a question each."""
        return timedelta(seconds=self.subscribers * share / per_second)

    @property
    def messages(self) -> Mapping[str, int]:
        """A day."""
        answered = round(self.subscribers * self.habits.answered)
        return {
            "questions": self.subscribers,
            "cards": answered,
            "reminders": self.subscribers - answered,
        }

    @property
    def day_at_pace(self) -> timedelta:
        """How long all messages of a day take at the free pace."""
        return timedelta(seconds=sum(self.messages.values()) / FREE)

    @property
    def rows_a_day(self) -> Mapping[str, float]:
        """New rows; those of `memories` only until everybody has met every item."""
        answered = self.subscribers * self.habits.answered
        return {
            "deliveries": self.subscribers,
            "answers": answered,
            "weekly_scores": self.subscribers / 7,
        }

    def rows(self, days: int) -> Mapping[str, float]:
        """All rows after so many days."""
        met = min(self.habits.items, days * self.habits.answered)
        kept = {table: rows * days for table, rows in self.rows_a_day.items()}
        return {"subscribers": self.subscribers, "memories": self.subscribers * met, **kept}

    def gigabytes(self, database: str, days: int) -> float:
        """The size of the database after so many days (10^9 bytes)."""
        rows = self.rows(days)
        return sum(rows[table] * each for table, each in BYTES[database].items()) / _GB

    def working_set(self, database: str) -> float:
        """What a day touches (10^9 bytes): people, what they recall, one round of questions."""
        rows, size = self.rows(self.habits.items), BYTES[database]
        return sum(rows[table] * size[table] for table in _CHOSEN_BY) / _GB

    @property
    def stars(self) -> float:
        """The price of one question each at the paid pace, by the published price."""
        return self.subscribers * (1 - FREE / PAID) * STARS

    @property
    def database(self) -> str:
        return "SQLite" if self.subscribers <= _ONE_PROCESS else "PostgreSQL"

    @property
    def pace(self) -> int:
        """The lowest pace at which a day's messages fit into half a day."""
        return FREE if self.day_at_pace <= timedelta(days=1) * _STEADY else PAID

    @property
    def processes(self) -> int:
        """The second is there to take over; only a webhook gives it answers to work on."""
        return 1 if self.database == "SQLite" else 2

    @property
    def days_until_large(self) -> int:
        """When the database, by then with all items met, reaches LARGE."""
        days, longest = 1, 100 * 365
        while self.gigabytes(self.database, days) < LARGE and days < longest:
            days += 1
        return days

    @property
    def gigabytes_a_day(self) -> float:
        """What a day adds (10^9 bytes)."""
        size = BYTES[self.database]
        return sum(rows * size[table] for table, rows in self.rows_a_day.items()) / _GB

    @property
    def memory(self) -> int:
        """GB of RAM: the bot, the system, and what a day touches with room to spare."""
        needed = 0.5 + 1.25 * self.working_set(self.database)
        return next((size for size in _MACHINES if size >= needed), _MACHINES[-1])
