"""What coordinators change on the pages: the effects, and what is refused."""

import re
from datetime import UTC, date, datetime, time
from html import unescape
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select, update

from db.models import QuestionReport, Subscriber
from db.programmes import (
    Announcement,
    AuditEntry,
    Enrolment,
    GroupChat,
    Holiday,
    Invite,
    InviteKind,
    Note,
    NoteKind,
    Programme,
    ProgrammeScore,
    ScoreKind,
    Team,
    TeamGoal,
)
from quizbot.programmes import invites
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from tests.programmes import steps
from tests.programmes.histories import History
from tests.programmes.steps import COORDINATOR, programme
from tests.quiz.steps import TOPIC, join
from tests.web.site import BOT, Browser, Site, found, text_of


async def _follow(browser: Browser, answer: httpx.Response) -> str:
    assert answer.status_code == 303, text_of(answer)
    return await browser.sees(answer.headers["location"].partition("#")[0])


async def _actions(site: Site) -> list[tuple[str, str]]:
    async with site.sessions() as session:
        entries = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(each.action, each.detail) for each in entries if each.action != "signed-in"]


async def _teams(site: Site) -> list[str]:
    async with site.sessions() as session:
        return list(await session.scalars(select(Team.name).order_by(Team.name)))


async def test_teams_are_added_renamed_and_removed(site: Site, mine: int, browser: Browser) -> None:
    page = await _follow(browser, await browser.posts(f"/p/{mine}/teams", name="  Blue   sky "))
    assert "Team added" in page
    assert "Blue sky" in page
    async with site.sessions() as session:
        team = (await session.scalars(select(Team))).one()
    await browser.posts(f"/p/{mine}/teams/{team.id}/name", name="Green")
    assert await _teams(site) == ["Green"]
    page = await browser.sees(f"/p/{mine}/teams/{team.id}")
    assert "0 members This week No place yet" in page
    assert "There is none yet." in page
    page = await _follow(browser, await browser.posts(f"/p/{mine}/teams/{team.id}/remove"))
    assert "Team removed" in page
    assert await _teams(site) == []
    assert (await _actions(site))[-3:] == [
        ("team-made", "Blue sky"),
        ("team-renamed", "Green"),
        ("team-removed", "Green"),
    ]


async def test_the_page_of_a_team_has_its_link(site: Site, mine: int, browser: Browser) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    await browser.posts(f"/p/{mine}/links", team=str(team.id))
    linked = await browser.gets(f"/p/{mine}/teams/{team.id}")
    assert "Yes, turn it off" in linked.text
    assert (
        found(rf"<code>({BOT}[^<]+)</code>", linked.text)
        in (await browser.gets(f"/p/{mine}/poster?team={team.id}")).text
    )


async def test_a_list_of_teams_is_pasted_and_what_is_wrong_stays_to_be_corrected(
    site: Site, mine: int, browser: Browser
) -> None:
    await steps.team(site.sessions, mine, "Blue")
    path = f"/p/{mine}/teams/list"
    typed = "• Red\n• BLUE\n\n• <b>\u202e</b>\n• Green"
    page = await browser.posts(path, names=typed)
    text = text_of(page)
    assert "2 teams added: Red, Green" in text
    assert "2 lines weren’t added: Line 2, BLUE : A team already has that name" in text
    assert "Line 4, <b>\u202e</b> : That name has characters nobody can see." in text
    assert "BLUE\n&lt;b&gt;\u202e&lt;/b&gt;\n</textarea>" in page.text
    assert await _teams(site) == ["Blue", "Green", "Red"]
    shown = await _follow(browser, await browser.posts(path, names="1. White\r\n2. Black"))
    assert "All teams of the list were added." in shown
    assert len(await _teams(site)) == 5
    many = [f"Ομάδα {number:034}" for number in range(195)]  # 40 characters, most of six bytes
    many = [each.replace("0", "ο") for each in many]
    await _follow(browser, await browser.posts(path, names="\n".join(many)))
    assert len(await _teams(site)) == 200
    assert "A name needs letters" in text_of(await browser.posts(path, names="\n"))


