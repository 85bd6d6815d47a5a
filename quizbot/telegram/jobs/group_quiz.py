"""Questions in groups: close finished polls, claim, mark, send, record; then the weekly board."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from db import leases
from db.leases import Lease
from db.programmes import GroupChat, Programme
from questions import Item, Topic
from quizbot.programmes import group_boards, group_quiz, staff, team_goal
from quizbot.programmes.group_quiz import LocalizedQuestion
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery.outcomes import MAX_CLOSE_DELAY, Result, item_to_send
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sent
from quizbot.telegram.jobs.periodic import SendingTask, gather_all
from quizbot.telegram.jobs.question_delivery import MAX_FLIGHT_TIME
from quizbot.telegram.messages import groups
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.openings import last_question
from quizbot.telegram.messages.questions import quiz_poll
from quizbot.telegram.messages.team_goal import progress_line

log = structlog.get_logger(__name__)

_CLAIMS_PER_COMMIT = 50  # groups
_CLOSED_PER_RUN = 500  # questions
_PAUSE = timedelta(seconds=5)  # after a run in which something was not sent

# If we fail to close a poll, Telegram closes it a little later.
_CLOSE_MARGIN = timedelta(minutes=2)

_RETRYABLE = (Result.NOT_SENT, Result.UNCONFIRMED)  # results of closing that can be retried


@dataclass(eq=False)
class GroupQuizTask(SendingTask):
    """Runs until no group is due, with at most `batch_size` postings in flight."""

    topic: Topic
    item_pool: ItemPool
    batch_size: int = 8
    _paused_until: datetime | None = field(init=False, default=None)

    async def _work(self) -> int:
        """Close finished polls and post due questions. Returns how many were posted."""
        began = self.clock()
        if self._paused_until is not None and began < self._paused_until:
            return 0
        self._paused_until = None
        async with self.sessions() as session:
            if not await group_quiz.is_work_due(session, began):
                return 0
        await self._close_all(await self._clean_up_and_find_closed(began))
        return await self._post_all(began)

    def _pause(self) -> None:
        """Pause after something was not sent."""
        self._paused_until = self.clock() + _PAUSE

    async def _clean_up_and_find_closed(self, now: datetime) -> list[LocalizedQuestion]:
        """Mark what was interrupted or never arrived. Returns sent questions that have closed."""
        async with self.sessions.begin() as session:
            await group_quiz.mark_interrupted(session, now - MAX_FLIGHT_TIME)
            await group_quiz.mark_unsent_done(session, now, _CLOSED_PER_RUN)
            return await group_quiz.closed_questions(session, now, _CLOSED_PER_RUN)

    async def _close_all(self, questions: Sequence[LocalizedQuestion]) -> None:
        for start in range(0, len(questions), self.batch_size):
            if self.stopping:
                return
            some = questions[start : start + self.batch_size]
            await gather_all(self._close(each) for each in some)

    async def _close(self, localized: LocalizedQuestion) -> None:
        """Close the poll and post its result; a failure affects only this group."""
        try:
            votes: Sequence[int] | None = localized.question.results
            if votes is None and localized.question.message_id is not None:
                closed = await self.sender.close_poll(
                    localized.question.chat_id, localized.question.message_id, Priority.BROADCAST
                )
                if closed.result in _RETRYABLE:
                    self._pause()
                    return
                votes = closed.votes
            async with self.sessions.begin() as session:
                to_tell = await group_quiz.mark_done(session, localized.question.id, votes)
            if to_tell:
                await self._post_result(localized, votes)
        except Exception:
            log.exception("group_results_failed", chat=localized.question.chat_id)

    async def _post_result(self, localized: LocalizedQuestion, votes: Sequence[int] | None) -> None:
        """Post the result. If the poll was closed already, the reply to it has the votes."""
        item = self._item(localized)
        if item is None:
            return
        w = self.languages[localized.language]
        order, chat_id = localized.question.option_order, localized.question.chat_id
        async with self.sessions() as session:
            day, now = localized.question.local_date, self.clock()
            goal = await team_goal.news_for_group(session, chat_id, day, now)
        line = progress_line(w, goal) if goal is not None else ""
        text = groups.poll_results(w, item, self.topic, order, votes, line)
        sent = await self._send(chat_id, text, localized.question.message_id)
        async with self.sessions.begin() as session:
            if sent.result is Result.NOT_SENT:
                self._pause()
                await group_quiz.announce_later(session, localized.question.id)
                return
            if votes is None and sent.votes is not None:
                await group_quiz.store_votes(session, localized.question.id, sent.votes)
            if goal is not None:
                await team_goal.note_told(session, chat_id, goal)
        better = groups.poll_results(w, item, self.topic, order, votes or sent.votes, line)
        if better != text and sent.message_id is not None:
            await self.sender.edit(sent.chat_id, sent.message_id, better, Priority.BROADCAST)

    async def _post_all(self, began: datetime) -> int:
        posted = 0
        while not self.stopping:
            async with self.sessions.begin() as session:
                claimed = await group_quiz.claim_due(
                    session, self.item_pool, self.clock(), _CLAIMS_PER_COMMIT
                )
            await gather_all(
                self._send_end(claimed.ended.only([chat_id])) for chat_id in claimed.ended.ids
            )
            async with self.sessions.begin() as session:
                now, size = self.clock(), self.batch_size
                leaving = await group_quiz.begin_sending(session, now, size, began)
            results = await gather_all(self._post(each) for each in leaving)
            posted += results.count(Result.SENT)
            if claimed.due < _CLAIMS_PER_COMMIT and len(leaving) < self.batch_size:
                break
        if posted:
            log.info("posted_in_groups", groups=posted)
        return posted

    async def _post(self, localized: LocalizedQuestion) -> Result:
        """Post a question and record the result, even if posting fails."""
        try:
            sent = await self._send_question(localized)
        except Exception:
            log.exception("group_question_unconfirmed", chat=localized.question.chat_id)
            sent = Sent(Result.UNCONFIRMED, localized.question.chat_id)
        async with self.sessions.begin() as session:
            await group_quiz.record_outcome(
                session, localized.question, sent.result, sent.message_id
            )
        if sent.result is Result.NOT_SENT:
            self._pause()
        elif sent.lacks_rights:
            await self._report_missing_rights(localized, sent.chat_id)
        elif sent.result is not Result.BLOCKED:
            await self._show_board(localized, sent.chat_id)
        return sent.result

    async def _send_question(self, localized: LocalizedQuestion) -> Sent:
        item = self._item(localized)
        if item is None:
            log.error(
                "group_question_withdrawn",
                chat=localized.question.chat_id,
                item=localized.question.item_id,
            )
            return Sent(Result.REFUSED, localized.question.chat_id)
        w = self.languages[localized.language]
        order, closes = localized.question.option_order, localized.question.closes_at
        note = last_question(w, localized.last_of) if localized.last_of else None
        poll = quiz_poll(w, item, self.topic, order, closes, note)
        closes_at = localized.question.closes_at + _CLOSE_MARGIN
        too_far = closes_at - self.clock() >= MAX_CLOSE_DELAY
        return await self.sender.group_question(
            localized.question.chat_id, poll, None if too_far else closes_at
        )

    def _item(self, localized: LocalizedQuestion) -> Item | None:
        question = localized.question
        return item_to_send(self.topic, question.item_id, question.option_order)

    async def _report_missing_rights(self, localized: LocalizedQuestion, chat_id: int) -> None:
        """Report a failure once until it works again: in the group, or else to the coordinators."""
        async with self.sessions() as session:
            chat = await session.get(GroupChat, chat_id)
            if chat is None or await group_quiz.was_previous_refused(session, localized.question):
                return
            programme = await session.get_one(Programme, chat.programme_id)
            coordinators = await staff.coordinators_of(session, programme.id)
        names = chat.title, programme.name
        note = groups.missing_rights(self.languages[chat.language], *names)
        if (await self._send(chat_id, note)).result is Result.SENT:
            return
        for each in coordinators:
            note = groups.missing_rights(self.languages[each.language], *names)
            await self._send(each.id, note)

    async def _show_board(self, localized: LocalizedQuestion, chat_id: int) -> None:
        async with self.sessions.begin() as session:
            day = localized.question.local_date
            taken = await group_boards.take_weekly(session, chat_id, day, self.clock())
        if taken is None:
            return
        lease, board = taken
        shown = groups.last_week_board(self.languages[board.language], board)
        if (await self._send(chat_id, shown)).result is Result.NOT_SENT:
            await self._release(lease, None)  # the next question brings it

    async def _send_end(self, lease: Lease) -> None:
        """Tell a group that its programme is over; its last question has just been closed."""
        (chat_id,) = lease.ids
        async with self.sessions() as session:
            board = await group_boards.final(session, chat_id, self.clock())
        if board is None:
            return
        notice = groups.programme_ended(self.languages[board.language], board)
        if (await self._send(chat_id, notice)).result is Result.NOT_SENT:
            self._pause()
            await self._release(lease, self.clock())

    async def _release(self, lease: Lease, due_at: datetime | None) -> None:
        async with self.sessions.begin() as session:
            await leases.release(session, lease, due_at)

    async def _send(self, chat_id: int, message: Message, reply_to: int | None = None) -> Sent:
        return await self.sender.send(chat_id, message, reply_to, Priority.BROADCAST)
