"""Messages about programmes are complete, escaped, and within Telegram's limits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import available_timezones

import pytest
from telegram.constants import BotCommandLimit, MessageLimit

from db.models import Subscriber
from db.programmes import Announcement, Coordinator, Enrolment, Invite, InviteKind, Team
from quizbot.programmes.announcements import Outlook, SentAnnouncement
from quizbot.programmes.boards import MemberBoard, Period, Standing, TeamPlace
from quizbot.programmes.invites import OpenInvite
from quizbot.programmes.members import Activity
from quizbot.programmes.membership import Membership, Offer, Refusal
from quizbot.programmes.programme import MovedStart
from quizbot.programmes.schedule import NextQuestion
from quizbot.programmes.staff import ListedCoordinator
from quizbot.programmes.wizard import Step
from quizbot.quiz.answers.leaderboard import Place
from quizbot.telegram.messages import (
    announcements,
    boards,
    invites,
    membership,
    programme,
    programme_wizard,
    staff,
    teams,
    text_input,
)
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.programme import ProgrammeSettings, ProgrammeSummary
from quizbot.telegram.messages.programme_wizard import StepContext
from quizbot.telegram.messages.words import Languages
from tests.quiz.steps import TOPIC
from tests.telegram.message_checks import EVIL, LONG, buttons_of, check, kinds_in, shown
from tests.telegram.message_checks import programme as a_programme

W = Languages()["en"]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NAME = LONG[:64]
LINK = "https://t.me/a_bot_with_the_longest_of_names_x?startgroup=" + "A" * 22
POSTER = "http://127.0.0.1:8080/p/7/poster"
ENDED = invites.Ended("A" * 22, 10**9)
COMING = NextQuestion(NOW + timedelta(days=300), "UTC", is_first=True)
ZONE = "America/Argentina/ComodRivadavia"
PROGRAMME = a_programme()
EVERY_OTHER_DAY = [date(2026, 11, 24) + timedelta(days=2 * number) for number in range(200)]
DRAFT = {
    "name": NAME,
    "zone": ZONE,
    "start": "2026-11-30",
    "end": "2027-12-31",
    "time": "07:30",
    "days": 0b101_0101,
    "holidays": [f"{day}" for day in EVERY_OTHER_DAY if day >= date(2026, 11, 30)],
}
REASONS = (
    *(
        "no-name",
        "long-name",
        "hidden",
        "link",
        "no-zone",
        "no-date",
        "no-dates",
        "no-last-day",
        "no-time",
        "no-days",
    ),
    *(
        "team-twice",
        "past",
        "too-far",
        "end-before-start",
        "too-long",
        "outside",
        "too-many-holidays",
    ),
    *("begun", "joined", "too-late", "group-polls", "team-taken", "too-many-teams"),
)


def team(number: int = 1, name: str = LONG[:40]) -> Team:
    return Team(id=10**18 - number, programme_id=PROGRAMME.id, name=name, name_key="x")


def part(*, hidden: bool = False, name: str | None = None, of: Team | None = None) -> Membership:
    enrolment = Enrolment(
        programme_id=PROGRAMME.id, subscriber_id=1, hidden=hidden, shown_name=name, team_id=1
    )
    return Membership(PROGRAMME, enrolment, of)


def person(due: datetime | None) -> Subscriber:
    return Subscriber(id=1, alias=EVIL, timezone=ZONE, question_time=time(7, 30), next_due_at=due)


def summary(today: date, *, asked: int = 9, holidays: bool = True) -> ProgrammeSummary:
    off = EVERY_OTHER_DAY if holidays else []
    ended = PROGRAMME.ends_on is not None and today > PROGRAMME.ends_on
    return ProgrammeSummary(
        PROGRAMME, 10**6, 200, off, today, Activity(asked, asked), ended, COMING, NOW
    )


def offers() -> Iterator[Offer]:
    for is_new_subscriber, begins, moves in (
        (True, True, False),
        (False, True, False),
        (False, False, False),
        (False, False, True),
    ):
        for coordinators in ([], [NAME] * 20):
            yield Offer(
                *("A" * 22, PROGRAMME, team() if moves or coordinators else None, coordinators),
                *(EVERY_OTHER_DAY, begins, is_new_subscriber, moves),
            )


def board(period: Period, *, size: int = 11, hidden: bool = False, mine: int | None = 5) -> Message:
    top = [Place(rank, NAME, 10**9 - rank, rank == 99) for rank in range(1, size + 1)]
    around = [Place(10**6, NAME, 12, False) for _ in range(3)] if size else []
    frame = boards.ProgrammeBoards(PROGRAMME, True, team(2))
    of = team() if hidden else None
    empty = None if size else boards.EmptyBoard(NOW, COMING)
    shown = MemberBoard(period, of, top, around, 10**6, mine, hidden)
    return boards.member_board(W, frame, shown, empty)


def test_a_late_members_line_has_no_rank_before_the_first_full_week() -> None:
    top = [Place(rank, NAME, 99, False) for rank in range(1, 11)]
    around = [Place(45, NAME, 12, False), Place(46, "Me", 2, True)]
    mine = Standing(46, 46, 45, 10)
    known = MemberBoard(Period.WEEK, None, top, around, 46, 2, False, mine)
    late = boards.ProgrammeBoards(PROGRAMME, False, None, True, first_full_week=date(2026, 11, 30))
    told = shown(boards.member_board(W, late, known))
    assert "🌱 Your first full week starts on Monday." in told
    assert "– 2 points ← you" in told
    assert "46" not in told
    ever = shown(boards.member_board(W, late, replace(known, period=Period.ALL_TIME)))
    assert "📍 10 points to the next place." in ever
    for rank, told in ((2, "📍 You're 2nd of 4, 10 points to 1st."), (3, "📍 10 points to 2nd.")):
        placed = replace(known, mine=Standing(rank, 4, rank - 1, 10), period=Period.ALL_TIME)
        assert told in shown(boards.member_board(W, late, placed))


FINAL = MemberBoard(
    Period.PROGRAMME, None, [], [], 10**7, 10**9, False, Standing(10**6, 10**7, 1, 10)
)


def today(number: int, *, waiting: bool) -> Message:
    mine = Standing(10**6, 10**7, 10**6 - 1, 10**6)
    week = MemberBoard(Period.WEEK, None, [], [], 10**7, 12, False, mine)
    whole = MemberBoard(Period.PROGRAMME, None, [], [], 10**7, 0, False)
    parts = [membership.MemberToday(PROGRAMME, week, whole)] * number
    return membership.today(W, parts, [], "Your next question comes", NOW, waiting=waiting)


def team_board(number: int, *, small: bool) -> Message:
    places = [
        TeamPlace(None if small else each, team(each), 10**6, None if small else 12.345, each == 99)
        for each in range(1, number + 1)
    ]
    return boards.team_board(
        W, boards.ProgrammeBoards(PROGRAMME, True, team(99)), Period.PROGRAMME, places
    )


def steps() -> Iterator[Message]:
    for step in Step:
        for typed in ("", "Lisbonn", "9pm"):
            for fault in ("", "hidden"):
                context = StepContext(step, dict(DRAFT), NOW.date(), ZONE, TOPIC.title, typed)
                yield programme_wizard.ask(W, context, fault)
                yield programme_wizard.ask(W, context._replace(of=PROGRAMME), fault)
    yield programme_wizard.ask(W, StepContext(Step.NAME, {}, NOW.date(), "UTC", TOPIC.title))


def outlook(**changed: Any) -> Outlook:
    """Several long announcements, one of them stopped."""
    announced = [
        SentAnnouncement(
            Announcement(
                text=LONG[:1000], created_at=NOW, members=10**6, muted=9, sent=1, active=active
            ),
            NAME,
            waiting=10**6,
        )
        for active in (True, False, True, True)
    ]
    found = Outlook(NAME, 10**6, 10**6, 9, 1, None, stopped=False, latest=announced)
    return replace(found, **changed)


def everything() -> dict[str, list[Message]]:
    """Messages by function, with the longest and worst texts that people can type."""
    who = Coordinator(id=2**52, name=NAME, language="en", since=NOW)
    many = [PROGRAMME] * 300
    open_invite = Invite(code="A" * 22, kind=InviteKind.COLLEAGUE, created_at=NOW, expires_at=NOW)
    invited = [OpenInvite(open_invite, NAME, NAME), OpenInvite(open_invite, None, None)] * 50
    return {
        "ask": list(steps()),
        "cancelled": [programme_wizard.cancelled(W)],
        "programme_list": [programme.programme_list(W, run) for run in ([], many)],
        "card": [
            programme.card(W, summary(date(2026, 11, 1), holidays=False)),
            programme.card(W, summary(date(2026, 12, 1))),
            programme.card(W, summary(date(2026, 12, 1), asked=0)),
            programme.card(W, summary(date(2028, 1, 1))),
        ],
        "menu": [programme.menu(W, PROGRAMME, each, 10**9) for each in list(programme.Menu)[:2]],
        "next_season_exists": [programme.next_season_exists(W, PROGRAMME)],
        "next_season_later": [programme.next_season_later(W, PROGRAMME)],
        "settings": [
            programme.settings(
                W, ProgrammeSettings(PROGRAMME, off, NOW.date(), begun, joined), step
            )
            for begun, joined in product((True, False), repeat=2)
            for off in ([], EVERY_OTHER_DAY)
            for step in (None, Step.TIME, Step.NAME)
        ]
        + [
            programme.settings(
                W,
                ProgrammeSettings(
                    PROGRAMME, [], NOW.date(), False, True, MovedStart(10**6, is_again)
                ),
                Step.START,
            )
            for is_again in (True, False)
        ],
        "ask_remove_programme": [programme.ask_remove_programme(W, PROGRAMME)],
        "ask_call_off": [programme.ask_call_off(W, PROGRAMME, number) for number in (0, 1, 10**6)],
        "called_off": [programme.called_off(W, NAME, number) for number in (0, 10**6)],
        "removed_programme": [programme.removed_programme(W, NAME)],
        "created": [programme.created(W, PROGRAMME, before) for before in (None, 10**9)],
        "past_members_invited": [
            programme.past_members_invited(W, PROGRAMME, count) for count in (None, 0, 10**6)
        ],
        "invitation": [
            invites.invitation(W, PROGRAMME, of, LINK, POSTER, picture, ended)
            for of in (None, team())
            for picture, ended in ((0, None), (10**9, None), (10**9, ENDED))
        ],
        "ask_link": [
            invites.ask_link(W, PROGRAMME, of, 10**9, renews=renews)
            for of in (None, team())
            for renews in (True, False)
        ],
        "ask_link_again": [
            invites.ask_link_again(W, PROGRAMME, of, code)
            for of in (None, team())
            for code in (None, "A" * 22)
        ],
        "programme_choice": [boards.programme_choice(W, many)],
        "link_replaced": [invites.link_replaced(W, PROGRAMME, of) for of in (None, team())],
        "link_off": [invites.link_off(W, PROGRAMME, of, ENDED) for of in (None, team())],
        "link_undone": [
            invites.link_undone(W, PROGRAMME, in_time=in_time, replaced=replaced)
            for in_time, replaced in product((True, False), repeat=2)
        ],
        "group_link": [invites.group_link(W, PROGRAMME, LINK)],
        "colleague_link": [invites.colleague_link(W, PROGRAMME, LINK)],
        "team_list": [
            teams.team_list(W, PROGRAMME, every, {10**18 - 1: 10**6}, page)
            for every in ([], [team(number) for number in range(1, 201)])
            for page in (0, 3, 9999)
        ],
        "wizard_unfinished": [programme.wizard_unfinished(W)],
        "ask_teams": [
            teams.ask_teams(
                W,
                10**9,
                [NAME[:40]] * added,
                [(NAME, programme_wizard.refusal(W, "link"))] * not_,
            )
            for added, not_ in ((0, 0), (0, 1), (1, 1), (200, 200))
        ],
        "holiday_list": [
            programme.holiday_list(W, PROGRAMME, every, NOW.date(), page)
            for every in ([], EVERY_OTHER_DAY)
            for page in (0, 3, 9999)
        ],
        "ask_holidays": [programme.ask_holidays(W, programme_wizard.refusal(W, "no-dates"))],
        "ask_end": [programme.ask_end(W, PROGRAMME, NOW.date())],
        "coordinator_link": [staff.coordinator_link(W, LINK)],
        "coordinator_list": [
            staff.coordinator_list(W, every, lost, open_invites, page)
            for every in ([], [ListedCoordinator(who, 10**6)] * 50)
            for lost in ([], many)
            for open_invites in ([], invited)
            for page in (0, 3)
        ],
        "ask_remove": [staff.ask_remove(W, who, alone) for alone in ([], many)],
        "removed": [staff.removed(W)],
        "operator_test": [staff.operator_test(W)],
        "ask_name": [
            staff.ask_name(W, first, coordinators, of)
            for first in (NAME, "")
            for coordinators in ([], [NAME] * 9)
            for of in (None, PROGRAMME)
        ],
        "ask_other_name": [staff.ask_other_name(W, programme_wizard.refusal(W, "hidden"))],
        "handover_link": [staff.handover_link(W, PROGRAMME, LINK)],
        "ask_share": [
            staff.ask_share(W, coordinators, PROGRAMME, "A" * 22)
            for coordinators in ([], [NAME] * 9)
        ],
        "accepted": [staff.accepted(W, NAME, of) for of in (None, PROGRAMME)],
        "already_coordinator": [staff.already_coordinator(W)],
        "declined": [staff.declined(W)],
        "not_a_coordinator": [staff.not_a_coordinator(W)],
        "dashboard_link": [
            staff.dashboard_link(W, url, "A" * 22, ages, opens_here=here)
            for url in ("https://quiz.example.org", "http://127.0.0.1:8080")
            for here in (True, False)
            for ages in ([], [(timedelta(hours=11), timedelta(seconds=9))] * 9)
        ],
        "signed_in": [staff.signed_in(W)],
        "sessions_ended": [staff.sessions_ended(W)],
        "invitation_used": [staff.invitation_used(W, NAME, 1, of) for of in (None, PROGRAMME)],
        "offer": [membership.offer(W, each, TOPIC) for each in offers()],
        "invitation_refused": [membership.invitation_refused(W, each) for each in Refusal],
        "group_link_only": [membership.group_link_only(W)],
        "joined": [
            membership.joined(W, part(of=of), person(due), NOW, has_teams=True)
            for of in (None, team())
            for due in (NOW + timedelta(days=3), None)
        ],
        "membership_list": [membership.membership_list(W, parts) for parts in ([], [part()] * 300)],
        "membership_card": [
            membership.membership_card(
                W, part(hidden=hidden, name=name, of=team()), EVIL, has_teams=True
            )
            for hidden in (True, False)
            for name in (NAME, None)
        ]
        + [
            membership.membership_card(
                W, part(hidden=hidden), EVIL, has_teams=True, name_refused=True
            )
            for hidden in (True, False)
        ],
        "team_choices": [
            membership.team_choices(W, part(), [team(number) for number in range(200)], page)
            for page in (0, 5, 9999)
        ],
        "overview": [
            announcements.overview(W, PROGRAMME, each, NOW, is_sent=each.stopped)
            for each in (
                outlook(),
                outlook(latest=[]),
                outlook(stopped=True),
                outlook(next_at=NOW + timedelta(days=6)),
            )
        ],
        "ask_text": [announcements.ask_text(W)],
        "preview": [announcements.preview(W, PROGRAMME, LONG[:600], outlook(), "a" * 8)],
        "past_preview": [
            announcements.past_preview(W, PROGRAMME, PROGRAMME, each) for each in (outlook(), None)
        ],
        "refused": [
            announcements.refused(W, 1, each)
            for each in (
                "no-text",
                "long-text",
                "no-members",
                "no-readers",
                "too-many-messages",
                "messages-stopped",
            )
        ],
        "messages_stopped": [staff.messages_stopped(W, stopped=each) for each in (True, False)],
        "offer_declined": [membership.offer_declined(W, is_unknown=each) for each in (True, False)],
        "left": [membership.left(W, part(), 10**18 - 1, NOW)],
        "member_board": [
            *(board(period) for period in Period),
            board(Period.WEEK, size=0, mine=0),
            board(Period.WEEK, hidden=True),
            board(Period.WEEK, mine=None),
        ],
        "today_after_end": [
            membership.today_after_end(W, PROGRAMME, FINAL, "", waiting=each)
            for each in (True, False)
        ],
        "today": [today(count, waiting=count > 1) for count in (1, 3)],
        "team_board": [team_board(200, small=small) for small in (True, False)]
        + [team_board(0, small=True)],
    }


def test_every_message_function_is_covered_here() -> None:
    modules = (announcements, invites, membership, programme, programme_wizard, staff, teams)
    assert set(everything()) == kinds_in(*modules) | {
        "member_board",
        "team_board",
        "programme_choice",
        "today",
    }


@pytest.mark.parametrize(("kind", "messages"), everything().items(), ids=everything())
def test_every_message_fits_and_reads_well(kind: str, messages: list[Message]) -> None:
    assert messages, kind
    for message in messages:
        check(message)


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_is_one_sentence_that_says_what_to_do(reason: str) -> None:
    sentence = programme_wizard.refusal(W, reason)
    assert sentence.endswith((".", "Ltd")) or sentence[-1].isalnum()
    assert len(sentence) < 120


def test_every_zone_and_time_fits_into_a_button() -> None:
    for zone in available_timezones():
        context = StepContext(Step.ZONE, {}, NOW.date(), zone, TOPIC.title)
        check(programme_wizard.ask(W, context))


def test_ones_own_zone_is_offered_first() -> None:
    context = StepContext(Step.ZONE, {}, NOW.date(), "Asia/Kathmandu", TOPIC.title)
    assert buttons_of(programme_wizard.ask(W, context))[0].data == "plan:zone:Asia/Kathmandu"


@pytest.mark.parametrize(
    "message",
    [
        programme.card(
            W,
            ProgrammeSummary(
                a_programme(EVIL), 1, 1, [], NOW.date(), Activity(1, 1), False, COMING, NOW
            ),
        ),
        programme.created(W, a_programme(EVIL)),
        teams.team_list(W, PROGRAMME, [team(1, EVIL)], {}, 0),
        teams.ask_teams(W, 1, [EVIL], [(EVIL, "")]),
        staff.ask_name(W, "Eve", [EVIL], PROGRAMME),
        staff.accepted(W, EVIL, None),
        membership.membership_card(W, part(name=EVIL), "x", has_teams=False),
        membership.membership_card(W, part(), EVIL, has_teams=False),
        membership.left(W, Membership(a_programme(EVIL), Enrolment(), None), 0, NOW),
        boards.member_board(
            W,
            boards.ProgrammeBoards(PROGRAMME, False, None),
            MemberBoard(Period.WEEK, None, [Place(1, EVIL, 1, True)], [], 1, 1, False),
        ),
    ],
)
def test_hostile_names_are_shown_as_they_were_typed(message: Message) -> None:
    assert EVIL in shown(message)


def test_the_captions_of_an_invitation_fit() -> None:
    for of in (None, team()):
        caption = invites.invitation_caption(W, PROGRAMME, of, LINK)
        assert caption.endswith(LINK)
        for each in (caption, invites.dead_caption(W, PROGRAMME, of)):
            assert len(each) <= MessageLimit.CAPTION_LENGTH


def test_a_coordinators_menu_begins_with_what_only_they_have() -> None:
    menu = text_input.coordinator_menu(W)
    assert [each.command for each in menu[:3]] == ["programme", "dashboard", "digest"]
    assert menu[3:] == text_input.menu(W)
    assert all(len(each.description) <= BotCommandLimit.MAX_DESCRIPTION for each in menu)


def test_a_demo_programme_says_so() -> None:
    for messages in ("offer", "card"):
        assert any("a demo" in shown(each).casefold() for each in everything()[messages])