async def test_teams_are_balanced_once_the_numbers_are_confirmed(
    site: Site, mine: int, browser: Browser
) -> None:
    path = f"/p/{mine}/teams/balance"
    assert "No teams yet" in await browser.sees(path)
    blue = await steps.team(site.sessions, mine, "Blue")
    await steps.team(site.sessions, mine, "Red")
    for person in range(1, 7):
        await join(site.sessions, person)
        await steps.enrol(site.sessions, mine, person, team_id=blue.id if person > 1 else None)
    only = await browser.sees(path)
    assert "1 person gets a team." in only
    assert "Members then Blue 5 5 Red 0 1" in only  # without points, no columns about them
    everybody = await browser.sees(f"{path}?all=yes")
    assert "1 person gets a team, 2 change theirs." in everybody
    assert "Blue 5 3 Red 0 3" in everybody
    refused = await browser.posts(path, all="yes", placed="1", moved="0")
    assert "Look again." in text_of(refused)
    assert "2 change theirs." in text_of(refused)
    page = await _follow(browser, await browser.posts(path, all="yes", placed="1", moved="2"))
    assert "The teams are balanced." in page
    assert "Nobody moves. The teams are as even as they can be." in await browser.sees(
        f"{path}?all=yes"
    )
    assert (await _actions(site))[-1] == ("teams-balanced", "3")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A name needs letters"),
        (" \t ", "A name needs letters"),
        ("🎉 +1!", "A name needs letters"),
        ("x" * 41, "at most 64 characters, or 40 for a team"),
        ("bl\u202eue", "characters nobody can see"),
        ("BLUE", "A team already has that name"),
        ("t.me/win", "That name looks like a link"),
    ],
)
async def test_a_refused_name_stays_in_the_field_with_a_reason(
    site: Site, mine: int, browser: Browser, name: str, sentence: str
) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    other = await steps.team(site.sessions, mine, "Red")
    for path in (f"/p/{mine}/teams", f"/p/{mine}/teams/{other.id}/name"):
        refused = await browser.posts(path, name=name)
        assert refused.status_code == 422
        assert sentence in text_of(refused)
        assert f'value="{name}"' in refused.text
    assert await _teams(site) == [team.name, other.name]


async def test_manage_lists_its_sections_to_jump_to_in_the_order_of_use(
    site: Site, mine: int, browser: Browser
) -> None:
    page = (await browser.gets(f"/p/{mine}/manage")).text
    jumps = re.findall(r'<li><a href="#(\w+)">(.*?)</a>', page)
    sections = re.findall(r'<section [^>]*id="(\w+)".*?<h2[^>]*>(.*?)</h2>', page, re.DOTALL)
    assert jumps == sections
    assert [name for name, _ in jumps][:3] == ["links", "teams", "messages"]
    assert jumps[-1][0] == "ending"
    assert "Once somebody has joined, you can write to all members here." in page
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1)
    assert await _sections(browser, mine) == ["messages", "links", "teams", "goal", *_FOLDED]


_FOLDED = ("groups", "settings", "holidays", "colleagues", "ending")


async def _sections(browser: Browser, programme_id: int) -> list[str]:
    page = await browser.gets(f"/p/{programme_id}/manage")
    return re.findall(r'<section [^>]*id="(\w+)"', page.text)


async def test_what_is_folded_opens_to_tell_of_a_change(mine: int, browser: Browser) -> None:
    folded = r'<section id="(\w+)"[^>]*>\s*<details>'
    page = (await browser.gets(f"/p/{mine}/manage")).text
    assert re.findall(folded, page) == list(_FOLDED)
    done = await browser.posts(f"/p/{mine}/holidays", first="2026-12-24")
    changed = await browser.gets(done.headers["location"].partition("#")[0])
    refused = await browser.posts(f"/p/{mine}/holidays", first="Christmas")
    for page in (changed.text, refused.text):
        assert set(_FOLDED) - set(re.findall(folded, page)) == {"holidays"}
    assert "Holidays 24 Dec 2026" in text_of(changed)


async def test_a_new_link_ends_the_one_before(site: Site, mine: int, browser: Browser) -> None:
    page = f"/p/{mine}/manage"
    assert "There is no link now" in await browser.sees(page)
    made = await _follow(browser, await browser.posts(f"/p/{mine}/links"))
    assert "The link is ready." in made
    first = found(rf"<code>{BOT}\?start=([\w-]+)</code>", (await browser.gets(page)).text)
    shown = await _follow(browser, await browser.posts(f"/p/{mine}/links"))
    assert "The new link is ready. The earlier one no longer works." in shown
    second = found(rf"<code>{BOT}\?start=([\w-]+)</code>", (await browser.gets(page)).text)
    async with site.sessions() as session:
        assert await invites.find(session, first, site.now) is None
        assert await invites.find(session, second, site.now) is not None
    await browser.posts(f"/p/{mine}/links/revoke", code=second)
    assert "There is no link now" in await browser.sees(page)
    assert (await _actions(site))[-3:] == [
        (action, "member") for action in ("link-made", "link-renewed", "link-revoked")
    ]


