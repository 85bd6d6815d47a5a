"""The programmes that somebody runs."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes import staff
from quizbot.web.visits import Answer, Page, Visit


@dataclass(frozen=True)
class Card:
    """A programme in the list; `state` is "coming", "running" or "ended"."""

    programme: Programme
    members: int
    state: str


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """The latest first."""
    programmes = await staff.programmes_of(session, visit.actor_id)
    cards = [
        Card(
            each, await programmes_programme.count_members(session, each.id), state_of(each, visit)
        )
        for each in programmes
    ]
    return Page("programmes.html", {"cards": cards, "bot_link": visit.dashboard.bot_link()})


def state_of(programme: Programme, visit: Visit) -> str:
    if programmes_programme.has_ended(programme, visit.now):
        return "ended"
    return "running" if programmes_programme.has_begun(programme, visit.now) else "coming"
