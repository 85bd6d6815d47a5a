"""Who was right in a challenge, told to both who agreed: take, commit, send, record."""

from dataclasses import dataclass

from db.leases import DueColumn
from questions import Topic
from quizbot.quiz import challenges
from quizbot.quiz.challenges import Comparison
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all
from quizbot.telegram.messages import challenges as messages


@dataclass(eq=False)
class ComparisonTask(SendingTask):
    """Tells friends and challengers; a crash between sending and recording tells a batch again."""

    topic: Topic
    batch_size: int = 8

    async def _work(self) -> int:
        """Returns how many people were told."""
        return sum([await self._tell(side) for side in challenges.SIDES])

    async def _tell(self, side: DueColumn) -> int:
        told = 0
        while not self.stopping:
            async with self.sessions.begin() as session:
                lease, due = await challenges.take_due(session, side, self.clock(), self.batch_size)
            results = await gather_all(
                result_or_unconfirmed(self._send(each), each.chat_id) for each in due
            )
            async with self.sessions.begin() as session:
                await challenges.record_told(session, lease, due, results, self.clock())
            told += results.count(Result.SENT)
            if all(result is Result.NOT_SENT for result in results):
                break  # done, or nothing gets through now
        return told

    async def _send(self, compared: Comparison) -> Result:
        w, item = self.languages[compared.language], self.topic.item(compared.item_id)
        text = messages.comparison(w, compared, item.stem if item else "")
        return (await self.sender.send(compared.chat_id, text, priority=Priority.BROADCAST)).result