async def _tells(browser: Browser, answer: httpx.Response, section: str) -> str:
    """Returns what the page after a change says in that section: htmx swaps no other."""
    page = answer
    if answer.status_code == 303:
        page = await browser.gets(answer.headers["location"].partition("#")[0])
    shown = found(rf'(?s)<section [^>]*id="{section}"(.*?)</section>', page.text)
    return found(r'role="(?:status|alert)"[^>]*>([^<]*)<', shown)


async def test_revoking_asks_first_and_is_undone_for_an_hour(
    site: Site, mine: int, browser: Browser
) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    page = f"/p/{mine}/manage"
    for make, fields, section in (
        ("/links", {}, "links"),
        ("/links/group", {}, "groups"),
        ("/links", {"team": str(team.id)}, "teams"),
    ):
        made = await browser.posts(f"/p/{mine}{make}", **fields)
        assert "The link is ready." in await _tells(browser, made, section)
        shown = (await browser.gets(page)).text
        assert "Yes, turn it off" in shown
        assert ">Undo<" not in shown
        async with site.sessions() as session:
            code = (await invites.of_programme(session, mine, site.now))[-1].code
        revoked = await browser.posts(f"/p/{mine}/links/revoke", code=code)
        assert await _tells(browser, revoked, section) == "Link turned off."
        assert ">Undo<" in (await browser.gets(page)).text
        undone = await browser.posts(f"/p/{mine}/links/undo", code=code)
        assert await _tells(browser, undone, section) == "The earlier link works again."
        assert ">Undo<" not in (await browser.gets(page)).text
        site.later(seconds=1)
    await browser.posts(f"/p/{mine}/links/revoke", code=code)
    site.later(minutes=61)
    late = await browser.posts(f"/p/{mine}/links/undo", code=code)
    assert "It’s too late" in await _tells(browser, late, "teams")
    assert ">Undo<" not in (await browser.gets(page)).text


async def test_revoking_a_link_ends_others_of_its_kind(
    site: Site, mine: int, browser: Browser
) -> None:
    """Older versions made several; the page shows one link of a kind."""
    async with site.sessions.begin() as session:
        for _ in range(2):
            await invites.create(
                session, InviteKind.MEMBER, site.now, mine, actor_id=steps.COORDINATOR
            )
    page = f"/p/{mine}/manage"
    shown = found(rf"<code>{BOT}\?start=([\w-]+)</code>", (await browser.gets(page)).text)
    await browser.posts(f"/p/{mine}/links/revoke", code=shown)
    assert "There is no link now" in await browser.sees(page)
    async with site.sessions() as session:
        assert await invites.of_programme(session, mine, site.now) == []


async def test_a_team_has_its_own_link(site: Site, mine: int, browser: Browser) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    await browser.posts(f"/p/{mine}/links")
    await browser.posts(f"/p/{mine}/links", team=str(team.id))
    await browser.posts(f"/p/{mine}/links", team=str(team.id))
    async with site.sessions() as session:
        good = await invites.of_programme(session, mine, site.now)
    assert [each.kind for each in good] == [InviteKind.MEMBER] * 2
    assert {each.team_id for each in good} == {None, team.id}
    assert (await browser.gets(f"/p/{mine}/manage")).text.count("?start=") >= 4


async def test_the_qr_code_is_in_the_page(site: Site, mine: int, browser: Browser) -> None:
    await browser.posts(f"/p/{mine}/links")
    page = (await browser.gets(f"/p/{mine}/manage")).text
    assert page.count('<svg class="qr"') + page.count('class="qr"') >= 1
    assert site.url not in page


async def test_holidays_have_no_question(site: Site, mine: int) -> None:
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1)
    site.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    browser = await site.signed_in(COORDINATOR)
    answer = await browser.posts(f"/p/{mine}/holidays", first="24 Nov", last="2026-11-25")
    page = await _follow(browser, answer)
    assert "No questions on those days" in page
    assert "24 Nov 2026" in page
    async with site.sessions() as session:
        due = (await session.get_one(Subscriber, 1)).next_due_at
        days = list(await session.scalars(select(Holiday.day).order_by(Holiday.day)))
    assert due == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert days == [date(2026, 11, 24), date(2026, 11, 25)]
    await browser.posts(f"/p/{mine}/holidays/remove", day="2026-11-24")
    async with site.sessions() as session:
        due = (await session.get_one(Subscriber, 1)).next_due_at
    assert due == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("", "", "not a date"),
        ("24.13.2026", "", "not a date"),
        ("2026-12-24", "Christmas", "not a date"),
        ("2026-12-24", "2026-12-20", "The last day comes before the first"),
        ("2026-11-23", "", "That day has already started"),
        ("2026-12-01", "2028-12-01", "at most 200 holidays"),
    ],
)
async def test_invalid_holidays_are_refused(
    site: Site, mine: int, browser: Browser, first: str, last: str, sentence: str
) -> None:
    refused = await browser.posts(f"/p/{mine}/holidays", first=first, last=last)
    assert refused.status_code == 422
    assert sentence in text_of(refused)
    assert f'value="{first}"' in refused.text
    assert await site.count(Holiday) == 0


