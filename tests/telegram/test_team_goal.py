"""The team goal: set in the chat, told in the group, in /today and in the digest."""

import pytest
from sqlalchemy import select, text

from db.programmes import Team, TeamGoal
from quizbot.programmes.programme import ProgrammeError
from quizbot.programmes.team_goal import GoalProgress, Outlook, Suggestion
from quizbot.scheduler import Jobs
from quizbot.telegram.handlers.team_goal import parse_goal
from quizbot.telegram.messages import team_goal as messages
from quizbot.telegram.messages.words import Languages
from tests.hostile import check_fast, long_text
from tests.telegram.group_chats import MONDAY, Group, answer, later, linked_group, member_of
from tests.telegram.message_checks import EVIL, LONG, check, programme, shown
from tests.telegram.programmes import make_programme, open_card, turned
from tests.telegram.sandbox import Person, Sandbox, on_each_database, words

W = Languages()["en"]


async def open_goal(cora: Person, *, then: str = "Team goal of") -> str:
    await open_card(cora, "members", "Spring")
    await turned(cora, "Board & digest", "Board & digest")
    return words(await turned(cora, "Team goal", then))


async def day_of_answers(
    sandbox: Sandbox, jobs: Jobs, group: Group, members: list[Person], hours: int = 24
) -> None:
    """A day later, the group has its question and each member has answered theirs."""
    await later(sandbox, jobs, hours=hours)
    await group.gets_question()
    for person in members:
        await answer(person)


