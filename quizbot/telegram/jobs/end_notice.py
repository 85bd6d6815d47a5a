"""The end notice to the members of a programme that is over: take, then batches: send, record."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from db.leases import Lease
from db.session import Sessions
from quizbot.programmes import end_notice
from quizbot.programmes.end_notice import EndNotice, FinalBoard
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender, result_or_unconfirmed
from quizbot.telegram.jobs.periodic import PeriodicTask, gather_all, isolated
from quizbot.telegram.messages import membership as messages
from quizbot.telegram.messages.words import Languages

log = structlog.get_logger(__name__)


class EndNoticeTask(PeriodicTask):
    """Tells every member of a programme that is over.

    `batch_size` is how many members are told at a time, and twice after a crash.
    """

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        languages: Languages,
        clock: Callable[[], datetime],
        batch_size: int = 8,
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._sender = sender
        self._languages = languages
        self._clock = clock
        self._batch_size = batch_size

    async def _work(self) -> int:
        """Returns how many members were told."""
        told = 0
        while not self.stopping and (lease := await self._take()):
            told += await isolated(
                self._send_to_all(lease), 0, "end_notice_failed", programme=lease.ids[0]
            )
        if told:
            log.info("end_notices_sent", people=told)
        return told

    async def _take(self) -> Lease:
        async with self._sessions.begin() as session:
            return await end_notice.take_due(session, self._clock())

    async def _send_to_all(self, lease: Lease) -> int:
        """Batch by batch, until all are told or nothing gets through; the lease ends by itself."""
        async with self._sessions() as session:
            board = await end_notice.final_board(session, lease.ids[0])
        told = 0
        while board is not None and not self.stopping:
            async with self._sessions.begin() as session:
                lease, batch = await end_notice.begin_batch(
                    session, lease, board, self._clock(), self._batch_size
                )
            results = await gather_all(self._send(board, each) for each in batch)
            told += results.count(Result.SENT)
            lease = await self._record(lease, batch, results)
            if not lease:
                break
        return told

    async def _record(
        self, lease: Lease, batch: Sequence[EndNotice], results: Sequence[Result]
    ) -> Lease:
        """Returns the lease for the next batch; false if nobody was told. The others stay due."""
        told = [
            each.subscriber_id
            for each, result in zip(batch, results, strict=True)
            if result is not Result.NOT_SENT
        ]
        if not told:
            return lease.only(())
        async with self._sessions.begin() as session:
            return await end_notice.record_sent(session, lease, told, self._clock())

    async def _send(self, board: FinalBoard, parting: EndNotice) -> Result:
        async def send() -> Result:
            w = self._languages[parting.language]
            notice = messages.end_notice(w, board.programme, board.players, parting)
            chat_id = parting.subscriber_id
            return (await self._sender.send(chat_id, notice, priority=Priority.BROADCAST)).result

        return await result_or_unconfirmed(send(), parting.subscriber_id)
