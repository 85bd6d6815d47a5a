"""Periodic tasks and their intervals: one job for everybody, never one per user."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from db.session import Sessions
from db.transient_errors import OUTAGE
from questions import Topic
from quizbot.programmes import membership, privacy, programme
from quizbot.programmes.reports import refresh
from quizbot.programmes.shares import count_shares
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.jobs.answer_cards import AnswerCards
from quizbot.telegram.jobs.challenges import ComparisonTask
from quizbot.telegram.jobs.digest import DigestTask
from quizbot.telegram.jobs.group_quiz import GroupQuizTask
from quizbot.telegram.jobs.notes import NoteTask
from quizbot.telegram.jobs.periodic import PeriodicTask, attempt, isolated
from quizbot.telegram.jobs.question_delivery import Broadcast, MeasureBacklog, UnconfirmedOffers
from quizbot.telegram.jobs.question_reports import OperatorNoteTask, ReportAnswerTask
from quizbot.telegram.jobs.reminders import ReminderTask
from quizbot.telegram.updates.parking import Parked, Parking
from quizbot.telegram.updates.receiver import Receiver, read_poll_answer

log = structlog.get_logger(__name__)

# Seconds between two runs of a job.
_INTERVALS = {
    "broadcast": 1,
    "backlog": 10,
    "offers": 1,
    "reminders": 1,
    "group_quiz": 1,
    "digests": 10,
    "notes": 10,
    "reports": 60,
    "report_answers": 10,
    "operator_notes": 600,
    "comparisons": 10,
    "parked": 10,
    "replans": 10,
    "purge": 3600,
    "shares": 3600,
}


@dataclass(eq=False)
class RefreshReports(PeriodicTask):
    """Brings the reports of all running programmes up to date."""

    topic: Topic

    async def _work(self) -> int:
        """Returns how many programmes it looked at."""
        async with self.sessions() as session:
            running = await programme.unreported_programmes(session, self.clock())
        for done, programme_id in enumerate(running):
            if self.stopping:
                return done
            refreshing = refresh.refresh_reports(
                self.sessions, programme_id, self.topic, self.clock(), ahead=True
            )
            await isolated(refreshing, None, "reports_failed", "reports", programme=programme_id)
        return len(running)


@dataclass(eq=False)
class RetryParked(PeriodicTask):
    """Retries parked updates; `record` records poll answers that arrived at a time (UTC)."""

    parking: Parking
    receiver: Receiver
    record: Callable[[Sequence[PollAnswer], datetime], Awaitable[None]]

    async def _work(self) -> int:
        """Returns how many it retried."""
        done = 0
        while not self.stopping and (parked := await self.parking.take_due()) is not None:
            try:
                await self._retry(parked)
            except Exception as error:  # noqa: BLE001 -- kept with the update
                await self.parking.failed(parked, error)
            else:
                await self.parking.succeeded(parked)
            done += 1
        return done

    async def _retry(self, parked: Parked) -> None:
        if "poll_answer" in parked.content:
            poll_answer = read_poll_answer(parked.content["poll_answer"], parked.update_id)
            await self.record([poll_answer] if poll_answer else [], parked.parked_at)
        else:
            await self.receiver.retry({"update_id": parked.update_id, **parked.content})


class CountShares(PeriodicTask):
    """Counts how many got each question right, which is told a day later."""

    async def _work(self) -> int:
        while not self.stopping and await count_shares(self.sessions, self.clock()):
            pass
        return 0


class ReplanMembers(PeriodicTask):
    """Plans members again after a change, if the request that made it could not."""

    async def _work(self) -> int:
        """Returns how many programmes it planned."""
        done = 0
        while not self.stopping:
            async with self.sessions.begin() as session:
                programme_id = await membership.take_unplanned(session, self.clock())
            if programme_id is None:
                break
            planning = membership.replan_members(self.sessions, programme_id, self.clock())
            await isolated(planning, None, "replan_failed", "replans", programme=programme_id)
            done += 1
        return done


class PurgeExpired(PeriodicTask):
    """Deletes what is kept for a limited time only (docs/privacy.md)."""

    async def _work(self) -> int:
        async with self.sessions.begin() as session:
            await privacy.purge_expired(session, self.clock())
        return 0


@dataclass(frozen=True)
class Jobs:
    """The leader's periodic tasks by name, the database, and the answer cards of this process."""

    sessions: Sessions
    answer_cards: AnswerCards
    broadcast: Broadcast
    backlog: MeasureBacklog
    offers: UnconfirmedOffers
    reminders: ReminderTask
    group_quiz: GroupQuizTask
    digests: DigestTask
    notes: NoteTask
    reports: RefreshReports
    report_answers: ReportAnswerTask
    operator_notes: OperatorNoteTask
    comparisons: ComparisonTask
    parked: RetryParked
    replans: ReplanMembers
    purge: PurgeExpired
    shares: CountShares

    def by_name(self) -> dict[str, PeriodicTask]:
        """Returns all tasks."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: part for name, part in parts.items() if isinstance(part, PeriodicTask)}

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        for task in self.by_name().values():
            task.begin()

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, and wait up to `seconds` for what is in flight."""
        tasks = self.by_name().values()
        await asyncio.gather(*(task.finish(seconds) for task in tasks))
        for task in tasks:
            OUTAGE.given_up(task)


def schedule(jobs: Jobs) -> AsyncIOScheduler:
    """Returns a scheduler for the jobs, not yet started.

    A late tick still runs (misfire_grace_time=None: the default drops it), and several late ticks
    are merged into one.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for name, task in jobs.by_name().items():
        scheduler.add_job(_attempt, "interval", [name, task], seconds=_INTERVALS[name], id=name)
    return scheduler


async def _attempt(name: str, task: PeriodicTask) -> None:
    """Run the task. A run that fails is not repeated: the next tick finds the same rows."""
    try:
        await attempt(name, task.run, task)
    except asyncio.CancelledError:
        log.info("job_cut_short", job=name)  # by a shutdown; what was in flight is unconfirmed