async def test_members_are_moved_and_removed(site: Site, mine: int, browser: Browser) -> None:
    team = await steps.team(site.sessions, mine, "Blue")
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1)
    async with site.sessions() as session:
        alias = (await session.get_one(Subscriber, 1)).alias
    person = f"/p/{mine}/members/{await site.handle(mine, 1)}"
    page = await _follow(browser, await browser.posts(f"{person}/team", team=str(team.id)))
    assert "has changed teams." in page
    assert f"{alias} Blue" in page
    told = await browser.sees(person)
    assert f"{alias} All members Blue · 0 points · 0 days taken part · joined 23 Nov 2026" in told
    assert "Blue" in page
    await browser.posts(f"{person}/team", team="")
    async with site.sessions() as session:
        assert (await session.get_one(Enrolment, (mine, 1))).team_id is None
    removed = await browser.posts(f"{person}/remove")
    assert removed.headers["location"] == f"/p/{mine}/members#members"  # without the name
    page = await _follow(browser, removed)
    assert f"{alias} is removed from the programme." in page
    forged = f"/p/{mine}/members?done=members-removed&who={alias}"
    for path in (f"/p/{mine}/members", forged):
        assert "is removed" not in await browser.sees(path)
    async with site.sessions() as session:
        assert (await session.get_one(Enrolment, (mine, 1))).left_at == site.now
    for gone in (await browser.gets(person), await browser.posts(f"{person}/remove")):
        assert gone.status_code == 404
    trail = await _actions(site)
    assert trail[-3:] == [("member-moved", "Blue"), ("member-moved", ""), ("member-removed", "")]


async def test_a_members_handle_is_valid_in_one_programme(
    site: Site, mine: int, browser: Browser
) -> None:
    second = await programme(site.sessions)
    await join(site.sessions, 1)
    for each in (mine, second):
        await steps.enrol(site.sessions, each, 1)
    elsewhere = await site.handle(second, 1)
    assert elsewhere != await site.handle(mine, 1)
    assert (await browser.gets(f"/p/{mine}/members/{elsewhere}")).status_code == 404
    for wrong in ("1", "0" * 24, "x" * 5000, "%00"):
        assert (await browser.gets(f"/p/{mine}/members/{wrong}")).status_code == 404


async def test_a_colleague_is_invited_by_a_link_that_works_once(
    site: Site, mine: int, browser: Browser
) -> None:
    page = await _follow(browser, await browser.posts(f"/p/{mine}/colleagues"))
    assert "Works once, until 30 Nov 2026, 08:00." in page
    async with site.sessions() as session:
        invite = (await session.scalars(select(Invite))).one()
    assert (invite.kind, invite.programme_id) == (InviteKind.COLLEAGUE, mine)
    await browser.posts(f"/p/{mine}/links/revoke", code=invite.code)
    assert "Works once" not in await browser.sees(f"/p/{mine}/manage")


async def test_a_group_link_opens_the_choice_of_a_group(
    site: Site, mine: int, browser: Browser
) -> None:
    await browser.posts(f"/p/{mine}/links/group")
    assert f"{BOT}?startgroup=" in (await browser.gets(f"/p/{mine}/manage")).text
    async with site.sessions.begin() as session:
        chat = GroupChat(id=-7, programme_id=mine, title="Lunch", language="en", linked_at=site.now)
        session.add(chat)
        last = await session.get_one(Programme, mine)
        plan = programmes.plan_of(last)
        following = await programmes.create(session, plan, COORDINATOR, site.now, after_id=mine)
    seen = await browser.sees(f"/p/{following.id}/manage")
    assert "Add the bot to these again, with a link for groups: Lunch" in seen


