"""Totals computed anew from the answers: what is kept must come out equal (invariant 6)."""

from collections import defaultdict
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber, WeeklyScore
from quizbot.quiz import learning, scoring
from quizbot.quiz.programmes import scores
from quizbot.quiz.totals import counted_answers, set_totals, totals_of


async def differences(session: AsyncSession) -> list[str]:
    """Where the kept totals differ from the answers, a sentence each; empty when all is well."""
    answers = await counted_answers(session)
    found = [
        f"subscriber {subscriber.id}: kept {kept}, the answers give {rebuilt}"
        for subscriber in await session.scalars(select(Subscriber))
        if (kept := totals_of(subscriber)) != (rebuilt := scoring.total(answers[subscriber.id]))
    ]
    kept_weeks = {
        (score.week, score.subscriber_id): score.points
        for score in await session.scalars(select(WeeklyScore))
    }
    if kept_weeks != (rebuilt_weeks := _weeks(answers)):
        keys = kept_weeks.keys() | rebuilt_weeks.keys()
        wrong = sorted(key for key in keys if kept_weeks.get(key) != rebuilt_weeks.get(key))
        found.append(f"weekly scores differ for (week, subscriber): {wrong}")
    kept_scores, rebuilt_scores = await scores.kept(session), await scores.rebuilt(session)
    if kept_scores != rebuilt_scores:
        either_score = {*kept_scores, *rebuilt_scores}
        wrong_scores = [
            key for key in either_score if kept_scores.get(key) != rebuilt_scores.get(key)
        ]
        found.append(f"programmes' scores differ for: {sorted(wrong_scores)}")
    recalled, rebuilt_recalls = await learning.kept(session), await learning.remembered(session)
    if recalled != rebuilt_recalls:
        either = {*recalled, *rebuilt_recalls}
        strange = sorted(key for key in either if recalled.get(key) != rebuilt_recalls.get(key))
        found.append(f"what is recalled differs for (subscriber, item): {strange}")
    return found


async def rebuild(session: AsyncSession) -> None:
    """Replace all that is kept by what the answers give."""
    answers = await counted_answers(session)
    for subscriber in await session.scalars(select(Subscriber).with_for_update()):
        set_totals(subscriber, scoring.total(answers[subscriber.id]))
    await session.execute(delete(WeeklyScore))
    session.add_all(
        WeeklyScore(week=week, subscriber_id=subscriber_id, points=points)
        for (week, subscriber_id), points in _weeks(answers).items()
    )
    await scores.recount(session, None)
    await learning.rebuild(session)


def _weeks(answers: dict[int, list[scoring.CountedAnswer]]) -> dict[tuple[date, int], int]:
    weeks: dict[tuple[date, int], int] = defaultdict(int)
    for subscriber_id, counted in answers.items():
        for answer in counted:
            weeks[scoring.week_of(answer.local_date), subscriber_id] += answer.points
    return dict(weeks)
