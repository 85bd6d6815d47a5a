"""Messages that are no command: texts, pictures, unknown commands, unreadable updates."""

from db.models import Subscriber
from quizbot import __version__
from tests.telegram.sandbox import Sandbox, buttons, words

UNCLEAR = "I didn't get that. /help shows what I can do."
HEALTH = "I can't give medical advice"
EXPLAINED = "My questions explain things like that"
ADVICE = "112 in Europe and India, 911 in North America, 999 in the UK"

EMERGENCIES = (
    "I think I am having a heart attack",
    "HELP! CHEST PAIN!!!",
    "I have chest pains",
    "my chest hurts so much",
    "she can’t breathe",
    "he stopped breathing",
    "my father collapsed and is unconscious",
    "is this a stroke? one side of the face is drooping",
    "I want to kill\nmyself",
    "I took an overdose of pills",
    "i took too many pills",
    "my chest feels tight",
    "call an ambulance",
)
NO_EMERGENCIES = (
    ("I attack the quiz", UNCLEAR),
    ("Is there a risk of stroke?", EXPLAINED),
    ("my heart is in it", HEALTH),
    ("breathtaking", HEALTH),
    ("what is homocysteine?", EXPLAINED),
    ("<script>alert(1)</script>", UNCLEAR),
    ("x" * 4096, UNCLEAR),
    ("42", UNCLEAR),
)