async def test_it_ends_today_once_the_box_is_ticked(
    site: Site, mine: int, browser: Browser
) -> None:
    refused = await browser.posts(f"/p/{mine}/end")
    assert refused.status_code == 422
    assert "Tick the box as well" in text_of(refused)
    page = await _follow(browser, await browser.posts(f"/p/{mine}/end", sure="yes"))
    assert "The last day is 23 Nov 2026" in page
    site.later(days=1)
    browser = await site.signed_in(COORDINATOR)
    manage = await browser.gets(f"/p/{mine}/manage")
    assert "This programme ended on 23 Nov 2026" in text_of(manage)
    assert await _sections(browser, mine) == ["settings", "colleagues", "ending"]
    assert "Delete it Nobody has joined yet" in text_of(manage)
    assert f'href="/p/{mine}/report#next-season"' in manage.text
    again = await browser.posts(f"/p/{mine}/end", sure="yes")
    assert "The programme has ended" in text_of(again)
    async with site.sessions() as session:
        assert (await session.get_one(Programme, mine)).ends_on == date(2026, 11, 23)


async def test_the_report_starts_the_next_season_with_one_tap_and_only_one(
    site: Site, mine: int, browser: Browser
) -> None:
    await steps.team(site.sessions, mine, "Blue")
    assert "/report/next" not in (await browser.gets(f"/p/{mine}/report")).text
    assert "This one has not ended yet" in text_of(await browser.posts(f"/p/{mine}/report/next"))
    await browser.posts(f"/p/{mine}/end", sure="yes")
    site.later(days=1)
    browser = await site.signed_in(COORDINATOR)
    offered = "Start the next season Walk more 2, 7 Dec 2026 – 7 Dec 2026."
    assert offered in await browser.sees(f"/p/{mine}/report")
    page = await _follow(browser, await browser.posts(f"/p/{mine}/report/next"))
    assert "The next season is ready" in page
    assert "Walk more 2" in page
    assert "Blue" in page
    shown = await browser.sees(f"/p/{mine}/report")
    assert "Open the next season Walk more 2, 7 Dec 2026 – 7 Dec 2026" in shown
    await browser.posts(f"/p/{mine}/report/next")
    async with site.sessions() as session:
        rows = await session.scalars(select(Programme).where(Programme.after_id == mine))
        [made] = rows.all()
    assert made.starts_on == date(2026, 12, 7)
    banner = rf'<a [^>]*href="(/p/{made.id})">Open the next season</a>'
    assert found(banner, (await browser.gets(f"/p/{mine}/boards")).text)
    links = f"/p/{made.id}/manage"
    assert "One message to those who took part in Walk more." in await browser.sees(links)
    refused = await browser.posts(f"/p/{made.id}/past-members/preview")
    assert "Nobody who took part wants messages now" in text_of(refused)
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine)
    await _took_part(site, mine)
    preview = text_of(await browser.posts(f"/p/{made.id}/past-members/preview"))
    assert "A new season: Walk more 2 starts on Monday, 7 December" in preview
    assert "It goes to 1 member" in preview
    page = await _follow(browser, await browser.posts(f"/p/{made.id}/past-members"))
    assert "Past members are invited" in page
    assert "Invite past members" not in page
    again = await _follow(browser, await browser.posts(f"/p/{made.id}/past-members"))
    assert "nobody is asked twice" in again
    async with site.sessions() as session:
        notes = (await session.scalars(select(Note))).all()
    assert [(each.kind, each.programme_id, each.subscriber_id) for each in notes] == [
        (NoteKind.NEXT_SEASON, made.id, 1)
    ]
    assert (await browser.posts(f"/p/{mine}/past-members")).status_code == 409  # it has ended


async def _took_part(site: Site, programme_id: int) -> None:
    async with site.sessions.begin() as session:
        of = await session.get_one(Programme, programme_id)
        session.add(
            ProgrammeScore(
                programme_id=of.id,
                kind=ScoreKind.PROGRAMME,
                since=of.starts_on,
                subscriber_id=1,
                points=10,
                answered=1,
            )
        )


async def test_a_next_season_that_is_refused_says_why(
    site: Site, mine: int, browser: Browser
) -> None:
    """Earlier versions took names without a letter."""
    await browser.posts(f"/p/{mine}/end", sure="yes")
    async with site.sessions.begin() as session:
        (await session.get_one(Programme, mine)).name = "10 12"
    site.later(days=1)
    browser = await site.signed_in(COORDINATOR)
    refused = await browser.posts(f"/p/{mine}/report/next")
    assert refused.status_code == 422
    assert found(r'role="alert"[^>]*>([^<]*)<', refused.text).startswith("A name needs letters")


