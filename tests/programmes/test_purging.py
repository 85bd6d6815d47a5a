"""Rows that are kept for a limited time are deleted after it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from db.models import QuestionReport, ReportKind
from db.programmes import AuditEntry, SignIn, TextInput, WebSession
from db.session import Sessions
from quizbot.programmes import audit_log, sign_in, text_input
from quizbot.programmes.audit_log import Action
from quizbot.programmes.privacy import purge_expired
from quizbot.quiz import question_reports
from tests.programmes.steps import COORDINATOR, programme
from tests.quiz.steps import START


async def left(sessions: Sessions, now: datetime) -> list[int]:
    """How many sign-in links, sessions, text inputs and log entries there are after purging."""
    async with sessions.begin() as session:
        await purge_expired(session, now)
        return [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (SignIn, WebSession, TextInput, AuditEntry)
        ]


async def test_expired_rows_are_purged_and_others_stay(sessions: Sessions) -> None:
    await programme(sessions)  # an entry of the programme, and one of the coordinator
    async with sessions.begin() as session:
        token = await sign_in.issue_link(session, COORDINATOR, START)
        assert await sign_in.redeem(session, token, START) is not None
        await sign_in.issue_link(session, COORDINATOR, START)
        await text_input.begin(session, COORDINATOR, "programme", START)
        audit_log.record(session, COORDINATOR, Action.SIGNED_OUT, START)
    assert await left(sessions, START) == [2, 1, 1, 4]
    assert await left(sessions, START + timedelta(minutes=5)) == [0, 1, 1, 4]
    assert await left(sessions, START + timedelta(hours=12)) == [0, 0, 1, 4]
    assert await left(sessions, START + timedelta(hours=24)) == [0, 0, 0, 4]
    assert await left(sessions, START + timedelta(days=365)) == [0, 0, 0, 1]


async def test_a_report_of_a_question_is_kept_for_a_year(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await question_reports.add(session, 1, "a", 1, ReportKind.WRONG, START)
    for days, kept in ((364, 1), (365, 0)):
        async with sessions.begin() as session:
            await purge_expired(session, START + timedelta(days=days))
            assert await session.scalar(select(func.count(QuestionReport.id))) == kept
