"""The weekly digest to a programme's coordinators: take, add up, commit, then send."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from db.leases import Lease
from db.programmes import Coordinator, Programme
from questions import Topic
from quizbot.charts.render import Rasteriser, RasteriserError
from quizbot.programmes import digest as weekly
from quizbot.programmes import staff
from quizbot.programmes.digest import Digest
from quizbot.programmes.programme import has_begun
from quizbot.programmes.reports import refresh
from quizbot.programmes.schedule import has_ended
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all, isolated
from quizbot.telegram.messages import digest as messages
from quizbot.telegram.messages import final_report
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.words import Words

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class DigestTask(SendingTask):
    """Sends the digest on its Monday, and on request.

    `dashboard_url` returns the dashboard's address, without a trailing slash.
    """

    topic: Topic
    rasteriser: Rasteriser
    dashboard_url: Callable[[], str]

    async def _work(self) -> int:
        """Send what is due. Returns the number of programmes."""
        sent = 0
        while not self.stopping and (lease := await self._take()):
            sent += await isolated(
                self._send_to_all(lease), False, "digest_failed", "digests", programme=lease.ids[0]
            )
        return sent

    async def _take(self) -> Lease:
        async with self.sessions.begin() as session:
            return await weekly.take_due(session, self.clock())

    async def send_so_far(self, programme_id: int, user_id: int, language: str) -> None:
        """Send this week's digest so far, or the final report, to a coordinator who asked."""
        facts = await self._facts(programme_id, so_far=True)
        if facts is None:
            return
        w, programme = self.languages[language], facts.programme
        if facts.season is None and has_ended(programme, self.clock()):
            follows = messages.report_follows(w, programme)
            await self.sender.send(user_id, follows, priority=Priority.REPLY)
        else:
            await self._send(facts, user_id, w, Priority.REPLY)

    async def _send_to_all(self, lease: Lease) -> bool:
        """Returns whether it was sent; if it could reach nobody yet, the lease is released.

        There is none about a week without questions, other than the final report.
        """
        (programme_id,) = lease.ids
        facts = await self._facts(programme_id, so_far=False)
        async with self.sessions.begin() as session:
            lease = await weekly.begin_sending(session, lease, self.clock())
            coordinators = await staff.coordinators_of(session, programme_id)
        if facts is None or not lease or (facts.without_questions and facts.season is None):
            return False
        results = await gather_all(self._send_to_one(facts, each) for each in coordinators)
        if results and all(result is Result.NOT_SENT for result in results):
            async with self.sessions.begin() as session:
                await weekly.release(session, lease, self.clock())
            return False
        log.info("digest_sent", programme=programme_id, people=results.count(Result.SENT))
        return True

    async def _facts(self, programme_id: int, *, so_far: bool) -> Digest | None:
        now = self.clock()
        await refresh.refresh_reports(self.sessions, programme_id, self.topic, now)
        async with self.sessions() as session:
            programme = await session.get(Programme, programme_id)
            if programme is None:
                return None
            return await weekly.digest(session, programme, self.topic, now, so_far=so_far)

    async def _send_to_one(self, facts: Digest, coordinator: Coordinator) -> Result:
        w = self.languages[coordinator.language]
        sending = self._send(facts, coordinator.id, w, Priority.BROADCAST)
        return await result_or_unconfirmed(sending, coordinator.id)

    async def _send(self, facts: Digest, chat_id: int, w: Words, priority: Priority) -> Result:
        """Send the text, and a picture if there is anything to show."""
        waiting = self._waiting(w, facts)
        text = waiting or (
            messages.weekly_digest(w, facts, self.dashboard_url())
            if facts.season is None
            else final_report.final_report(w, facts.season, self.dashboard_url())
        )
        sent = await self.sender.send(chat_id, text, priority=priority)
        if waiting is None and sent.result is Result.SENT:
            await self._send_picture(facts, chat_id, w)
        return sent.result

    def _waiting(self, w: Words, facts: Digest) -> Message | None:
        """Returns what is sent while there is nothing to report; None once there is."""
        not_begun = not has_begun(facts.programme, self.clock())
        too_early = facts.week.sunday < facts.programme.starts_on
        if facts.season is None and (not_begun or too_early):
            return messages.not_begun(w, facts.programme, facts.enrolled)
        return messages.nobody_yet(w, facts.programme) if facts.is_empty else None

    async def _send_picture(self, facts: Digest, chat_id: int, w: Words) -> None:
        picture = (
            messages.digest_picture(w, facts)
            if facts.season is None
            else final_report.report_picture(w, facts.season)
        )
        try:
            png = await self.rasteriser.png(picture)
        except RasteriserError as error:
            log.warning("no_picture", reason=str(error))
            return
        await self.sender.photo(chat_id, png, picture.alt)
