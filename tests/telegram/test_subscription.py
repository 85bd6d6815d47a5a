"""Joining, pausing, leaving and returning, with names of every kind."""

from db.models import Subscriber, SubscriberState
from tests.telegram.sandbox import Sandbox, buttons, on_each_database, words

COMMANDS_OF_SUBSCRIBERS = (
    "/quiz",
    "/score",
    "/leaderboard",
    "/time",
    "/time 10:00",
    "/timezone Europe/Berlin",
    "/alias Quiet Heron",
    "/pause",
    "/resume",
    "/stop",
)


async def test_nothing_is_stored_before_the_start_button(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.person()
        await ana.says("/start")
        hello = await ana.hears("Hello Ana!")
        assert [button["text"] for button in buttons(hello)] == ["▶️ Start my daily question"]
        await ana.says("/help")
        await ana.hears("/leaderboard")
        assert await sandbox.count(Subscriber) == 0
        await ana.presses("Start")
        await ana.hears("You're in")
        kept = await ana.kept()
        assert kept.state is SubscriberState.ACTIVE
        assert kept.joined_at == sandbox.clock.now()
        assert kept.alias in words(ana.heard)
        assert "Ana" not in kept.alias
        await ana.presses("Start")  # a second tap on the old button
        await ana.hears("You're in")
        assert await sandbox.count(Subscriber) == 1


async def test_todays_question_is_offered_only_while_it_is_unanswered(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for asked in (False, True):
            for command, reply in (("/start", "Welcome back"), ("/resume", "You're back")):
                await ana.says(command)
                assert "❓ Today's question now" in str(buttons(await ana.hears(reply)))
            if not asked:
                await ana.says("/quiz")
                question = await ana.gets_question()
        await ana.votes(question)
        await ana.hears("+10 points")
        for command, reply in (("/start", "Welcome back"), ("/resume", "You're back")):
            await ana.says(command)
            assert "Today's question now" not in str(buttons(await ana.hears(reply)))


async def test_strangers_are_told_how_to_join(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        for command in COMMANDS_OF_SUBSCRIBERS:
            await zoe.says(command)
            await zoe.hears("Send /start to join.")
        await zoe.says("/start")
        hello = await zoe.hears("Hello Zoe!")
        for data in ("quiz", "score", "board:all", "time:07:00", "zone:Asia/Tokyo", "resume"):
            assert await zoe.press_data(hello, data)  # the spinner stops
            await zoe.hears("Send /start to join")
        assert await zoe.press_data(hello, "again:1:1")
        await zoe.hears("no longer open")
        assert await sandbox.count(Subscriber) == 0
    assert sandbox.faults_logged() == []


@on_each_database
async def test_the_code_of_a_deep_link_is_kept_once(sandbox: Sandbox) -> None:
    code = "A-z_0" + "9" * 59
    assert len(code) == 64
    async with sandbox.bot():
        ana = await sandbox.person()
        await ana.says(f"/start {code}")
        await ana.hears("Hello Ana!")
        invited = await ana.kept()
        assert (invited.state, invited.start_payload) == (SubscriberState.INVITED, code)
        assert invited.next_due_at is None
        await ana.says("/score")
        await ana.hears("Send /start to join")
        await ana.says("/start another_link")
        await ana.hears("Hello Ana!")
        sandbox.clock.advance(60)
        await ana.presses("Start")
        await ana.hears("You're in")
        kept = await ana.kept()
        assert (kept.state, kept.start_payload) == (SubscriberState.ACTIVE, code)
        assert kept.joined_at == sandbox.clock.now()
        await ana.says("/start a_third")
        await ana.hears("Welcome back")
        assert (await ana.kept()).start_payload == code


@on_each_database
async def test_hostile_links_never_crash(sandbox: Sandbox) -> None:
    payloads = (
        "x" * 3000,
        "<b>&amp;</i>",
        "'; DROP TABLE subscribers; --",
        "%s%n{0}{name}",
        "\u202egnihtyna",
        "👩‍👩‍👧‍👦" * 60,
        "../../../etc/passwd",
    )
    async with sandbox.bot():
        for number, payload in enumerate(payloads):
            person = await sandbox.person(f"Person {number}")
            await person.says(f"/start {payload}")
            await person.hears("Hello")
            kept = await person.kept()
            assert kept.start_payload == payload[:64]
    assert sandbox.faults_logged() == []


@on_each_database
async def test_a_nul_in_a_deep_link_is_left_out(sandbox: Sandbox) -> None:
    """Telegram sends none, but a broken server might, and PostgreSQL refuses it."""
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        stranger = await sandbox.person("Stranger")
        command = {"offset": 0, "length": 6, "type": "bot_command"}
        await stranger.sends(text="/start a\x00b", entities=[command])
        await sandbox.all_read()
        assert (await stranger.kept()).start_payload == "ab"
        await ana.says("/leaderboard")
        await ana.hears("This week")


async def test_a_return_keeps_everything(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/alias Quiet Heron")
        await ana.hears("Quiet Heron")
        await ana.says("/timezone Europe/Athens")
        await ana.hears("Done: 09:00 Athens time (now 10:00)")
        await ana.says("/time 10:30")
        await ana.hears("today at 10:30")
        await sandbox.later(jobs, minutes=30)
        await ana.votes(await ana.gets_question())
        await ana.hears("+10 points")
        before = await ana.kept()

        await ana.says("/stop")
        await ana.hears("You've left the quiz")
        await sandbox.later(jobs, days=3)
        await ana.hears_nothing_else()
        await ana.says("/start some_link")
        back = words(await ana.hears("Welcome back, Ana!"))
        assert "your 10 points" in back
        assert "tomorrow at 10:30, Athens time" in back
        after = await ana.kept()
        assert after.state is SubscriberState.ACTIVE
        for column in ("alias", "points", "best_streak", "question_time", "timezone", "joined_at"):
            assert getattr(after, column) == getattr(before, column)
    assert await sandbox.totals_are_right()


async def test_no_question_comes_while_paused(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await ana.says("/pause")
        await ana.hears("Paused")
        await sandbox.later(jobs, days=2, hours=3)
        await ana.hears_nothing_else()
        await ana.says("/score")
        await ana.hears("/resume to start again")
        await ana.says("/time 07:00")
        await ana.hears("no questions planned")
        await ana.presses("Resume")
        await ana.hears("tomorrow at 07:00, UTC")
        await sandbox.later(jobs, days=1)
        await ana.gets_question()
        await ana.says("/pause")
        await ana.hears("Paused")
        await ana.says("/resume")
        await ana.hears("tomorrow at 07:00")
        assert len(await ana.questions()) == 1


async def test_a_pause_of_some_days_ends_by_itself_and_keeps_the_streak(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.votes(question)
        await ana.hears("1-day streak")
        await ana.says("pause 3 days")
        await ana.hears("Your next question comes on Friday, 27 November at 09:00")
        await ana.says("/time 08:00")  # does not end the pause
        await ana.hears("on Friday, 27 November at 08:00")
        await sandbox.later(jobs, days=3)
        await ana.hears_nothing_else()
        await sandbox.later(jobs, days=1)
        await ana.votes(await ana.gets_question())
        await ana.hears("2-day streak")
        await ana.says("/pause until 2026-12-24")
        await ana.hears("Thursday, 24 December")
        await ana.presses("Resume now")
        await ana.hears("tomorrow at 08:00")
        await ana.says("/pause for ages")
        await ana.hears("the pause “for ages”")
        assert (await ana.kept()).paused_until is None
    assert await sandbox.totals_are_right()


async def test_resuming_later_on_the_same_day_asks_no_second_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        ana = await sandbox.subscriber()
        await sandbox.later(jobs, hours=1)
        await ana.gets_question()
        await ana.says("/stop")
        await ana.hears("You've left")
        await ana.says("/time 20:00")
        await ana.hears("no questions planned")
        await ana.says("/start")
        await ana.hears("tomorrow at 20:00")
        await sandbox.later(jobs, hours=12)
        await ana.hears_nothing_else()


async def test_a_question_claimed_before_somebody_left_is_not_sent_afterwards(
    sandbox: Sandbox,
) -> None:
    """The bot crashed between claiming and sending, and /stop waited until it was back."""
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        bea = await sandbox.subscriber("Bea")
    sandbox.clock.advance(3600)
    await sandbox.claim_due()
    await ana.says("/stop")
    async with sandbox.bot() as jobs:
        await ana.hears("I won't send you any more questions")
        await jobs.broadcast.run()
        await bea.gets_question()
        await ana.hears_nothing_else()


async def test_names_of_every_kind_are_shown_as_they_are(sandbox: Sandbox) -> None:
    names = ("🧛🏽" * 32, "<b>Bo</b> & </i><a href='x'>", "\u202eakraM", "{name}%s", "عائشة")
    async with sandbox.bot() as jobs:
        people = []
        for name in names:
            person = await sandbox.person(name)
            people.append(person)
            await person.says("/start")
            hello = await person.hears("Hello")
            assert name in words(hello)
            await person.presses("Start")
            await person.hears("You're in")
        await sandbox.later(jobs, hours=1)
        for person in people:
            await person.votes(await person.gets_question())
            await person.hears("Right!")
        await people[0].says("/leaderboard")
        board = words(await people[0].hears("5 players"))
        assert not [name for name in names if name in board]
    assert sandbox.faults_logged() == []
