"""Messages are complete, escaped, and within Telegram's limits (Bot API)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import pytest
from telegram.constants import BotCommandLimit, BotDescriptionLimit, MessageLimit, PollLimit

from db.challenges import ChallengeAnswer
from db.models import (
    MAX_ALIAS_LENGTH,
    DeliveryState,
    QuestionReport,
    ReportKind,
    Subscriber,
    SubscriberState,
)
from questions import Item, Statement, StatementKind
from quizbot.quiz import places
from quizbot.quiz.answers.leaderboard import Leaderboard, Period, Place
from quizbot.quiz.answers.memory import ItemAnswer, Memory, MemoryChange, review
from quizbot.quiz.answers.progress import (
    DayResult,
    KeyPointMastery,
    NextGoal,
    Progress,
    mastery,
)
from quizbot.quiz.answers.recording import AnswerOutcome, AskedQuestion
from quizbot.quiz.answers.streaks import Totals
from quizbot.quiz.challenges import Comparison
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.quiz.delivery.reminders import Unanswered
from quizbot.quiz.question_reports import ReportedItem
from quizbot.telegram.messages import (
    boards,
    challenges,
    emergencies,
    milestones,
    openings,
    privacy,
    question_reports,
    questions,
    score,
    small_talk,
    subscription,
    text_input,
)
from quizbot.telegram.messages.markup import Button, Message, paragraphs, rows_of
from quizbot.telegram.messages.words import Languages
from tests.quiz.steps import TOPIC
from tests.telegram.message_checks import (
    BUTTON_DATA_LIMIT,
    EVIL,
    LONG,
    buttons_of,
    check,
    kinds_in,
    programme,
    shown,
)

W = Languages()["en"]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def outgoing(item: Item, order: str, *, practice: bool = False) -> Outgoing:
    closes_at = NOW + timedelta(days=1)
    return Outgoing(1, NOW, 1, "en", item.id, order, closes_at, practice, NOW.date())


def outcome(
    item: Item, option: int = 0, *, practice: bool = False, late: bool = False
) -> AnswerOutcome:
    before = Totals(streak=2)
    question = AskedQuestion(
        delivery_id=1,
        subscriber_id=1,
        local_date=NOW.date(),
        slot=1 if practice else 0,
        item_id=item.id,
        item_revision=1,
        option_order="",
        state=DeliveryState.SENT,
        message_id=2,
        poll_id="3",
        answered=False,
        superseded=late,
        next_at=NOW + timedelta(days=1),
        zone="UTC",
        programme_id=None,
        best_before=None,
        totals=before,
    )
    points = AnswerOutcome(question, option, 0, before).points
    return AnswerOutcome(question, option, 0, Totals(points, 2, 2, 3, 3, NOW.date()))


def board(size: int, alias: str = EVIL) -> Leaderboard:
    top = [Place(rank + 1, alias, 10**9 - rank, is_me=False) for rank in range(size)]
    around = [Place(10**6, alias, 12, is_me=True)] if size else []
    return Leaderboard(Period.WEEK, top, around, 10**7, alias)


def progress(alias: str = EVIL, *, fresh: bool = False) -> Progress:
    totals = Totals() if fresh else Totals(10**9, 10**6, 10**5, 999, 9999, NOW.date())
    return Progress(
        alias=alias,
        totals=totals,
        streak=totals.streak,
        freezes=totals.freezes,
        rank=None if fresh else 10**6,
        key_points=mastery(TOPIC, {}),
        days={},
        waiting=fresh,
        today=NOW.date(),
        next_at=None if fresh else NOW,
        zone="America/Argentina/ComodRivadavia",
    )


def person(*, due: bool) -> Subscriber:
    return Subscriber(
        id=1,
        alias=EVIL,
        points=10**9,
        state=SubscriberState.ACTIVE,
        timezone="America/Argentina/ComodRivadavia",
        question_time=time(7, 30),
        next_due_at=NOW + timedelta(days=3) if due else None,
    )


def reported(number: int) -> ReportedItem:
    """Returns the longest reports of all kinds."""
    reports = [
        QuestionReport(id=2**63 - 1, kind=kind, comment=LONG[:300])
        for kind in ReportKind
        for _ in range(number)
    ]
    return ReportedItem("i" * 80, 2**15 - 1, reports)


def dared(item: Item, option: int | None, agrees: bool | None = None) -> ChallengeAnswer:
    order = "".join(str(place) for place in range(len(item.options)))
    return ChallengeAnswer(id=2**63 - 1, option_order=order, option=option, agrees=agrees)


def waiting(hours: int) -> Unanswered:
    return Unanswered(
        1, "en", "Asia/Kathmandu", 1, NOW + timedelta(hours=hours), streak=hours // 24
    )


def everything() -> dict[str, Iterable[Message]]:
    """Messages by function, with the longest and worst texts that people can type.

    What is many is made by the test that looks at it: every worker collects this module.
    """
    zone, later = "America/Argentina/ComodRivadavia", NOW + timedelta(days=3)
    first_name = LONG[:64]  # Telegram's longest
    zones = places.suggest_zones("portugal")
    subscriber = person(due=True)
    items = TOPIC.items
    cards = (
        questions.answer_card(W, outcome(item, option, practice=practice, late=late), TOPIC, NOW)
        for item in items
        for option in range(len(item.options))
        for practice, late in ((False, False), (True, False), (False, True))
    )
    return {
        "answer_card": cards,
        "resend_offer": [questions.resend_offer(W, 2**63 - 1, 32767)],
        "question_above": [questions.question_above(W)],
        "question_on_its_way": [questions.question_on_its_way(W)],
        "statement": [questions.statement(W, TOPIC, each) for each in TOPIC.statements.values()],
        "nothing_to_read": [questions.nothing_to_read(W)],
        "question_closed": [questions.question_closed(W)],
        "practice_used_up": [questions.practice_used_up(W)],
        "no_question_today": [
            questions.no_question_today(W, at, zone, NOW) for at in (later, None)
        ],
        "introduction": [subscription.introduction(W, first_name, TOPIC)],
        "subscribed": [
            subscription.subscribed(W, subscriber, NOW, ready=ready) for ready in (True, False)
        ],
        "welcome_back": [
            subscription.welcome_back(W, first_name, subscriber, NOW, ready=ready)
            for ready in (True, False)
        ],
        "paused": [subscription.paused(W, subscriber, each, NOW) for each in (None, NOW)],
        "paused_until": [
            subscription.paused_until(W, subscriber, each, NOW) for each in (None, NOW)
        ],
        "unknown_pause": [subscription.unknown_pause(W, LONG)],
        "resumed": [
            subscription.resumed(W, subscriber, closes_at, NOW, ready=ready)
            for closes_at, ready in ((None, True), (None, False), (NOW + timedelta(hours=3), False))
        ],
        "stopped": [subscription.stopped(W)],
        "not_subscribed": [subscription.not_subscribed(W)],
        "time_choices": [subscription.time_choices(W, time(23, 59))],
        "unknown_time": [subscription.unknown_time(W, LONG)],
        "zone_choices": (
            subscription.zone_choices(W, zone) for zone in sorted(available_timezones())
        ),
        "unknown_zone": [
            subscription.unknown_zone(W, LONG, meant)
            for meant in ([], zones, sorted(available_timezones())[:4])
        ],
        "time_changed": [
            subscription.time_changed(W, person(due=due), NOW) for due in (True, False)
        ],
        "current_alias": [subscription.current_alias(W, EVIL)],
        "alias_changed": [subscription.alias_changed(W, EVIL)],
        "alias_refused": [
            subscription.alias_refused(W, reason)
            for reason in ("letters", "long", "hidden", "link", "mixed", "bot", "rude", "taken")
        ],
        "reminder": [questions.reminder(W, waiting(hours), NOW) for hours in (14, 48)],
        "reminder_setting": [
            questions.reminder_setting(W, zone, at, on=on)
            for at in (time(19), None)
            for on in (True, False)
        ],
        "reminders_usage": [questions.reminders_usage(W)],
        "picture_unavailable": [score.picture_unavailable(W)],
        "score": [
            score.score(W, progress(fresh=fresh), NOW, offer_picture=fresh)
            for fresh in (True, False)
        ],
        "leaderboard": [
            boards.leaderboard(W, replace(board(size), period=period), programmes)
            for size in (0, 10)
            for period in Period
            for programmes in ((), [programme()] * 30)
        ],
        "help_text": [text_input.help_text(W)],
        "about": [text_input.about(W, TOPIC, "0.1.0")],
        "small_talk": [
            reply
            for text in (
                *("", "thanks", "hi", "ok", "who are you?", "tell me a joke", "bye", "oops"),
                *("I'm stupid", "this is boring", "I was away", "I got it", "I was sure"),
            )
            if (reply := small_talk.small_talk(W, text)) is not None
        ],
        "why": [small_talk.why(W, has_answered=each) for each in (True, False)],
        "stop_choices": [small_talk.stop_choices(W)],
        "not_understood": [
            small_talk.not_understood(W, text, TOPIC)
            for text in ("blah", "what is B12?", "my head hurts")
        ],
        "offered_time": [subscription.offered_time(W, time(7, 30))],
        "offered_zones": [subscription.offered_zones(W, places.COMMON_ZONES)],
        "pause_choices": [subscription.pause_choices(W)],
        "emergency_advice": [
            emergencies.emergency_advice(W, kind, zone)
            for kind in emergencies.Emergency
            for zone in ("", "Europe/Berlin", "Europe/Rome", "Asia/Thimphu")
        ],
        "apology": [text_input.apology(W, is_retried=each) for each in (True, False)],
        "unknown_command": [text_input.unknown_command(W)],
        "out_of_date": [text_input.out_of_date(W)],
        "done": [text_input.done(W)],
        "private_only": [text_input.private_only(W, "quiz_bot")],
        "menu": [question_reports.menu(W, 2**63 - 1)],
        "link": [challenges.link(W, EVIL, 2**63 - 1, each) for each in (None, True, False)],
        "no_question_yet": [challenges.no_question_yet(W)],
        "own_link": [challenges.own_link(W)],
        "over": [challenges.over(W, subscribes=each) for each in (True, False)],
        "full": [challenges.full(W, subscribes=each) for each in (True, False)],
        "same_question": [challenges.same_question(W)],
        "question": [
            challenges.question(W, item, dared(item, None), NOW.date()) for item in TOPIC.items
        ],
        "card": (
            challenges.card(
                W,
                item,
                TOPIC,
                dared(item, option, agrees),
                challenger_agrees=theirs,
                subscribes=each,
            )
            for item in TOPIC.items
            for option in range(len(item.options))
            for agrees in (None, True, False)
            for theirs, each in ((None, True), (True, False), (False, True))
        ),
        "comparison": [
            challenges.comparison(
                W, Comparison(1, 1, "en", each, "i", each, theirs, NOW), LONG[:300]
            )
            for each in (True, False)
            for theirs in (True, False, None)
        ],
        "operator_note": [question_reports.operator_note(W, each) for each in (1, 2000)],
        "answer_preview": [
            question_reports.answer_preview(W, LONG[:300], EVIL[:500], 1, 2**63 - 1, "f" * 8)
        ],
        "ask_comment": [question_reports.ask_comment(W, kind) for kind in ReportKind],
        "comment_taken": [question_reports.comment_taken(W)],
        "comment_too_long": [question_reports.comment_too_long(W, 4096)],
        "answer_notice": [question_reports.answer_notice(W, LONG[:300], LONG[:500])],
        "no_reports": [question_reports.no_reports(W)],
        "reported_item": (
            question_reports.reported_item(W, reported(number), item, answers, 999, 2000)
            for number in (1, 500)
            for item in (None, TOPIC.items[0])
            for answers in ((0, 0), (10**6, 10**5))
        ),
        "ask_answer": [question_reports.ask_answer(W, number) for number in (0, 1, 500)],
        "answer_too_long": [question_reports.answer_too_long(W, 4096)],
        "answered": [question_reports.answered(W, number) for number in (None, 0, 1, 500)],
        "privacy": [privacy.privacy(W)],
        "whole_privacy": [privacy.whole_privacy(W)],
        "nothing_stored": [privacy.nothing_stored(W)],
        "export_incomplete": [privacy.export_incomplete(W)],
        "ask_forget": [
            privacy.ask_forget(W, alone, runs=runs)
            for alone, runs in (((), False), ((), True), ([programme()] * 9, True))
        ],
        "forgotten": [privacy.forgotten(W)],
        "nothing_erased": [privacy.nothing_erased(W)],
    }


EVERYTHING = everything()


def test_every_message_function_is_covered_here() -> None:
    covered = kinds_in(challenges, privacy, question_reports, questions, score)
    covered |= kinds_in(boards, subscription, text_input)
    assert covered - EVERYTHING.keys() == {
        "member_board",  # of programmes: test_programme_messages
        "team_board",
        "programme_choice",
    }


def many_key_points(count: int) -> tuple[KeyPointMastery, ...]:
    statements = [
        Statement(StatementKind.FAQ, number, "Why " * 50, "") for number in range(1, count)
    ]
    return tuple(KeyPointMastery(each, 100, 100, 100) for each in (*statements, None))


def test_a_score_with_very_many_key_points_fits() -> None:
    facts = replace(progress(), key_points=many_key_points(200))
    message = score.score(W, facts, NOW, offer_picture=True)
    assert len(shown(message)) <= MessageLimit.MAX_TEXT_LENGTH
    assert "and 185 more" in shown(message)
    picture = score.progress_picture(W, facts)
    assert (len(picture.points), picture.more) == (8, "… and 192 more")


def test_lessons_are_counted_and_only_those_begun_are_listed() -> None:
    points = [*TOPIC.key_points, None]
    counts = ((1, 2, 1), (0, 6, 0), (0, 0, 14))
    known = [KeyPointMastery(point, *each) for point, each in zip(points, counts, strict=False)]
    told = score.score(W, replace(progress(), key_points=tuple(known)), NOW, offer_picture=False)
    lessons, folded_away = told.text.split("🎯 ")[1].split("<blockquote expandable>")
    assert "<b>24 lessons</b>, one thing to know in each\n1 mastered · 8 learning · 15 new" in (
        lessons
    )
    assert folded_away.startswith("• Red blood cell production: 1 mastered · 2 learning · 1 new\n")
    assert folded_away.count("•") == 2
    assert "<blockquote" not in score.score(W, progress(), NOW, offer_picture=False).text
    drawn = score.progress_picture(W, replace(progress(), key_points=tuple(known)))
    assert drawn.mastered == "1 of 24 lessons mastered"
    assert score.progress_picture(W, progress()).mastered == "24 lessons"


def test_a_score_names_what_somebody_knows_and_what_comes_next() -> None:
    ahead = NextGoal("flexible arteries", date(2026, 12, 24), one_from_mastered=False)
    known = replace(progress(), known=("nerves & B12", "B12 in food"), nearest=ahead)
    told = shown(score.score(W, known, NOW, offer_picture=False))
    assert "💡 Right last time: “nerves & B12”, “B12 in food”.\n" in told
    assert "\n👣 Comes back from 24 Dec: “flexible arteries”.\n\n" in told
    assert "You know" not in shown(score.score(W, progress(), NOW, offer_picture=False))


def test_days_without_an_answer_stay_blank_in_the_picture() -> None:
    results = (DayResult.CORRECT, DayResult.UNANSWERED, DayResult.FROZEN)
    days = {NOW.date() - timedelta(ago): result for ago, result in enumerate(results)}
    for weeks in (1, 13):
        drawn = replace(score.progress_picture(W, replace(progress(), days=days)), weeks=weeks)
        assert "Right" in drawn.svg()
        assert "unanswered" not in drawn.svg().partition("</style>")[2]
        assert "No answer" not in drawn.svg()


def test_questions_without_a_key_point_are_counted() -> None:
    labelled = score.progress_picture(W, replace(progress(), key_points=many_key_points(3))).points
    assert labelled[-1].label == "Other questions"


def test_the_caption_of_a_picture_names_its_days_and_fits() -> None:
    days = {NOW.date() - timedelta(days): DayResult.CORRECT for days in range(91)}
    days[NOW.date()] = DayResult.FROZEN
    caption = score.progress_caption(W, replace(progress(), days=days))
    assert len(caption) <= MessageLimit.CAPTION_LENGTH
    since = W.short_day(NOW.date() - timedelta(90))
    assert f"Since {since}: 90 of 91 answered, 90 right. A freeze saved 1 day." in caption
    assert score.progress_caption(W, progress()).startswith("Mastered: ")


@pytest.mark.parametrize(("day", "weeks"), [(0, 1), (7, 2), (43, 7), (90, 13)])
def test_a_picture_begins_with_the_week_of_the_first_result(day: int, weeks: int) -> None:
    sunday = date(2026, 11, 29)
    days = {sunday - timedelta(day): DayResult.INCORRECT}
    picture = score.progress_picture(W, replace(progress(), days=days, today=sunday))
    assert picture.weeks == weeks
    assert picture.days == {sunday - timedelta(day): "incorrect"}


@pytest.mark.parametrize("messages", EVERYTHING.values(), ids=EVERYTHING)
def test_every_message_fits_and_reads_well(messages: Iterable[Message]) -> None:
    number = 0
    for number, message in enumerate(messages, start=1):  # noqa: B007
        check(message)
    assert number


def test_every_zone_fits_into_a_button() -> None:
    offered = sorted(available_timezones())
    message = subscription.unknown_zone(W, "x", offered)
    assert [button.data for button in buttons_of(message)] == [f"zone:{zone}" for zone in offered]
    assert all(len(button.data.encode()) <= BUTTON_DATA_LIMIT for button in buttons_of(message))


def test_a_keyboard_has_texts_and_data_as_json() -> None:
    keyboard = subscription.time_choices(W, time(9)).keyboard
    assert keyboard is not None
    assert keyboard["inline_keyboard"][0][0] == {"text": "07:00", "callback_data": "time:07:00"}


@pytest.mark.parametrize(
    "message",
    [
        subscription.current_alias(W, EVIL),
        subscription.alias_changed(W, EVIL),
        score.score(W, progress(), NOW, offer_picture=True),
        boards.leaderboard(W, board(3)),
        subscription.subscribed(W, person(due=True), NOW, ready=False),
        subscription.introduction(W, EVIL, TOPIC),
        subscription.introduction(W, "Eve", replace(TOPIC, title=EVIL, disclaimer=EVIL)),
        subscription.welcome_back(W, EVIL, person(due=True), NOW, ready=False),
        subscription.unknown_time(W, EVIL),
        subscription.unknown_zone(W, EVIL, []),
        text_input.about(W, replace(TOPIC, title=EVIL, disclaimer=EVIL, sources=()), EVIL),
    ],
)
def test_hostile_texts_are_shown_as_they_were_typed(message: Message) -> None:
    assert EVIL in shown(message)
    assert len(EVIL) == MAX_ALIAS_LENGTH


@pytest.mark.parametrize("item", TOPIC.approved, ids=lambda item: item.id)
def test_a_poll_shows_the_item_in_the_order_of_the_delivery(item: Item) -> None:
    places = "".join(str(place) for place in range(len(item.options)))
    for order in (places, places[::-1], places[1:] + places[0]):
        poll = questions.question_poll(W, outgoing(item, order), item, TOPIC)
        assert poll.options == [item.options[int(place)].text for place in order]
        assert poll.options[poll.correct_position] == item.key
        assert poll.question == item.stem
        assert poll.closes_at == NOW + timedelta(days=1)
        theme = "" if item.id == "b12-noise-in-the-car" else TOPIC.key_point_of(item)
        expected = ([theme.title] if theme else []) + (
            [f"🖼 {item.picture_text}"] if item.picture else []
        )
        assert [each for each in (poll.description or "").split("\n\n") if each] == expected


def test_the_line_above_a_question_tells_the_day_and_the_theme() -> None:
    item = TOPIC.approved[0]
    for day, line in (
        (8, "Day 8 🔥 · Red blood cell production"),
        (1, "Day 1 · Red blood cell production"),
        (0, "Red blood cell production"),  # after a streak that has ended: no word about it
    ):
        asked = replace(outgoing(item, "012"), streak_day=day)
        assert questions.question_poll(W, asked, item, TOPIC).description == line
    asked = replace(outgoing(item, "012"), streak_day=2)
    told = questions.question_poll(W, asked, item, TOPIC, share=60).description
    assert told == "Day 2 🔥 · Red blood cell production\n60% got yesterday's question right."


def test_a_theme_that_names_the_answer_is_left_out() -> None:
    item = TOPIC.approved[0]
    theme = TOPIC.statements["KP2"]  # Homocysteine metabolism
    key, *others = item.options
    told = item.model_copy(
        update={"options": (key.model_copy(update={"text": "Of homocysteine"}), *others)}
    )
    assert openings.gives_away(theme, told)
    assert not openings.gives_away(theme, item)
    both = told.model_copy(update={"stem": "What becomes of homocysteine?"})
    assert not openings.gives_away(theme, both)


@pytest.mark.parametrize("item", TOPIC.approved, ids=lambda item: item.id)
def test_a_poll_fits_and_carries_a_disclaimer(item: Item) -> None:
    order = "0123456789"[: len(item.options)]
    poll = questions.question_poll(W, outgoing(item, order, practice=True), item, TOPIC)
    assert len(poll.explanation.encode("utf-16-le")) // 2 <= PollLimit.MAX_EXPLANATION_LENGTH
    assert poll.explanation.count("\n") <= PollLimit.MAX_EXPLANATION_LINE_FEEDS
    assert poll.explanation.startswith(item.explanation)
    assert poll.explanation.endswith("Not medical advice.")
    assert 1 <= len(poll.question) <= PollLimit.MAX_QUESTION_LENGTH
    assert 2 <= len(poll.options) <= PollLimit.MAX_OPTION_NUMBER
    assert all(1 <= len(option) <= PollLimit.MAX_OPTION_LENGTH for option in poll.options)
    assert poll.description is not None
    assert "Practice" in poll.description
    assert len(poll.description) <= 1024


@pytest.mark.parametrize(
    ("option", "practice", "late", "verdict"),
    [
        (0, False, False, "Right! +10 points · 🔥 3-day streak"),
        (1, False, False, "Not quite. +2 points · 🔥 3-day streak"),
        (0, True, False, "Right! That was practice, so your score stays as it is."),
        (1, True, False, "Not quite. That was practice, so your score stays as it is."),
        (0, False, True, "Right! Too late for points: the next question is here."),
        (1, False, True, "Not quite. Too late for points: the next question is here."),
    ],
)
def test_every_answer_card_has_verdict_explanation_source_and_disclaimer(
    option: int, practice: bool, late: bool, verdict: str
) -> None:
    for item in TOPIC.approved:
        card = shown(
            questions.answer_card(
                W, outcome(item, option, practice=practice, late=late), TOPIC, NOW
            )
        )
        assert verdict in card
        assert item.explanation in card
        assert card.count("💡") == 1
        assert item.more in card
        assert "📖 Source: " in card
        for cited in TOPIC.cited(item):
            place = questions.source(W, cited).removeprefix("Beyond the article: ")
            assert all(re.sub(r" \(.*", "", each) in card for each in place.split("; "))
        assert f"⚕️ {TOPIC.disclaimer}" in card
        told = re.escape(f"Right answer: {item.key}\n💡 ")
        picked = re.escape(f"You picked “{item.options[option].text}”. ")  # if there is room
        why = f"{told}({picked})?{re.escape(item.options[option].why or '')}"
        assert (re.search(why, card) is not None) is (option != 0)


def test_the_source_of_a_fact_beyond_the_article_is_named_once() -> None:
    def fact(number: int, source: str) -> Statement:
        return Statement(StatementKind.FACT, number, "Clams", "They hold 17.", source)

    named = ("NHS", "A & B", "NHS", "NIH; NHS (our own sum)")
    facts = {each.id: each for each in (fact(*each) for each in enumerate(named, start=1))}
    item = TOPIC.approved[0].model_copy(update={"cites": ("F1", "KP1", "F2", "F3", "F4")})
    topic = replace(TOPIC, statements={**TOPIC.statements, **facts}, items=(item,))
    card = shown(questions.answer_card(W, outcome(item, 0), topic, NOW))
    place = questions.source(W, TOPIC.statements["KP1"])
    assert f"📖 Source: {place}; Beyond the article: NHS; A & B; NIH\n" in card
    assert "Read it: /read_F1 /read_KP1 /read_F2 /read_F3 /read_F4\n" in card


def test_the_source_line_opens_the_article_where_it_has_an_address() -> None:
    address = "https://quiz.example.org/a/x"
    for item in TOPIC.approved:
        card = questions.answer_card(W, outcome(item), TOPIC, NOW, article_url=address)
        links = re.findall(rf'<a href="{address}#(\w+)">([^<]+)</a>', card.text)
        assert links
        assert {each for each, _ in links} <= {each.id for each in TOPIC.cited(item)}
        assert "/read_" not in card.text
        check(card)


def test_about_says_where_questions_come_from_and_leads_to_the_article() -> None:
    address = "https://quiz.example.org/a/x"
    linked = text_input.about(W, TOPIC, "0.1.0", address)
    assert "The questions come from one article and from sources beyond it." in shown(linked)
    assert f'<a href="{address}">one article</a>' in linked.text
    assert "/read_" not in linked.text
    assert "Read it: /read_KP1 /read_KP2" in text_input.about(W, TOPIC, "0.1.0").text
    from_article = [item for item in TOPIC.items if not re.search(r"\bF\d", " ".join(item.cites))]
    about = text_input.about(W, replace(TOPIC, items=tuple(from_article)), "0.1.0")
    assert "The questions come from one article. Each answer" in about.text


def test_what_is_not_published_is_neither_linked_nor_offered() -> None:
    item = TOPIC.approved[0]
    retired = replace(TOPIC, items=(item.model_copy(update={"status": "retired"}),))
    for address in ("", "https://quiz.example.org/a/x"):
        card = questions.answer_card(W, outcome(item), retired, NOW, article_url=address).text
        assert "Source:" in card
        assert "<a " not in card
        assert "/read_" not in card


def test_every_statement_can_be_read_in_the_chat() -> None:
    for each in TOPIC.statements.values():
        told = questions.statement(W, TOPIC, each)
        check(told)
        text = shown(told)
        assert each.title in text
        assert each.text in text
        assert (f"Source: {each.source}" in text) is bool(each.source)
        assert all(f"{source.title} ({source.licence})" in text for source in TOPIC.sources)
        assert TOPIC.disclaimer in text


def test_an_answer_card_fits_a_phone_until_it_is_unfolded() -> None:
    for item in TOPIC.approved:
        for option in range(len(item.options)):
            for told in (outcome(item, option), *warm_outcomes(item, option)):
                card = questions.answer_card(W, told, TOPIC, NOW).text
                folded = "<blockquote expandable>"
                assert card.count(folded) == 1
                assert len(shown(Message(card.partition(folded)[0]))) <= 330, (item.id, option)


def warm_outcomes(item: Item, option: int) -> list[AnswerOutcome]:
    """Returns an answer for each milestone that its card can tell, and a return."""
    told = outcome(item, option)
    day = NOW.date()
    totals = [replace(told.totals, answered=days) for days in (3, 7, 14, 21, 30, 50, 100, 900)]
    best = replace(told, question=told.question._replace(best_before=99))
    found = [replace(told, totals=each) for each in totals]
    found.append(replace(best, totals=replace(told.totals, answered=401, streak=100)))
    back = replace(told.totals, points=9999, best_streak=365, streak=1)
    away = told.question._replace(totals=replace(back, streak=0))
    long_away = replace(told, question=away, unanswered=30, totals=back)
    found.append(replace(long_away, mastered=frozenset("abcdefghijkl")))
    for streak, longest, unanswered in ((365, 365, 4), (99, 365, 3), (1, 9, 2), (365, 365, 1)):
        before = replace(told.question.totals, streak=streak, best_streak=longest, freezes=0)
        ended = replace(told.totals, streak=1, best_streak=longest, points=9999)
        question = told.question._replace(totals=before)
        found.append(replace(told, question=question, totals=ended, unanswered=unanswered))
    for freezes, unanswered, days in ((0, 0, 28), (2, 1, 365), (2, 2, 365), (0, 0, 365)):
        last = day - timedelta(9)
        before = Totals(streak=days - 1, freezes=freezes, last_answered_on=last)
        kept = Totals(9999, 222, 1, days, days, day, freezes - unanswered + (days % 7 == 0))
        question = told.question._replace(totals=before)
        found.append(replace(told, question=question, totals=kept, unanswered=unanswered))
    if option:
        found += [
            replace(told, totals=replace(told.totals, answered=answered, correct=right))
            for answered, right in ((1, 0), (2, 0), (4, 3), (7, 5))
        ]
        hard = Memory(1.0, 6.0, day - timedelta(9), day, True, None, None, 1, ("a",))
        again = replace(hard, reviewed_on=day)
        for missed in (hard, replace(hard, reviews=4), replace(hard, first_correct_on=day)):
            change = MemoryChange(item.objective, missed, again)
            found.append(replace(told, change=change))
    if option == 0:
        found += [replace(told, totals=replace(told.totals, correct=each)) for each in (1, 900)]
        missed = Memory(1.0, 5.0, day - timedelta(9), day, True, None, None, 1, ("a",))
        now = replace(missed, reviewed_on=day, incorrect=False)
        found.append(replace(told, change=MemoryChange(item.objective, missed, now)))
        lasting = replace(now, stability=60.0, first_correct_on=day - timedelta(9))
        lasting = replace(lasting, last_correct_on=day)
        mastered = MemoryChange(item.objective, missed, lasting)
        point = TOPIC.objectives[item.objective].key_point
        of_point = [each.id for each in TOPIC.objectives.values() if each.key_point == point]
        half = {item.objective, *of_point[: (len(of_point) + 1) // 2]}
        two = frozenset({item.objective, "vessel-lining", "food-sources"})
        found += [
            replace(told, change=mastered, mastered=frozenset({*half, "food-sources"})),
            replace(found[6], change=mastered, mastered=two),
            replace(found[2], change=mastered, mastered=two),
        ]
        siblings = [each.id for each in TOPIC.objectives.values() if each.key_point == "KP1"]
        found += [
            replace(told, change=mastered, mastered=frozenset(objectives))
            for objectives in ({item.objective}, {*siblings}, {*TOPIC.objectives})
        ]
    return found


def day_after_day(steps: str, item: Item) -> list[AnswerOutcome]:
    """Returns the outcomes of answers to an objective: "+2" is right, two days after the last."""
    found, day = list[AnswerOutcome](), NOW.date()
    memory: Memory | None = None
    for step in steps.split():
        day += timedelta(int(step[1:]))
        before, option = memory, 0 if step[0] == "+" else 1
        memory = review(before, ItemAnswer(day, 0, item.id, correct=not option))
        assert memory is not None
        told = outcome(item, option)
        question = told.question._replace(local_date=day)
        totals = replace(told.totals, answered=40, correct=12)
        change = MemoryChange(item.objective, before, memory)
        found.append(replace(told, question=question, change=change, totals=totals))
    return found


def comes_back(line: str) -> set[str]:
    told = f"{line} It comes back."
    return {told, f"{told} 12 right answers so far."}


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        (
            "+0",
            {
                "🎯 {}: I'll ask again from 30 Nov. Right again, and it's mastered.",
                "🎯 {}: right once. Get it right again from 30 Nov, and it's mastered.",
            },
        ),
        ("+0 +5", {"🎯 Nearly mastered: {}. Get it right once more from 16 Dec, and it's done."}),
        ("-0", comes_back("🌱 New to you: {}.")),
        ("+0 -7", comes_back("🔁 You got {} right before.")),
        ("-0 -7", comes_back("🔁 A tough one: {}.")),
    ],
)
def test_every_card_tells_what_an_answer_has_moved_in_turns(steps: str, lines: set[str]) -> None:
    """From one correct answer to the next, and from one incorrect one to the next."""
    item = TOPIC.approved[0]
    *_, told = day_after_day(steps, item)
    said = []
    for number in range(6):
        right = told.totals.correct + (number if told.correct else 0)
        totals = replace(told.totals, answered=told.totals.answered + number, correct=right)
        card = questions.answer_card(W, replace(told, totals=totals), TOPIC, NOW)
        said.append(shown(card).split("\n\n")[1])
    assert {*said} == {each.format("“B12 in the bone marrow”") for each in lines}
    assert all(one != two for one, two in pairwise(said)) or len(lines) == 1


def test_what_a_card_promises_comes_true() -> None:
    """A right answer masters the objective on the day named, and not on the day before."""
    item = TOPIC.approved[0]
    for steps in ("+0", "+0 +5", "+0 +6"):
        *_, told = day_after_day(steps, item)
        assert told.change is not None
        memory = told.change.after
        day = memory.masters_from
        assert day is not None
        dated = any(W.short_day(day) in each for each in milestones.movement(W, told, TOPIC))
        assert dated
        for on in (day, day + timedelta(30)):
            after = review(memory, ItemAnswer(on, 0, item.id, correct=True))
            assert after is not None
            assert after.mastered
    for steps in ("-0 +9", "-0 -3 +3"):  # more than one is needed: no day is named
        *_, told = day_after_day(steps, item)
        assert told.change is not None
        assert told.change.after.masters_from is None


@pytest.mark.parametrize(
    ("answered", "right", "line"),
    [
        (1, 0, "🌱 That's how learning starts. I'll ask you again."),
        (2, 0, "🌱 Two tricky ones to start with. Both come back."),
        (2, 1, "🌱 Your first miss. It comes back, so that it sticks."),
        (6, 4, "🌱 What you miss now will stick better later."),
    ],
)
def test_the_first_incorrect_answers_get_a_kind_word(answered: int, right: int, line: str) -> None:
    told = outcome(TOPIC.approved[0], 1)
    missed = replace(told, totals=replace(told.totals, answered=answered, correct=right))
    assert milestones.warm_line(W, missed, TOPIC) == line


def test_a_warm_line_takes_the_place_of_the_streaks_note_which_is_folded_away() -> None:
    told = outcome(TOPIC.approved[0])
    week = replace(told, totals=replace(told.totals, answered=7, streak=7, freezes=1))
    above, _, below = questions.answer_card(W, week, TOPIC, NOW).text.partition("<blockquote")
    assert "7 days of questions" in above
    assert "freeze" not in above
    assert "freeze" in below


def test_a_milestone_of_days_says_how_many_were_right_unless_most_were_not() -> None:
    told = outcome(TOPIC.approved[0], 1)
    for days, right, streak, line in (
        (3, 3, 3, "🌱 3 days of questions. A good start!"),
        (14, 7, 14, "🎉 14 days of questions: 2 whole weeks! 7 right."),
        (14, 6, 14, "🎉 14 days of questions: 2 whole weeks!"),
        (14, 7, 2, "🎉 Your 14th question! 7 right so far."),
        (7, 3, 6, "🎉 Your 7th question. Thank you!"),
        (50, 30, 2, "🎉 50 days of questions. Halfway to 100! 30 right."),
    ):
        totals = replace(told.totals, answered=days, correct=right, streak=streak)
        week = replace(told, totals=totals)
        assert milestones.warm_line(W, week, TOPIC) == line
    month = outcome(TOPIC.approved[0], 0)
    totals = replace(month.totals, answered=30, correct=20, streak=30)
    month = replace(month, totals=totals, mastered=frozenset({"vessel-lining", "food-sources"}))
    assert milestones.warm_line(W, month, TOPIC).endswith(
        f"20 right.\n🌟 2 lessons mastered, including “{TOPIC.objectives['food-sources'].title}”."
    )
    first = outcome(TOPIC.approved[0], 0)
    first = replace(first, totals=replace(first.totals, answered=3, correct=1, streak=3))
    assert milestones.warm_line(W, first, TOPIC) == (
        "🎈 Your first right answer!\n🌱 3 days of questions. A good start!"
    )


def test_what_was_mastered_or_made_up_for_is_named() -> None:
    item = TOPIC.approved[0]
    *_, missed, _, _, _, first, _, _ = warm_outcomes(item, 0)
    two = replace(first, mastered=frozenset({item.objective, "vessel-lining"}))
    two_of_four = replace(first, mastered=frozenset({item.objective, "too-few-red-cells"}))
    change = missed.change

    def tried(times: int, **changed: Any) -> AnswerOutcome:
        assert change is not None
        assert change.before is not None
        before = replace(change.before, reviews=times, **changed)
        return replace(missed, change=change._replace(before=before))

    lapsed = tried(2, first_correct_on=NOW.date() - timedelta(20))
    same = tried(1, seen=("a", item.id))
    earlier = tried(1, seen=(item.id, "a"))
    week = replace(two, totals=replace(two.totals, answered=7, streak=7))
    bare = replace(
        TOPIC,
        objectives={
            name: each.model_copy(update={"title": None}) for name, each in TOPIC.objectives.items()
        },
    )
    for told, topic, line in (
        (missed, TOPIC, "💪 Right the second time: “B12 in the bone marrow”."),
        (tried(3), TOPIC, "💪 Got it on the 4th try: “B12 in the bone marrow”."),
        (lapsed, TOPIC, "💪 You missed one about “B12 in the bone marrow” on 14 Nov. Got it now!"),
        (same, TOPIC, "💪 You missed this one on 14 Nov. Got it now!"),
        (
            two_of_four,
            TOPIC,
            "⛰ Mastered: “B12 in the bone marrow”. 2 of 4 in “Red blood cell production”.",
        ),
        (earlier, TOPIC, "💪 Right the second time: “B12 in the bone marrow”."),
        (
            week,
            TOPIC,
            "🎉 7 days of questions: a whole week!\n🌟 Lesson mastered: “B12 in the bone marrow”.",
        ),
        (missed, bare, "💪 You missed one like this on 14 Nov. Got it now!"),
        (first, TOPIC, "🌟 First lesson mastered: “B12 in the bone marrow”. 23 to go."),
        (first, bare, "🌟 First lesson mastered! 23 to go."),
        (two, TOPIC, "🌟 Lesson mastered: “B12 in the bone marrow”. 22 to go."),
        (two, bare, "🌟 One more lesson mastered! 22 to go."),
    ):
        assert shown(questions.answer_card(W, told, topic, NOW)).split("\n\n")[1] == line


def test_who_comes_back_is_welcomed_and_not_blamed() -> None:
    told = outcome(TOPIC.approved[0])
    before = replace(told.question.totals, points=350, streak=12, best_streak=12)
    back = replace(
        told,
        question=told.question._replace(totals=before),
        unanswered=5,
        totals=Totals(360, 31, 20, 1, 12, NOW.date()),
        mastered=frozenset("abc"),
    )
    card = shown(questions.answer_card(W, back, TOPIC, NOW))
    welcome = "👋 Welcome back! Still yours: 350 points, 3 mastered, best streak 12."
    assert card.startswith(f"✅ Right! +10 points\n\n{welcome}\n\n💡")
    for word in ("ended", "missed", "freeze", "1-day"):
        assert word not in card


@pytest.mark.parametrize(
    ("before", "best", "unanswered", "line"),
    [
        (10, 10, 3, "👋 Good to see you! Your 10-day streak ended. It's still your best. "),
        (10, 12, 4, "👋 Good to see you! Your 10-day streak ended. Your best: 12 days. "),
        (2, 12, 2, "👋 Good to see you! 20 right answers so far."),
        (0, 12, 2, "👋 Good to see you! 20 right answers so far."),
        (10, 10, 1, "Your 10-day streak ended. It's still your best. Day 1 of the next!"),
        (2, 2, 1, ""),
    ],
)
@pytest.mark.parametrize("option", [0, 1])
def test_who_was_away_for_some_days_hears_what_is_kept(
    before: int, best: int, unanswered: int, line: str, option: int
) -> None:
    told = outcome(TOPIC.approved[0], option)
    totals = replace(told.question.totals, streak=before, best_streak=best)
    question = told.question._replace(totals=totals)
    now = Totals(350, 31, 20, 1, best, NOW.date())
    back = replace(told, question=question, unanswered=unanswered, totals=now)
    verdict, said, *_ = shown(questions.answer_card(W, back, TOPIC, NOW)).split("\n\n")
    streak = "" if line else " · 🔥 1-day streak"
    assert verdict == ("❌ Not quite. +2 points" if option else "✅ Right! +10 points") + streak
    if line.endswith(" "):
        line = line.strip() if option else line + "Day 1 of the next!"
    assert said == (line or said)
    assert line or said == "🎯 20 right answers so far."


@pytest.mark.parametrize(("unanswered", "greeting"), [(3, "Good to see you"), (9, "Welcome back")])
def test_a_greeting_takes_nothing_from_what_was_gained(unanswered: int, greeting: str) -> None:
    item = TOPIC.approved[0]
    *_, told = day_after_day("-0 +8", item)
    back = replace(told, unanswered=unanswered, totals=replace(told.totals, streak=1))
    before = replace(told.question.totals, points=2)
    back = replace(back, question=told.question._replace(totals=before))
    card = shown(questions.answer_card(W, back, TOPIC, NOW))
    assert f"\n\n👋 {greeting}! " in card
    kept = "\nStill yours: 2 points." if unanswered > 3 else ""
    assert f"! {milestones.warm_line(W, told, TOPIC)[2:]}{kept}\n\n" in card
    nothing = replace(back, change=None, totals=replace(back.totals, correct=0), unanswered=3)
    before = replace(told.question.totals, points=46)
    nothing = replace(nothing, question=told.question._replace(totals=before))
    card = shown(questions.answer_card(W, nothing, TOPIC, NOW))
    assert "\n\n👋 Good to see you! Still yours: 46 points.\n\n" in card


@pytest.mark.parametrize(("days", "is_told"), [(2, False), (3, False), (4, True), (30, True)])
def test_a_pause_is_said_to_break_no_streak_but_a_weekend_is_not(days: int, is_told: bool) -> None:
    told = outcome(TOPIC.approved[0])
    last = NOW.date() - timedelta(days + 1)
    before = replace(told.question.totals, last_answered_on=last)
    paused = replace(told, question=told.question._replace(totals=before))
    card = shown(questions.answer_card(W, paused, TOPIC, NOW))
    assert ("\n\n⏸ Days without a question didn't break your streak.\n\n" in card) is is_told


@pytest.mark.parametrize("streak", [0, 12])
def test_the_words_of_a_reminder_change_from_day_to_day(streak: int) -> None:
    told = []
    for day in range(4):
        now = NOW + timedelta(day)
        unanswered = Unanswered(1, "en", "UTC", 1, now + timedelta(hours=14), streak)
        told.append(shown(questions.reminder(W, unanswered, now)))
    assert len(set(told)) == 3
    assert told[0] == told[3]
    assert all(("12-day streak" in each) is bool(streak) for each in told)


def test_a_left_over_card_tells_the_streak_only_if_it_is_still_the_same() -> None:
    late = outcome(TOPIC.approved[0])
    on = late.question.local_date
    for last, verdict in ((on, "+10 points · 🔥 3-day streak"), (on + timedelta(1), "+10 points")):
        today = replace(late, totals=replace(late.totals, last_answered_on=last))
        card = shown(questions.answer_card(W, today, TOPIC, NOW, left_over=True))
        assert f"Right! {verdict}\n" in card


def test_a_card_for_a_removed_item_still_has_verdict_and_disclaimer() -> None:
    known = outcome(TOPIC.approved[0])
    gone = replace(known, question=known.question._replace(item_id="long-gone"))
    card = shown(questions.answer_card(W, gone, TOPIC, NOW))
    assert "Right!" in card
    assert TOPIC.disclaimer in card


def test_a_card_for_a_removed_option_still_has_verdict_and_disclaimer() -> None:
    """A revision may drop a distractor while its question is open."""
    item = TOPIC.approved[0]
    card = shown(questions.answer_card(W, outcome(item, len(item.options)), TOPIC, NOW))
    assert "Not quite." in card
    assert TOPIC.disclaimer in card


def test_sources_name_the_place_in_the_article() -> None:
    named = {each.kind: questions.source(W, each) for each in TOPIC.statements.values()}
    forms = {"KP": r"Key point \d+: .", "FAQ": r"FAQ \d+", "T": "Table: .", "L": "List: ."}
    forms["F"] = "Beyond the article: ."
    for kind, said in named.items():
        assert re.match(forms.get(kind, "Article: ."), said)


def test_a_leaderboard_shows_ranks_points_and_the_reader() -> None:
    top = [
        Place(1, "Otter", 1200, is_me=False),
        Place(2, "Heron", 1, is_me=True),
        Place(4, "Lynx", 1, is_me=False),
    ]
    text = shown(boards.leaderboard(W, Leaderboard(Period.ALL_TIME, top, [], 3, "Heron")))
    expected = ["🥇 Otter · 1,200 points", "🥈 Heron · 1 point ← you", "4. Lynx · 1 point"]
    assert [line for line in text.splitlines() if "·" in line][1:] == expected
    assert "All time · 3 players" in text
    assert "join this board" not in text


def test_the_only_player_has_no_rank() -> None:
    me = Leaderboard(Period.WEEK, [Place(1, "Heron", 10, is_me=True)], [], 1, "Heron")
    text = shown(boards.leaderboard(W, me))
    assert text == "🏆 This week\n\n• Heron · 10 points ← you"


def test_a_reader_without_a_rank_learns_how_to_get_one() -> None:
    text = shown(boards.leaderboard(W, board(0)))
    assert "Be the first!" in text
    assert f"– {EVIL} · 0 points ← you" in text
    assert "join this board" in text


@pytest.mark.parametrize("period", list(Period))
def test_a_leaderboard_has_a_button_to_the_other_period(period: Period) -> None:
    first, _ = buttons_of(boards.leaderboard(W, replace(board(3), period=period)))
    assert first.data == ("board:all" if period is Period.WEEK else "board:week")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Want a question?"),
        ("👍", "Want a question?"),
        ("Hello!", "Hi! I ask one health question a day."),
    ],
)
def test_a_greeting_and_a_sticker_get_a_fitting_reply_and_a_question(text: str, said: str) -> None:
    reply = small_talk.small_talk(W, text)
    assert reply is not None
    assert said in shown(reply)
    assert [button.data for button in buttons_of(reply)] == ["quiz"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What is a streak?", "🔥 Your streak is how many daily questions in a row"),
        ("what's a freeze", "7 days in a row earn one, and you can have 2."),
        ("how do points work?", "A right answer earns 10 points, any other one 2."),
        ("What does mastered mean?", "🎯 A lesson is one thing to know"),
        ("How far is our goal?", "🤝 A team goal is a number of answers"),
        ("This answer is wrong!", "Tap … below its answer and report it."),
        ("I think the answer to yesterday's question is not true", "Tap … below its answer"),
        ("that's wrong", "Tap … below its answer"),
        ("I always get it wrong, I'm stupid", "🌱 This isn't a test"),
        ("this is getting boring", "Another one now, another time of day, or a break?"),
        ("Sorry, I was away", "No need to be sorry"),
        ("but I was sure!", "It'll come back"),
        ("I got it!", "🎉 Well done!"),
        ("How long does this take?", "About 20 seconds a day"),
    ],
)
def test_feelings_words_of_the_quiz_and_faults_are_understood(text: str, said: str) -> None:
    reply = small_talk.small_talk(W, text)
    assert reply is not None
    assert said in shown(reply)


@pytest.mark.parametrize(
    "text", ["what's wrong with me", "something is wrong", "why does my streaky bacon contain B12"]
)
def test_other_texts_with_such_words_are_not(text: str) -> None:
    assert small_talk.small_talk(W, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "what have I learned?",
        "my progress",
        "How many lessons have I mastered?",
        "am I learning anything?",
    ],
)
def test_who_asks_what_they_gained_gets_their_score(text: str) -> None:
    assert small_talk.meant_command(W, text) == ("score", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("why should I go on?", "talk to somebody you trust"),
        ("What’s the point?", "24 lessons, one by one."),
        ("this is pointless", "talk to somebody you trust"),
        ("I want to give up", "talk to somebody you trust"),
        ("is this worth it?", "You've been right in 2 of 3 lessons so far."),
        ("when does it come back?", "one right answer masters “nerves & B12”"),
        ("what do I get out of this?", "💡 Right last time: “B12 in food”."),
        ("am I getting better?", "📈 Yes: 1 right of your first 3, 3 of the last 3."),
        ("what comes next?", "👣 From 24 Dec, one right answer masters “nerves & B12”."),
        ("I lost my streak", "🔥 It's still there: 999 days."),
    ],
)
def test_who_doubts_is_told_their_own_figures(text: str, said: str) -> None:
    asked, _ = small_talk.meant_command(W, text)
    assert asked in small_talk.OWN_FIGURES
    results = [DayResult.CORRECT, *[DayResult.INCORRECT] * 2, *[DayResult.CORRECT] * 3]
    days = {NOW.date() - timedelta(6 - number): each for number, each in enumerate(results)}
    ahead = NextGoal("nerves & B12", date(2026, 12, 24), one_from_mastered=True)
    known = replace(progress(), days=days, known=("B12 in food",), nearest=ahead)
    known = replace(known, totals=Totals(46, 6, 4))
    known = replace(known, key_points=(KeyPointMastery(None, 0, 3, 21, right=2),))
    assert said in shown(small_talk.own_figures(W, asked, known, TOPIC, NOW))
    lost = small_talk.own_figures(W, asked, replace(known, streak=0), TOPIC, NOW)
    if "streak" in text:
        assert "Your next answer starts a new one." in shown(lost)
        assert "You keep your 46 points and all you've learned." in shown(lost)
        began = replace(known, streak=1, totals=Totals(46, 6, 4, last_answered_on=NOW.date()))
        told = shown(small_talk.own_figures(W, asked, began, TOPIC, NOW))
        assert "Today's answer started a new one." in told
    worse = replace(known, days=dict.fromkeys(days, DayResult.INCORRECT))
    better = shown(small_talk.own_figures(W, small_talk.BETTER, worse, TOPIC, NOW))
    assert better.startswith("🌱 4 right so far. What you missed comes back")


def test_who_was_always_right_hears_what_is_mastered_and_left() -> None:
    known = replace(progress(), totals=Totals(answered=22, correct=22))
    known = replace(known, key_points=(KeyPointMastery(None, 7, 9, 8, right=9),))
    better = shown(small_talk.own_figures(W, small_talk.BETTER, known, TOPIC, NOW))
    assert better.startswith("📈 22 of 22 right so far. 7 lessons mastered, 17 to go.")


def test_two_doubts_in_a_row_do_not_bring_the_same_lines() -> None:
    ahead = NextGoal("nerves & B12", date(2026, 12, 24), one_from_mastered=True)
    known = replace(progress(), known=("B12 in food",), nearest=ahead)
    replies = [
        set(shown(small_talk.own_figures(W, asked, known, TOPIC, NOW)).splitlines())
        for asked in (small_talk.WORTH, small_talk.BETTER, small_talk.LOST_STREAK, small_talk.NEXT)
    ]
    assert all(not (one & other) - {""} for one, other in pairwise(replies))


def test_who_is_out_is_offered_to_stop() -> None:
    assert small_talk.meant_command(W, "I'm out!") == (small_talk.UNWANTED, "")
    assert emergencies.emergency_in("I'm out") is None
    assert emergencies.emergency_in("i gave it a good go but im out") is not None
    assert emergencies.emergency_in("my back hurts") is emergencies.Emergency.UNWELL


@pytest.mark.parametrize("text", ["ok", "LOL", "haha!", "wow", "who are you?", "Tell me a joke"])
def test_small_talk_is_answered_without_advice(text: str) -> None:
    reply = small_talk.small_talk(W, text)
    assert reply is not None
    assert len(reply.text) < 80
    assert "advice" not in reply.text


@pytest.mark.parametrize(
    ("text", "explained", "advised"),
    [
        ("what is B12?", True, False),
        ("what's homocysteine", True, False),
        ("is my blood pressure too high?", True, True),
        ("my doctor gave me something", False, True),
        ("my chest is strange", False, True),
        ("what time is it?", False, False),
        ("back to front", False, False),
    ],
)
def test_questions_lead_to_the_article_and_advice_is_refused_only_where_it_is_about_health(
    text: str, explained: bool, advised: bool
) -> None:
    told = shown(small_talk.not_understood(W, text, TOPIC))
    assert ("/about leads to the article" in told) is explained
    assert ("I didn't get that. /help shows" in told) is not explained
    assert ("I can't give medical advice" in told) is advised


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Help!", ("help", "")),
        ("my score", ("score", "")),
        ("One more", ("quiz", "")),
        ("STOP", ("stop", "")),
        ("pause until Monday", ("pause", "until Monday")),
        ("Pause", ("pause", "")),
        ("stop smoking", ("", "")),
        ("When is the next question?", ("time", "")),
        ("Can I change my name?", ("alias", "")),
        ("how am I doing?", ("score", "")),
        ("I'm on holiday next week", ("away", "")),
        ("please remind me", ("reminders", "")),
        ("Hi, I’m back!", ("resume", "")),
        ("blood comes back from the legs", ("", "")),
        ("I want to stop", ("unwanted", "")),
        ("stop sending me messages", ("unwanted", "")),
        ("leave me alone", ("unwanted", "")),
        ("Why?", ("why", "")),
        ("👍", ("", "")),
    ],
)
def test_a_command_may_be_written_in_words(text: str, command: tuple[str, str]) -> None:
    assert small_talk.meant_command(W, text) == command


def test_the_command_menu_fits() -> None:
    menu = text_input.menu(W)
    assert len(menu) == len({each.command for each in menu}) <= 100
    for each in menu:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", each.command)
        length = len(each.description)
        assert BotCommandLimit.MIN_DESCRIPTION <= length <= BotCommandLimit.MAX_DESCRIPTION
    assert all(f"/{each.command} – " in text_input.help_text(W).text for each in menu)


def test_what_an_operator_does_comes_after_what_everybody_does() -> None:
    shown_to = [*text_input.operator_menu(W), *text_input.coordinator_menu(W)]
    told = text_input.help_text(W, shown_to).text.split("<blockquote")[0]
    commands = re.findall(r"(?m)^/(\w+) – ", told)
    assert commands[:5] == ["quiz", "score", "leaderboard", "time", "pause"]
    assert commands[5:] == [
        *("coordinator", "coordinators", "reports", "programme", "dashboard", "digest")
    ]


def test_the_descriptions_fit_and_disclaim_advice() -> None:
    long, short = text_input.description(W, TOPIC.title), text_input.short_description(W)
    assert len(long) <= BotDescriptionLimit.MAX_DESCRIPTION_LENGTH
    assert len(short) <= BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH
    assert "not medical advice" in long.casefold()
    assert "not medical advice" in short.casefold()
    assert TOPIC.title in long


def test_short_texts_fit_their_places() -> None:
    for toast in (text_input.stale_button(W), text_input.too_often(W), privacy.export_too_often(W)):
        assert len(toast) <= 200
    assert len(privacy.export_caption(W, 2)) <= 1024


def test_paragraphs_and_rows_leave_nothing_out() -> None:
    assert paragraphs("a", "", "b") == "a\n\nb"
    buttons = [Button(str(number), str(number)) for number in range(5)]
    assert rows_of(2, buttons) == [buttons[:2], buttons[2:4], buttons[4:]]
    assert Message("x").keyboard is None