@on_each_database
async def test_a_goal_is_set_reached_and_told_once_in_the_group(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        group, programme = await linked_group(sandbox)
        cora = group.owner
        ana, *others = [await member_of(sandbox, programme, f"Member {n}") for n in range(5)]
        told = await open_goal(cora)
        assert "It counts members' answers, right or wrong" in told
        assert "but not those of members who hide" in told
        await cora.presses("Another number")
        await cora.hears("How many answers, and by when?")
        await cora.says("a lot by Christmas")
        await cora.hears("I can't read that")
        await cora.says("10 by Friday: cake for all")
        assert "Team goal (cake for all): ▱▱▱▱▱▱▱▱▱▱ 0 of 10 answers by Friday" in words(
            await cora.hears("Team goal of")
        )
        await day_of_answers(sandbox, jobs, group, [ana, *others], hours=1)
        await later(sandbox, jobs, hours=23)
        await day_of_answers(sandbox, jobs, group, [ana, *others], hours=1)
        progress = "Team goal (cake for all): ▰▰▰▰▰▱▱▱▱▱ 5 of 10 answers by Friday"
        assert len(await group.said(progress)) == 1
        await ana.says("/today")
        assert "cake for all: goal reached!" not in words(await ana.hears("📋"))
        await later(sandbox, jobs, hours=1)
        await ana.says("/today")
        await ana.hears("🎉 cake for all: goal reached! 10 of 10 answers")
        for _ in range(2):
            await day_of_answers(sandbox, jobs, group, [ana], hours=24)
        assert len(await group.said("goal reached")) == 1
        assert await told_above(ana) == [False, False, True, False]  # on Wednesday, once
        assert "cake" not in str(await ana.questions())  # who has muted messages reads it, too
        await later(sandbox, jobs, hours=5 * 24)
        await jobs.digests.run()
        assert "goal reached! 12 of 10 answers" in words(await cora.hears("📬"))
        await group.hears("🏆 Week of 23 Nov")  # it follows Friday's result
        assert len(await group.said("goal reached")) == 1
    assert sandbox.faults_logged() == []


async def told_above(person: Person) -> list[bool]:
    told = "🎉 Together you've reached your goal: 10 answers!"
    return [told in each["poll"]["description"] for each in await person.questions()]


async def test_a_goal_is_told_once_though_goals_cannot_be_read_the_next_day(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot() as jobs:
        mine = await make_programme(sandbox)
        ana = await sandbox.subscriber("Ana")
        await mine.joins(ana)
        async with sandbox.sessions.begin() as session:
            now, friday = sandbox.clock.now(), MONDAY.replace(day=MONDAY.day + 4)
            goal = TeamGoal(programme_id=mine.id, target=10, since=MONDAY, until=friday, purpose="")
            goal.reached_at = now
            session.add(goal)
        await later(sandbox, jobs, hours=1)
        await later(sandbox, jobs, hours=24)
        async with sandbox.sessions.begin() as session:
            await session.execute(text("ALTER TABLE team_goals RENAME TO gone"))
        await later(sandbox, jobs, hours=24)
        assert await told_above(ana) == [False, True, False]
    assert "no_goals" in [each["event"] for each in sandbox.faults_logged()]


async def test_a_suggested_goal_takes_one_tap_and_can_be_changed_and_taken_back(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        group, programme = await linked_group(sandbox)
        cora = group.owner
        for number in range(5):
            await member_of(sandbox, programme, f"Member {number}")
        assert "in reach" in await open_goal(cora)
        await turned(cora, "10 answers by 27 Nov", "0 of 10 answers by Friday")
        await turned(cora, "60 answers by 18 Dec", "0 of 60 answers by 18 Dec")
        await turned(cora, "Remove it", "reach together by a set day")
    assert sandbox.faults_logged() == []


def goal(answers: int = 612, today: int = 0, **changed: object) -> GoalProgress:
    day = MONDAY.replace(day=MONDAY.day + today)
    fields = {"since": MONDAY, "until": MONDAY, "purpose": "", "reached_at": None, "today": day}
    return GoalProgress(1000, answers, **(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "today", "line"),
    [
        (0, 0, "🤝 Team goal: ▱▱▱▱▱▱▱▱▱▱ 0 of 1,000 answers by tonight"),
        (999, 0, "🤝 Team goal: ▰▰▰▰▰▰▰▰▰▱ 999 of 1,000 answers by tonight"),
        (912, 1, "🤝 Team goal: 912 of 1,000 answers, and the time is up"),
    ],
)
def test_the_line_says_how_far_it_is(answers: int, today: int, line: str) -> None:
    assert messages.progress_line(W, goal(answers, today)) == line


@pytest.mark.parametrize(
    ("typed", "target", "day", "purpose"),
    [
        ("1000 by Friday", 1000, 27, ""),
        ("1,000 answers until 27 Nov: cake: for all", 1000, 27, "cake: for all"),
        ("350 by Friday, 27 Nov, a fruit basket, and tea", 350, 27, "a fruit basket, and tea"),
        ("20 by tonight, cake", 20, 23, "cake"),
    ],
)
def test_a_goal_is_typed_with_its_purpose(typed: str, target: int, day: int, purpose: str) -> None:
    assert parse_goal(typed, MONDAY) == (target, MONDAY.replace(day=day), purpose)


@pytest.mark.parametrize(
    "typed", ["", "by Friday", "10 by", "10 by Christmas, cake", "ten by Friday"]
)
def test_a_goal_without_a_number_or_a_day_is_refused(typed: str) -> None:
    with pytest.raises(ProgrammeError, match="goal-typed"):
        parse_goal(typed, MONDAY)


def test_a_hostile_goal_is_read_in_no_time() -> None:
    for unit in (",", " ,", "1,", "by "):
        check_fast(lambda typed: parse_goal(typed, MONDAY), long_text(unit, "10 by x", share=0.05))


def test_messages_about_goals_fit_and_escape() -> None:
    outlook = Outlook(is_measured=True, expected=10**5, suggestions=[Suggestion(10**6, MONDAY)] * 3)
    for name in (LONG[:64], EVIL):
        told = messages.goal_card(W, programme(name), goal(purpose=name), outlook)
        check(told)
        assert name in shown(told)
    check(messages.goal_card(W, programme("x"), None, Outlook(False, None, [])))
    check(messages.ask_goal(W, MONDAY, messages.refusal(W, "goal-number")))


async def test_what_is_typed_answers_the_screen_that_was_opened_last(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        found = await make_programme(sandbox)
        cora = found.coordinator
        await cora.says("/programme")
        await cora.hears("📋 Autumn")
        await cora.press_data(cora.heard, f"addteams:{found.id}")
        await cora.hears("team")  # and she never says that she is done
        await cora.press_data(cora.heard, f"goal:{found.id}")
        await cora.says("300 by Friday: cake")
        await cora.hears("0 of 300 answers")
        await cora.says("hi")
        await cora.hears("Want one now?")  # no goal, so it is no answer
        async with sandbox.sessions() as session:
            assert (await session.scalars(select(Team.name))).all() == []
