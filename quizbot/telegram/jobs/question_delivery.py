"""Delivers questions to chats: mark as sending, commit, send, record the outcome, commit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.batch_committer import BatchCommitter
from db.session import Sessions
from questions import Topic
from quizbot import metrics
from quizbot.programmes.end_notice import Ended, ended_for_members, last_questions
from quizbot.programmes.recaps import Recap, Recaps
from quizbot.programmes.shares import shares
from quizbot.programmes.team_goal import GoalProgress, ReachedGoals, reached_for_members
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import outcomes as delivery_outcomes
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing, Result
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.telegram.client.limiter import Limiter, Priority
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.jobs.periodic import PeriodicTask, SendingTask
from quizbot.telegram.messages import questions
from quizbot.telegram.messages.questions import QuizPoll
from quizbot.telegram.messages.words import Languages

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

# An attempt in flight for longer counts as abandoned: waiting for a turn and for Telegram's reply
# takes less (limiter, transport). Only the upload of a new picture may take longer over a bad
# network; such a question may be offered again although it arrives.
MAX_FLIGHT_TIME = timedelta(seconds=60)
_OFFERS_PER_RUN = 200
_KEPT_FOR = timedelta(minutes=10)  # shares and goals


@dataclass(frozen=True)
class Marked:
    """A question that is being sent, and what is told above it.

    That is the week before, how many got the question of the day before right, in percent, and
    team goals that were reached.
    """

    outgoing: Outgoing
    week: Recap | None
    share: int | None
    goals: Sequence[GoalProgress] = ()


@dataclass(eq=False)
class QuestionDelivery:
    """Delivers every question, whether it is due or requested."""

    sessions: Sessions
    sender: Sender
    topic: Topic
    languages: Languages
    clock: Callable[[], datetime]
    _recaps: Recaps = field(init=False)
    _shares: Mapping[str, int] = field(init=False, default_factory=dict)
    _goals: ReachedGoals = field(init=False, default_factory=dict)
    _ended: Ended = field(init=False, default_factory=dict)
    _last: Ended = field(init=False, default_factory=dict)
    _refreshed_at: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._recaps = Recaps(self.topic.objective_of)
        self._outcomes = BatchCommitter(self._record)

    async def mark(self, limit: int) -> list[Marked]:
        """Mark up to `limit` claimed questions as sending, oldest first, and return them."""
        weeks = await self._weeks(limit)
        await self._refresh()
        async with self.sessions.begin() as session:
            marked = await delivery_outcomes.begin_sending(session, self.clock(), limit)
        return [self._marked(each, weeks) for each in marked]

    async def deliver(self, marked: Marked, priority: Priority = Priority.BROADCAST) -> Outcome:
        """Send a marked question. Returns its outcome after committing it."""
        outcome = await self._send(marked, priority)
        metrics.QUESTIONS.labels(outcome.result.name.lower()).inc()
        await self._outcomes.add(outcome)
        return outcome

    async def deliver_one(self, delivery_id: int) -> None:
        """Send a claimed question to a person who is waiting for it."""
        weeks = await self._weeks(1, delivery_id)
        await self._refresh()
        async with self.sessions.begin() as session:
            leaving = await delivery_outcomes.begin_sending_one(session, self.clock(), delivery_id)
        for each in leaving:
            await self.deliver(self._marked(each, weeks), Priority.REPLY)

    async def _weeks(self, limit: int, delivery_id: int | None = None) -> dict[int, Recap]:
        """Returns the weeks that the next questions tell about, by subscriber. Never fails.

        They are read before the questions count as being sent: after a crash in between, they are
        simply sent. A question that is claimed meanwhile tells no week.
        """
        weeks: dict[int, Recap] = {}
        now = self.clock()
        try:
            async with self.sessions() as session:
                ahead = await delivery_outcomes.recaps_ahead(session, now, limit, delivery_id)
                for day, people in ahead.items():  # one day, except where the date changes
                    weeks |= await self._recaps.of(session, people, day - timedelta(days=7), now)
        except Exception:
            log.exception("no_recaps")
        return weeks

    async def _refresh(self) -> None:
        """Read again how many got each item right, goals and ends, unless it was minutes ago.

        Never fails.
        """
        now = self.clock()
        if self._refreshed_at is not None and now - self._refreshed_at < _KEPT_FOR:
            return
        self._refreshed_at = now
        self._shares = await self._read(shares, self._shares, "no_shares")
        reached = partial(reached_for_members, now=now)
        self._goals = await self._read(reached, self._goals, "no_goals")
        ended = partial(ended_for_members, now=now)
        self._ended = await self._read(ended, self._ended, "no_ends")
        self._last = await self._read(partial(last_questions, now=now), self._last, "no_last")

    async def _read(
        self, read: Callable[[AsyncSession], Awaitable[_T]], known: _T, fault: str
    ) -> _T:
        """Returns what is read, or what is `known` if that fails."""
        try:
            async with self.sessions() as session:
                return await read(session)
        except Exception:
            log.exception(fault)
            return known

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self.sessions.begin() as session:
            await delivery_outcomes.record_outcomes(session, outcomes, self.clock())

    async def _send(self, marked: Marked, priority: Priority) -> Outcome:
        """Send it. Always returns an outcome, so that it gets recorded."""
        outgoing = marked.outgoing
        try:
            poll = self._poll(marked)
        except Exception:
            log.exception("question_cannot_be_shown", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        if poll is None:
            log.error("question_withdrawn", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        try:
            return await self.sender.question(outgoing, poll, priority)
        except Exception:
            log.exception("question_unconfirmed", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.UNCONFIRMED)

    def _poll(self, marked: Marked) -> QuizPoll | None:
        """Returns None if the bank no longer has the item as claimed."""
        outgoing = marked.outgoing
        item = delivery_outcomes.item_to_send(self.topic, outgoing.item_id, outgoing.option_order)
        if item is None:
            return None
        w = self.languages[outgoing.language]
        told = marked.week, marked.share, marked.goals
        return questions.question_poll(w, outgoing, item, self.topic, *told)

    def _marked(self, outgoing: Outgoing, weeks: Mapping[int, Recap]) -> Marked:
        week = weeks.get(outgoing.chat_id) if outgoing.recap_on is not None else None
        of_day = outgoing.chat_id, outgoing.local_date
        outgoing = replace(
            outgoing, ended=self._ended.get(of_day, ()), last_of=self._last.get(of_day, ())
        )
        share, goals = self._shares.get(outgoing.yesterday or ""), self._goals.get(of_day, ())
        return Marked(outgoing, week, share, goals)


@dataclass(eq=False)
class UnconfirmedOffers(SendingTask):
    """Offers a button for questions still unconfirmed and unanswered after `delay`.

    Offers are sent first and recorded afterwards: a crash in between repeats an offer, which is
    better than losing it.
    """

    delay: timedelta

    async def _work(self) -> int:
        """Returns how many offers were sent."""
        now = self.clock()
        async with self.sessions.begin() as session:
            interrupted_before = now - max(self.delay, MAX_FLIGHT_TIME)
            await repair.mark_interrupted(session, before=interrupted_before)
        async with self.sessions.begin() as session:
            await repair.expire_unconfirmed(session, now)
        async with self.sessions() as session:
            unconfirmed = await repair.unconfirmed_to_offer(
                session, now, self.delay, _OFFERS_PER_RUN
            )
        for each in unconfirmed:
            w = self.languages[each.language]
            offer = questions.resend_offer(w, each.delivery_id, each.attempt)
            sent = await self.sender.send(each.chat_id, offer, priority=Priority.BROADCAST)
            async with self.sessions.begin() as session:
                await repair.record_offer(session, each, sent.result, self.clock())
        return len(unconfirmed)


_BATCHES_PER_WINDOW = 4  # commits in which a window is marked as sending
_CLAIMS_PER_COMMIT = 200  # subscribers
_RECHECK_AFTER = 1.0  # seconds: subscribers who become due meanwhile join this run
_PAUSE = 5.0  # seconds to wait when Telegram cannot be reached; twice as long each time
_MAX_PAUSE = 60.0
_MAX_FAILURES_IN_A_ROW = 4  # questions; then nothing seems to get through
_FAILURES = (Result.NOT_SENT, Result.UNCONFIRMED)
_LOG_AFTER = 5.0  # seconds from the begin of a broadcast, or a line about it, to the next line


class _Progress:
    """The progress of one run, by the event loop's clock: a rate is about real time."""

    def __init__(self) -> None:
        self.sent = 0
        self._began = self._logged = asyncio.get_running_loop().time()
        self._sent_at_log = 0

    def log(self, left: int) -> None:
        """Log how many were sent, how many are left, the rate, and the remaining time."""
        now = asyncio.get_running_loop().time()
        if now - self._logged < _LOG_AFTER:
            return
        rate = (self.sent - self._sent_at_log) / (now - self._logged)
        log.info(
            "broadcast",
            sent=self.sent,
            left=left,
            per_second=round(rate, 1),
            seconds_to_go=round(left / rate) if rate else None,
        )
        self._logged, self._sent_at_log = now, self.sent

    def finish(self) -> None:
        """Log the end of the run, if anything was sent."""
        if self.sent:
            seconds = asyncio.get_running_loop().time() - self._began
            log.info("delivered", questions=self.sent, seconds=round(seconds, 1))


