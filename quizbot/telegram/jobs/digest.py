"""The weekly digest to those who run a programme: take, add up, commit, then say."""

from collections.abc import Callable
from datetime import datetime

import structlog

from db.programmes import Coordinator, Programme
from db.session import Sessions
from db.transient_errors import is_transient
from questions import Topic
from quizbot.charts.drawing import Drawing, DrawingError
from quizbot.programmes import digest as weekly
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes import staff
from quizbot.programmes.digest import Digest, Taken
from quizbot.programmes.reports import refresh
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.jobs.periodic import PeriodicTask, together
from quizbot.telegram.messages import digest as messages
from quizbot.telegram.messages.words import Languages, Words

log = structlog.get_logger(__name__)


class Digests(PeriodicTask):
    """The digest, when its Monday has come and when it is asked for.

    `dashboard_url` answers the dashboard's address, without a slash at the end.
    """

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        topic: Topic,
        languages: Languages,
        drawing: Drawing,
        clock: Callable[[], datetime],
        dashboard_url: Callable[[], str],
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._sender = sender
        self._topic = topic
        self._languages = languages
        self._drawing = drawing
        self._clock = clock
        self._dashboard_url = dashboard_url

    async def run(self) -> int:
        """Send what is due; answers how many programmes were told of."""
        sent = 0
        async with self.turn:
            while not self.stopping and (taken := await self._take()) is not None:
                sent += await self._attempt(taken)
        return sent

    async def _take(self) -> Taken | None:
        async with self._sessions.begin() as session:
            return await weekly.take_due(session, self._clock())

    async def _attempt(self, taken: Taken) -> bool:
        """Whatever goes wrong with one programme must not keep the others from being told of."""
        try:
            return await self._tell_all(taken)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("digest_failed", programme=taken.programme_id)
            return False

    async def tell(self, programme_id: int, person_id: int, language: str) -> None:
        """This week's so far, to somebody who asked for it and may see it."""
        facts = await self._facts(programme_id, so_far=True)
        if facts is not None:
            await self._say(facts, person_id, self._languages[language], Priority.REPLY)

    async def _tell_all(self, taken: Taken) -> bool:
        """Whether it left; if it reached nobody for the moment, it is put back."""
        programme_id = taken.programme_id
        facts = await self._facts(programme_id, so_far=False)
        async with self._sessions.begin() as session:
            begun = await weekly.begin_telling(session, taken, self._clock())
            runners = await staff.coordinators_of(session, programme_id)
        if facts is None or not begun:
            return False
        results = await together(self._tell_one(facts, each) for each in runners)
        if results and all(result is Result.NOT_SENT for result in results):
            async with self._sessions.begin() as session:
                await weekly.put_back(session, programme_id, self._clock())
            return False
        log.info("digest_sent", programme=programme_id, people=results.count(Result.SENT))
        return True

    async def _facts(self, programme_id: int, *, so_far: bool) -> Digest | None:
        now = self._clock()
        await refresh.refresh(self._sessions, programme_id, now)
        async with self._sessions() as session:
            programme = await session.get(Programme, programme_id)
            if programme is None:
                return None
            return await weekly.digest(session, programme, self._topic, now, so_far=so_far)

    async def _tell_one(self, facts: Digest, coordinator: Coordinator) -> Result:
        """Whatever goes wrong with one must not keep the others from being told."""
        try:
            words = self._languages[coordinator.language]
            return await self._say(facts, coordinator.id, words, Priority.BROADCAST)
        except Exception:
            log.exception("digest_in_doubt", chat=coordinator.id)
            return Result.UNCONFIRMED

    async def _say(self, facts: Digest, chat_id: int, w: Words, lane: Priority) -> Result:
        """In words, and then as a picture, if there is something to see."""
        if facts.week.sunday < facts.programme.starts_on or not programmes_programme.has_begun(
            facts.programme, self._clock()
        ):
            waiting = messages.not_begun(w, facts.programme, facts.enrolled)
            return await self._sender.say(chat_id, waiting, lane=lane)
        told = messages.digest(w, facts, self._dashboard_url())
        result = await self._sender.say(chat_id, told, lane=lane)
        if result is Result.SENT:
            await self._show(facts, chat_id, w)
        return result

    async def _show(self, facts: Digest, chat_id: int, w: Words) -> None:
        try:
            png = await self._drawing.draw(messages.picture(w, facts))
        except DrawingError as error:
            log.warning("no_picture", reason=str(error))
            return
        await self._sender.photo(chat_id, png, messages.caption(w, facts))
