"""End notices to the members of a finished programme: take, then send and record in batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from db.leases import Lease
from quizbot.programmes import end_notice
from quizbot.programmes.end_notice import EndNotice, FinalBoard
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all, isolated
from quizbot.telegram.messages import membership as messages

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class EndNoticeTask(SendingTask):
    """Notifies every member of a programme that has ended.

    `batch_size` members are notified at a time; a crash can notify one batch twice.
    """

    batch_size: int = 8

    async def _work(self) -> int:
        """Returns how many members were notified."""
        notified = 0
        while not self.stopping and (lease := await self._take()):
            sending = self._send_to_all(lease)
            notified += await isolated(
                sending, 0, "end_notice_failed", "end_notices", programme=lease.ids[0]
            )
        if notified:
            log.info("end_notices_sent", people=notified)
        return notified

    async def _take(self) -> Lease:
        async with self.sessions.begin() as session:
            return await end_notice.take_due(session, self.clock())

    async def _send_to_all(self, lease: Lease) -> int:
        """Notify batch by batch until done or nothing gets through; the lease expires by itself."""
        async with self.sessions() as session:
            board = await end_notice.final_board(session, lease.ids[0])
        notified = 0
        while board is not None and not self.stopping:
            async with self.sessions.begin() as session:
                lease, batch = await end_notice.begin_batch(
                    session, lease, board, self.clock(), self.batch_size
                )
            results = await gather_all(self._send(board, each) for each in batch)
            notified += results.count(Result.SENT)
            lease = await self._record(lease, batch, results)
            if not lease:
                break
        return notified

    async def _record(
        self, lease: Lease, batch: Sequence[EndNotice], results: Sequence[Result]
    ) -> Lease:
        """Record who was notified. Returns the lease for the next batch; false if nobody was."""
        notified = [
            each.subscriber_id
            for each, result in zip(batch, results, strict=True)
            if result is not Result.NOT_SENT
        ]
        if not notified:
            return lease.only(())
        async with self.sessions.begin() as session:
            return await end_notice.record_sent(session, lease, notified, self.clock())

    async def _send(self, board: FinalBoard, notice: EndNotice) -> Result:
        async def send() -> Result:
            w = self.languages[notice.language]
            text = messages.end_notice(w, board.programme, board.scores.players, notice)
            chat_id = notice.subscriber_id
            return (await self.sender.send(chat_id, text, priority=Priority.BROADCAST)).result

        return await result_or_unconfirmed(send(), notice.subscriber_id)