async def test_after_the_end_what_only_a_running_programme_can_change_is_refused(
    site: Site, mine: int, browser: Browser
) -> None:
    page = f"/p/{mine}"
    team = await steps.team(site.sessions, mine, "Blue")
    site.later(hours=15, minutes=40)  # 23:40
    browser = await site.signed_in(COORDINATOR)
    await browser.posts(f"{page}/holidays", first="2026-12-24")
    await browser.posts(f"{page}/links")
    await browser.posts(f"{page}/links")
    async with site.sessions() as session:
        every = await invites.every_invite(session, mine)
    [before] = invites.undoable(every, site.now).values()
    await browser.posts(f"{page}/end", sure="yes")
    site.later(minutes=30)
    browser = await site.signed_in(COORDINATOR)
    done = await _actions(site)
    for path, fields in (
        ("teams", {"name": "Red"}),
        ("teams/list", {"names": "Red"}),
        ("teams/balance", {"placed": "0", "moved": "0"}),
        (f"teams/{team.id}/name", {"name": "Red"}),
        (f"teams/{team.id}/remove", {}),
        ("holidays", {"first": "2026-12-25"}),
        ("holidays/remove", {"day": "2026-12-24"}),
        ("links", {}),
        ("links", {"team": str(team.id)}),
        ("links/group", {}),
        ("links/undo", {"code": before.code}),
        ("poster/teams", {}),
        ("goal", {"target": "100", "until": "2026-12-18"}),
        ("goal/off", {}),
        ("settings", {"setting": "time", "value": "10:00"}),
        ("end", {"sure": "yes"}),
        ("messages/preview", {"text": "Hello"}),
        ("messages", {"text": "Hello"}),
    ):
        refused = await browser.posts(f"{page}/{path}", **fields)
        assert (path, refused.status_code) == (path, 409)
        assert "Only its name, its members and who runs it can still change." in text_of(refused)
    assert await _actions(site) == done
    for path in ("teams/list", "teams/balance", f"teams/{team.id}"):
        assert (await browser.gets(f"{page}/{path}")).status_code == 409
    manage = (await browser.gets(f"{page}/manage")).text
    assert f'href="{page}/teams/{team.id}"' not in manage
    assert "Winter" in await _follow(browser, await browser.posts(f"{page}/name", value="Winter"))


async def _settings(site: Site, programme_id: int) -> Plan:
    async with site.sessions() as session:
        return programmes.plan_of(await session.get_one(Programme, programme_id))


async def test_every_setting_can_be_changed_before_the_start(site: Site) -> None:
    coming = await programme(site.sessions, starts_on=date(2026, 12, 1))
    browser = await site.signed_in(COORDINATOR)
    every = {f"day{day}": "yes" for day in (0, 2, 4)}
    for fields, told in (
        ({"setting": "name", "value": "Winter & walk"}, "Saved. Members aren’t told."),
        ({"setting": "start", "value": "2026-12-02"}, "2 Dec 2026"),
        ({"setting": "end", "value": "2026-12-20"}, "20 Dec 2026"),
        ({"setting": "time", "value": "18:30"}, "never changed their time"),
        ({"setting": "days", **every}, "Question days Mon, Wed, Fri"),
        ({"setting": "zone", "value": "lisbon"}, "Europe/Lisbon"),
    ):
        target = "name" if fields["setting"] == "name" else "settings"
        answer = await browser.posts(f"/p/{coming}/{target}", **fields)
        assert told in await _follow(browser, answer)
    assert await _settings(site, coming) == steps.plan(
        name="Winter & walk",
        starts_on=date(2026, 12, 2),
        ends_on=date(2026, 12, 20),
        question_time=time(18, 30),
        weekdays=0b0010101,
        timezone="Europe/Lisbon",
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"setting": "name", "value": "!!!"}, "A name needs letters"),
        ({"setting": "start", "value": "2026-12-24"}, "It has begun"),
        ({"setting": "zone", "value": "Lisbon"}, "It has begun"),
        ({"setting": "zone", "value": "Nowhere at all"}, "I don’t know that place"),
        ({"setting": "time", "value": "soon"}, "That’s not a time"),
        ({"setting": "days"}, "Tick at least one day"),
        ({"setting": "end", "value": "Christmas"}, "That’s not a date"),
        ({"setting": "end", "value": "2026-11-22", "sure": "yes"}, "That day has already started"),
    ],
)
async def test_a_refused_setting_says_why_and_what_to_do(
    site: Site, mine: int, browser: Browser, fields: dict[str, str], sentence: str
) -> None:
    before = await _settings(site, mine)
    target = "name" if fields["setting"] == "name" else "settings"
    refused = await browser.posts(f"/p/{mine}/{target}", **fields)
    assert refused.status_code == 422
    assert sentence in text_of(refused)
    assert "<details open>" in refused.text or fields["setting"] in ("start", "zone")
    assert await _settings(site, mine) == before
    assert (await browser.posts(f"/p/{mine}/settings", setting="x")).status_code == 404


