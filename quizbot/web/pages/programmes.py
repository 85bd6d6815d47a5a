"""The programmes that somebody runs."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from quizbot.quiz.programmes import coordinating, organising
from quizbot.web.visits import Answer, Page, Visit


@dataclass(frozen=True)
class Card:
    """A programme in the list; `state` is "coming", "running" or "ended"."""

    programme: Programme
    members: int
    state: str


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """The latest first."""
    programmes = await coordinating.programmes_of(session, visit.actor_id)
    cards = [
        Card(each, await organising.count_members(session, each.id), state_of(each, visit))
        for each in programmes
    ]
    return Page("programmes.html", {"cards": cards, "bot_link": visit.dashboard.bot_link()})


def state_of(programme: Programme, visit: Visit) -> str:
    if organising.has_ended(programme, visit.now):
        return "ended"
    return "running" if organising.has_begun(programme, visit.now) else "coming"
