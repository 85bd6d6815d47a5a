"""The audit log: a sentence for each thing that somebody did, by day."""

from collections.abc import Callable
from datetime import date
from itertools import groupby

from markupsafe import Markup, escape
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import AuditEntry, InviteKind
from quizbot.programmes import audit_log, staff
from quizbot.programmes.audit_log import Action
from quizbot.quiz.asking.question_days import zone_info
from quizbot.telegram.messages.words import Words, date_span
from quizbot.web.page_context import Answer, Page, PageContext

_PAGE_SIZE = 100


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a page of the log, the latest first. Only current coordinators are named."""
    of, w = context.programme, context.words
    part = context.part_of(await audit_log.count_entries(session, of.id), _PAGE_SIZE)
    entries = await audit_log.latest_entries(session, of.id, skip=part.skip, limit=_PAGE_SIZE)
    names = {each.id: each.name for each in await staff.coordinators_of(session, of.id)}
    told = [
        (
            each.at.astimezone(zone_info(of.timezone)),
            sentence(w, each, names.get(each.actor_id or 0)),
        )
        for each in entries
    ]
    days = [
        (day, [(w.clock(at.time()), text) for at, text in of_day])
        for day, of_day in groupby(told, key=lambda each: each[0].date())
    ]
    return Page("audit_log.html", {"days": days, "part": part})


def sentence(w: Words, entry: AuditEntry, name: str | None) -> Markup:
    """Returns what the coordinator did, as HTML. Without a name they no longer run it."""
    texts = _sentences(w)
    # Whoever removes the bot from a group need not be a coordinator.
    unnamed = entry.actor_id is None and entry.action == Action.GROUP_UNLINKED
    with_detail, without = (
        (w._("The group {detail} is no longer linked."), "")
        if unnamed
        else texts.get(entry.action, ("{who}: {detail}", f"{{who}}: {entry.action}"))
    )
    who = name if name is not None else w._("Somebody who no longer runs it")
    template = (with_detail if entry.detail else without) or with_detail or without
    detail = _detail(w, entry.action, entry.detail)
    return escape(template).format(
        who=Markup("<bdi>{}</bdi>").format(who), detail=Markup("<bdi>{}</bdi>").format(detail)
    )


def _detail(w: Words, action: str, detail: str) -> str:
    """Returns the detail as people write it. Only dates and kinds of links change: a name never."""
    try:
        return _FORMATS.get(action, _as_it_is)(w, detail)
    except ValueError:  # not what this version writes
        return detail


def _as_it_is(w: Words, detail: str) -> str:
    return detail


def _changed_day(w: Words, detail: str) -> str:
    days = detail.split(audit_log.CHANGED_TO)
    return audit_log.CHANGED_TO.join(
        w._("none") if day == "-" else w.full_date(date.fromisoformat(day)) for day in days
    )


def _days(w: Words, detail: str) -> str:
    days = [date.fromisoformat(day) for day in detail.split(" to ")]
    return date_span(w, days[0], days[-1])


def _goal(w: Words, detail: str) -> str:
    count, _, day = detail.partition(" by ")
    return w._("{count} answers by {day}").format(
        count=w.number(int(count)), day=w.full_date(date.fromisoformat(day))
    )


def _link(w: Words, detail: str) -> str:
    kinds = {InviteKind.MEMBER.value: w._("members"), InviteKind.GROUP.value: w._("a group chat")}
    return kinds.get(detail, detail)


def _moved(w: Words, detail: str) -> str:
    return w.ngettext("{count} member moved", "{count} members moved", int(detail))


# By action, how its detail is written; others are text, mostly names.
_FORMATS: dict[str, Callable[[Words, str], str]] = {
    Action.START_CHANGED: _changed_day,
    Action.PROGRAMME_ENDED: _changed_day,
    Action.HOLIDAYS_ADDED: _days,
    Action.HOLIDAY_REMOVED: _days,
    Action.GOAL_SET: _goal,
    Action.TEAMS_BALANCED: _moved,
    Action.LINK_MADE: _link,
    Action.LINK_RENEWED: _link,
    Action.LINK_REVOKED: _link,
    Action.LINK_RESTORED: _link,
}


def _sentences(w: Words) -> dict[str, tuple[str, str]]:
    """Returns for each action what is said with a detail, and what without one.

    Add a new action here: a test looks for its sentence.
    """
    _ = w._
    return {
        Action.COORDINATOR_INVITED: (_("{who} made a link for a new coordinator."), ""),
        Action.COORDINATOR_MADE: ("", _("{who} became a coordinator.")),
        Action.COORDINATOR_REMOVED: (_("{who} removed a coordinator."), ""),
        Action.COLLEAGUE_INVITED: (_("{who} made a link for a colleague."), ""),
        Action.COLLEAGUE_JOINED: ("", _("{who} joined the coordinators.")),
        Action.PROGRAMME_MADE: (_("{who} made the programme {detail}."), ""),
        Action.PROGRAMME_RENAMED: (_("{who} renamed the programme: {detail}."), ""),
        Action.PROGRAMME_ENDED: (_("{who} set the last day: {detail}."), ""),
        Action.PROGRAMME_REMOVED: (_("{who} deleted the programme {detail}."), ""),
        Action.PROGRAMME_CALLED_OFF: (_("{who} called off the programme {detail}."), ""),
        Action.START_CHANGED: (_("{who} changed the first day: {detail}."), ""),
        Action.TIME_CHANGED: (_("{who} changed the question time: {detail}."), ""),
        Action.DAYS_CHANGED: (_("{who} changed the question days: {detail}."), ""),
        Action.ZONE_CHANGED: (_("{who} changed the time zone: {detail}."), ""),
        Action.GOAL_SET: (_("{who} set a team goal: {detail}."), ""),
        Action.GOAL_TAKEN_BACK: ("", _("{who} removed the team goal.")),
        Action.HOLIDAYS_ADDED: (_("{who} added holidays: {detail}."), ""),
        Action.HOLIDAY_REMOVED: (_("{who} removed a holiday: {detail}."), ""),
        Action.TEAM_MADE: (_("{who} added the team {detail}."), ""),
        Action.TEAM_RENAMED: (_("{who} renamed a team to {detail}."), ""),
        Action.TEAM_REMOVED: (_("{who} removed the team {detail}."), ""),
        Action.TEAMS_BALANCED: (_("{who} balanced the teams: {detail}."), ""),
        Action.LINK_MADE: (_("{who} made an invite link for {detail}."), ""),
        Action.LINK_RENEWED: (
            _("{who} made a new link for {detail}. The one before no longer works."),
            "",
        ),
        Action.LINK_REVOKED: (_("{who} turned off the link for {detail}."), ""),
        Action.LINK_RESTORED: (_("{who} brought back the link for {detail}."), ""),
        Action.MEMBER_MOVED: (
            _("{who} moved a member to the team {detail}."),
            _("{who} took a member out of their team."),
        ),
        Action.MEMBER_REMOVED: ("", _("{who} removed a member.")),
        Action.PAST_MEMBERS_INVITED: (
            "",
            _("{who} invited the members of the season before."),
        ),
        Action.ANNOUNCED: ("", _("{who} sent a message to members.")),
        Action.MESSAGES_STOPPED: (_("{who} stopped a coordinator's messages to members."), ""),
        Action.MESSAGES_ALLOWED: (_("{who} allowed a coordinator's messages again."), ""),
        Action.GROUP_LINKED: (_("{who} linked the group {detail}."), ""),
        Action.GROUP_UNLINKED: (_("{who} unlinked the group {detail}."), ""),
        Action.SIGNED_IN: ("", _("{who} signed in.")),
        Action.SIGNED_OUT: (_("{who} signed out everywhere."), _("{who} signed out.")),
        Action.DOWNLOADED: (_("{who} downloaded {detail}."), ""),
    }
