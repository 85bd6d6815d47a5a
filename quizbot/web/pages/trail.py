"""Who did what to the programme."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.programmes import audit_log, staff
from quizbot.programmes.audit_log import Action
from quizbot.telegram.messages.words import Words
from quizbot.web.visits import Answer, Page, Visit

_SHOWN = 200


async def show(visit: Visit, session: AsyncSession) -> Answer:
    """The latest first. Who does not run it any more, or is an operator, has no name here."""
    entries = await audit_log.trail(session, visit.programme.id, _SHOWN)
    names = {
        each.id: each.name for each in await staff.coordinators_of(session, visit.programme.id)
    }
    actions = action_names(visit.words)
    return Page(
        "trail.html",
        {
            "entries": [
                (each.at, names.get(each.actor_id or 0, ""), actions[each.action], each.detail)
                for each in entries
            ],
        },
    )


def action_names(w: Words) -> dict[str, str]:
    _ = w._
    names = {
        Action.COORDINATOR_INVITED: _("Coordinator invited"),
        Action.COORDINATOR_MADE: _("Became a coordinator"),
        Action.COORDINATOR_REMOVED: _("Coordinator removed"),
        Action.COLLEAGUE_INVITED: _("Colleague invited"),
        Action.COLLEAGUE_JOINED: _("Colleague joined"),
        Action.PROGRAMME_MADE: _("Programme made"),
        Action.PROGRAMME_ENDED: _("Last day set"),
        Action.HOLIDAYS_ADDED: _("Holidays added"),
        Action.HOLIDAY_REMOVED: _("Holiday removed"),
        Action.TEAM_MADE: _("Team added"),
        Action.TEAM_RENAMED: _("Team renamed"),
        Action.TEAM_REMOVED: _("Team removed"),
        Action.LINK_MADE: _("Link made"),
        Action.LINK_REVOKED: _("Link revoked"),
        Action.MEMBER_MOVED: _("Member moved to another team"),
        Action.MEMBER_REMOVED: _("Member removed"),
        Action.GROUP_LINKED: _("Group linked"),
        Action.GROUP_UNLINKED: _("Group unlinked"),
        Action.SIGNED_IN: _("Signed in"),
        Action.SIGNED_OUT: _("Signed out"),
        Action.DOWNLOADED: _("Downloaded"),
    }
    return {action.value: name for action, name in names.items()}
