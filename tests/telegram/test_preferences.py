"""/time, /timezone and /alias with valid, misspelt and nonsensical values."""

from datetime import time

from quizbot.quiz import places
from tests.telegram.sandbox import Person, Sandbox, buttons, on_each_database, words


def labels(message: dict[str, object]) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def test_the_time_is_set_by_command_or_button(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/time")
        offer = await ana.hears("Your question comes at 09:00.")
        assert "07:00" in labels(offer)
        await ana.presses("21:00")
        await ana.hears("Done: 21:00 UTC")
        assert (await ana.kept()).question_time == time(21)
        await ana.presses("Change time")
        await ana.hears("Your question comes at 21:00.")
        for typed, set_to in (("7:05", "07:05"), ("00:00", "00:00"), ("  23:59 ", "23:59")):
            await ana.says(f"/time {typed}")
            await ana.hears(f"Done: {set_to} UTC")


async def test_a_time_may_be_written_in_many_ways(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for typed, set_to in (
            ("9pm", "21:00"),
            ("0730", "07:30"),
            ("noon", "12:00"),
            ("9", "09:00"),
        ):
            await ana.says(f"/time {typed}")
            await ana.hears(f"Done: {set_to} UTC")


async def test_a_nonsensical_time_changes_nothing(sandbox: Sandbox) -> None:
    nonsense = ("25:00", "12:60", "-1:00", "soon", "<b>9</b>", "9" * 3000, "9:00:00:00", "٩٩:٩٩")
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for typed in nonsense:
            await ana.says(f"/time {typed}")
            answer = await ana.hears("send it like this: /time 07:30")
            assert typed[:39] in words(answer)
            assert "09:00" in labels(answer)
        assert (await ana.kept()).question_time == time(9)
    assert sandbox.faults_logged() == []


async def test_the_zone_is_set_by_command_or_button(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/timezone")
        await ana.hears("You're on UTC.")
        await ana.presses("Kolkata")
        await ana.hears("Done: 09:00 Kolkata time")
        await ana.presses("Change city")
        await ana.hears("You're on Kolkata time.")
        for typed, zone in (
            ("europe/berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
            ("utc", "UTC"),
            ("berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
            ("lisbonne", "Europe/Lisbon"),
            ("Munich", "Europe/Berlin"),
            ("Japan", "Asia/Tokyo"),
            ("GMT+2", "Etc/GMT-2"),
        ):
            await ana.says(f"/timezone {typed}")
            await ana.hears(f"Done: 09:00 {places.place_name(zone)}")
            assert (await ana.kept()).timezone == zone


async def test_a_misspelt_zone_is_answered_with_suggestions(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for typed, meant in (
            ("Berln", "Berlin"),
            ("Europe/Berln", "Berlin"),
            ("new yorck", "New York"),
            ("Asia/Calcuta", "Calcutta"),
        ):
            await ana.says(f"/timezone {typed}")
            answer = await ana.hears("Which one do you mean?")
            assert meant in labels(answer)
        await ana.says("/timezone Portugal")
        assert labels(await ana.hears("Which one do you mean?")) == ["Lisbon", "Azores"]
        await ana.presses("Lisbon")
        await ana.hears("Done: 09:00 Lisbon time")


async def test_a_nonsensical_zone_changes_nothing(sandbox: Sandbox) -> None:
    nonsense = ("<i>", "../../etc/passwd", "Atlantis/Poseidonis City", "x" * 4000, "%00", "/", "🕘")
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        for typed in nonsense:
            await ana.says(f"/timezone {typed}"[:4096])
            await ana.hears("I don't know “")
        assert (await ana.kept()).timezone == "UTC"
    assert sandbox.faults_logged() == []


async def test_stale_and_forged_buttons_change_nothing(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        message = ana.heard
        for data in ("zone:Europe/Pariss", "zone:Europe/Berln"):
            assert await ana.press_data(message, data)
            await ana.hears("Which one do you mean?")
        forged = (
            "time:25:00",
            "time:",
            "zone:<b>",
            "zone:" + "x" * 59 + "\n",
            "board:month",
            "again:x",
            "forget:maybe",
            "begin\n",
            "💥" * 16,
        )
        for data in forged:
            answer = await ana.press_data(message, data)
            assert "out of date" in answer["text"]
        await ana.hears_nothing_else()
        await ana.press_data(message, "again:999999999999999999:1")
        await ana.hears("no longer open")
        kept = await ana.kept()
        assert (kept.timezone, kept.question_time) == ("UTC", time(9))
    assert sandbox.faults_logged() == []


async def test_an_alias_is_changed_and_shown(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        alias = (await ana.kept()).alias
        await ana.says("/alias")
        await ana.hears(f"On the leaderboard you're {alias}.")
        for typed, shown in (
            ("Quiet   Heron", "Quiet Heron"),
            ("<b>Bo</b> & Co", "<b>Bo</b> & Co"),
            ("👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family"),
            ("عائشة", "عائشة"),
            ("x" * 32, "x" * 32),
            ("X" * 32, "X" * 32),  # one's own, in another form
        ):
            await ana.says(f"/alias {typed}")
            await ana.hears(f"on the leaderboard you're now {shown}.")
            assert (await ana.kept()).alias == shown


async def test_aliases_that_cannot_be_used_are_refused_with_the_reason(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana, bea = await sandbox.subscriber(), await sandbox.subscriber("Bea")
        await ana.says("/alias Quiet Heron")
        await ana.hears("on the leaderboard you're now Quiet Heron")
        before = (await bea.kept()).alias
        for typed, reason in (
            ("x" * 33, "at most 32 characters"),
            ("Quiet Heron", "Somebody has that alias"),
            ("quiet HERON", "Somebody has that alias"),
            ("QuietHeron", "Somebody has that alias"),
            ("Ｑｕｉｅｔ Heron", "Somebody has that alias"),
            ("Quiet\u200bHeron", "characters nobody can see"),
            ("\u202enoreH", "characters nobody can see"),
            ("\u200d", "at least three letters"),
            ("f.u.c.k", "could hurt"),
            ("Health Quiz", "like my own name"),
            ("Bеa", "two alphabets"),
        ):
            await bea.says(f"/alias {typed}")
            await bea.hears(reason)
        assert (await bea.kept()).alias == before


@on_each_database
async def test_people_who_want_one_alias_at_once_each_get_an_answer(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        people = [await sandbox.subscriber(f"Person {number}") for number in range(6)]
    for person in people:
        await person.says("/alias Quiet Heron")
    async with sandbox.bot():
        heard = [await _verdict(person) for person in people]
        assert heard.count("taken") == len(people) - 1
    assert sandbox.faults_logged() == []


async def _verdict(person: Person) -> str:
    verdicts = {"on the leaderboard you're now Quiet Heron": "given", "Somebody has that": "taken"}
    answer = await person.sees(lambda message: any(text in words(message) for text in verdicts))
    return next(verdict for text, verdict in verdicts.items() if text in words(answer))