async def test_only_a_sooner_end_asks_for_the_box(site: Site, mine: int, browser: Browser) -> None:
    for day, asks in (("2026-12-20", False), ("2026-12-24", False), ("2026-12-18", True)):
        answer = await browser.posts(f"/p/{mine}/settings", setting="end", value=day)
        assert ("Yes, end it sooner" in answer.text) == asks
        assert answer.status_code == (422 if asks else 303)
    await browser.posts(f"/p/{mine}/settings", setting="end", value="2026-12-18", sure="yes")
    assert (await _settings(site, mine)).ends_on == date(2026, 12, 18)
    await browser.posts(f"/p/{mine}/settings", setting="end", value="2026-12-18", open="yes")
    assert (await _settings(site, mine)).ends_on is None
    await browser.posts(f"/p/{mine}/settings", setting="end", value="", open="yes")
    assert (await _settings(site, mine)).ends_on is None
    await browser.posts(f"/p/{mine}/settings", setting="end", value="2026-12-20", open="yes")
    assert (await _settings(site, mine)).ends_on == date(2026, 12, 20)


async def test_a_new_time_moves_the_members_next_questions(site: Site, mine: int) -> None:
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1, newcomer=True)
    browser = await site.signed_in(COORDINATOR)
    await browser.posts(f"/p/{mine}/settings", setting="time", value="17:00")
    async with site.sessions() as session:
        due = (await session.get_one(Subscriber, 1)).next_due_at
    assert due == datetime(2026, 11, 23, 17, tzinfo=UTC)


async def test_a_programme_without_members_is_deleted(
    site: Site, mine: int, browser: Browser
) -> None:
    assert "Delete the programme" in await browser.sees(f"/p/{mine}/manage")
    refused = await browser.posts(f"/p/{mine}/remove")
    assert "Tick the box as well" in text_of(refused)
    page = await _follow(browser, await browser.posts(f"/p/{mine}/remove", sure="yes"))
    assert "The programme is deleted. Its links no longer work." in page
    assert (await browser.gets(f"/p/{mine}/manage")).status_code == 404
    joined = await programme(site.sessions)
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, joined, 1)
    assert "Delete the programme" not in await browser.sees(f"/p/{joined}/manage")
    refused = await browser.posts(f"/p/{joined}/remove", sure="yes")
    assert "Somebody has joined" in text_of(refused)
    refused = await browser.posts(f"/p/{joined}/calloff", sure="yes")
    assert "It has begun, so it can’t be called off." in text_of(refused)


async def test_a_programme_is_called_off_before_its_start(site: Site, browser: Browser) -> None:
    coming = await programme(site.sessions, starts_on=date(2026, 11, 30))
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, coming, 1, newcomer=True)
    page = await browser.sees(f"/p/{coming}/manage")
    assert "1 person has joined. They’ll be told once, not at night" in page
    assert "End it today" not in page
    assert "Tick the box" in text_of(await browser.posts(f"/p/{coming}/calloff"))
    page = await _follow(browser, await browser.posts(f"/p/{coming}/calloff", sure="yes"))
    assert "The programme is called off. Its links no longer work" in page
    assert (await browser.gets(f"/p/{coming}/manage")).status_code == 404
    async with site.sessions() as session:
        due = (await session.get_one(Subscriber, 1)).next_due_at
    assert due is not None
    assert due.date() < date(2026, 11, 30)  # it waits for no start any more


async def test_the_next_page_keeps_the_search(site: Site, mine: int, browser: Browser) -> None:
    words = 'a&b=c <d>"'
    await History(site.sessions, mine).enrol_all(list(range(1, 53)))
    async with site.sessions.begin() as session:
        await session.execute(update(Enrolment).values(shown_name=words))
    page = (await browser.gets(f"/p/{mine}/members?search={quote(words)}")).text
    after = unescape(found(r'href="([^"]+page=2)"', page))
    assert "51–52 of 52" in await browser.sees(after)


