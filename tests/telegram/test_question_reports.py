"""Reporting a question from its card, the operators' answer, and who hears it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import QuestionReport, ReportKind
from db.programmes import TextInput
from quizbot.quiz import question_reports
from quizbot.scheduler import Jobs
from tests.telegram.programmes import turned
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, on_each_database, words
from tests.telegram.test_privacy import exported

OPERATOR = 5_000_000_001  # the first person of a sandbox


async def with_card(sandbox: Sandbox, jobs: Jobs, person: Person) -> Message:
    """Returns the card of the person's first question, at 09:00."""
    await sandbox.later(jobs, hours=1)
    await person.votes(await person.gets_question())
    return await person.hears("Source:")


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def card_now(person: Person, card: Message) -> Message:
    return next(m for m in await person.messages() if m["message_id"] == card["message_id"])


async def keyboard_is(person: Person, card: Message, expected: list[str]) -> None:
    """Waits for the replies before, and asserts what is below the card."""
    await person.hears_nothing_else()
    assert labels(await card_now(person, card)) == expected


async def all_reports(sandbox: Sandbox) -> list[QuestionReport]:
    async with sandbox.sessions() as session:
        return list(await session.scalars(select(QuestionReport).order_by(QuestionReport.id)))


async def reported(sandbox: Sandbox, jobs: Jobs, person: Person, kind: str = "unclear") -> Message:
    card = await with_card(sandbox, jobs, person)
    await person.presses("…")
    await person.presses(kind)
    await person.hears("Want to add something?")
    return card


CARD = ["➕ More", "📊 Score", "…"]
REPORTS = ["🚩 It's wrong", "🤔 It's unclear", "📅 It's outdated", "💬 Something else"]
MENU = [*REPORTS, "⚔️ Challenge a friend"]


async def test_the_menu_opens_and_closes_in_place(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        card = await with_card(sandbox, jobs, ana)
        assert labels(card) == CARD
        await ana.presses("…")
        await keyboard_is(ana, card, [*CARD[:2], "✕", *MENU])
        assert words(await card_now(ana, card)) == words(card)
        await ana.press_data(card, f"more:{(await ana.deliveries())[0].id}")  # twice
        await ana.presses("✕")
        await keyboard_is(ana, card, CARD)
        assert await sandbox.count(QuestionReport) == 0
    assert sandbox.faults_logged() == []


@on_each_database
async def test_a_report_is_answered_and_its_reporter_hears_it_once(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)) as jobs:
        olga, ana = await sandbox.person("Olga"), await sandbox.subscriber()
        card = await reported(sandbox, jobs, ana)
        await ana.says("  I do not\nget <b>it</b>\x00")
        await ana.hears("Got it, thanks")
        await keyboard_is(ana, card, CARD)
        delivery = (await ana.deliveries())[0]
        [report] = await all_reports(sandbox)
        assert (report.item_id, report.item_revision) == (delivery.item_id, delivery.item_revision)
        assert (report.kind, report.reporter_id) == (ReportKind.UNCLEAR, ana.id)
        assert report.comment == "I do not get <b>it</b>"
        assert await sandbox.count(TextInput) == 0
        [exports] = (await exported(ana))["question_reports"]
        assert (exports["kind"], exports["comment"]) == ("unclear", "I do not get <b>it</b>")

        await olga.says("/reports")
        shown = words(await olga.hears("Reported question 1 of 1"))
        assert "🤔 It's unclear: 1" in shown
        assert "100% right of 1 answer" in shown
        assert "• I do not get <b>it</b>" in shown
        await olga.presses("Answer")
        await olga.hears("1 person will get it")
        await olga.says("x" * 501)
        await olga.hears("501 characters. Please send 500 at most.")
        await olga.says("my phone is 555")
        first = await olga.hears("Send this answer?")
        await olga.presses("Change")
        await olga.hears("What's your answer?")
        await olga.says("We have made it clearer & shorter.")
        preview = await olga.hears("Send this answer?")
        assert "Here's what the editors say:" in words(preview)
        [send, *_] = buttons(first)
        assert "out of date" in (await olga.press_data(first, send["callback_data"]))["text"]
        await jobs.report_answers.run()
        await ana.hears_nothing_else()  # not before the operator has seen it
        await turned(olga, "📤 Send", "✅ Sent to 1 person.")
        await jobs.report_answers.run()
        heard = words(await ana.hears("You reported this question"))
        assert "Here's what the editors say:" in heard
        assert "We have made it clearer & shorter." in heard
        [report] = await all_reports(sandbox)
        assert (report.reporter_id, report.notice_due_at) == (None, None)
        assert report.answered_at is not None
        sandbox.clock.advance(3600)
        await jobs.report_answers.run()
        await ana.hears_nothing_else()
        await olga.says("/reports")
        await olga.hears("There are no open reports")
        assert "question_reports" not in await exported(ana)
    assert sandbox.faults_logged() == []


