"""The members: who takes part, in which team; moving them and taking them out."""

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Team
from quizbot.programmes import members, membership
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.members import Filter, Member, Order
from quizbot.web.visits import Answer, NotThereError, Page, Visit, number

_ON_A_PAGE = 50
_LONGEST_SEARCH = 64
NO_TEAM = "none"


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """A page of the list."""
    programme = visit.programme
    which, order, page = filter_of(visit), order_of(visit), visit.page
    found = await members.count(session, programme, which)
    handle = members.handles(visit.dashboard.token, programme.id)
    listed = await members.members(
        session, programme, which, order, skip=(page - 1) * _ON_A_PAGE, limit=_ON_A_PAGE
    )
    return Page(
        "members.html",
        {
            "members": [(handle(each.subscriber_id, each.joined_at), each) for each in listed],
            "found": found,
            "enrolled": await programmes_programme.count_members(session, programme.id),
            "teams": await programmes_programme.teams(session, programme.id),
            "which": which,
            "order": order,
            "page": page,
            "pages": max(1, -(-found // _ON_A_PAGE)),
        },
    )


async def show_one(visit: Visit, session: AsyncSession) -> Answer:
    """What can be done about a member, asked once before it is done."""
    member = await _member(visit, session)
    return Page(
        "member.html",
        {
            "member": member,
            "handle": visit.part("handle"),
            "teams": await programmes_programme.teams(session, visit.programme.id),
        },
    )


async def move(visit: Visit, session: AsyncSession) -> Answer:
    """Into the team chosen, or into none."""
    member = await _member(visit, session)
    chosen = visit.form.get("team", "")
    team = await team_in(visit, session, chosen) if chosen else None
    if not await members.move(session, visit.programme, member, team, visit.actor_id, visit.now):
        raise NotThereError
    return visit.done("/members", "members-moved")


async def remove(visit: Visit, session: AsyncSession) -> Answer:
    """Out of the programme; what they answered stays added up in reports."""
    member = await _member(visit, session)
    await membership.remove_member(
        session, visit.programme, member.subscriber_id, visit.actor_id, visit.now
    )
    return visit.done("/members", "members-removed")


async def team_in(visit: Visit, session: AsyncSession, text: str) -> Team:
    """The team of that id. Raises NotThereError where it is none of this programme."""
    team = await programmes_programme.team_of(session, visit.programme.id, number(text))
    if team is None:
        raise NotThereError
    return team


def filter_of(visit: Visit) -> Filter:
    """Which members the address asks for."""
    team = visit.asked("team")
    return Filter(
        team_id=number(team) if team not in ("", NO_TEAM) else None,
        no_team=team == NO_TEAM,
        words=" ".join(visit.asked("search").split())[:_LONGEST_SEARCH],
    )


def order_of(visit: Visit) -> Order:
    asked = visit.asked("order")
    return Order(asked) if asked in set(Order) else Order.NAME


async def _member(visit: Visit, session: AsyncSession) -> Member:
    found = await members.member(
        session, visit.programme, visit.dashboard.token, visit.part("handle")
    )
    if found is None:
        raise NotThereError
    return found
