"""Sixty days of three people: what they are told, and that it costs no message more."""

from collections import Counter

from benchmarks import messages
from benchmarks.messages import Day
from db.session import Sessions
from tests.quiz.steps import TOPIC


async def test_sixty_days_bring_no_message_more_than_questions_cards_and_reminders(
    sqlite_sessions: Sessions,
) -> None:
    found = await messages.simulate(sqlite_sessions, TOPIC, messages.DAYS)
    always, often, silent = found.values()
    for days in found.values():
        for first in range(messages.DAYS - 6):
            assert messages.more_than_before(days[first : first + 7]) == 0
            assert all(each.messages.total() <= 2 for each in days)

    assert total(always, "messages") == {"questions": 60, "cards": 60}
    assert on_days(always, "a recap") == [7, 14, 21, 28, 35, 42, 49, 56]
    warm = on_days(always, "a warm line in the card")
    assert {2, 6, 13, 20, 29, 49} <= set(warm)
    assert len([day for day in warm if day < 30]) <= 18  # of these, 12 master an objective
    assert len(warm) <= 40  # even for who masters the topic

    assert on_days(often, "the question whether to pause") == []
    answered = [day for day, each in enumerate(often) if each.messages["cards"]]
    assert len(answered) == 60 - 24
    back = [day for day in (14, 28, 42, 56) if day in on_days(often, "a warm line in the card")]
    assert back == [14, 28, 42, 56]

    assert on_days(silent, "the question whether to pause") == [14]
    assert [each.messages["questions"] for each in silent[:17]] == [1] * 17
    assert [each.messages["reminders"] for each in silent[:17]] == [1] * 3 + [0] * 14
    assert all(not each.messages for each in silent[17:])
    assert on_days(silent, "a recap") == []


def total(days: list[Day], what: str) -> Counter[str]:
    return sum((getattr(each, what) for each in days), Counter())


def on_days(days: list[Day], what: str) -> list[int]:
    return [day for day, each in enumerate(days) if each.told[what]]
