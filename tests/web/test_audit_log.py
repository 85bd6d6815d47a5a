"""The audit log: who did what, in sentences, by day."""

from datetime import timedelta
from html import unescape

import pytest

from db.programmes import AuditEntry
from quizbot.programmes import audit_log
from quizbot.programmes.audit_log import Action
from quizbot.telegram.messages.words import Languages
from quizbot.web.pages.audit_log import sentence
from tests.programmes.steps import COORDINATOR, programme
from tests.web.site import Site

ENGLISH = Languages()["en"]


def told(action: str, detail: str = "", name: str | None = "Anna", actor: int | None = 1) -> str:
    entry = AuditEntry(action=action, detail=detail, actor_id=actor)
    return unescape(sentence(ENGLISH, entry, name).striptags())


@pytest.mark.parametrize("detail", ["", "Blue"])
@pytest.mark.parametrize("action", Action)
def test_each_action_has_a_sentence(action: Action, detail: str) -> None:
    """Write it in `web.pages.audit_log._sentences`."""
    text = told(action, detail)
    assert text.startswith("Anna ")
    assert text.endswith(".")
    assert not text.startswith("Anna:")


@pytest.mark.parametrize(
    ("action", "detail", "text"),
    [
        (Action.TEAM_MADE, "Blue", "Anna added the team Blue."),
        (Action.TEAMS_BALANCED, "8", "Anna balanced the teams: 8 members moved."),
        (Action.TEAMS_BALANCED, "1", "Anna balanced the teams: 1 member moved."),
        (Action.MEMBER_MOVED, "Blue", "Anna moved a member to the team Blue."),
        (Action.MEMBER_MOVED, "", "Anna took a member out of their team."),
        (Action.LINK_MADE, "member", "Anna made an invite link for members."),
        (
            Action.LINK_RENEWED,
            "member",
            "Anna made a new link for members. The one before no longer works.",
        ),
        (Action.LINK_MADE, "Blue", "Anna made an invite link for Blue."),
        (Action.PROGRAMME_ENDED, "2026-12-24", "Anna set the last day: 24 Dec 2026."),
        (Action.PROGRAMME_ENDED, "- → 2026-12-24", "Anna set the last day: none → 24 Dec 2026."),
        (
            Action.HOLIDAYS_ADDED,
            "2026-12-24 to 2026-12-26",
            "Anna added holidays: 24 Dec 2026 – 26 Dec 2026.",
        ),
        (Action.HOLIDAYS_ADDED, "2026-12-24 to 2026-12-24", "Anna added holidays: 24 Dec 2026."),
        (
            Action.GOAL_SET,
            "1000 by 2026-12-24",
            "Anna set a team goal: 1,000 answers by 24 Dec 2026.",
        ),
        (Action.HOLIDAY_REMOVED, "2026-12-24", "Anna removed a holiday: 24 Dec 2026."),
        ("of-a-newer-version", "", "Anna: of-a-newer-version"),
    ],
)
def test_details_are_part_of_the_sentence(action: str, detail: str, text: str) -> None:
    assert told(action, detail) == text


@pytest.mark.parametrize(
    "name",
    ["member", "group", "-", "A → B", "2026-01-01", "2026-99-99", "5 by 2026-99-99"],
)
def test_a_name_is_shown_as_it_is_even_if_it_reads_like_another_detail(name: str) -> None:
    assert told(Action.TEAM_MADE, name) == f"Anna added the team {name}."
    assert told(Action.GROUP_LINKED, name) == f"Anna linked the group {name}."
    assert told(Action.MEMBER_MOVED, name) == f"Anna moved a member to the team {name}."


@pytest.mark.parametrize(
    "detail", ["2026-99-99", "5 by 2026-99-99", "2026-02-30 to 2026-03-01", "٢٠٢٦-٠١-٠١", "- → "]
)
def test_no_detail_breaks_the_page(detail: str) -> None:
    assert all(told(action, detail).startswith("Anna ") for action in Action)


def test_who_is_erased_or_no_longer_runs_it_is_not_named() -> None:
    for actor in (1, None):
        assert told(Action.TEAM_MADE, "Blue", None, actor) == (
            "Somebody who no longer runs it added the team Blue."
        )
    assert told(Action.GROUP_UNLINKED, "Walkers", None, None) == (
        "The group Walkers is no longer linked."
    )


def test_names_are_text() -> None:
    entry = AuditEntry(action=Action.TEAM_MADE, detail="<b>{who}", actor_id=1)
    assert sentence(ENGLISH, entry, "<i>") == (
        "<bdi>&lt;i&gt;</bdi> added the team <bdi>&lt;b&gt;{who}</bdi>."
    )


async def test_the_log_is_in_pages_by_day_and_names_only_who_runs_it_now(site: Site) -> None:
    mine = await programme(site.sessions)
    async with site.sessions.begin() as session:
        for number in range(100):
            at = site.now + timedelta(minutes=number)
            audit_log.record(session, COORDINATOR, Action.TEAM_MADE, at, mine, f"No. {number}")
        at = site.now + timedelta(days=1)
        audit_log.record(session, 77, Action.TEAM_REMOVED, at, mine, "Blue")
    browser = await site.signed_in(COORDINATOR)
    first = await browser.sees(f"/p/{mine}/audit-log")
    assert (
        "Tuesday, 24 Nov 2026 08:00 Somebody who no longer runs it removed the team Blue . "
        "Monday, 23 Nov 2026 09:39 Kim Doe added the team No. 99 ."
    ) in first
    assert "No. 0 " not in first
    assert "1–100 of 102" in first
    second = await browser.sees(f"/p/{mine}/audit-log?page=2")
    assert "08:00 Kim Doe added the team No. 0 . 08:00 Kim Doe made the programme" in second
