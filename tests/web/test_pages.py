"""What the pages show: of many people figures, of few none, of nobody what to do next."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from db.models import Subscriber
from db.programmes import WORKDAYS, Enrolment, GroupChat, Programme
from quizbot.programmes import membership
from quizbot.quiz.answers import totals
from quizbot.web.pages.overview import SPANS
from tests.programmes import stage
from tests.programmes.histories import History, at
from tests.programmes.stage import COORDINATOR, programme
from tests.quiz.stage import TOPIC, join
from tests.web.office import Browser, Office, found, text_of

ITEM = TOPIC.approved[0]
HOSTILE = "<script>alert(1)</script>&amp;\"'><img src=x onerror=alert(2)>"


async def _of(history: History, office: Office) -> Browser:
    """A browser of who runs it, on the tenth day."""
    office.now = at(9, 12)
    async with office.sessions.begin() as session:
        for person in history.people:
            await totals.recount_scores(session, [person])
    return await office.signed_in(COORDINATOR)


async def _change(office: Office, person: int, **columns: Any) -> None:
    mine = Enrolment.subscriber_id == person
    async with office.sessions.begin() as session:
        await session.execute(update(Enrolment).where(mine).values(**columns))


async def _season(office: Office, people: int = 6) -> History:
    """Three days on which everybody is asked the first item, and all but one are right."""
    history = await History.begin(office.sessions, people, topic=TOPIC.slug)
    history.topic = TOPIC
    for day in range(3):
        await history.all_asked(day, *([0] * (people - 1)), 1, item=ITEM.id)
    return history


async def test_a_programme_without_anybody_says_what_to_do(office: Office) -> None:
    number = await programme(office.sessions)
    browser = await office.signed_in(COORDINATOR)
    assert "Nobody takes part yet" in await browser.sees(f"/p/{number}")
    assert "Nobody takes part yet" in await browser.sees(f"/p/{number}/members")
    assert "Nobody has points in this period yet" in await browser.sees(f"/p/{number}/boards")
    assert "No question has come back yet" in await browser.sees(f"/p/{number}/learning")
    assert "No question yet" in await browser.sees(f"/p/{number}/delivery")
    assert "nobody can join" in await browser.sees(f"/p/{number}/manage")


async def test_who_runs_nothing_is_told_how_to_begin(office: Office) -> None:
    number = await programme(office.sessions)
    async with office.sessions.begin() as session:
        await session.delete(await session.get_one(Programme, number))
    browser = await office.signed_in(COORDINATOR)
    assert "Send /programme new to the bot" in await browser.sees("/p")


async def test_the_week_is_told_as_in_the_chat(office: Office) -> None:
    number = await programme(office.sessions, weekdays=WORKDAYS)
    browser = await office.signed_in(COORDINATOR)
    assert "Question days: Mon–Fri." in await browser.sees(f"/p/{number}/manage")


async def test_the_overview_counts_and_rates(office: Office) -> None:
    history = await _season(office)
    browser = await _of(history, office)
    page = await browser.sees(f"/p/{history.id}")
    assert "Enrolled 6 take part now" in page
    assert "100% 18 of 18 questions" in page
    assert "Right answers 83%" in page
    assert page.count("30 points") == 0  # this week there was no question


async def test_the_overview_leads_with_this_weeks_first_five(office: Office) -> None:
    history = await _season(office, people=7)
    for place, person in enumerate(history.people):
        await _change(office, person, shown_name=f"Person {place}", hidden=place == 0)
    await _of(history, office)
    office.now = at(3, 12)
    page = await (await office.signed_in(COORDINATOR)).sees(f"/p/{history.id}")
    assert page.count("30 points") == 5
    assert "1 Person 1 30 points 1 Person 2 30 points" in page
    assert "Person 0" not in page
    assert "Person 6" not in page  # who was wrong


async def test_of_fewer_than_five_there_are_no_figures(office: Office) -> None:
    history = await _season(office, people=4)
    browser = await _of(history, office)
    overview = await browser.sees(f"/p/{history.id}")
    assert "Right answers – from 5 people on" in overview
    assert "Fewer than 5 people take part: their streaks are theirs." in overview
    question = await browser.gets(f"/p/{history.id}/questions/{ITEM.id}")
    assert "Options are told from 20 answers on" in text_of(question)
    assert not re.search(r">\d+ ?%<", question.text)
    learning = await browser.sees(f"/p/{history.id}/learning")
    assert "Shown from 5 people on" in learning
    assert "%" not in learning


async def test_one_questions_page_tells_what_people_chose(office: Office) -> None:
    history = await _season(office, people=20)
    browser = await _of(history, office)
    page = await browser.gets(f"/p/{history.id}/questions/{ITEM.id}")
    shown = text_of(page)
    assert ITEM.stem in shown
    assert all(option.text in shown for option in ITEM.options)
    assert "Difficulty p 0.95" in shown
    assert "95% 19 ✓" in shown
    assert (await browser.gets(f"/p/{history.id}/questions/nothing")).status_code == 404


async def test_flags_are_explained(office: Office) -> None:
    history = await History.begin(office.sessions, 6, topic=TOPIC.slug)
    await history.all_asked(0, 1, 1, 1, 1, 1, 0, item=ITEM.id)
    browser = await _of(history, office)
    listed = await browser.sees(f"/p/{history.id}/questions?only=flagged")
    assert ITEM.stem in listed
    assert TOPIC.approved[1].stem not in listed
    page = await browser.sees(f"/p/{history.id}/questions/{ITEM.id}")
    assert "Fewer than one in five are right" in page


async def test_questions_are_sorted_by_what_is_asked_for(office: Office) -> None:
    history = await History.begin(office.sessions, 6, topic=TOPIC.slug)
    easy, hard = TOPIC.approved[0], TOPIC.approved[5]
    await history.all_asked(0, 0, 0, 0, 0, 0, 0, item=easy.id)
    await history.all_asked(1, 0, 0, 1, 1, 1, 1, item=hard.id)
    browser = await _of(history, office)

    async def first_two(sort: str) -> list[str]:
        page = await browser.gets(f"/p/{history.id}/questions?sort={sort}")
        return re.findall(rf"/p/{history.id}/questions/([a-z0-9-]+)\"", page.text)[:2]

    assert await first_two("p") == [hard.id, easy.id]
    assert set(await first_two("n")) == {hard.id, easy.id}
    assert await first_two("nonsense") == [easy.id, hard.id]  # who has answers, in their order


async def test_hostile_names_are_text(office: Office) -> None:
    history = await _season(office)
    async with office.sessions.begin() as session:
        found_one = await session.get_one(Programme, history.id)
        found_one.name = HOSTILE[:64]
        enrolment = await session.get_one(Enrolment, (history.id, history.people[0]))
        membership.set_shown_name(enrolment, HOSTILE[:64])
        session.add(
            GroupChat(
                id=-5,
                programme_id=history.id,
                title=HOSTILE,
                language="en",
                linked_at=office.now,
            )
        )
    await stage.team(office.sessions, history.id, HOSTILE[:40])
    browser = await _of(history, office)
    for path in ("", "/boards?period=programme", "/boards/print?period=programme", "/members"):
        page = (await browser.gets(f"/p/{history.id}{path}")).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "&lt;script&gt;alert(1)" in page, path
    manage = (await browser.gets(f"/p/{history.id}/manage")).text
    assert "<script>alert" not in manage
    assert "onerror=alert(2)&gt;" in manage


async def test_what_the_address_says_is_text_or_nothing(office: Office) -> None:
    history = await _season(office)
    browser = await _of(history, office)
    for path in (
        "?days=<script>x</script>",
        "?done=<script>x</script>",
        "/boards?period=<script>x</script>&page=<b>",
        "/members?search=<script>x</script>&order=<b>&page=-1",
        "/members?search=%00&page=99999999999",
        "/members?search=%25_%5C",
        "/questions?sort=<script>x</script>",
    ):
        page = await browser.gets(f"/p/{history.id}{path}")
        assert page.status_code == 200, path
        assert "<script>x" not in page.text, path
    for path in ("/boards?team=x", f"/boards?team={10**30}", "/boards?team=-1", "/members?team=x"):
        assert (await browser.gets(f"/p/{history.id}{path}")).status_code == 404, path


async def test_coordinators_see_no_telegram_id_and_no_alias_behind_a_name(office: Office) -> None:
    history = await _season(office)
    named = history.people[0]
    await _change(office, named, shown_name="Ana Silva")
    async with office.sessions.begin() as session:
        alias = (await session.get_one(Subscriber, named)).alias
    browser = await _of(history, office)
    for path in ("", "/boards?period=programme", "/members", "/manage", "/trail"):
        page = (await browser.gets(f"/p/{history.id}{path}")).text
        assert alias not in page, path
    members = (await browser.gets(f"/p/{history.id}/members")).text
    assert "Ana Silva" in members
    handles = re.findall(r"/members/([^\"?]+)\"", members)
    assert len(handles) == 6
    assert all(re.fullmatch(r"[0-9a-f]{24}", each) for each in handles)


async def test_who_hides_is_on_no_board_and_shows_no_points(office: Office) -> None:
    history = await _season(office)
    await _change(office, history.people[0], hidden=True, shown_name="Shy Person")
    browser = await _of(history, office)
    for path in ("", "/boards?period=programme", "/boards/print?period=programme"):
        assert "Shy Person" not in await browser.sees(f"/p/{history.id}{path}")
    members = await browser.sees(f"/p/{history.id}/members?order=points")
    assert "Shy Person – hidden by choice" in members
    assert members.count("30 ") >= 1


async def test_members_are_found_sorted_and_paged(office: Office) -> None:
    number = await programme(office.sessions)
    team = await stage.team(office.sessions, number, "Blue")
    for person in range(1, 63):
        await join(office.sessions, person)
        await stage.enrol(office.sessions, number, person, team_id=team.id if person < 4 else None)
        await _change(office, person, shown_name=f"Person {person:02}")
    browser = await office.signed_in(COORDINATOR)
    first = await browser.sees(f"/p/{number}/members")
    assert "Person 50" in first
    assert "Person 51" not in first
    assert "Page 1 of 2" in first
    second = await browser.sees(f"/p/{number}/members?page=2")
    assert "Person 51" in second
    assert "Person 50" not in second
    blue = await browser.sees(f"/p/{number}/members?team={team.id}")
    assert len(re.findall(r"Person \d\d", blue)) == 2 * 3  # each has a button with the name
    assert "Person 03" not in await browser.sees(f"/p/{number}/members?team=none")
    assert "Person 62" in await browser.sees(f"/p/{number}/members?search=person+62")
    assert "Nobody fits" in await browser.sees(f"/p/{number}/members?search=%25")


async def test_boards_are_by_period_and_team(office: Office) -> None:
    history = await _season(office)
    team = await stage.team(office.sessions, history.id, "Blue")
    await _change(office, history.people[0], team_id=team.id, shown_name="Blue One")
    browser = await _of(history, office)
    page = f"/p/{history.id}/boards"
    assert "Nobody has points in this period yet" in await browser.sees(page)
    whole = await browser.sees(f"{page}?period=programme")
    assert whole.count("30 points") == 5
    assert "fewer than 5 people" in whole  # the team of one
    blue = await browser.sees(f"{page}?period=programme&team={team.id}")
    assert blue.count("30 points") == 1
    printed = await browser.sees(f"{page}/print?period=programme")
    assert "Blue One 30" in printed


async def test_made_up_data_is_called_so_on_every_page(office: Office) -> None:
    history = await _season(office)
    async with office.sessions.begin() as session:
        (await session.get_one(Programme, history.id)).demo = True
    browser = await _of(history, office)
    assert "Made-up data" in await browser.sees("/p")
    for path in (
        "",
        "/boards",
        "/boards/print",
        "/learning",
        "/questions",
        "/delivery",
        "/members",
    ):
        assert "Made-up data." in await browser.sees(f"/p/{history.id}{path}"), path
    for path in ("/manage", "/trail", f"/questions/{ITEM.id}"):
        assert "Made-up data." in await browser.sees(f"/p/{history.id}{path}"), path
    csv = (await browser.gets(f"/p/{history.id}/download/members.csv")).text
    assert all(line.endswith("Made-up data") for line in csv.strip().splitlines())


async def test_dates_and_times_are_the_programmes(office: Office) -> None:
    number = await programme(office.sessions, timezone="Pacific/Auckland", now=office.now)
    browser = await office.signed_in(COORDINATOR)
    trail = await browser.sees(f"/p/{number}/trail")
    assert "23 Nov 2026, 21:00 Kim Doe Programme made" in trail  # eight in the morning in UTC
    assert "zone, Pacific/Auckland" in trail


@pytest.mark.parametrize("span", [*SPANS, "x"])
async def test_the_overviews_table_is_of_the_days_asked_for(office: Office, span: object) -> None:
    history = await History.begin(office.sessions, 5, topic=TOPIC.slug)
    for day in (0, 30):
        await history.all_asked(day, 0, 0, 0, 0, 0, item=ITEM.id)
    office.now = at(31, 12)
    browser = await office.signed_in(COORDINATOR)
    page = await browser.sees(f"/p/{history.id}?days={span}")
    assert ("23 Nov 5 5" in page) == (span == 84)
    assert "23 Dec 5 5" in page


async def test_charts_stand_in_the_page_with_their_tables(sqlite_office: Office) -> None:
    office = sqlite_office
    history = await _season(office)
    browser = await _of(history, office)
    for page, chart in (
        ("", "participation"),
        ("/delivery", "delivery"),
        ("/learning", "learning"),
        (f"/questions/{ITEM.id}", "items"),
    ):
        html = (await browser.gets(f"/p/{history.id}{page}")).text
        svg = html[html.index("<svg xmlns") : html.index("</svg>", html.index("<svg xmlns")) + 6]
        assert ElementTree.fromstring(svg).get("class") == "chart"  # noqa: S314
        assert f'id="chart-{chart}-desc"' in svg
        assert html.index("</svg>") < html.index("<details>")
        assert re.search(r'<link rel="stylesheet" href="/static/charts\.\w+\.css">', html)


async def test_a_failure_is_told_without_its_reason(sqlite_office: Office) -> None:
    number = await programme(sqlite_office.sessions)
    browser = await sqlite_office.signed_in(COORDINATOR)
    async with sqlite_office.sessions.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("ALTER TABLE teams RENAME TO teams_elsewhere")
    with capture_logs() as log:
        page = await browser.gets(f"/p/{number}/manage")
    assert page.status_code == 500
    assert "Something went wrong here" in text_of(page)
    assert "teams" not in page.text
    assert [(each["event"], each["page"]) for each in log] == [
        ("page_failed", "/p/{programme}/manage")
    ]


async def test_pages_are_in_the_coordinators_language(office: Office) -> None:
    number = await programme(office.sessions)
    browser = await office.signed_in(COORDINATOR)
    page = (await browser.gets(f"/p/{number}")).text
    assert found(r'<html lang="([^"]+)"', page) == "en"