async def test_one_open_report_a_question_and_five_a_day(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        card = await reported(sandbox, jobs, ana)
        delivery = (await ana.deliveries())[0]
        data = f"report:{delivery.id}:wrong"
        await ana.press_data(card, data)  # while the line is awaited, as after a crash
        await ana.hears("Want to add something?")
        await ana.presses("Skip")
        await ana.hears_nothing_else()
        toast = await ana.press_data(card, data)
        assert "already reported this question" in toast["text"]
        async with sandbox.sessions.begin() as session:
            for number in range(question_reports.MAX_A_DAY - 1):
                await question_reports.add(
                    session, ana.id, f"i{number}", 1, ReportKind.OTHER, sandbox.clock.now()
                )
        await ana.presses("More")
        await ana.votes(await ana.gets_question())
        await ana.hears("Source:")
        await ana.presses("…")
        practice = (await ana.deliveries())[-1]
        toast = await ana.press_data(card, f"report:{practice.id}:wrong")
        assert "You can send 5 reports a day" in toast["text"]
        sandbox.clock.advance(timedelta(days=1).total_seconds() + 1)
        await ana.press_data(card, f"report:{practice.id}:wrong")
        await ana.hears("Want to add something?")
        kinds = [each.kind for each in await all_reports(sandbox)]
        assert kinds == ["unclear", *["other"] * 4, "wrong"]


async def test_the_line_is_optional_and_other_texts_are_not_taken_for_it(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await reported(sandbox, jobs, ana, "wrong")
        await ana.says("my score")
        await ana.hears("Points:")
        await ana.says("I have chest pain")
        await ana.hears("112 in Europe")
        await ana.says("x" * 301)
        await ana.hears("301 characters. Please send 300 at most.")
        sandbox.clock.advance(15 * 60)
        await ana.says("what is homocysteine?")
        await ana.hears("/about leads to the article")
        [report] = await all_reports(sandbox)
        assert report.comment is None
        assert sandbox.faults_logged() == []


async def test_what_an_operator_writes_about_something_else_is_told_to_nobody(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot(operators=str(OPERATOR)) as jobs:
        olga, ana = await sandbox.person("Olga"), await sandbox.subscriber()
        await reported(sandbox, jobs, ana)
        await olga.says("/reports")
        await olga.hears("Reported question 1 of 1")
        await olga.presses("Answer")
        await olga.hears("1 person will get it")
        await olga.says("I have chest pain")
        await olga.hears("112 in Europe")
        await olga.says("my data")
        await olga.hears("/export")
        await olga.says("Tomorrow at nine")
        await olga.hears("Send this answer?")
        sandbox.clock.advance(3600)
        await olga.says("what is homocysteine?")
        await olga.hears("/about leads to the article")
        assert [each.answer for each in await all_reports(sandbox)] == [None]
    assert sandbox.faults_logged() == []


async def test_forged_presses_report_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)) as jobs:
        bea, ana = await sandbox.person("Bea"), await sandbox.subscriber()
        card = await reported(sandbox, jobs, ana)
        delivery = (await ana.deliveries())[0]
        [report] = await all_reports(sandbox)
        await bea.says("/help")
        sent = await bea.hears("One question a day")
        for data in (
            f"report:{delivery.id}:wrong",  # another's question
            f"report:{10**17}:wrong",
            f"report:{delivery.id}:bad",
            "report:-1:wrong",
        ):
            assert "out of date" in (await bea.press_data(sent, data))["text"], data
        for data in ("reports:0", f"answer:{report.id}"):  # for operators: Bea is the operator
            assert "out of date" in (await ana.press_data(card, data))["text"], data
        await ana.says("/reports")
        await ana.hears("I don't know that command")
        await bea.press_data(sent, f"answer:{report.id + 1}")
        assert len(await all_reports(sandbox)) == 1
        await bea.press_data(sent, f"answer:{report.id}")
        await bea.hears("1 person will get it")
    async with sandbox.bot():  # Bea is no operator any more
        await bea.says("An answer")
        await bea.hears("I don't know that command")
        assert [each.answer for each in await all_reports(sandbox)] == [None]
    assert sandbox.faults_logged() == []


async def answered(sandbox: Sandbox) -> None:
    """Answers all open reports, directly."""
    async with sandbox.sessions.begin() as session:
        for each in await question_reports.reported_items(session):
            await question_reports.answer(
                session, each.item_id, each.revision, 2**40, "Done.", sandbox.clock.now()
            )


async def test_operators_hear_once_a_day_that_reports_wait(sandbox: Sandbox) -> None:
    async with sandbox.bot(operators=str(OPERATOR)) as jobs:
        olga, ana = await sandbox.person("Olga"), await sandbox.subscriber()
        await olga.says("/help")
        await olga.hears("One question a day")
        await reported(sandbox, jobs, ana)  # after 09:00
        await jobs.operator_notes.run()
        await olga.hears_nothing_else()
        sandbox.clock.advance((15 + 7) * 3600)  # 07:00, in the quiet hours
        await jobs.operator_notes.run()
        await olga.hears_nothing_else()
        sandbox.clock.advance(3600)
        await sandbox.control.fault("flood", method="sendMessage", chat_id=olga.id)
        await jobs.operator_notes.run()  # Telegram refuses it: it comes a little later
        sandbox.clock.advance(600)
        assert await jobs.operator_notes.run() == 1
        told = words(await olga.hears("1 report of a question is waiting for an answer."))
        assert "/reports" in told
        for _ in range(3):
            sandbox.clock.advance(timedelta(days=2).total_seconds())
            await jobs.operator_notes.run()
        await olga.hears_nothing_else()
        sandbox.clock.advance(timedelta(days=1).total_seconds())
        await jobs.operator_notes.run()  # a week later
        await olga.hears("1 report of a question is waiting")
        await answered(sandbox)
        sandbox.clock.advance(timedelta(days=8).total_seconds())
        assert await jobs.operator_notes.run() == 0
        await olga.hears_nothing_else()
    assert sandbox.faults_logged() == []


async def test_an_answer_lost_in_a_crash_comes_later(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await reported(sandbox, jobs, ana)
    await answered(sandbox)
    now = sandbox.clock.now()
    async with sandbox.sessions.begin() as session:  # a process that dies right after this
        assert await question_reports.take_due(session, now, 8)
    async with sandbox.bot() as jobs:
        await jobs.report_answers.run()
        await ana.hears_nothing_else()
        sandbox.clock.advance(60)
        await jobs.report_answers.run()
        await ana.hears("You reported this question")
        assert [each.reporter_id for each in await all_reports(sandbox)] == [None]


@pytest.mark.parametrize(
    ("fault", "kept"), [("blocked", False), ("lost_reply", True), ("flood", True)]
)
async def test_a_blocked_reporter_settles_the_answer_and_a_lost_reply_does_not(
    sandbox: Sandbox, fault: str, kept: bool
) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await reported(sandbox, jobs, ana)
        await answered(sandbox)
        await sandbox.control.fault(fault, method="sendMessage", chat_id=ana.id)
        await jobs.report_answers.run()
        [report] = await all_reports(sandbox)
        assert (report.reporter_id == ana.id, report.notice_due_at is not None) == (kept, kept)
        sandbox.clock.advance(60)
        await jobs.report_answers.run()
        [report] = await all_reports(sandbox)
        assert (report.reporter_id, report.notice_due_at) == (None, None)


@on_each_database
async def test_forget_makes_reports_nobodys_and_an_answer_is_told_to_nobody(
    sandbox: Sandbox,
) -> None:
    """Coordinators, who see how many reports there are, would see whose it was that goes."""
    async with sandbox.bot(operators=str(OPERATOR)) as jobs:
        olga, ana = await sandbox.person("Olga"), await sandbox.subscriber()
        await reported(sandbox, jobs, ana)
        await ana.says("It says 5.")
        await ana.hears("Got it, thanks")
        await ana.says("/forget")
        await ana.hears("Are you sure?")
        await turned(ana, "Erase everything", "is erased")
        [report] = await all_reports(sandbox)
        assert (report.reporter_id, report.comment) == (None, None)
        await ana.presses("…")
        await ana.presses("wrong")
        assert len(await all_reports(sandbox)) == 1
        await olga.says("/reports")
        await olga.hears("Reported question 1 of 1")
        await olga.presses("Answer")
        await olga.hears("Nobody will get it")
        await olga.says("Done.")
        assert "Nobody will get it" in words(await olga.hears("Send this answer?"))
        await turned(olga, "📤 Send", "Nobody is left to hear it.")
        await jobs.report_answers.run()
        [report] = await all_reports(sandbox)
        assert (report.answer, report.notice_due_at) == ("Done.", None)
    assert sandbox.faults_logged() == []
