"""What coordinators print to invite people: a poster, and a card with a QR code for each team."""

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import InviteKind
from quizbot.charts import render
from quizbot.programmes import invites, programme, staff
from quizbot.telegram.messages import words
from quizbot.telegram.messages.membership import privacy_lines
from quizbot.web.page_context import Answer, Page, PageContext
from quizbot.web.pages.members import find_team
from quizbot.web.pages.programme import start_link

_CARDS = 6  # on a sheet of A4
_NAMES = 3  # of coordinators
_SHEET = "/poster/teams"


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the poster of the programme, or of the team that the URL names.

    It has no link while that is turned off: the page says what to do.
    """
    w, of, chosen = context.words, context.programme, context.query("team")
    team = await find_team(context, session, chosen) if chosen else None
    link = (await _links(context, session)).get(team.id if team else None, "")
    sees, never_sees, *_ = privacy_lines(w)
    names = await staff.names_of(session, of.id)
    more = words.and_more(w, len(names) - _NAMES)
    return Page(
        "poster.html",
        {
            "team": team,
            "link": link,
            "qr": render.qr_svg,
            "topic": context.dashboard.topic.title,
            "dates": words.date_range(w, of.starts_on, of.ends_on),
            "times": words.question_times(w, of).replace(
                "–", "\u2060–\u2060"
            ),  # never broken there
            "privacy": (sees, never_sees),
            "run_by": ", ".join(filter(None, [*names[:_NAMES], more])),
        },
    )


async def show_team_cards(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the cards of all teams that have a link, by sheets of paper."""
    links = await _links(context, session)
    teams = await programme.teams(session, context.programme.id)
    cards = [(team, links[team.id]) for team in teams if team.id in links]
    return Page(
        "team_cards.html",
        {
            "sheets": [cards[first : first + _CARDS] for first in range(0, len(cards), _CARDS)],
            "teams": len(teams),
            "missing": len(teams) - len(cards),
            "qr": render.qr_svg,  # called by the template, in a thread: each takes milliseconds
        },
    )


async def make_team_links(context: PageContext, session: AsyncSession) -> Answer:
    """Makes a link for each team that has none."""
    for team in await programme.teams(session, context.programme.id):
        await invites.current_or_new(
            session,
            InviteKind.MEMBER,
            context.now,
            context.programme.id,
            team.id,
            actor_id=context.actor_id,
        )
    return context.redirect(_SHEET, "cards-linked")


async def _links(context: PageContext, session: AsyncSession) -> dict[int | None, str]:
    """Returns the links for members by team id, None for everybody's; none after the end."""
    if context.has_ended:
        return {}
    return {
        each.team_id: start_link(context, each)
        for each in await invites.of_programme(session, context.programme.id, context.now)
        if each.kind is InviteKind.MEMBER
    }