async def test_free_text_is_answered_kindly_and_an_emergency_with_advice(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        wrong = []
        for text, expected in (*NO_EMERGENCIES, *((each, ADVICE) for each in EMERGENCIES)):
            await zoe.says(text)
            answer = words(await zoe.sees(lambda message: words(message) != ""))
            if expected not in answer:
                wrong.append(text)
        assert wrong == []
        assert await sandbox.count(Subscriber) == 0
    assert sandbox.faults_logged() == []


async def test_help_and_about_need_no_subscription(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        zoe = await sandbox.person("Zoe")
        await zoe.says("/help")
        text = words(await zoe.hears("One question a day"))
        state = await sandbox.control.state(zoe.id)
        for command in state["bots"][0]["commands"]:
            assert f"/{command['command']} – {command['description']}" in text
        await zoe.says("/about")
        about = words(await zoe.hears(f"quizbot {__version__}"))
        assert "It gives no diagnosis and no treatment" in about
        assert "Read more:" in about


async def test_every_command_of_the_menu_is_known(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.hears_nothing_else()
        commands = (await sandbox.control.state(ana.id))["bots"][0]["commands"]
        for command in commands:
            await ana.says(f"/{command['command']}")
            answer = await ana.sees(lambda message: True)
            assert "I don't know that command" not in words(answer)
        assert len(commands) == 20


async def test_unknown_commands_and_unusual_spellings_are_answered(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for text in ("/unknown", "/x", "/quiz@another_bot"):
            await ana.says(text)
            await ana.hears("I don't know that command. /help shows what I can do.")
        for text, meant in (
            ("/quizz", "quiz"),
            ("/scroe", "score"),
            ("/leaderbord", "leaderboard"),
        ):
            await ana.says(text)
            await ana.hears(f"Did you mean /{meant}?")
        for text in ("score", "my score", "/SCORE", "/score@health_quiz_bot", "/score and more"):
            await ana.says(text)
            await ana.hears("Points: 0")
        await ana.says("please /score")
        await ana.hears(UNCLEAR)


async def test_times_places_and_holidays_may_be_sent_without_a_command(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("half past seven")
        await ana.hears("Shall I send your question at 07:30?")
        await ana.presses("Yes, at 07:30")
        await ana.hears("Done: 07:30")
        await ana.says("I live in Lisbon")
        await ana.hears("Is this where you are?")
        await ana.presses("Lisbon")
        await ana.hears("Lisbon time")
        await ana.says("I'm on holiday next week!")
        await ana.hears("Going away?")
        await ana.presses("1 week")
        await ana.hears("Paused. Your next question comes")
        await ana.says("I'm on holiday until 9 December!")
        await ana.hears("Paused. Your next question comes on Wednesday, 9 December")
        for text in ("7", "or", "nice try"):
            await ana.says(text)
            await ana.hears(UNCLEAR)
    assert sandbox.faults_logged() == []


async def test_a_time_or_a_place_inside_a_sentence_is_offered(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for text, button in (
            ("change my time to 8 in the evening please", "Yes, at 20:00"),
            ("can you send it at 7:30?", "Yes, at 07:30"),
            ("I moved to Berlin", "Berlin"),
            ("we are living in New York now!", "New York"),
        ):
            await ana.says(text)
            told = await ana.sees(lambda message: True)
            assert any(button in each["text"] for each in buttons(told)), (text, words(told))
        await ana.says("change my time please")
        await ana.hears("Your question comes at")
    assert sandbox.faults_logged() == []


async def test_who_has_had_enough_is_offered_a_pause_or_to_leave(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("I want to stop")
        await ana.hears("Want a break, or leave the quiz?")
        await ana.presses("Leave the quiz")
        await ana.hears("You've left the quiz")
        await ana.says("I am back")
        told = await ana.hears("You're back!")
        assert [each["text"] for each in buttons(told)] == ["❓ Today's question now"]
    assert sandbox.faults_logged() == []


async def test_why_is_explained_before_the_first_answer(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("why?")
        await ana.hears("Answer a question first")
        await ana.presses("Ask me one")
        await ana.votes(await ana.gets_question())
        await ana.hears("Right")
        await ana.says("why?")
        await ana.hears("Tap the grey box under your last answer")
    assert sandbox.faults_logged() == []


async def test_operators_find_their_commands_last(sandbox: Sandbox) -> None:
    ana = await sandbox.person()
    async with sandbox.bot(operators=str(ana.id)):
        await ana.says("/help")
        told = words(await ana.hears("/coordinators"))
        assert told.index("/quiz") < told.index("/coordinator ")
    assert sandbox.faults_logged() == []


async def test_an_edited_message_does_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        said = await ana.says("a word")
        await ana.hears(UNCLEAR)
        for text in ("/stop", "I have chest pain", "hello again"):
            await sandbox.control.edit(ana.id, sandbox.bot_id, said["message_id"], text)
        command = {"offset": 0, "length": 5, "type": "bot_command"}
        edited = ana.raw_message(text="/stop", entities=[command], edit_date=1)
        await sandbox.raw(
            {"edited_message": edited}
        )  # although the bot did not ask for such updates
        await ana.hears_nothing_else()
        assert (await ana.kept()).next_due_at is not None


FILE = {"file_id": "f", "file_unique_id": "u"}
STICKER = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}


async def test_messages_of_every_kind_are_answered(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for content in (
            {"sticker": {**FILE, **STICKER}},
            {"photo": [{**FILE, "width": 90, "height": 90}]},
            {"photo": [{**FILE, "width": 90, "height": 90}], "caption": "my blood test"},
            {"contact": {"phone_number": "+15550100", "first_name": "Zoe"}},
            {"location": {"latitude": 52.5, "longitude": 13.4}},
            {"voice": {**FILE, "duration": 3}},
            {"dice": {"emoji": "🎲", "value": 3}},
            {"unheard_of_content": {"a": 1}},
        ):
            await ana.sends(**content)
            await ana.hears(HEALTH if "caption" in content else "Want a question?")
        photo = [{**FILE, "width": 90, "height": 90}]
        await ana.sends(photo=photo, caption="chest pain since an hour")
        await ana.hears(ADVICE)
        await ana.sends(pinned_message=ana.raw_message(text="an old one"))
        await ana.hears_nothing_else()
    assert sandbox.faults_logged() == []


UNREADABLE: tuple[dict[str, object], ...] = (
    {},
    {"unheard_of_update": {"id": 1}},
    {"message": {}},
    {"message": {"message_id": "x", "date": "y", "chat": 5, "text": ["/start"]}},
    {"message": None},
    {"message": "text"},
    {"poll_answer": {"poll_id": 1}},
    {"poll_answer": {"poll_id": "1", "user": {"id": "x"}, "option_ids": "012"}},
    {"callback_query": {"id": "1"}},
    {"my_chat_member": {"chat": {}, "from": {}, "date": 0}},
    {"edited_message": {"message_id": 1}},
    {"inline_query": {"id": "1", "query": "b12"}},
)


async def test_an_unreadable_update_delays_nobody(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for update in UNREADABLE:
            await sandbox.raw(update)
            await ana.hears_nothing_else()
    assert sandbox.logged("background_work_failed") == []
    assert len(sandbox.logged("update_set_aside")) >= 4


async def test_unreadable_updates_do_not_delay_readable_ones_of_the_same_batch(
    sandbox: Sandbox,
) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
    for update in UNREADABLE:
        await sandbox.raw(update)
        await ana.says("/leaderboard")
    async with sandbox.bot():
        for _ in UNREADABLE:
            await ana.hears("This week")


async def test_a_button_under_an_inaccessible_message_works(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        user = ana.raw_message()["from"]
        query = {"id": "1", "from": user, "chat_instance": "1", "data": "score"}
        gone = {"chat": ana.raw_message()["chat"], "message_id": 1, "date": 0}
        await sandbox.raw({"callback_query": {**query, "message": gone}})
        await ana.hears("Points: 0")
        await sandbox.raw({"callback_query": query})
        await ana.hears("Points: 0")
        await sandbox.raw({"callback_query": {**query, "data": "board:all", "message": gone}})
        board = await ana.hears("All time")
        assert buttons(board)
    assert sandbox.faults_logged() == []


async def test_stop_in_words_stops_and_can_be_undone(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("Stop!")
        await ana.hears("You've left the quiz")
        assert (await ana.kept()).next_due_at is None
        await ana.presses("Undo")
        await ana.hears("Your next question comes")
        assert (await ana.kept()).next_due_at is not None


async def test_doubts_bring_figures_and_being_back_the_open_question(sandbox: Sandbox) -> None:
    async with sandbox.bot() as jobs:
        zoe = await sandbox.subscriber()
        await zoe.says("what's the point?")
        assert "talk to somebody" not in words(await zoe.hears("takes about 20 seconds"))
        await zoe.says("I want to give up")
        await zoe.hears("talk to somebody you trust")
        ana, question = await sandbox.asked_subscriber(jobs)
        await ana.says("I'm back!")
        await ana.hears("Your question is still open: it closes")
        await ana.votes(question)
        await ana.hears("1-day streak")
        await ana.says("I lost my streak")
        await ana.hears("Today's answer started a new one.")
        await ana.says("am I getting better?")
        await ana.hears("You've been right in 1 of 1 lesson so far.")
