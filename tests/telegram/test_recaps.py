"""The Monday question tells how the week was; /recap turns that off; pictures to share."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import create_autospec

from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Subscriber
from db.programmes import Team
from db.session import Sessions
from quizbot.programmes.boards import TeamPlace
from quizbot.programmes.recaps import Gains, Recap, WeekPlace, recaps
from quizbot.quiz.answers.progress import DayResult, day_results
from quizbot.quiz.answers.streaks import Totals
from quizbot.scheduler import Jobs
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.jobs.question_delivery import QuestionDelivery
from quizbot.telegram.messages import milestones, openings
from quizbot.telegram.messages.words import Languages
from tests.programmes.steps import MONDAY
from tests.quiz.steps import DUE, START, TOPIC, answer, claim, join, send_due, statements, vote_on
from tests.telegram.sandbox import Message, Person, Sandbox, buttons, words
from tests.telegram.test_messages import W, outcome


async def day(sandbox: Sandbox, jobs: Jobs, person: Person, *, right: bool = True) -> Message:
    """Brings the next day's question, and answers it. Returns the question."""
    await sandbox.later(jobs, hours=24)
    question = await person.gets_question()
    await person.votes(question, right=right)
    await person.hears("points")
    return question


async def test_the_monday_question_tells_the_week_until_it_is_turned_off(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        ana, first = await sandbox.asked_subscriber(jobs)  # on a Monday
        assert "Last week" not in first["poll"]["description"]
        assert buttons(first) == []
        await ana.votes(first)
        await ana.hears("points")
        for number in range(6):
            asked = await day(sandbox, jobs, ana, right=number != 2)
            assert "Last week" not in asked["poll"]["description"]
        before = len(await ana.messages())
        await sandbox.later(jobs, hours=24)
        monday = await ana.gets_question()
        assert len(await ana.messages()) == before + 1
        told = monday["poll"]["description"]
        assert told.startswith("Day 8 🔥")
        assert "\n\n📅 Last week: 7 of 7 answered, 6 right.\n💪 Missed before, right last" in told
        assert told.endswith(" It comes back soon: get it right again, and it's done.")
        await ana.presses("My week")
        picture = await ana.sees(lambda message: "photo" in message)
        assert picture["caption"] == "My week: 7 of 7 questions answered, 6 right."

        await ana.says("/recap off")
        await ana.hears("doesn't show your week")
        assert not (await ana.kept()).recap
        await ana.votes(monday)
        for _ in range(7):
            asked = await day(sandbox, jobs, ana)
        assert "Last week" not in asked["poll"]["description"]
        await ana.says("/recap")
        await ana.presses("Show it")
        await ana.hears("shows how your week went")
        await ana.says("/recap sometimes")
        await ana.hears("Send /recap on or /recap off.")
    assert sandbox.faults_logged() == []


async def test_a_week_is_read_before_its_question_counts_as_being_sent(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    """After a crash or a slow query in between, the question is sent, not offered."""
    week = timedelta(days=7)
    await join(sessions, now=START - week)
    for day in (7, 6, 5):
        then = DUE - timedelta(days=day)
        [asked] = await send_due(sessions, then)
        await answer(sessions, vote_on(asked), then)
    await claim(sessions, DUE)
    delivery = QuestionDelivery(
        sessions, create_autospec(Sender), TOPIC, Languages(), clock=lambda: DUE
    )
    with statements(engine) as run:
        [marked] = await delivery.mark(10)
    assert marked.week is not None
    assert marked.week.answered == 3
    [sending] = [n for n, each in enumerate(run) if each.startswith("UPDATE deliveries")]
    [read] = [n for n, each in enumerate(run) if "FROM objective_memories" in each]
    assert read < sending
    assert all(each.startswith("COMMIT") for each in run[sending + 1 :])


async def test_the_picture_of_a_week_shows_what_a_freeze_saved(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)  # on a Monday
        for number in range(14):
            question = await ana.gets_question()
            if number not in (10, 12, 13):  # the one freeze saves the first of these
                await ana.votes(question)
                await ana.hears("points")
            await sandbox.later(jobs, hours=24)
        async with sandbox.sessions() as session:
            row = await session.get_one(Subscriber, ana.id)
            results = await day_results(session, row, sandbox.clock.now())
            found = await recaps(session, [ana.id], MONDAY + timedelta(7), TOPIC.objective_of)
    recap = found[ana.id].with_results(results)
    picture = openings.recap_picture(W, recap, "Otter", TOPIC, "quiz_bot")
    days = [picture.days[MONDAY + timedelta(day)] for day in range(7, 14)]
    assert days == ["correct"] * 3 + ["frozen", "correct", "unanswered", "unanswered"]
    assert (picture.answered, picture.right) == (4, 4)


async def test_a_milestone_comes_with_a_picture_to_share(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        async with sandbox.sessions.begin() as session:
            row = await session.get_one(Subscriber, ana.id)
            row.answered = 49
        await ana.votes(question)
        card = await ana.hears("50 days of questions")
        assert [each["text"] for each in buttons(card)][-1] == "🖼 Picture"
        await ana.presses("🖼 Picture")
        picture = await ana.sees(lambda message: "photo" in message)
        assert picture["caption"] == "50 days of questions."
        await ana.press_data(card, "milestone:days:51")
        await ana.press_data(card, "milestone:right:2")
        await ana.press_data(card, "week:2026-02-30")
        await ana.press_data(card, "week:2026-02-02")
        assert "nothing to show for that week" in words(await ana.hears("nothing to show"))
    assert sandbox.faults_logged() == []


def test_a_milestones_picture_says_how_many_were_right_unless_most_were_not() -> None:
    for right, told in ((7, "7 of 7 right"), (4, "4 of 7 right"), (3, "")):
        picture = milestones.milestone_picture(W, "days", 7, right, "Otter", TOPIC, "quiz_bot")
        assert picture.learned == told
    tenth = milestones.milestone_picture(W, "right", 10, 9, "Otter", TOPIC, "quiz_bot")
    assert (tenth.number.text, tenth.unit, tenth.learned) == ("10", "right answers", "")
    assert tenth.alt == "10 right answers."
    reached = replace(outcome(TOPIC.approved[0]), totals=Totals(100, 18, 10, 18, 18, MONDAY))
    (button,) = milestones.share_button(W, reached, TOPIC)
    assert button.data == "milestone:right:10"


WEEK = Recap(MONDAY, {MONDAY: DayResult.CORRECT, MONDAY + timedelta(1): DayResult.INCORRECT})
MADE_UP = (
    "💪 Missed before, right last week: “too few red cells”, “nerves and B12”, “what B12 does "
    "with homocysteine”, 1 more."
)
GOALS = [*TOPIC.objectives]


NEARLY = "🎯 Nearly mastered: “correcting a lack of B12”."


def gained(week: Recap) -> list[str]:
    """Returns the lines of a recap below the first one."""
    return openings.recap_lines(W, week, TOPIC).splitlines()[1:]


def test_a_recap_names_what_was_gained() -> None:
    gains = Gains(mastered=GOALS[:2], made_up=GOALS[2:6], met=GOALS[6:8], nearly=GOALS[8])
    gains = replace(gains, nearly_from=MONDAY + timedelta(9))
    assert gained(replace(WEEK, mastered=3, gains=gains)) == [
        "🌟 Mastered: “B12 in the bone marrow”, “red cells without B12” (3 of 24 lessons).",
        MADE_UP,
    ]
    assert gained(replace(WEEK, gains=replace(gains, mastered=()))) == [
        MADE_UP,
        f"{NEARLY} Get it right once more from 2 Dec, and it's done.",
    ]
    due = replace(gains, mastered=(), made_up=(), nearly_from=MONDAY + timedelta(7))
    told = gained(replace(WEEK, gains=due))[-1]
    assert told == f"{NEARLY} It comes back soon: get it right again, and it's done."
    practised = Gains(right=4, right_now=4)
    assert gained(replace(WEEK, gains=practised))[-1] == (
        "🎯 You've been right in 4 of 24 lessons, practice included."
    )
    right_days = {MONDAY + timedelta(day): DayResult.CORRECT for day in range(4)}
    week = replace(WEEK, days=right_days, gains=Gains(made_up=GOALS[:1], right=11, right_now=4))
    assert gained(week)[1] == "🎯 You've been right in 11 of 24 lessons, 4 of them new."
    week = replace(week, gains=Gains(made_up=GOALS[:1], right=4, right_now=4))
    assert gained(week)[1] == "🎯 You've been right in 4 of 24 lessons."


def test_a_week_without_gains_gets_a_true_and_kind_line_that_changes() -> None:
    key_point = [each for each in GOALS if TOPIC.objectives[each].key_point == "KP1"]
    for changed, lines in (
        ({}, ["🔁 What you missed comes back"]),
        ({"results": [(each, True) for each in key_point[:2]]}, ["✨ Your best: "]),
        ({"results": [(each, each != GOALS[0]) for each in key_point[:3]]}, ["🔁 What "]),
        ({"gains": Gains(met=GOALS[:1])}, ["🌱 New to you: “B12 in the bone marrow”."]),
        ({"days": {**WEEK.days, MONDAY + timedelta(2): DayResult.UNANSWERED}}, ["🔁 What "]),
    ):
        weeks = [MONDAY + timedelta(weeks=number) for number in range(3)]
        told = [gained(replace(WEEK, **({"monday": each} | changed))) for each in weeks]
        assert all(len(each) == 1 for each in told)
        for line in lines:
            assert any(each[0].startswith(line) for each in told), (line, told)


def test_a_recap_tells_when_more_was_right_than_the_week_before() -> None:
    for before, told in (
        (0, "📈 Last week: 2 of 2 answered, 1 right, 1 more than the week before."),
        (1, "📅 Last week: 2 of 2 answered, 1 right."),
        (2, "📅 Last week: 2 of 2 answered, 1 right."),
    ):
        week = replace(WEEK, before=before)
        assert openings.recap_lines(W, week, TOPIC).splitlines()[0] == told


def test_a_week_of_few_answers_does_not_count_the_others() -> None:
    for answered, right, told in ((1, 0, "1 question"), (2, 1, "2 questions"), (3, 2, "3 questio")):
        results = [DayResult.CORRECT] * right + [DayResult.INCORRECT] * (answered - right)
        results += [DayResult.UNANSWERED] * (7 - answered)
        week = Recap(MONDAY, {MONDAY + timedelta(day): each for day, each in enumerate(results)})
        line = openings.recap_lines(W, week, TOPIC).splitlines()[0]
        assert line.startswith(f"📅 {told}")
        assert line.endswith(f" last week, {right} right." if right else " last week.")


def test_the_picture_of_a_week_counts_goals_that_were_right_until_one_is_mastered() -> None:
    for mastered, right in ((0, 7), (1, 0)):
        week = replace(WEEK, mastered=mastered, gains=Gains(right=7))
        drawn = openings.recap_picture(W, week, "Otter", TOPIC, "quiz_bot")
        assert drawn.objectives_right == right
        assert ("Lessons" in drawn.svg()) is not ("Mastered" in drawn.svg())


def test_a_recap_blames_nobody() -> None:
    days = {MONDAY: DayResult.INCORRECT, MONDAY + timedelta(1): DayResult.UNANSWERED}
    assert openings.recap_lines(W, Recap(MONDAY, days), TOPIC) == (
        "📅 Last week: 1 of 2 answered.\n🔁 What you missed comes back: that's how it sticks."
    )


def test_a_good_place_is_told_and_the_one_before_if_that_was_not_better() -> None:
    for place, told in (
        (WeekPlace("A & B", 4, 31, 6), "🏅 A & B: place 4 of 31, up from 6."),
        (WeekPlace("A & B", 4, 31, 4), "🏅 A & B: place 4 of 31 again."),
        (WeekPlace("A & B", 4, 31, 2), "🏅 A & B: place 4 of 31."),
        (WeekPlace("A & B", 4, 31), "🏅 A & B: place 4 of 31."),
        (WeekPlace("A & B", 1, 31, is_month=True), "🏅 A & B: place 1 of 31 this month!"),
    ):
        assert gained(replace(WEEK, place=place))[0] == told
    owls = TeamPlace(1, Team(name="Owls"), 5, 9.5, is_mine=True)
    assert gained(replace(WEEK, team=owls))[0] == "👥 Owls: 1st of the teams."
