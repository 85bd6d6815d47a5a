"""Notes to members of programmes: take, commit, send, record."""

from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import InviteKind, NoteKind, Programme
from quizbot import metrics
from quizbot.programmes import cancellation, end_notice, invites, notes, staff, welcome
from quizbot.programmes.notes import QUIET, DueNote
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all, isolated
from quizbot.telegram.messages import notes as messages
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.words import Words

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class NoteTask(SendingTask):
    """Sends the notes that are due, `batch_size` at a time; a crash can lose or repeat a batch."""

    batch_size: int = 8
    quiet: ReminderPolicy = QUIET  # the operator's quiet hours, besides those of notes
    _scores: dict[int, end_notice.FinalScores] = field(init=False, default_factory=dict)
    _starts: dict[int, welcome.Start] = field(init=False, default_factory=dict)

    async def _work(self) -> int:
        """Returns how many were sent."""
        await self._plan_end_notices()
        self._scores.clear()
        self._starts.clear()
        async with self.sessions.begin() as session:
            await notes.wait_for_questions(session, self.clock())
        sent, may_be_more = 0, True
        while may_be_more and not self.stopping:
            async with self.sessions.begin() as session:
                now, limit = self.clock(), self.batch_size
                may_be_more, due = await notes.take_due(session, now, limit, self.quiet)
                written = [(each, await self._written(session, each)) for each in due]
            ready = [(note, message) for note, message in written if message is not None]
            results = await gather_all(
                result_or_unconfirmed(self._send(*each), each[0].subscriber_id) for each in ready
            )
            async with self.sessions.begin() as session:
                await notes.record(session, [note for note, _ in ready], results, self.clock())
            for (note, _), result in zip(ready, results, strict=True):
                metrics.NOTES.labels(note.kind.value).inc(result is Result.SENT)
            sent += results.count(Result.SENT)
            if results and all(result is Result.NOT_SENT for result in results):
                break  # nothing gets through now
        if sent:
            log.info("notes_sent", people=sent)
        return sent

    async def _plan_end_notices(self) -> None:
        while not self.stopping:
            async with self.sessions.begin() as session:
                if await end_notice.plan(session, self.clock()) is None:
                    break

    async def _written(self, session: AsyncSession, note: DueNote) -> Message | None:
        """Returns the message, in the transaction that takes the note; None if that fails."""
        return await isolated(
            self._message(session, note), None, "note_failed", "notes", programme=note.programme_id
        )

    async def _message(self, session: AsyncSession, note: DueNote) -> Message | None:
        programme = await session.get_one(Programme, note.programme_id)
        subscriber = await session.get_one(Subscriber, note.subscriber_id)
        w = self.languages[subscriber.language]
        match note.kind:
            case NoteKind.ANNOUNCEMENT:
                text, name = await notes.announced(session, note.announcement_id or 0)
                return messages.announcement(w, programme, name, text)
            case NoteKind.WELCOME:
                if programme.id not in self._starts:
                    self._starts[programme.id] = await welcome.start(session, programme)
                start = self._starts[programme.id]
                starting = await welcome.of_member(session, programme, subscriber, start)
                return messages.welcome(w, starting)
            case NoteKind.TEAM:
                team = await notes.team_name(session, programme, subscriber)
                return messages.new_team(w, programme, team)
            case NoteKind.NEXT_SEASON:
                kind, now = InviteKind.MEMBER, self.clock()
                link = await invites.current(session, kind, now, programme.id)
                before = await notes.announced_in(session, note.announcement_id or 0)
                if link is None:
                    return None
                season = await session.get_one(Programme, before)
                _, name = await notes.announced(session, note.announcement_id or 0)
                return messages.next_season(w, programme, link.code, season, name)
            case NoteKind.REMOVAL:
                return await self._removal(session, w, programme, subscriber)
            case NoteKind.END:
                if programme.id not in self._scores:
                    scores = await end_notice.final_scores(session, programme)
                    self._scores[programme.id] = scores
                return messages.end_notice(
                    w,
                    await end_notice.end_notice(
                        session, programme, subscriber, self._scores[programme.id], self.clock()
                    ),
                )

    async def _removal(
        self, session: AsyncSession, w: Words, programme: Programme, subscriber: Subscriber
    ) -> Message:
        """Returns what somebody hears who is no longer in a programme without having left it."""
        if await cancellation.is_called_off(session, programme.id):
            now = self.clock()
            following = await end_notice.next_questions(session, subscriber, now)
            return messages.called_off(w, programme, subscriber, following, now)
        return messages.removal(w, programme, await staff.names_of(session, programme.id))

    async def _send(self, note: DueNote, message: Message) -> Result:
        chat_id = note.subscriber_id
        return (await self.sender.send(chat_id, message, priority=Priority.BROADCAST)).result
