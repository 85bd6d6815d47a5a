"""When a programme's next question comes."""

from datetime import UTC, date, datetime, time

from db.programmes import Programme
from db.session import Sessions
from quizbot.programmes.programme import days_of
from quizbot.programmes.schedule import NextQuestion, next_question
from tests.programmes.steps import MONDAY, programme

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), UTC)


async def test_the_next_question_is_told_from_before_the_first_until_after_the_last(
    sessions: Sessions,
) -> None:
    off = (TUESDAY,)
    course = await programme(sessions, ends_on=WEDNESDAY, holidays=off)
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        for now, comes_at, is_first, today_was_due in (
            (at(date(2026, 11, 20)), at(MONDAY), True, False),
            (at(MONDAY, 8), at(MONDAY), False, False),
            (at(MONDAY), at(WEDNESDAY), False, True),
            (at(TUESDAY), at(WEDNESDAY), False, False),
            (at(WEDNESDAY), None, False, True),
            (at(date(2026, 11, 26)), None, False, False),
        ):
            expected = NextQuestion(comes_at, "UTC", is_first, today_was_due)
            days = await days_of(session, found)
            assert next_question(found, days, now) == expected, now
