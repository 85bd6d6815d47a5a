"""How many messages a day the bot sends to three people in sixty days, and what is in them.

The bot's own use cases decide what is sent: claims, answers, cards, recaps and reminders. Only
Telegram is left out: what would be sent counts as sent.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks import TOPIC_FOLDER
from benchmarks.databases import Databases
from benchmarks.table import Row, exactly
from db import migrate
from db.session import Sessions, create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.programmes.recaps import Recaps
from quizbot.quiz import subscription
from quizbot.quiz.answers.recording import AnswerOutcome, PollAnswer, record_answers
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import outcomes, reminders
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.quiz.subscription import NewSubscriber
from quizbot.telegram.messages.milestones import warm_line
from quizbot.telegram.messages.openings import recap_buttons
from quizbot.telegram.messages.questions import question_poll
from quizbot.telegram.messages.words import ENGLISH, Languages

DAYS = 60
_START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday, when the questions are due
_DAY, _WEEK = timedelta(days=1), 7
_EVENING = timedelta(hours=10)
_CYCLE = 14  # days between two absences of the one who is often away
_AWAY = 6  # of these

# Which option each takes on a day, counted from 0; None is no answer.
PEOPLE: Mapping[str, Callable[[int], int | None]] = {
    "always right": lambda _: 0,
    "often away": lambda day: None if day % _CYCLE >= _CYCLE - _AWAY else day % 2,
    "silent": lambda _: None,
}


@dataclass
class Day:
    """What somebody got on a day: the messages by kind, and what was told in them."""

    messages: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)


async def measure(_: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields a table for each person."""
    days = DAYS // 3 if quick else DAYS
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'messages.db'}")
        await migrate.upgrade(engine)
        found = await simulate(create_sessions(engine), load_topic(TOPIC_FOLDER), days)
        await engine.dispose()
    for name, each in found.items():
        yield f"Messages to somebody who is {name}, {days} days", _rows(each)


def _rows(days: list[Day]) -> list[Row]:
    messages: Counter[str] = sum((each.messages for each in days), Counter())
    told: Counter[str] = sum((each.told for each in days), Counter())
    weeks = [days[first : first + _WEEK] for first in range(len(days) - _WEEK + 1)]
    more = max(more_than_before(week) for week in weeks)
    return [
        Row("messages a day", messages.total() / len(days)),
        *(Row(f"  {kind}", count / len(days)) for kind, count in sorted(messages.items())),
        exactly("more in any week than questions, cards and reminders", more, 0),
        *(Row(f"days with: {what}", count) for what, count in sorted(told.items())),
    ]


def more_than_before(week: list[Day]) -> int:
    """Returns how many messages are neither a question, a card nor a reminder."""
    return sum(
        count
        for each in week
        for kind, count in each.messages.items()
        if kind not in ("questions", "cards", "reminders")
    )


async def simulate(sessions: Sessions, topic: Topic, days: int) -> dict[str, list[Day]]:
    """Returns the days of each of PEOPLE."""
    pool, policy, rng = ItemPool.of(topic, Random(1)), ReminderPolicy(), Random(1)
    recaps, w = Recaps(topic.objective_of), Languages()[ENGLISH]
    choices = dict(enumerate(PEOPLE.values(), start=1))
    found = {name: [Day() for _ in range(days)] for name in PEOPLE}
    lived = dict(enumerate(found.values(), start=1))
    for person in choices:
        async with sessions.begin() as session:
            new = NewSubscriber(person, ENGLISH, "UTC", time(9))
            await subscription.subscribe(session, new, _START - _DAY / 2, rng)
    for number in range(days):
        now = _START + number * _DAY
        async with sessions.begin() as session:
            await claiming.claim_due(session, pool, now, 100, policy)
        async with sessions.begin() as session:
            sent = await outcomes.begin_sending(session, now, 100)
            confirmed = [each.sent(each.delivery_id, str(each.delivery_id)) for each in sent]
            await outcomes.record_outcomes(session, confirmed, now)
        mondays = [each.chat_id for each in sent if each.recap_on is not None]
        async with sessions() as session:
            weeks = await recaps.of(session, mondays, now.date() - timedelta(_WEEK), now)
        for each in sent:
            day, item = lived[each.chat_id][number], topic.item(each.item_id)
            assert item is not None
            poll = question_poll(w, each, item, topic, weeks.get(each.chat_id))
            day.messages["questions"] += 1
            day.told["a line above the question"] += poll.description is not None
            day.told["the question whether to pause"] += each.pauses_on is not None
            if (week := weeks.get(each.chat_id)) and poll.rows == recap_buttons(w, week):
                day.told["a recap"] += 1
        votes = [vote for each in sent if (vote := _vote(each, choices[each.chat_id](number)))]
        async with sessions.begin() as session:
            recorded = await record_answers(session, votes, now, topic.objective_of)
        for outcome in recorded:
            assert isinstance(outcome, AnswerOutcome)
            day = lived[outcome.question.subscriber_id][number]
            day.messages["cards"] += 1
            day.told["a warm line in the card"] += bool(warm_line(w, outcome, topic))
        async with sessions.begin() as session:
            due = await reminders.take_due(session, now + _EVENING, 100, policy)
        for unanswered in due.unanswered:
            lived[unanswered.chat_id][number].messages["reminders"] += 1
    return found


def _vote(asked: Outgoing, option: int | None) -> PollAnswer | None:
    if option is None:
        return None
    position = asked.option_order.index(str(option))
    return PollAnswer(str(asked.delivery_id), asked.chat_id, (position,))