async def test_a_coordinator_reports_a_question_once(
    site: Site, browser: Browser, mine: int
) -> None:
    item = TOPIC.approved[0]
    page = f"/p/{mine}/questions/{item.id}"
    sent = await browser.posts(f"{page}/report", kind="outdated", comment=" <b>2019</b>\n")
    assert "an answer in your chat" in await _follow(browser, sent)
    async with site.sessions() as session:
        [report] = await session.scalars(select(QuestionReport))
    assert (report.item_id, report.item_revision) == (item.id, item.revision)
    assert (report.kind, report.comment) == ("outdated", "<b>2019</b>")
    assert report.reporter_id == COORDINATOR
    assert "You have reported it: 📅 It’s outdated" in await browser.sees(page)
    for fields, reason in (
        ({"kind": "wrong"}, "already reported this question"),
        ({"kind": "evil"}, "Choose what is wrong with the question"),
        ({"kind": "wrong", "comment": "x" * 301}, "301 characters"),
    ):
        refused = await browser.posts(f"{page}/report", **fields)
        assert (refused.status_code, reason in text_of(refused)) == (422, True)
    assert (
        await browser.posts(f"/p/{mine}/questions/none/report", kind="wrong")
    ).status_code == 404
    assert await site.count(QuestionReport) == 1


async def test_a_team_goal_is_set_changed_and_taken_back(site: Site) -> None:
    history = await History.begin(site.sessions, 12)
    await history.all_asked(0, *[0] * 9, None, None, None)
    browser, page = await site.signed_in(COORDINATOR), f"/p/{history.id}"
    assert "30 answers by 27 Nov" in await browser.sees(f"{page}/manage")
    set_ = await browser.posts(
        f"{page}/goal", target="1,000", until="2026-12-18", purpose="Cake & tea"
    )
    assert "The goal is set" in await _follow(browser, set_)
    site.later(hours=1)
    for seen in (await browser.sees(page), await browser.sees(f"{page}/manage")):
        assert "9 of 1,000 answers by 18 Dec · Cake & tea" in seen
    for fields, sentence in (
        ({"target": "1.5k", "until": "2026-12-18"}, "from 10 to 1,000,000"),
        ({"target": "20", "until": ""}, "Pick a day from today on"),
        ({"target": "20", "until": "2026-12-18", "purpose": "t.me/x"}, "looks like a link"),
    ):
        refused = await browser.posts(f"{page}/goal", **fields)
        assert refused.status_code == 422
        assert sentence in text_of(refused)
        assert f'value="{fields["target"]}"' in refused.text
    shown = (await browser.gets(f"{page}/manage")).text
    assert ('value="1000"' in shown, "Change the goal" in shown) == (True, True)
    async with site.sessions.begin() as session:
        (await session.get_one(TeamGoal, history.id)).reached_at = site.now
    shown = (await browser.gets(f"{page}/manage")).text
    assert ('value="1000"' in shown, "Set a new goal" in shown) == (False, True)
    assert "The goal is removed." in await _follow(browser, await browser.posts(f"{page}/goal/off"))
    assert "9 of 1,000" not in await browser.sees(page)
    assert (await _actions(site))[-2:] == [
        ("goal-set", "1000 by 2026-12-18"),
        ("goal-taken-back", ""),
    ]


async def test_a_message_is_previewed_as_members_see_it_and_sent(
    site: Site, mine: int, browser: Browser
) -> None:
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1)
    text = "Lunch & <b>talk</b>\r\nFriday"
    page = await browser.posts(f"/p/{mine}/messages/preview", text=text)
    told = "Lunch &amp; &lt;b&gt;talk&lt;/b&gt;\nFriday</blockquote>"
    assert told in page.text
    assert "who runs <b>Walk more</b>" in page.text
    assert "It goes to 1 member" in text_of(page)
    assert await site.count(Announcement) == 0
    shown = await _follow(browser, await browser.posts(f"/p/{mine}/messages", text=text))
    assert "Your message is on its way." in shown
    assert "sent to 0 of 1 · 1 still waiting" in shown
    assert "You can send 1 more" in shown
    assert ("announced", "") in await _actions(site)


async def test_a_message_that_nobody_would_get_says_why(
    site: Site, mine: int, browser: Browser
) -> None:
    preview = f"/p/{mine}/messages/preview"
    nobody = text_of(await browser.posts(preview, text="Hello"))
    assert "Nobody has joined yet. Invite people first." in nobody
    await join(site.sessions, 1)
    await steps.enrol(site.sessions, mine, 1)
    async with site.sessions.begin() as session:
        (await session.get_one(Enrolment, (mine, 1))).messages_off = True
    quiet = text_of(await browser.posts(preview, text="Hello"))
    assert "all members have paused or turned messages off" in quiet


@pytest.mark.parametrize(
    ("text", "sentence"), [(" ", "nothing to read"), ("x" * 1001, "at most 1,000 characters")]
)
async def test_a_refused_message_stays_in_the_field(
    mine: int, browser: Browser, text: str, sentence: str
) -> None:
    page = await browser.posts(f"/p/{mine}/messages/preview", text=text)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert f">{text}</textarea>" in page.text
