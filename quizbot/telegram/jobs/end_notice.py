"""Tells members that their programme has ended: take it, and then some by some: say, record."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from db.session import Sessions
from db.transient_errors import is_transient
from quizbot.programmes import end_notice
from quizbot.programmes.end_notice import FinalBoard, Parting
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.jobs.periodic import PeriodicTask, together
from quizbot.telegram.messages import membership as messages
from quizbot.telegram.messages.words import Languages

log = structlog.get_logger(__name__)


class Farewells(PeriodicTask):
    """Runs until everybody has heard; `at_once` is how many a crash may make hear it twice."""

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        languages: Languages,
        clock: Callable[[], datetime],
        at_once: int = 8,
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._sender = sender
        self._languages = languages
        self._clock = clock
        self.at_once = at_once

    async def run(self) -> int:
        """Tell the members of programmes that have ended; answers how many were told."""
        told = 0
        async with self.turn:
            while not self.stopping and (programme_id := await self._take()) is not None:
                told += await self._attempt(programme_id)
        if told:
            log.info("programme_end_told", people=told)
        return told

    async def _take(self) -> int | None:
        async with self._sessions.begin() as session:
            return await end_notice.take_due(session, self._clock())

    async def _attempt(self, programme_id: int) -> int:
        """Whatever goes wrong with one programme must not keep the others from being told of."""
        try:
            return await self._tell_all(programme_id)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("farewell_failed", programme=programme_id)
            return 0

    async def _tell_all(self, programme_id: int) -> int:
        """Some by some, until all have heard or nothing leaves; then it waits for its next turn."""
        async with self._sessions() as session:
            board = await end_notice.final_board(session, programme_id)
        told = 0
        while board is not None and not self.stopping:
            async with self._sessions.begin() as session:
                some = await end_notice.partings(session, board, self._clock(), self.at_once)
            results = await together(self._say(board, each) for each in some)
            if not await self._record(board, some, results):
                break
            told += results.count(Result.SENT)
        return told

    async def _record(
        self, board: FinalBoard, some: Sequence[Parting], results: Sequence[Result]
    ) -> bool:
        """Whether any have heard it; whoever could not be told now stays."""
        heard = [
            each.subscriber_id
            for each, result in zip(some, results, strict=True)
            if result is not Result.NOT_SENT
        ]
        if heard:
            async with self._sessions.begin() as session:
                await end_notice.record_told(session, board.programme_id, heard, self._clock())
        return bool(heard)

    async def _say(self, board: FinalBoard, parting: Parting) -> Result:
        """Whatever goes wrong with one must not keep the others' results from being seen."""
        w = self._languages[parting.language]
        try:
            note = messages.farewell(w, board.programme, board.players, parting)
            return await self._sender.say(parting.subscriber_id, note, lane=Priority.BROADCAST)
        except Exception:
            log.exception("farewell_in_doubt", chat=parting.subscriber_id)
            return Result.UNCONFIRMED
