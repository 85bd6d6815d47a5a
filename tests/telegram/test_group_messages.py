"""Messages to groups, digests and end notices are complete, escaped, and within the limits."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from telegram.constants import BotCommandLimit, MessageLimit

from db.models import Subscriber
from db.programmes import Team
from questions import Item
from quizbot.programmes.boards import MemberBoard, Period, SharedFirst, TeamPlace
from quizbot.programmes.digest import Digest, Week
from quizbot.programmes.end_notice import Continuation, EndNotice, NextQuestions
from quizbot.programmes.group_boards import GroupBoard
from quizbot.programmes.reports.figures import ItemFigures
from quizbot.programmes.reports.gain import Gain
from quizbot.programmes.reports.overview import DayFigures, DayPool
from quizbot.programmes.schedule import NextQuestion
from quizbot.programmes.team_goal import GoalProgress
from quizbot.programmes.welcome import Welcome
from quizbot.programmes.winners import PastWeek
from quizbot.quiz.answers.leaderboard import Leaderboard, Place
from quizbot.quiz.answers.leaderboard import Period as BoardPeriod
from quizbot.quiz.answers.streaks import Totals
from quizbot.telegram.messages import boards, digest, groups, notes, text_input
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.words import Languages
from tests.quiz.steps import TOPIC
from tests.telegram.group_chats import MONDAY
from tests.telegram.message_checks import EVIL, LONG, check, kinds_in, programme, shown

W = Languages()["en"]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROGRAMME = programme()
MEMBER = Subscriber(question_time=time(9), timezone="UTC")
NAME = LONG[:64]
DASHBOARD = "https://quiz.example.org"
GAIN = Gain(people=9, reviews=99, correct=0.7, expected=0.4, margin=0.25)


def board(size: int, teams: int, name: str = NAME) -> GroupBoard:
    top = [Place(rank + 1, name, 10**9 - rank, is_me=False) for rank in range(size)]
    shared = SharedFirst(10**6, 10**9, drawn=name)
    members = MemberBoard(Period.WEEK, None, top, [], size, None, i_am_hidden=False, shared=shared)
    places = [
        TeamPlace(
            number + 1 if number % 2 else None,
            Team(id=number, programme_id=1, name=name[:40], name_key="x"),
            members=5,
            average=10**6 / 3 if number % 2 else None,
            is_mine=False,
        )
        for number in range(teams)
    ]
    goal = GoalProgress(1000, 612, MONDAY, MONDAY, name, None, MONDAY) if size else None
    past = PastWeek(MONDAY - timedelta(days=7), members, places[1:2], 50)
    return GroupBoard(
        "en",
        name,
        demo=True,
        since=MONDAY,
        members=members,
        teams=places,
        goal=goal,
        past=past,
        coming=NextQuestion(NOW, "UTC"),
    )


def days(accuracy: float | None = None, trouble: int = 0, active: int = 10**6) -> list[DayFigures]:
    return [
        DayFigures(
            MONDAY + timedelta(days=number),
            enrolled=10**6,
            asked=10**5 if number < 5 else 0,
            answered=10**5 // 2 if number < 5 else 0,
            pool=DayPool(1, round(100 * accuracy), 100) if accuracy else None,
            pool_ends_here=accuracy is not None,
            late=trouble,
            unconfirmed=trouble,
            refused=trouble,
            not_sent=trouble,
            reminded=trouble,
            settled=True,
            active_in_week=active,
            ends_week=number == 6,
        )
        for number in range(7)
    ]


def facts(name: str = NAME, item: Item = TOPIC.approved[0]) -> Digest:
    week = Week(MONDAY, days(0.75, trouble=10**5))
    before = Week(MONDAY - timedelta(days=7), days(0.8, active=10**6 + 1))
    hardest = ItemFigures(item, 1, 10**5, (10**4, 9 * 10**4), 0.1, None, misleads=False)
    return Digest(programme(name), 10**6, 10**4, week, before, GAIN, hardest)


def empty_digest() -> Digest:
    """The first week of a programme that nobody takes part in."""
    return Digest(PROGRAMME, 0, None, Week(MONDAY, []), None, None, None)


def following(continuation: Continuation, *, is_first: bool = False) -> NextQuestions:
    comes_on = MONDAY if continuation is Continuation.WITH_THE_NEXT else None
    return NextQuestions(continuation, PROGRAMME, comes_on, is_first)


def parting(continuation: Continuation, rank: int | None) -> EndNotice:
    season = Totals(answered=10**4, correct=10**4, best_streak=10**4)
    place = TeamPlace(1, Team(id=1, name=NAME), 9, 10.0, is_mine=True)
    return EndNotice(
        NAME, 10**9, season, 99, 10**9, rank, 10**6, following(continuation), place, 200
    )


def starts() -> list[Welcome]:
    return [
        Welcome(PROGRAMME, MONDAY, time(9), [NAME] * count, NAME if count else None, count)
        for count in (0, 200)
    ]


def everything() -> dict[str, list[Message]]:
    """Messages by function, at their longest and at their shortest."""
    item = TOPIC.approved[0]
    order = "0123456789"[: len(item.options)]
    tables = [board(size, teams) for size in (0, 5) for teams in (0, 200)]
    return {
        "linked": [groups.linked(W, PROGRAMME, NOW + timedelta(days=1), NOW)],
        "link_refused": [
            groups.link_refused(W, why) for why in ("no-invite", "not-yours", "ended")
        ],
        "unlinked": [groups.unlinked(W, NAME)],
        "not_linked": [groups.not_linked(W, "x" * 32)],
        "new_team": [notes.new_team(W, PROGRAMME, NAME[:40])],
        "coordinators_only": [groups.coordinators_only(W)],
        "poll_results": [
            groups.poll_results(W, each, TOPIC, order, votes)
            for each in TOPIC.approved
            for votes in (None, [], [10**6, *([1] * (len(each.options) - 1))])
        ],
        "missing_rights": [groups.missing_rights(W, LONG[:128], NAME)],
        "last_week_board": [groups.last_week_board(W, each) for each in tables],
        "this_week_board": [groups.this_week_board(W, each, NOW) for each in tables],
        "programme_ended": [groups.programme_ended(W, each) for each in tables],
        "weekly_digest": [
            digest.weekly_digest(W, each, DASHBOARD) for each in (facts(), empty_digest())
        ],
        "not_begun": [digest.not_begun(W, PROGRAMME, number) for number in (0, 10**6)],
        "nobody_yet": [digest.nobody_yet(W, PROGRAMME)],
        "report_follows": [digest.report_follows(W, PROGRAMME)],
        "programme_choice": [digest.programme_choice(W, [PROGRAMME] * 200)],
        "no_programme": [digest.no_programme(W)],
        "end_notice": [
            notes.end_notice(W, parting(each, rank))
            for each in Continuation
            for rank in (None, 10**5)
        ],
        "announcement": [notes.announcement(W, PROGRAMME, NAME, LONG[:700])],
        "welcome": [notes.welcome(W, each) for each in starts()],
        "joined_late": [notes.joined_late(W, Message(NAME), each) for each in starts()],
        "next_season": [notes.next_season(W, PROGRAMME, "x" * 32, PROGRAMME, NAME)],
        "called_off": [
            notes.called_off(W, PROGRAMME, MEMBER, following(each, is_first=is_first), NOW)
            for each in Continuation
            for is_first in (True, False)
        ],
        "removal": [notes.removal(W, PROGRAMME, [NAME] * count) for count in (0, 9)],
    }


def test_a_place_that_many_share_is_one_line_that_begins_with_the_reader() -> None:
    first = [Place(1, name, 10, is_me=False) for name in ("A", "<B>", "C", "D", "E")]
    me, near = Place(1, "Me", 10, is_me=True), Place(1, "Z", 10, is_me=False)
    last = Place(9, "Y", 2, is_me=False)
    folded = "🥇 <b>Me</b> (you), A, &lt;B&gt; and 22 more · 10 points each"
    below = Leaderboard(BoardPeriod.WEEK, first, [near, me, last], 30, "Me", tied_more=20)
    within = Leaderboard(BoardPeriod.WEEK, [*first, me], [], 30, "Me", tied_more=19)
    assert boards.board_lines(W, below) == boards.board_lines(W, within) == folded
    group = MemberBoard(Period.WEEK, None, [*first, last], [], 9, None, i_am_hidden=False)
    lines = boards.board_lines(W, replace(group, tied_more=7)).splitlines()
    assert lines[4:] == ["🥇 E · 10 points", "9. Y and 7 more · 2 points each"]
    assert boards.winners(W, replace(group, top=first, tied_more=20)) == (
        "🥇 A, &lt;B&gt;, C and 22 more"
    )
    lower = replace(below, around_me=[near, replace(last, is_me=True)])
    assert boards.board_lines(W, lower) == (
        "🥇 A, &lt;B&gt;, C and 22 more · 10 points each\n\n⋯\n<b>9. Y · 2 points ← you</b>"
    )


def test_every_message_function_is_covered_here() -> None:
    assert kinds_in(groups, digest, notes) == set(everything())


@pytest.mark.parametrize(("kind", "messages"), everything().items(), ids=everything())
def test_every_message_fits_and_reads_well(kind: str, messages: list[Message]) -> None:
    for message in messages:
        check(message)


@pytest.mark.parametrize(
    "message",
    [
        groups.unlinked(W, EVIL),
        groups.missing_rights(W, EVIL, "x"),
        groups.missing_rights(W, "x", EVIL),
        groups.last_week_board(W, board(1, 0, EVIL)),
        groups.last_week_board(W, board(0, 1, EVIL)),
        groups.programme_ended(W, board(0, 0, EVIL)),
        digest.weekly_digest(W, facts(EVIL), DASHBOARD),
        digest.not_begun(W, programme(EVIL), 1),
        digest.report_follows(W, programme(EVIL)),
        notes.announcement(W, PROGRAMME, EVIL, "x"),
        notes.announcement(W, PROGRAMME, "x", EVIL),
        notes.removal(W, programme(EVIL), []),
        notes.welcome(W, Welcome(PROGRAMME, MONDAY, time(9), [EVIL], None, 0)),
        notes.end_notice(W, replace(parting(Continuation.PAUSED, 1), programme=EVIL)),
    ],
)
def test_hostile_texts_are_shown_as_they_were_typed(message: Message) -> None:
    assert EVIL in shown(message)


@pytest.mark.parametrize("item", TOPIC.approved, ids=lambda item: item.id)
def test_results_hold_the_answer_the_reason_the_source_and_the_disclaimer(item: Item) -> None:
    places = "0123456789"[: len(item.options)]
    for order in (places, places[::-1]):
        votes = [5] * len(order)
        votes[order.index("0")] = 6
        told = shown(groups.poll_results(W, item, TOPIC, order, votes))
        share = round(100 * 6 / sum(votes))
        assert f"{sum(votes)} answered, {share}% right." in told
        assert f"Right answer: {item.key}" in told
        assert f"💡 {item.explanation}" in told
        assert "📖 Source: " in told
        assert f"⚕️ {TOPIC.disclaimer}" in told


@pytest.mark.parametrize(
    "votes", [None, [], [4, 3, 3, 3], [9, 2, 2, 0], [10, 0, 0, 0], [0, 9, 0, 0]]
)
def test_no_share_is_shown_unless_five_were_right_and_five_were_not(
    votes: list[int] | None,
) -> None:
    told = shown(groups.poll_results(W, TOPIC.approved[0], TOPIC, "0123", votes))
    assert "%" not in told
    assert "answered" not in told


def test_changes_have_a_sign_and_need_both_weeks() -> None:
    told = shown(digest.weekly_digest(W, facts("Spring"), DASHBOARD))
    for line in (
        "Enrolled: 1,000,000 (±0)",
        "Active: 1,000,000 (−1)",
        "Answered: 50% (250,000 of 500,000, ±0 points)",
        "Right: 75% (−5 points)",
        "+30 points (95% interval: +5 points to +55 points). Of 100 questions on what they",
        "10% right of 100,000 answers",
        "700,000 late, 700,000 unconfirmed, 700,000 blocked or refused, 700,000 not sent",
    ):
        assert line in told
    alone = shown(digest.weekly_digest(W, replace(facts(), before=None), DASHBOARD))
    assert "±" not in alone
    assert "−5 points" not in alone


def test_hidden_members_do_not_change_the_number_of_enrolled() -> None:
    told = shown(digest.weekly_digest(W, replace(facts(), enrolled=10**6 + 3), DASHBOARD))
    assert "Enrolled: 1,000,003 (±0)" in told


def test_unsettled_days_are_not_called_too_few_answers() -> None:
    some, last = days(0.75)[:3], [replace(each, settled=False) for each in days()]
    of_some = replace(facts(), week=Week(MONDAY, [*some, *last[3:]]))
    assert "Right: 75% (2 days not counted yet, −5 points)" in shown(
        digest.weekly_digest(W, of_some, DASHBOARD)
    )
    begun = programme("Begun")
    begun.reported_until = None
    of_none = replace(facts(), programme=begun, week=Week(MONDAY, last), gain=None)
    told = shown(digest.weekly_digest(W, replace(of_none, hardest=None), DASHBOARD))
    assert told.count("not counted yet") == 3
    assert "too few" not in told
    few = [replace(each, answered=4 if each.asked else 0) for each in last]
    told = shown(digest.weekly_digest(W, replace(of_none, week=Week(MONDAY, few)), DASHBOARD))
    assert "Right: – (too few answers so far)" in told


@pytest.mark.parametrize(
    ("correct", "margin", "said"),
    [
        (0.44, 0.18, "Learning: The gain is between −14 and +22 points: too few answers to tell."),
        (
            0.42,
            0.06,
            "+2 points (95% interval: −4 points to +8 points). Members get about as many",
        ),
        (0.3, 0.06, "members get 10 fewer right than if it were new to them."),
    ],
)
def test_a_gain_that_may_be_none_is_not_called_one(
    correct: float, margin: float, said: str
) -> None:
    gain = Gain(people=9, reviews=99, correct=correct, expected=0.4, margin=margin)
    told = replace(facts(), gain=gain)
    assert said in shown(digest.weekly_digest(W, told, DASHBOARD))
    picture = digest.digest_picture(W, told)
    assert picture.first.is_shown == (margin < 0.1)
    assert ("between −14 and +22 points" in picture.too_few) == (margin > 0.1)


def test_suppressed_figures_are_marked() -> None:
    told = shown(digest.weekly_digest(W, empty_digest(), DASHBOARD))
    assert "Answered: –" in told
    assert told.count("too few answers so far") == 3


def test_the_picture_shows_what_the_words_say() -> None:
    picture = digest.digest_picture(W, facts("Spring"))
    assert [each.value for each in picture.headlines] == ["1,000,000", "1,000,000", "50%", "75%"]
    assert [each.label for each in picture.days] == ["Mo", "Tu", "We", "Th", "Fr"]
    assert (picture.first.text, picture.review.text) == ("40%", "70%")
    assert picture.question == TOPIC.approved[0].stem
    assert picture.question_note == "10% right"
    assert "demo data" in picture.subtitle
    empty = digest.digest_picture(W, empty_digest())
    assert not empty.first.is_shown
    assert (empty.days, empty.question) == ((), "")


def test_the_caption_and_the_menu_fit() -> None:
    assert len(digest.digest_caption(W, facts())) <= MessageLimit.CAPTION_LENGTH
    for each in text_input.group_menu(W):
        assert 1 <= len(each.description) <= BotCommandLimit.MAX_DESCRIPTION


def test_who_is_removed_is_told_whom_to_ask() -> None:
    one, two = (shown(notes.removal(W, PROGRAMME, names)) for names in (["Cora"], ["Cora", "Dan"]))
    assert "Ask Cora if you don't know why." in one
    assert "If you don't know why, ask one of these: Cora, Dan." in two
