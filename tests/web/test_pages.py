"""What the pages show: figures of groups, none of a few people, and what to do without data."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from db.models import ReportKind, Subscriber
from db.programmes import WORKDAYS, Enrolment, GroupChat, Programme, Team
from db.reports import LearningReport
from quizbot.programmes import digest, membership
from quizbot.programmes.reports import season as season_report
from quizbot.programmes.reports.figures import MasteryShares, by_key_point
from quizbot.programmes.reports.overview import Range
from quizbot.programmes.reports.teams import TeamWeek, TeamWeeks
from quizbot.quiz import question_reports
from quizbot.quiz.answers import totals
from quizbot.telegram.messages import digest as messages
from quizbot.telegram.messages import final_report
from quizbot.telegram.messages.words import Languages
from quizbot.web import charts
from quizbot.web.heat_map import heat_map
from tests.programmes import steps
from tests.programmes.histories import History, at, date_of
from tests.programmes.steps import COORDINATOR, MONDAY, programme
from tests.programmes.test_report_privacy import forget, know
from tests.quiz.steps import TOPIC
from tests.web.site import Browser, Site, found, text_of

ITEM = TOPIC.approved[0]
LAPSED = "/members?only=lapsed"
FIRST = r"\d people share first place, .*, the draw gives it to .*\. 1 Player"
LATER = at(9, 12)
HOSTILE = "<script>alert(1)</script>&amp;\"'><img src=x onerror=alert(2)>"


@dataclass(frozen=True)
class Season:
    """A programme after three days of questions, and the browser of its coordinator."""

    site: Site
    history: History
    browser: Browser

    async def gets(self, path: str) -> httpx.Response:
        """Requests a page of the programme."""
        return await self.browser.gets(f"/p/{self.history.id}{path}")

    async def sees(self, path: str = "") -> str:
        """Returns the text of a page of the programme."""
        return await self.browser.sees(f"/p/{self.history.id}{path}")


async def _played(site: Site, correct: int = 5, incorrect: int = 1) -> History:
    """On each of three days, these numbers of members answer the first item so."""
    history = await History.begin(site.sessions, correct + incorrect, topic=TOPIC.slug)
    for day in range(3):
        await history.all_asked(day, *[0] * correct, *[1] * incorrect, item=ITEM.id)
    return history


async def _looked_at(history: History, site: Site, now: datetime = LATER) -> Season:
    """Signs the coordinator in; the scores are counted by then."""
    site.now = now
    async with site.sessions.begin() as session:
        for person in history.people:
            await totals.recount_scores(session, [person])
    return Season(site, history, await site.signed_in(COORDINATOR))


async def _season(site: Site, correct: int = 5) -> Season:
    return await _looked_at(await _played(site, correct), site)


async def test_the_list_of_programmes_is_as_fresh_as_the_overview(site: Site) -> None:
    history = await History.begin(site.sessions, 6, topic=TOPIC.slug)
    browser = (await _looked_at(history, site, at(0, 10))).browser
    assert " 6 – – " in await browser.sees("/p")
    await history.all_asked(0, 0, 0, 0, None, None, None, item=ITEM.id)
    browser = (await _looked_at(history, site, at(0, 11))).browser
    assert " 6 3 50% " in await browser.sees("/p")
    await history.all_asked(7, *[None] * 6, item=ITEM.id)
    browser = (await _looked_at(history, site, at(7, 11))).browser
    assert " 6 – – 50% " in await browser.sees("/p")  # nobody could answer yet: no 0%


@pytest.fixture(scope="module")
async def season(shared_site: Site) -> Season:
    """For tests that change nothing: one member is in a team, another one hidden."""
    history = await _played(shared_site, correct=8, incorrect=5)
    team = await steps.team(shared_site.sessions, history.id, "Blue")
    in_team, named, hidden, *_ = history.people
    await _change(shared_site, in_team, team_id=team.id, shown_name="Blue One")
    await _change(shared_site, named, shown_name="Ana Silva")
    await _change(shared_site, hidden, hidden=True, shown_name="Shy Person")
    gain = {"people": 13, "reviews": 60, "correct": 0.7, "expected": 0.52, "rounds": []}
    async with shared_site.sessions.begin() as session:
        for cell, margin in (("all", 0.11), ("days:1", 0.23)):
            session.add(LearningReport(programme_id=history.id, cell=cell, margin=margin, **gain))
    return await _looked_at(history, shared_site)


async def _change(site: Site, person: int, **columns: Any) -> None:
    mine = Enrolment.subscriber_id == person
    async with site.sessions.begin() as session:
        await session.execute(update(Enrolment).where(mine).values(**columns))


async def test_pages_of_a_programme_without_members_say_what_to_do(site: Site) -> None:
    number = await programme(site.sessions, holidays=[date(2026, 11, 23)])
    browser = await site.signed_in(COORDINATOR)
    assert "Nobody takes part yet" in await browser.sees(f"/p/{number}")
    assert "Nobody takes part yet" in await browser.sees(f"/p/{number}/members")
    assert "Nobody has points in this period yet" in await browser.sees(f"/p/{number}/boards")
    learning = await browser.sees(f"/p/{number}/learning")
    assert "It is counted after each week, next on 30 Nov 2026." in learning
    questions = await browser.sees(f"/p/{number}/questions")
    assert "5 people were right at first and 5 not." in questions
    assert "next on 25 Nov 2026. From 21 Dec 2026 on, questions with fewer" in questions
    assert f"{len(TOPIC.approved)} questions without figures {ITEM.stem}" in questions
    comes = "The next question comes tomorrow at 09:00."
    for page in ("", "/boards", "/boards?period=all", "/boards/print", "/delivery", "/report"):
        assert comes in await browser.sees(f"/p/{number}{page}"), page
    assert "?&" not in (await browser.gets(f"/p/{number}/boards")).text
    assert "counted after each day, next on 2 Dec 2026." in learning
    assert "nobody can join" in await browser.sees(f"/p/{number}/manage")


async def test_a_short_programme_is_promised_no_date_after_its_end(site: Site) -> None:
    number = await programme(site.sessions, ends_on=date(2026, 12, 20))
    browser = await site.signed_in(COORDINATOR)
    questions = await browser.sees(f"/p/{number}/questions")
    assert "After the last day, questions with fewer are counted together" in questions
    assert "21 Dec 2026" not in questions


async def test_nobody_is_asked_while_nobody_takes_part(site: Site) -> None:
    number = await programme(site.sessions)
    site.later(hours=12)  # today's question time is over
    browser = await site.signed_in(COORDINATOR)
    for page in ("", "/boards", "/delivery"):
        seen = await browser.sees(f"/p/{number}{page}")
        assert "The next question comes tomorrow at 09:00." in seen, page
        assert "question is out" not in seen, page


async def test_before_the_first_question_nothing_is_told_of_answers(site: Site) -> None:
    history = await History.begin(site.sessions, 13, topic=TOPIC.slug, starts_on=date_of(7))
    season = await _looked_at(history, site, at(3, 12))
    comes = "The first question comes on Monday, 30 November at 09:00."
    overview = await season.sees()
    assert f"13 people take part Figures come with the first question. {comes}" in overview
    for untrue in ("Lapsed", "Streaks", "no answer", "this week"):
        assert untrue not in overview
    report = await season.sees("/report")
    assert f"The report begins once the first question has closed. {comes}" in report
    for untrue in ("as of", "answered", "What to do", "Thank you"):
        assert untrue not in report


async def test_a_week_before_its_first_question_names_its_day(site: Site) -> None:
    history = await History.begin(site.sessions, 5, topic=TOPIC.slug)
    await history.all_asked(0, *[0] * 5, item=ITEM.id)
    season = await _looked_at(history, site, at(7, 8))
    assert "next question on 30 Nov" in await season.sees("?range=week")


async def test_the_report_so_far_tells_what_to_do_now(site: Site) -> None:
    season = await _season(site)
    report = await season.sees("/report")
    assert "What to do now" in report
    for too_early in ("What to do next", "next season", "Thank you"):
        assert too_early not in report


async def test_no_digest_is_promised_while_nobody_takes_part(site: Site) -> None:
    await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    page = await browser.sees("/p")
    assert "Digest on" not in page
    assert "Invite people" in page


async def test_running_programmes_come_first(site: Site) -> None:
    await programme(site.sessions, name="Running")
    await programme(site.sessions, name="Coming", starts_on=date(2026, 12, 7))
    page = await (await site.signed_in(COORDINATOR)).sees("/p")
    assert page.index("Running") < page.index("Coming")
    assert "0 no question yet Starts on 7 Dec 2026 · Invite people" in page


async def test_a_coordinator_without_a_programme_is_told_how_to_begin(site: Site) -> None:
    number = await programme(site.sessions)
    async with site.sessions.begin() as session:
        await session.delete(await session.get_one(Programme, number))
    browser = await site.signed_in(COORDINATOR)
    assert "Send /programme new to the bot" in await browser.sees("/p")


async def test_before_the_first_day_pages_name_it(site: Site) -> None:
    number = await programme(site.sessions, starts_on=date(2026, 12, 7))
    browser = await site.signed_in(COORDINATOR)
    comes = "The first question comes on Monday, 7 December at 09:00."
    for page in ("", "/boards", "/boards?period=month", "/delivery", "/report"):
        assert comes in await browser.sees(f"/p/{number}{page}"), page
    learning = await browser.sees(f"/p/{number}/learning")
    assert "counted after each week, next on 14 Dec 2026." in learning
    assert "counted after each day, next on 15 Dec 2026." in learning


async def test_programmes_stand_side_by_side(season: Season) -> None:
    await season.sees()  # refreshes its figures
    page = await season.browser.sees("/p")
    assert "Day 10 23 Nov 2026 – no end · UTC" in page
    assert "13 – – 100% +18 ±11" in page


async def test_question_days_are_written_as_in_the_chat(site: Site) -> None:
    number = await programme(site.sessions, weekdays=WORKDAYS)
    browser = await site.signed_in(COORDINATOR)
    assert "Question days: Mon–Fri." in await browser.sees(f"/p/{number}/manage")


async def test_pages_have_one_kind_of_apostrophe(season: Season) -> None:
    for path in ("", "/boards", "/learning", "/members", f"/questions/{TOPIC.approved[0].id}"):
        assert "'" not in await season.sees(path), path


async def test_the_overview_counts_and_rates(season: Season) -> None:
    page = await season.sees()
    assert re.search(r"Enrolled 13 now; 13 joined and 0 left in these weeks", page)
    assert "100% 36 of 36 questions" in page
    assert re.search(r"Right 58% until 1 Dec .*Right \? The share", page)
    assert page.count("count as enrolled, joined and left") == 1
    assert "Nobody has points this week yet. The next question comes tomorrow at 09:00." in page
    assert "Winners of the week of 23 Nov" in page
    assert "7 people share first place, each with 30 points" in page  # those of last week


async def test_the_overview_shows_this_weeks_first_places_and_cuts_no_tie(site: Site) -> None:
    history = await _played(site, correct=17)
    for place, person in enumerate(history.people):
        await _change(site, person, shown_name=f"Person {place}", hidden=place == 0)
    page = await (await _looked_at(history, site, at(3, 12))).sees()
    assert len(re.findall(r"Person \d+", page)) == 15
    assert "… and 1 more with the same points" in page
    assert "1 Person 1 Person 10 " in page  # the rank once, and names in order
    assert "Person 0" not in page
    assert "Person 17" not in page  # who was wrong


async def test_the_learning_page_says_what_the_gain_means_and_how_far_it_can_be_believed(
    season: Season,
) -> None:
    page = await season.sees("/learning")
    assert "met before, members get 18 more right" in page
    assert "+18 in 100 answers, almost certainly between +7 and +29" in page
    assert "70% right, in 60 answers by 13 people" in page
    assert "1 to 7 days 52% 70% – −5 to +41 13" in page
    assert "too few answers to tell" in page
    assert "8 to 30 days – – – – –" in page
    assert "other key point" not in page


async def test_a_gain_is_shown_nowhere_while_it_is_too_early_to_tell(site: Site) -> None:
    season = await _season(site)
    gain = {"people": 6, "reviews": 60, "correct": 0.7, "expected": 0.49, "rounds": []}
    async with site.sessions.begin() as session:
        report = LearningReport(programme_id=season.history.id, cell="all", margin=0.35, **gain)
        session.add(report)
    for page in ("/learning", "/report"):
        text = await season.sees(page)
        assert "– between −14 and +56 points: too few answers to tell" in text
        assert "+21" not in text
    file = (await season.gets("/download/learning.csv")).text
    assert "All,60,6,70.0,49.0,,-14.0,56.0" in file
    assert " too few answers Digest on" in await season.browser.sees("/p")


async def test_a_gain_that_is_older_than_the_total_says_as_of_which_day(site: Site) -> None:
    season = await _season(site)
    gain = {"people": 12, "reviews": 60, "correct": 0.7, "expected": 0.4, "margin": 0.1}
    earlier, latest = ["2026-11-25", "2026-11-25"], ["2026-11-29", "2026-11-29"]
    rounds = {"all": [earlier, latest], "days:1": [earlier], "days:8": [earlier, latest]}
    async with site.sessions.begin() as session:
        for cell, told in rounds.items():
            row = LearningReport(programme_id=season.history.id, cell=cell, rounds=told, **gain)
            session.add(row)
    text = await season.sees("/learning")
    assert "as of 29 Nov 2026" in text
    assert "1 to 7 days · as of 25 Nov 40% 70% +30 +20 to +40 12" in text
    assert "8 to 30 days 40% 70% +30 +20 to +40 12" in text
    assert "31 days or more – – – – –" in text


async def test_fewer_than_five_members_have_no_figures(site: Site) -> None:
    season = await _season(site, correct=3)
    overview = await season.sees()
    assert "– once 5 were right and 5 were not" in overview
    assert "Streaks show once 5 people take part." in overview
    question = await season.gets(f"/questions/{ITEM.id}")
    assert "Options are shown from 20 answers on" in text_of(question)
    assert not re.search(r">\d+ ?%<", question.text)
    learning = await season.sees("/learning")
    assert "Shown once 5 people have mastered the same lesson and 5 have not." in learning
    assert "%" not in learning


_E, _F, _HIDDEN = 4, 5, 23  # of 24 members
_PAIRS = tuple(items[0] for _, items in by_key_point(TOPIC, TOPIC.approved))[:4]
_EARLIER = TOPIC.approved[-1]
_ALWAYS = (
    *("", "/learning", "/delivery", "/questions", "/members", "/report"),
    *(f"/questions/{item.id}" for item in _PAIRS),
    *(f"/download/{table}.csv" for table in ("questions", "days")),
)
_AT_LAST = (
    *("/questions?only=told", "/boards?period=programme", "/boards/print?period=week", "/manage"),
    *("/teams/list", "/poster", "/poster/teams"),
    *(f"{page}?range={each}" for each in Range for page in ("", "/delivery", "/download/days.csv")),
    *(f"/download/{table}.csv" for table in ("members", "board", "teams", "participation")),
    *(f"/download/{table}.xlsx" for table in ("questions", "learning")),
    "/audit-log",
)


async def told_every_day(site: Site, *, e_is_wrong_first: bool) -> list[str]:
    """Returns all that coordinators see of four days, looked at each morning, and of the end.

    On two days each, everybody gets two questions, in an order of their own. A to D get all wrong,
    E the first day's, F the second day's. So the same five are wrong each day, and five at each
    question: E at the first question or F, which is what nobody may find out. E and F are the only
    ones of those who are wrong who have mastered what they are asked, and can forget it.
    """
    history = await History.begin(site.sessions, 24, topic=TOPIC.slug, ends_on=date_of(7))
    teams = [await steps.team(site.sessions, history.id, name) for name in ("Red", "Blue", "Green")]
    for place, person in enumerate(history.people):
        columns = {"shown_name": f"Person {place}", "team_id": teams[place // 8].id}
        await _change(site, person, **columns, hidden=place == _HIDDEN)
        knows_all = _E <= place < 16
        for objective in {item.objective for item in _PAIRS} if knows_all else ():
            await know(site.sessions, person, objective, 8, 30.0)
    for day in range(-4, 0):
        await history.asked(history.people[_E], day, _EARLIER.id, 0)
    wrong = [int(each in (0, 1, 2, 3, 16)) for each in range(24)]
    await history.all_asked(1, *wrong[:_HIDDEN], None, item=_EARLIER.id)
    await history.refresh(at(2, 8))  # tells what is mastered, before anything is forgotten
    begins = [e_is_wrong_first if each in (_E, _F) else each % 2 == 0 for each in range(24)]
    told = []
    for day in range(3, 7):
        pair = _PAIRS[:2] if day < 5 else _PAIRS[2:]
        items = [pair[is_first == (day % 2 == 0)] for is_first in begins]
        are_wrong = {0, 1, 2, 3, (_F, _E)[day % 2]}
        options: list[int | None] = [int(each in are_wrong) for each in range(24)]
        options[_HIDDEN] = 0 if e_is_wrong_first else None
        await history.all_asked(day, *options, items=[item.id for item in items], purpose="new")
        for place, (person, item) in enumerate(zip(history.people, items, strict=True)):
            if not _E <= place < 16:
                await know(site.sessions, person, item.objective, day, 1.0)
            elif place in are_wrong:
                await forget(site.sessions, person, item.objective, day)
        of_e = f"/members/{await site.handle(history.id, history.people[_E])}"
        paths = (of_e, *_ALWAYS) if day < 6 else (of_e, *_ALWAYS, *_AT_LAST)
        told += await _told(await _looked_at(history, site, at(day + 1, 8)), paths)
    told += await _told(await _looked_at(history, site, at(8, 8)), _ALWAYS)  # all that is left
    async with site.sessions.begin() as session:
        await session.delete(await history.programme(session))  # /p shows all programmes
    return told


async def _told(season: Season, paths: Iterable[str]) -> list[str]:
    """Returns what these pages and files tell, and the digests, without what is random.

    That is also the draw, which does not depend on answers, but on when people joined.
    """
    told = [_without_keys(season, path, await season.gets(path)) for path in paths]
    told.append(await season.browser.sees("/p"))
    w = season.site.dashboard.languages["en"]
    async with season.site.sessions.begin() as session:
        of = await season.history.programme(session)
        for so_far in (True, False):
            week = await digest.digest(session, of, TOPIC, season.site.now, so_far=so_far)
            text = messages.weekly_digest(w, week, "").text.replace(f"/p/{of.id}", "")
            told += [text, messages.digest_picture(w, week).svg()]
        facts = await season_report.season(session, of, TOPIC, season.site.now)
        told.append(final_report.final_report(w, facts, "").text)
        told.append(final_report.report_picture(w, facts).svg())
    return [re.sub(r"the draw gives it to [^.<]+", "", each) for each in told]


def _without_keys(season: Season, path: str, page: httpx.Response) -> str:
    """Returns the headers and the text; an XLSX file is as long as its compression makes it."""
    assert page.status_code == 200, path
    headers = [each for each in page.headers.items() if each[0] != "content-length"]
    text = page.text
    if path.endswith(".xlsx"):
        with ZipFile(BytesIO(page.content)) as book:
            text = book.read("xl/worksheets/sheet1.xml").decode()
    keys = r"/p/\d+|/members/[\w-]+|/teams/\d+|=i-[\w-]+|value=\"\d+\""
    return re.sub(keys, "", f"{headers}\n{text}")


async def test_everything_is_the_same_whoever_of_two_got_a_question_wrong(site: Site) -> None:
    """Boards tell who was wrong on which day. Figures are told all the same."""
    one = await told_every_day(site, e_is_wrong_first=True)
    assert (
        sum("Difficulty p 0.78" in " ".join(each.split()) for each in map(_said, one)) >= 2 + 2 + 4
    )
    other = await told_every_day(site, e_is_wrong_first=False)
    assert len(one) == len(other)
    for of_one, of_other in zip(one, other, strict=True):
        assert of_one == of_other


def _said(page: str) -> str:
    return re.sub(r"<[^>]*>", " ", page)


async def test_members_read_beside_their_points_what_these_tell(season: Season) -> None:
    assert "points show how well somebody did, but not on which questions" in (
        await season.sees("/members")
    )


async def test_an_items_page_shows_what_people_chose(site: Site) -> None:
    season = await _looked_at(await _played(site, correct=19, incorrect=6), site)
    shown = await season.sees(f"/questions/{ITEM.id}")
    assert ITEM.stem in shown
    assert all(option.text in shown for option in ITEM.options)
    assert "More than half knew it at once." in shown
    assert "Difficulty p 0.76 share of right answers" in shown
    assert "76% 19 people ✓" in shown
    assert "20–36% 5–9 people" in shown
    assert (await season.gets("/questions/nothing")).status_code == 404


async def test_questions_that_are_told_together_are_one_line(site: Site) -> None:
    history = await History.begin(site.sessions, 10, topic=TOPIC.slug)
    first, second, *_ = TOPIC.approved
    await history.all_asked(0, 1, *[0] * 9, item=first.id)
    await history.all_asked(1, *[0] * 6, *[1] * 4, item=second.id)
    season = await _looked_at(history, site, at(31, 12))
    listed = await season.sees("/questions")
    of_pool, others = len(TOPIC.items_of(first.objective)), len(TOPIC.approved)
    title = TOPIC.objectives[first.objective].title
    assert first.objective == second.objective
    assert f"{of_pool} questions about {title} {first.stem} {second.stem}" in listed
    assert "Right at once, together" in listed  # the heading, as no question stands alone
    assert listed.count("%") == 1
    assert f"{others - of_pool} questions without figures" in listed
    assert "No figures yet" not in listed
    assert "No figures yet" in await season.sees("/questions?only=told")
    one = await season.sees(f"/questions/{first.id}")
    assert "Too few answers: it needs 5 right and 5 not." in one
    assert "Difficulty p 0.75 of this question and others about the same point" in one
    table = (await season.gets("/download/questions.csv")).text
    assert ",75.0," in table


async def test_questions_told_together_come_after_those_with_their_own_figures(site: Site) -> None:
    history = await History.begin(site.sessions, 10, topic=TOPIC.slug)
    first, second, *others = TOPIC.approved
    own = next(each for each in others if each.objective != first.objective)
    for day, item, right in ((0, first, 1), (1, second, 6), (2, own, 5)):
        await history.all_asked(day, *[0] * right, *[1] * (10 - right), item=item.id)
    season = await _looked_at(history, site, at(31, 12))
    told, every = await season.sees("/questions?only=told"), await season.sees("/questions")
    assert "With figures (1)" in told
    assert own.stem in told
    assert first.stem not in told
    assert "questions about" not in told
    assert every.index(own.stem) < every.index("together 35%") < every.index("without figures")
    assert "Too few answers to tell whether" not in every


async def test_what_needs_a_look_says_why_and_comes_first(site: Site) -> None:
    history = await History.begin(site.sessions, 31, topic=TOPIC.slug)
    odd, fine = TOPIC.approved[1], TOPIC.approved[0]
    await history.all_asked(0, *[1] * 26, *[0] * 5, item=odd.id)
    await history.all_asked(1, *[1, 2] * 5, *[0] * 21, item=fine.id)
    season = await _looked_at(history, site)
    listed = await season.sees("/questions?only=look")
    assert odd.stem in listed
    assert fine.stem not in listed
    everything = await season.sees("/questions")
    assert "Needs a look (1)" in everything
    assert everything.index(odd.stem) < everything.index(fine.stem)
    one = await season.sees(f"/questions/{odd.id}")
    assert "Fewer were right than by guessing: check it." in one


async def test_reports_are_told_once_five_were_right_and_five_were_not(site: Site) -> None:
    """How many, of which kind, and the editors' answers; neither who, nor what they wrote.

    A report that came since then waits: it would tell what somebody was asked whose points have
    just changed. Nor does one go when somebody is erased.
    """
    history = await History.begin(site.sessions, 11, topic=TOPIC.slug)
    told, untold = TOPIC.approved[:2]
    await history.all_asked(0, *[1] * 5, *[0] * 6, item=told.id)
    season = await _looked_at(history, site)
    kinds = [ReportKind.WRONG, ReportKind.UNCLEAR, ReportKind.WRONG]
    for item in (told, untold):
        async with site.sessions.begin() as session:
            for person, kind in zip(history.people, kinds, strict=False):
                key = item.id, item.revision
                when = at(0, 11), "I am Ana"
                report = await question_reports.add(session, person, *key, kind, *when)
                if kind is ReportKind.UNCLEAR:
                    answer = "Fixed <b>in May</b>"
                    await question_reports.answer(session, *key, report.id, answer, LATER)
            await question_reports.add(
                session, history.people[3], *key, ReportKind.OUTDATED, at(9, 11)
            )
    await season.sees()  # adds up the answers
    await history.erase(history.people[0], LATER)
    shown = await season.sees(f"/questions/{told.id}")
    assert "It’s wrong: 2" in shown
    assert "It’s unclear: 1 1 report is waiting for an answer. Nobody is named." in shown
    assert "The editors, 2 Dec 2026, 12:00: Fixed <b>in May</b>" in shown
    assert "Ana" not in shown
    assert "It’s outdated:" not in shown
    hidden = await season.sees(f"/questions/{untold.id}")
    assert "Reports are shown once 5 people were right and 5 were not" in hidden
    assert "Fixed" not in hidden
    listed = await season.gets("/questions?only=look")
    assert told.id in listed.text
    assert untold.id not in listed.text


async def test_items_are_sorted_as_asked(site: Site) -> None:
    history = await History.begin(site.sessions, 12, topic=TOPIC.slug)
    easy, hard = TOPIC.approved[0], TOPIC.approved[5]
    await history.all_asked(0, *[0] * 7, *[1] * 5, item=easy.id)
    await history.all_asked(1, *[0] * 5, *[1] * 7, item=hard.id)
    season = await _looked_at(history, site)

    async def first_two(sort: str) -> list[str]:
        page = await season.gets(f"/questions?sort={sort}")
        return re.findall(rf"/p/{history.id}/questions/([a-z0-9-]+)\"", page.text)[:2]

    assert await first_two("p") == [hard.id, easy.id]
    assert set(await first_two("n")) == {hard.id, easy.id}
    assert await first_two("nonsense") == [hard.id, easy.id]


async def test_hostile_names_are_shown_as_text(each_site: Site) -> None:
    history = await _played(each_site)
    async with each_site.sessions.begin() as session:
        found_one = await session.get_one(Programme, history.id)
        found_one.name = HOSTILE[:64]
        enrolment = await session.get_one(Enrolment, (history.id, history.people[0]))
        await membership.set_shown_name(enrolment, HOSTILE[:64])
        session.add(
            GroupChat(
                id=-5,
                programme_id=history.id,
                title=HOSTILE,
                language="en",
                linked_at=each_site.now,
            )
        )
    await steps.team(each_site.sessions, history.id, HOSTILE[:40])
    season = await _looked_at(history, each_site)
    for path in ("", "/boards?period=programme", "/boards/print?period=programme", "/members"):
        page = (await season.gets(path)).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "&lt;script&gt;alert(1)" in page, path
    manage = (await season.gets("/manage")).text
    assert "<script>alert" not in manage
    assert "onerror=alert(2)&gt;" in manage


async def test_hostile_addresses_are_text_or_ignored(season: Season) -> None:
    for path in (
        "?range=<script>x</script>",
        "?done=<script>x</script>",
        "/boards?period=<script>x</script>&page=<b>",
        "/members?search=<script>x</script>&order=<b>&page=-1",
        "/members?search=%00&page=99999999999",
        "/members?search=%25_%5C",
        "/questions?sort=<script>x</script>",
    ):
        page = await season.gets(path)
        assert page.status_code == 200, path
        assert "<script>x" not in page.text, path
    for path in ("/boards?team=x", f"/boards?team={10**30}", "/boards?team=-1", "/members?team=x"):
        assert (await season.gets(path)).status_code == 404, path


async def test_coordinators_see_neither_telegram_ids_nor_aliases_behind_names(
    season: Season,
) -> None:
    async with season.site.sessions() as session:
        alias = (await session.get_one(Subscriber, season.history.people[1])).alias
    for path in ("", "/boards?period=programme", "/members", "/manage", "/audit-log"):
        assert alias not in (await season.gets(path)).text, path
    members = (await season.gets("/members")).text
    assert "Ana Silva" in members
    handles = re.findall(r"/members/([^\"?]+)\"", members)
    assert len(handles) == 13
    assert all(re.fullmatch(r"[0-9a-f]{24}", each) for each in handles)


async def test_hidden_members_are_on_no_board_and_show_no_points(season: Season) -> None:
    for path in ("", "/boards?period=programme", "/boards/print?period=programme"):
        assert "Shy Person" not in await season.sees(path)
    members = await season.sees("/members?order=points")
    assert "Shy Person – 23 Nov 2026 hidden by choice" in members
    assert members.count("30 ") >= 1


async def test_members_are_found_sorted_and_paged(each_site: Site) -> None:
    history = await History.begin(each_site.sessions, 62)
    team = await steps.team(each_site.sessions, history.id, "Blue")
    for place, person in enumerate(history.people, start=1):
        in_team = team.id if place < 4 else None
        await _change(each_site, person, shown_name=f"Person {place:02}", team_id=in_team)
    season = Season(each_site, history, await each_site.signed_in(COORDINATOR))
    first = await season.sees("/members")
    assert "Person 50" in first
    assert "Person 51" not in first
    assert "1–50 of 62" in first
    assert "51–62 of 62" in await season.sees("/members?page=9")
    second = await season.sees("/members?page=2")
    assert "Person 51" in second
    assert "Person 50" not in second
    kept = (await season.gets("/members?order=team&search=person&range=week")).text
    assert (
        f'href="/p/{history.id}/members?order=team&amp;search=person&amp;range=week&amp;page=2"'
        in kept
    )
    by_team = await season.sees("/members?order=team")
    assert by_team.index("Person 03") < by_team.index("Person 04") < by_team.index("1–50 of 62")
    blue = await season.sees(f"/members?team={team.id}")
    assert "1–3 of 3" in blue
    assert len(re.findall(r"Person \d\d", blue)) == 3
    assert "Person 03" not in await season.sees("/members?team=none")
    assert "Person 62" in await season.sees("/members?search=person+62")
    assert "Nobody matches" in await season.sees("/members?search=%25")


async def test_boards_are_filtered_by_period_and_team(season: Season) -> None:
    empty = await season.sees("/boards")
    assert "Nobody has points in this period yet" in empty
    assert "The next question comes tomorrow at 09:00." in empty
    winners = (
        r"7 people share first place, each with 30 points\.( If there is one prize, [^.]*\.)? 1 "
    )
    assert re.search(f"Winners of the week of 23 Nov {winners}", empty)
    last = await season.sees("/boards?period=last-week")
    assert "23 Nov 2026 – 29 Nov 2026" in last
    assert re.search(winners, last)
    board = (await season.gets("/boards?period=last-week")).text.split('class="places"')[1]
    assert board.split("</li>")[0].count("<bdi>") == 7  # one rank for all of them
    printed = (await season.gets("/boards/print?period=last-week")).text
    assert "Last week" in printed
    assert printed.split("<tbody>")[1].count("<bdi>") == 7  # they stay on one sheet
    download = await season.gets("/download/board.csv?period=last-week")
    assert download.text.count(",30") == 7
    assert "board-week-of-2026-11-23.csv" in download.headers["content-disposition"]
    whole = await season.sees("/boards?period=programme")
    assert re.search(winners, whole)  # no draw yet
    assert "fewer than 5 people" in whole  # the team of one
    async with season.site.sessions() as session:
        team = (await session.scalars(select(Team))).one()
    blue = await season.sees(f"/boards?period=programme&team={team.id}")
    assert blue.count("30 points") == 1
    assert "Blue One 30" in await season.sees("/boards/print?period=programme")


async def test_demo_data_is_marked_on_every_page(site: Site) -> None:
    season = await _season(site)
    async with site.sessions.begin() as session:
        (await session.get_one(Programme, season.history.id)).demo = True
    assert "Demo data" in await season.browser.sees("/p")
    for path in (
        "",
        "/boards",
        "/boards/print",
        "/learning",
        "/questions",
        "/delivery",
        "/members",
        "/manage",
        "/audit-log",
        f"/questions/{ITEM.id}",
    ):
        assert "Demo data." in await season.sees(path), path
    csv = (await season.gets("/download/members.csv")).text
    assert all(line.endswith("Demo data") for line in csv.strip().splitlines())


async def test_dates_and_times_are_in_the_programmes_zone(site: Site) -> None:
    number = await programme(site.sessions, timezone="Pacific/Auckland", now=site.now)
    browser = await site.signed_in(COORDINATOR)
    trail = await browser.sees(f"/p/{number}/audit-log")
    assert "Monday, 23 Nov 2026 21:00 Kim Doe made the programme" in trail  # 08:00 in UTC
    assert "zone, Pacific/Auckland" in trail


async def test_the_overviews_table_has_the_days_asked_for(site: Site) -> None:
    history = await History.begin(site.sessions, 5, topic=TOPIC.slug)
    await history.all_asked(0, 0, 0, 0, 0, 0, item=ITEM.id)
    season = await _looked_at(history, site, at(0, 12))
    assert "5 of 5 questions; they’re still open" in await season.sees()
    await history.all_asked(30, 0, 0, 0, 0, 0, item=ITEM.id)
    season = await _looked_at(history, site, at(31, 12))
    assert "still open" not in await season.sees("?range=programme")
    for chosen in (*Range, "x"):
        page = await season.sees(f"?range={chosen}")
        has_first = chosen in (Range.TWELVE_WEEKS, Range.PROGRAMME)
        assert ("23 Nov 5 5" in page) == has_first, chosen
        assert ("23 Dec 5 5" in page) == (chosen is not Range.LAST_WEEK), chosen


async def _two_weeks(site: Site) -> Season:
    """Ten people: in the first week all answer and five are right, in the second six and five."""
    history = await History.begin(site.sessions, 12, topic=TOPIC.slug)
    for day in range(12):
        options = [*[0] * 5, *[1] * 7] if day < 7 else [*[0] * 5, *[1] * 5, None, None]
        await history.all_asked(day, *options, item=ITEM.id)
    return await _looked_at(history, site, at(11, 12))


async def test_on_the_second_monday_the_week_before_counts_and_so_do_early_members(
    site: Site,
) -> None:
    history = await History.begin(site.sessions)
    await history.enrol_all([*range(7_001, 7_008)], day=-4)
    for day in range(7):
        await history.all_asked(day, *[0] * 6, None, item=ITEM.id)
    season = await _looked_at(history, site, at(7, 7))  # Sunday's question can still be answered
    assert "7 now; 7 joined and 0 left in these weeks" in await season.sees("?range=programme")
    assert "6 in a week, on average" in await season.sees()
    assert "– this week" in await season.sees("?range=week")
    assert "7 – – 86%" in await season.browser.sees("/p")


async def test_figures_follow_the_range_and_tell_what_changed(site: Site) -> None:
    season = await _two_weeks(site)
    week = await season.sees("?range=week")
    assert "30 Nov 2026 – 6 Dec 2026" in week
    assert "83% 40 of 48 questions 17 points lower than on the same days last week" in week
    assert "50% until 3 Dec 8 points higher than on the same days last week" in week
    assert "10 this week 2 fewer than on the same days last week" in week
    assert "12 now; 0 joined and 0 left this week" in week
    last = await season.sees("?range=last-week")
    assert "100% 84 of 84 questions" in last
    assert "week before" not in last  # there was none
    assert "12 now; 12 joined and 0 left last week" in last
    assert re.search(r"Last week’s board All boards [^.]+ questions right\. [^.]*\. 1 Player", last)
    delivery = await season.sees("/delivery?range=week")
    assert "In time 100% 60 of 60 within ten minutes as on the same days last week" in delivery


async def test_an_ended_programme_has_no_figures_of_this_week_in_the_list(site: Site) -> None:
    season = await _two_weeks(site)
    assert " 12 10 83% 100% " in await season.browser.sees("/p")
    async with site.sessions.begin() as session:
        (await season.history.programme(session)).ends_on = date_of(11)
    site.later(days=1)
    browser = await site.signed_in(COORDINATOR)
    line = await browser.sees("/p")
    assert " 12 – – – " in line
    assert "83%" not in line
    assert "100%" not in line


async def test_teams_without_points_have_no_place_and_last_weeks_best_one_is_named(
    site: Site,
) -> None:
    history = await _played(site, correct=5, incorrect=5)
    for name, members in (("Blue", history.people[:5]), ("Red", history.people[5:])):
        team = await steps.team(site.sessions, history.id, name)
        for person in members:
            await _change(site, person, team_id=team.id)
    season = await _looked_at(history, site, at(7, 7))
    assert "Best team: Blue · 30.0 of 70 points per member" in await season.sees()
    page = await season.sees("/boards")
    assert "No team has points this week yet. Best team of the week" in page
    assert "Best team of the week of 23 Nov 1 Blue 30.0 of 70 each" in page
    assert "Winners of the week of 23 Nov 5 people share first place, each with" in page
    last = await season.sees("/boards?period=last-week")
    assert "1 Blue 5 members shown 30.0 each 2 Red 5 members shown 6.0 each" in last
    assert "Blue 30.0" in await season.sees("/boards/print?period=last-week")
    async with site.sessions() as session:
        of = await session.get_one(Programme, history.id)
        week = await digest.digest(session, of, TOPIC, site.now, so_far=False)
    told = messages.weekly_digest(site.dashboard.languages["en"], week, "")
    assert "Best team: Blue · 30.0 points each" in told.text


async def test_the_overview_and_a_download_have_the_teams_by_week(site: Site) -> None:
    history = await _played(site, correct=5, incorrect=3)
    team = await steps.team(site.sessions, history.id, "Blue")
    for person in history.people[:5]:
        await _change(site, person, team_id=team.id)
    await history.all_asked(7, *[0] * 3, *[None] * 5, item=ITEM.id)
    season = await _looked_at(history, site)
    page = await season.sees("?range=programme")
    assert "Team 23 Nov 30 Nov Blue 100% 60% The share" in page  # the others are too few
    assert "Team 23 Nov Blue 100%" in await season.sees("?range=last-week")
    table = (await season.gets("/download/participation.csv?range=week")).text
    assert table.splitlines()[1:] == ["Blue,2026-11-30,5,3,60.0"]


@pytest.mark.parametrize(("teams", "are_all"), [(30, True), (31, False)])
def test_of_many_teams_those_that_answered_least_are_drawn(teams: int, are_all: bool) -> None:
    weeks = [{MONDAY: TeamWeek(asked=100, answered=50 + number)} for number in range(teams)]
    rows = [TeamWeeks(f"No. {number}", each) for number, each in enumerate(weeks)]
    drawn = heat_map(Languages()["en"], [*rows, TeamWeeks(None, {MONDAY: None})])
    assert drawn is not None
    assert [name for name, _ in drawn.rows] == [*(f"No. {n}" for n in range(30)), "Others"]
    assert drawn.are_all == are_all


def test_the_more_a_team_answered_the_darker_is_its_week() -> None:
    counts = [0, 39, 40, 60, 79, 80, 100, None]
    weeks = {MONDAY + timedelta(weeks=number): each for number, each in enumerate(counts)}
    told = {day: each if each is None else TeamWeek(100, each) for day, each in weeks.items()}
    drawn = heat_map(Languages()["en"], [TeamWeeks("Blue", told)])
    assert drawn is not None
    [(_, cells)] = drawn.rows
    assert [cell.step for cell in cells] == [0, 0, 1, 2, 2, 3, 3, None]
    assert [cell.text for cell in drawn.legend] == [
        *("≥ 80%", "≥ 60%", "≥ 40%", "< 40%"),
        "Fewer than 5 people",
    ]


async def test_links_and_downloads_keep_the_range(site: Site) -> None:
    season = await _two_weeks(site)
    page = (await season.gets("?range=last-week")).text
    for path in ("", "/boards", "/learning", "/questions", "/delivery", "/members", "/manage"):
        assert f'href="/p/{season.history.id}{path}?range=last-week"' in page, path
    assert f"/p/{season.history.id}/download/days.csv?range=last-week" in page
    reply = await season.gets("/download/days.csv?range=last-week")
    days = [line.partition(",")[0] for line in reply.text.splitlines()[1:]]
    assert days == [date_of(day).isoformat() for day in range(7)]
    assert "days-2026-11-23-to-2026-11-29.csv" in reply.headers["content-disposition"]
    assert "?range" not in (await season.gets("/members")).text
    assert "don’t follow the weeks chosen" in await season.sees("/questions?range=last-week")
    assert "don’t follow the weeks chosen" not in await season.sees("/questions")


async def test_after_the_end_the_last_week_is_this_one(site: Site) -> None:
    season = await _two_weeks(site)
    async with site.sessions.begin() as session:
        (await session.get_one(Programme, season.history.id)).ends_on = date_of(9)
    site.now = at(40, 12)
    browser = await site.signed_in(COORDINATOR)
    page = await browser.sees(f"/p/{season.history.id}")
    assert "23 Nov 2026 – 2 Dec 2026" in page  # all of it
    assert re.search(rf"Final board All boards {FIRST}", page)
    assert "Final report Start the next season" in page
    assert not re.search(r"\b[Nn]ow\b", page)
    final = await browser.sees(f"/p/{season.history.id}?range=week")
    assert "Final week Week before 4 weeks 12 weeks All 30 Nov 2026 – 2 Dec 2026" in final
    assert re.search(rf"Board of the final week All boards {FIRST}", final)
    before = await browser.sees(f"/p/{season.history.id}?range=last-week")
    assert re.search(rf"Board of the week before All boards {FIRST}", before)
    whole = await browser.sees(f"/p/{season.history.id}/boards")
    assert "23 Nov 2026 – 2 Dec 2026" in whole
    assert "Members 12 with points" in whole
    boards = await browser.sees(f"/p/{season.history.id}/boards?period=week")
    assert "Final week Week before Final month Whole programme Programme All time" in boards
    assert "30 Nov 2026 – 6 Dec 2026" in boards
    assert "Members 10 with points" in boards
    reply = await browser.gets(f"/p/{season.history.id}/download/board.csv?period=month")
    assert "board-2026-12" in reply.headers["content-disposition"]
    reply = await browser.gets(f"/p/{season.history.id}/download/board.csv")
    assert "board-2026-11-23-to-2026-12-02.csv" in reply.headers["content-disposition"]


async def test_who_has_lapsed_answered_before_but_none_of_the_last_ten(site: Site) -> None:
    history = await History.begin(site.sessions, 8, topic=TOPIC.slug)
    for day in range(12):
        silent = [None if day > 1 else 0, None if day > 2 else 0, None]
        await history.all_asked(day, *silent, *[0] * 5, item=ITEM.id)
    before = await (await _looked_at(history, site, at(11, 12))).sees()
    assert "0 now; no answer to the last ten questions" in before
    season = await _looked_at(history, site, at(12, 12))
    assert "1 now; no answer to the last ten questions" in await season.sees()
    [lapsed] = re.findall(r'<th scope="row">.*</th>', (await season.gets(LAPSED)).text)
    assert await site.handle(history.id, history.people[0]) in lapsed
    await _change(site, history.people[0], hidden=True)
    assert "Nobody matches" in await season.sees(LAPSED)


async def test_pictures_have_their_room_before_they_are_there(season: Season) -> None:
    """An image by its size, an inline drawing by its proportions: so nothing jumps."""
    for page in ("", "/questions", "/learning", "/manage", f"/questions/{ITEM.id}"):
        html = (await season.gets(page)).text
        for image in re.findall(r"<img[^>]*>", html):
            assert re.search(r'width="\d+" height="\d+"', image)
        for drawing in re.findall(r"<svg[^>]*>", html):
            assert re.search(r'viewBox="0 0 [\d.]+ [\d.]+"', drawing)


def test_mastery_of_everything_together_is_labelled_in_a_word() -> None:
    w, points = Languages()["en"], (None, *TOPIC.key_points[:2])
    [row] = charts.mastery(w, [MasteryShares(points, 0.4)]).points
    assert row.label == "All key points"
    two = charts.mastery(w, [MasteryShares(points[:1], 0.4), MasteryShares(points[1:], 0.5)])
    assert "All key points" not in {each.label for each in two.points}


async def test_charts_are_in_the_page_with_their_tables(season: Season) -> None:
    for page, chart in (
        ("", "participation"),
        ("/delivery", "delivery"),
        ("/learning", "learning"),
        (f"/questions/{ITEM.id}", "items"),
    ):
        html = (await season.gets(page)).text
        svg = html[html.index("<svg xmlns") : html.index("</svg>", html.index("<svg xmlns")) + 6]
        assert ElementTree.fromstring(svg).get("class") == "chart in-360"  # noqa: S314
        assert f'id="chart-{chart}-' in svg
        assert html.index("</svg>") < html.index("<details>")
        assert re.search(r'<link rel="stylesheet" href="/static/charts\.\w+\.css">', html)


async def test_an_error_page_does_not_show_the_reason(site: Site) -> None:
    number = await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    async with site.sessions.begin() as session:
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


async def test_pages_are_in_the_coordinators_language(site: Site) -> None:
    number = await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    page = (await browser.gets(f"/p/{number}")).text
    assert found(r'<html lang="([^"]+)"', page) == "en"
