"""The list of members, moving them between teams, and removing them."""

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Team
from quizbot.programmes import definitions, members, membership, programme
from quizbot.programmes.definitions import Term
from quizbot.programmes.members import Filter, Member, Order
from quizbot.telegram.messages.words import Words
from quizbot.web.page_context import Answer, NotFoundError, Page, PageContext, parse_id

_PAGE_SIZE = 50
_LONGEST_SEARCH = 64
_NO_TEAM = "none"
_LAPSED = "lapsed"


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a page of the list."""
    of, which = context.programme, _filter(context)
    order = Order(context.query("order")) if context.query("order") in set(Order) else Order.NAME
    part = context.part_of(await members.count(session, of, which), _PAGE_SIZE)
    handle = members.handle_maker(context.dashboard.token, of.id)
    listed = await members.list_members(session, of, which, order, skip=part.skip, limit=_PAGE_SIZE)
    return Page(
        "members.html",
        {
            "members": [(handle(each.subscriber_id, each.joined_at), each) for each in listed],
            "enrolled": await programme.count_members(session, of.id),
            "teams": await programme.teams(session, of.id),
            "which": which,
            "order": order,
            "orders": _order_names(context.words).items(),
            "part": part,
            "meaning": definitions.meanings(context.words._)[Term.LAPSED],
        },
    )


def _order_names(w: Words) -> dict[Order, str]:
    return {
        Order.NAME: w._("Name"),
        Order.TEAM: w._("Team"),
        Order.POINTS: w._("Points"),
        Order.DAYS: w._("Days"),
        Order.JOINED: w._("Joined"),
    }


async def show_one(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the member's line of the list, and what can be changed about them."""
    return Page(
        "member.html",
        {
            "member": await _member(context, session),
            "handle": context.path_part("handle"),
            "teams": await programme.teams(session, context.programme.id),
        },
    )


async def move(context: PageContext, session: AsyncSession) -> Answer:
    """Moves the member to the chosen team, or to none."""
    member = await _member(context, session)
    chosen = context.form.get("team", "")
    team = await find_team(context, session, chosen) if chosen else None
    if not await members.move_to_team(
        session, context.programme, member, team, context.actor_id, context.now
    ):
        raise NotFoundError
    return context.redirect("/members", "members-moved", member.name)


async def remove(context: PageContext, session: AsyncSession) -> Answer:
    """Removes the member from the programme; the answers stay in the reports' sums."""
    member = await _member(context, session)
    await membership.remove_member(
        session, context.programme, member.subscriber_id, context.actor_id, context.now
    )
    return context.redirect("/members", "members-removed", member.name)


async def find_team(context: PageContext, session: AsyncSession, text: str) -> Team:
    """Returns the programme's team with that id. Raises NotFoundError."""
    team = await programme.team_of(session, context.programme.id, parse_id(text))
    if team is None:
        raise NotFoundError
    return team


def _filter(context: PageContext) -> Filter:
    team = context.query("team")
    return Filter(
        team_id=parse_id(team) if team not in ("", _NO_TEAM) else None,
        no_team=team == _NO_TEAM,
        lapsed=context.query("only") == _LAPSED,
        search=" ".join(context.query("search").split())[:_LONGEST_SEARCH],
    )


async def _member(context: PageContext, session: AsyncSession) -> Member:
    found = await members.find_by_handle(
        session, context.programme, context.dashboard.token, context.path_part("handle")
    )
    if found is None:
        raise NotFoundError
    return found
