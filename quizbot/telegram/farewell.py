"""Tells members that their programme has ended: take some, commit, say, record."""

from collections.abc import Callable
from datetime import datetime

import structlog

from db.session import Sessions
from quizbot.quiz.delivery import Result
from quizbot.quiz.programmes import farewell
from quizbot.quiz.programmes.farewell import Parting, Taken
from quizbot.telegram.limiter import Lane
from quizbot.telegram.messages import farewell as messages
from quizbot.telegram.rounds import Rounds, together
from quizbot.telegram.sender import Sender
from quizbot.telegram.words import Languages

log = structlog.get_logger(__name__)


class Farewells(Rounds):
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
            while not self.stopping and (taken := await self._take()) is not None:
                told += await self._tell(taken)
        if told:
            log.info("programme_end_told", people=told)
        return told

    async def _take(self) -> Taken | None:
        async with self._sessions.begin() as session:
            return await farewell.take_due(session, self._clock(), self.at_once)

    async def _tell(self, taken: Taken) -> int:
        """Whoever could not be told now stays; then the programme waits until its next turn."""
        results = await together(self._say(taken, each) for each in taken.partings)
        heard = [
            each.subscriber_id
            for each, result in zip(taken.partings, results, strict=True)
            if result is not Result.NEVER_LEFT
        ]
        if heard:
            async with self._sessions.begin() as session:
                await farewell.record_told(session, taken.programme_id, heard, self._clock())
        return results.count(Result.SENT)

    async def _say(self, taken: Taken, parting: Parting) -> Result:
        """Whatever goes wrong with one must not keep the others' results from being seen."""
        w = self._languages[parting.language]
        try:
            note = messages.farewell(w, taken.programme, taken.players, parting)
            return await self._sender.say(parting.subscriber_id, note, lane=Lane.BROADCAST)
        except Exception:
            log.exception("farewell_in_doubt", chat=parting.subscriber_id)
            return Result.IN_DOUBT