@dataclass(eq=False)
class Broadcast(PeriodicTask):
    """Runs until nobody is due. What cannot be sent now stays claimed for a later run."""

    question_delivery: QuestionDelivery
    limiter: Limiter
    item_pool: ItemPool
    reminder_policy: ReminderPolicy
    _in_flight: set[asyncio.Task[Outcome]] = field(init=False, default_factory=set)
    _freed: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _failures_in_a_row: int = field(init=False, default=0)
    _next_pause: float = field(init=False, default=_PAUSE)
    _progress: _Progress | None = field(init=False, default=None)

    @property
    def window(self) -> int:
        """How many questions may be in flight at once."""
        return self.limiter.pace.window

    @property
    def _batch_size(self) -> int:
        return max(2, self.window // _BATCHES_PER_WINDOW)

    async def _work(self) -> int:
        """Claim for everybody who is due and send all claimed questions. Returns how many."""
        progress = self._progress = _Progress()
        try:
            while not self.stopping and await self._step():
                pass
        finally:
            if self._in_flight:
                await asyncio.wait(self._in_flight)
            self._progress = None
        progress.finish()
        return progress.sent

    def log_progress(self, left: int) -> None:
        """Log how far the run in progress is, if there is one, with so many questions left."""
        if self._progress is not None:
            self._progress.log(left)

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        super().begin()
        self.limiter.open()

    async def finish(self, seconds: float) -> None:
        """Claim no more, and wait up to `seconds` for what is in flight."""
        self.limiter.close()
        await super().finish(seconds)

    async def _step(self) -> bool:
        """Send one more batch. Returns False when nothing more can be sent now."""
        if self.limiter.held_for() > 0 or self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW:
            await self._pause()
            return False
        await self._wait_for_room()
        marked = await self.question_delivery.mark(self._batch_size)
        for each in marked:
            self._deliver(each)
        if len(marked) == self._batch_size or await self._claim():
            return True
        if self._in_flight:
            await asyncio.wait(
                self._in_flight, timeout=_RECHECK_AFTER, return_when=asyncio.FIRST_COMPLETED
            )
        return bool(marked or self._in_flight)

    def _deliver(self, marked: Marked) -> None:
        task = asyncio.create_task(self.question_delivery.deliver(marked))
        self._in_flight.add(task)
        metrics.QUESTIONS_IN_FLIGHT.set(len(self._in_flight))
        task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Task[Outcome]) -> None:
        self._in_flight.discard(task)
        self._freed.set()
        metrics.QUESTIONS_IN_FLIGHT.set(len(self._in_flight))
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            log.error("outcome_not_recorded", exc_info=failure)
            return
        outcome = task.result()
        failed = outcome.result in _FAILURES and outcome.retry_after is None
        self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        if outcome.result is Result.SENT:
            self._next_pause = _PAUSE
            if self._progress is not None:
                self._progress.sent += 1

    async def _wait_for_room(self) -> None:
        """Wait until another batch fits into the window."""
        while len(self._in_flight) + self._batch_size > self.window:
            self._freed.clear()
            await self._freed.wait()

    async def _claim(self) -> bool:
        """Claim for more people. Returns whether anybody was due."""
        async with self.sessions.begin() as session:
            due = await claiming.claim_due(
                session, self.item_pool, self.clock(), _CLAIMS_PER_COMMIT, self.reminder_policy
            )
        return due > 0

    async def _pause(self) -> None:
        """Pause when nothing gets through, for as long as Telegram asks or a growing time.

        So few questions become unconfirmed, however long an outage lasts.
        """
        seconds = self.limiter.held_for()
        if seconds == 0:
            seconds, self._next_pause = self._next_pause, min(2 * self._next_pause, _MAX_PAUSE)
        self._failures_in_a_row = 0
        log.warning("broadcast_paused", seconds=round(seconds, 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


@dataclass(eq=False)
class MeasureBacklog(PeriodicTask):
    """Measures the questions that wait, also while a broadcast pauses, and logs its progress."""

    broadcast: Broadcast

    async def _work(self) -> int:
        """Returns how many questions wait."""
        async with self.sessions() as session:
            left, age = await delivery_outcomes.backlog(session, self.clock())
        metrics.QUESTIONS_LEFT.set(left)
        metrics.OLDEST_QUESTION.set(age.total_seconds())
        self.broadcast.log_progress(left)
        return left
