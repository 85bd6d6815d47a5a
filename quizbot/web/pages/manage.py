"""What coordinators change: teams, links, holidays, colleagues, and the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Invite, InviteKind, Team
from quizbot.programmes import invites, staff
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.groups import chats
from quizbot.telegram.messages import words
from quizbot.web import qr, troubles
from quizbot.web.pages.members import team_in
from quizbot.web.visits import Answer, NotThereError, Page, RefusedError, Visit

_PAGE = "/manage"


@dataclass(frozen=True)
class TeamRow:
    """A team, how many are in it, and the link that leads into it, if there is one."""

    team: Team
    members: int
    link: str
    code: str


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """Everything that can be changed, in sections."""
    programme = visit.programme
    links = await invites.of_programme(session, programme.id, visit.now)
    member_links = {each.team_id: each for each in links if each.kind is InviteKind.MEMBER}
    general = member_links.get(None)
    members = await programmes_programme.count_team_members(session, programme.id)
    holidays = await programmes_programme.holidays(session, programme.id)
    return Page(
        "manage.html",
        {
            "link": _start_link(visit, general) if general else "",
            "link_code": general.code if general else "",
            "qr": qr.svg(_start_link(visit, general)) if general else Markup(),
            "teams": [
                _row(visit, team, members.get(team.id, 0), member_links.get(team.id))
                for team in await programmes_programme.teams(session, programme.id)
            ],
            "holidays": holidays,
            "removable": [day for day in holidays if day > visit.today],
            "week": words.weekdays(visit.words, programme.weekdays),
            "runners": await staff.coordinators_of(session, programme.id),
            "colleague_links": [
                (_start_link(visit, each), each)
                for each in links
                if each.kind is InviteKind.COLLEAGUE
            ],
            "groups": await chats.of_programme(session, programme.id),
            "group_link": _group_link(visit, links),
            "ended": programmes_programme.has_ended(programme, visit.now),
            "earliest_end": max(visit.today, programme.starts_on),
        },
    )


async def add_team(visit: Visit, session: AsyncSession) -> Answer:
    await programmes_programme.add_team(
        session, visit.programme, visit.form.get("name", ""), visit.actor_id, visit.now
    )
    return visit.done(_PAGE, "teams-added")


async def show_team(visit: Visit, session: AsyncSession) -> Answer:
    """Another name for a team, or its end, which is asked once."""
    team = await team_in(visit, session, visit.part("team"))
    members = await programmes_programme.count_team_members(session, visit.programme.id)
    return Page("team.html", {"team": team, "members": members.get(team.id, 0)})


async def rename_team(visit: Visit, session: AsyncSession) -> Answer:
    team = await team_in(visit, session, visit.part("team"))
    await programmes_programme.rename_team(
        session, team, visit.form.get("name", ""), visit.actor_id, visit.now
    )
    return visit.done(_PAGE, "teams-renamed")


async def remove_team(visit: Visit, session: AsyncSession) -> Answer:
    team = await team_in(visit, session, visit.part("team"))
    await programmes_programme.remove_team(session, team, visit.actor_id, visit.now)
    return visit.done(_PAGE, "teams-removed")


async def make_link(visit: Visit, session: AsyncSession) -> Answer:
    """A new link for members, of a team if one is named; the one before ends."""
    chosen = visit.form.get("team", "")
    team = await team_in(visit, session, chosen) if chosen else None
    await invites.renew(
        session,
        InviteKind.MEMBER,
        visit.now,
        visit.programme.id,
        team.id if team is not None else None,
        actor_id=visit.actor_id,
    )
    return visit.done(_PAGE, "links-made")


async def make_group_link(visit: Visit, session: AsyncSession) -> Answer:
    await invites.renew(
        session, InviteKind.GROUP, visit.now, visit.programme.id, actor_id=visit.actor_id
    )
    return visit.done(_PAGE, "groups-made")


async def revoke_link(visit: Visit, session: AsyncSession) -> Answer:
    """Whichever kind of link it is."""
    found = await invites.find(session, visit.form.get("code", ""), visit.now)
    if found is None or found.programme_id != visit.programme.id:
        raise NotThereError
    await invites.revoke(session, found, visit.now, actor_id=visit.actor_id)
    return visit.done(_PAGE, f"{_SECTIONS[found.kind]}-revoked")


async def add_holidays(visit: Visit, session: AsyncSession) -> Answer:
    """From the first day to the last; without a last one it is the first alone."""
    first = _date(visit, "first")
    last = _date(visit, "last") if visit.form.get("last") else first
    await programmes_programme.add_holidays(
        session, visit.programme, first, last, visit.actor_id, visit.now
    )
    return visit.done(_PAGE, "holidays-added")


async def remove_holiday(visit: Visit, session: AsyncSession) -> Answer:
    day = _date(visit, "day")
    if not await programmes_programme.remove_holiday(
        session, visit.programme, day, visit.actor_id, visit.now
    ):
        raise programmes_programme.OrganisingError("past")
    return visit.done(_PAGE, "holidays-removed")


async def invite_colleague(visit: Visit, session: AsyncSession) -> Answer:
    await invites.invite(
        session, InviteKind.COLLEAGUE, visit.now, visit.programme.id, actor_id=visit.actor_id
    )
    return visit.done(_PAGE, "colleagues-invited")


async def end(visit: Visit, session: AsyncSession) -> Answer:
    """The last day, once the box is ticked: what has ended does not begin again."""
    day = _date(visit, "day")
    if visit.form.get("sure") != "yes":
        raise RefusedError(
            visit.words._("Tick the box as well: a programme that has ended cannot go on.")
        )
    await programmes_programme.end(session, visit.programme, day, visit.actor_id, visit.now)
    return visit.done(_PAGE, "ending-set")


_SECTIONS = {
    InviteKind.MEMBER: "links",
    InviteKind.GROUP: "groups",
    InviteKind.COLLEAGUE: "colleagues",
    InviteKind.COORDINATOR: "colleagues",
}


def _row(visit: Visit, team: Team, members: int, link: Invite | None) -> TeamRow:
    if link is None:
        return TeamRow(team, members, "", "")
    return TeamRow(team, members, _start_link(visit, link), link.code)


def _start_link(visit: Visit, invite: Invite) -> str:
    return f"{visit.dashboard.bot_link()}?start={invite.code}"


def _group_link(visit: Visit, links: Sequence[Invite]) -> str:
    found = next((each for each in links if each.kind is InviteKind.GROUP), None)
    return f"{visit.dashboard.bot_link()}?startgroup={found.code}" if found else ""


def _date(visit: Visit, name: str) -> date:
    """A date as browsers post it. Raises RefusedError."""
    try:
        return date.fromisoformat(visit.form.get(name, "").strip())
    except ValueError:
        raise RefusedError(troubles.no_date(visit.words)) from None
