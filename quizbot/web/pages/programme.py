"""What coordinators can change: teams, links, holidays, colleagues, the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_CODE_LENGTH, GroupChat, Invite, InviteKind, Team
from quizbot.charts import render
from quizbot.programmes import (
    announcements,
    boards,
    cancellation,
    group_chats,
    invites,
    programme,
    schedule,
    staff,
    teams,
)
from quizbot.programmes.boards import Period
from quizbot.programmes.programme import ProgrammeError
from quizbot.quiz import places, typed_times
from quizbot.telegram.messages import announcements as announcement_texts
from quizbot.telegram.messages import programme as programme_texts
from quizbot.telegram.messages import words
from quizbot.web.page_context import Answer, FormError, NotFoundError, Page, PageContext
from quizbot.web.pages import team_goal
from quizbot.web.pages.members import find_team

_PAGE = "/manage"

T = TypeVar("T")

_SECTIONS = {InviteKind.MEMBER: "links", InviteKind.GROUP: "groups"}


@dataclass(frozen=True)
class TeamRow:
    """A team, the number of its members, and its own invite link with code, or "" for both."""

    team: Team
    members: int
    link: str
    code: str


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows all that can be changed, in sections."""
    of = context.programme
    every = await invites.every_invite(session, of.id)
    links = [each for each in every if invites.is_valid(each, context.now)]
    member_links = {each.team_id: each for each in links if each.kind is InviteKind.MEMBER}
    general = member_links.get(None)
    group = next((each for each in links if each.kind is InviteKind.GROUP), None)
    link = start_link(context, general)
    members = await programme.count_team_members(session, of.id)
    days = await programme.days_of(session, of)
    holidays = sorted(days.holidays)
    ahead = [day for day in holidays if day > context.today]
    announced = await announcements.outlook(session, of, context.actor_id, context.now)
    return Page(
        "manage.html",
        {
            "link": link,
            "link_code": general.code if general else "",
            "qr": render.qr_svg(link) if link else Markup(),
            "teams": [
                _team_row(context, team, members.get(team.id, 0), member_links.get(team.id))
                for team in await programme.teams(session, of.id)
            ],
            "holidays": holidays,
            "removable": ahead,
            "days_off": words.date_list(context.words, ahead) if ahead else "",
            "runs": words.weekday_range(context.words, of.starts_on, of.ends_on),
            "week": words.weekdays(context.words, of.weekdays),
            "in_all": words.in_all(context.words, days.count()),
            "colleagues": await staff.coordinators_of(session, of.id),
            "colleague_links": [
                (start_link(context, each), each)
                for each in links
                if each.kind is InviteKind.COLLEAGUE
            ],
            "undo": {
                (kind.value, team_id or 0): each.code
                for (kind, team_id), each in invites.undoable(every, context.now).items()
            },
            "groups": await group_chats.of_programme(session, of.id),
            "groups_before": await _groups_before(context, session),
            "group_link": _group_link(context, group) if group else "",
            "group_code": group.code if group else "",
            "past_season": await announcements.season_to_invite(session, of, context.actor_id),
            "announced": announced,
            "limit": announcement_texts.limit(context.words, of, announced),
            "progress": partial(announcement_texts.progress, context.words),
            "earliest_end": max(context.today, of.starts_on),
            "begun": await programme.has_asked(session, of, context.now),
            "calling_off": programme_texts.calling_off(
                context.words, await programme.count_members(session, of.id)
            ),
            "joined": await cancellation.was_joined(session, of.id),
            "zones": places.COMMON_ZONES,
            **await team_goal.form_values(context, session, days),
        },
    )


async def add_team(context: PageContext, session: AsyncSession) -> Answer:
    await teams.add_team(
        session, context.programme, context.form.get("name", ""), context.actor_id, context.now
    )
    return context.redirect(_PAGE, "teams-added")


async def show_team(context: PageContext, session: AsyncSession) -> Answer:
    """Shows a team with its place and link, a form to rename it, and how to remove it."""
    of = context.programme
    schedule.check_not_ended(of, context.now)
    team = await find_team(context, session, context.path_part("team"))
    members = await programme.count_team_members(session, of.id)
    team_board = await boards.team_board(session, of, Period.WEEK, context.today)
    invite = await invites.current(session, InviteKind.MEMBER, context.now, of.id, team.id)
    link = start_link(context, invite)
    return Page(
        "team.html",
        {
            "team": team,
            "members": members.get(team.id, 0),
            "place": next(each for each in team_board if each.team.id == team.id),
            "places": sum(each.average is not None for each in team_board),
            "link": link,
            "link_code": invite.code if invite else "",
            "qr": render.qr_svg(link) if link else Markup(),
        },
    )


async def rename_team(context: PageContext, session: AsyncSession) -> Answer:
    team = await find_team(context, session, context.path_part("team"))
    await teams.rename_team(
        session, team, context.form.get("name", ""), context.actor_id, context.now
    )
    return context.redirect(_PAGE, "teams-renamed")


async def remove_team(context: PageContext, session: AsyncSession) -> Answer:
    team = await find_team(context, session, context.path_part("team"))
    await teams.remove_team(session, team, context.actor_id, context.now)
    return context.redirect(_PAGE, "teams-removed")


async def make_link(context: PageContext, session: AsyncSession) -> Answer:
    """Makes an invite link for members, or for a team if one is named; the previous one ends."""
    chosen = context.form.get("team", "")
    team = await find_team(context, session, chosen) if chosen else None
    return await _make_link(context, session, InviteKind.MEMBER, team.id if team else None)


async def make_group_link(context: PageContext, session: AsyncSession) -> Answer:
    return await _make_link(context, session, InviteKind.GROUP)


async def _make_link(
    context: PageContext, session: AsyncSession, kind: InviteKind, team_id: int | None = None
) -> Answer:
    of = (kind, context.now, context.programme.id, team_id)
    before = await invites.current(session, *of)
    made = await invites.replace(session, *of, actor_id=context.actor_id)
    done = "renewed" if before is not None else "made"
    return context.redirect(_PAGE, f"{_section(made)}-{done}")


async def revoke_link(context: PageContext, session: AsyncSession) -> Answer:
    """Revokes an invite link of any kind."""
    found = await invites.find(session, context.form.get("code", ""), context.now)
    if found is None or found.programme_id != context.programme.id:
        raise NotFoundError
    await invites.revoke(session, found, context.now, actor_id=context.actor_id)
    return context.redirect(_PAGE, f"{_section(found)}-revoked")


async def undo_link(context: PageContext, session: AsyncSession) -> Answer:
    """Brings back an invite link that was revoked or renewed within the last hour."""
    found = await session.get(Invite, context.form.get("code", "")[:MAX_CODE_LENGTH])
    if found is None or found.programme_id != context.programme.id:
        raise NotFoundError
    section = _section(found)
    if not await invites.undo(session, found, context.now, actor_id=context.actor_id):
        late = context.words._(
            "It’s too late: a link can only come back within an hour. Make a new one."
        )
        raise FormError(late, section)
    return context.redirect(_PAGE, f"{section}-restored")


def _section(invite: Invite) -> str:
    """Returns the section that has the invite, and tells what was done with it."""
    return "teams" if invite.team_id else _SECTIONS.get(invite.kind, "colleagues")


async def add_holidays(context: PageContext, session: AsyncSession) -> Answer:
    """Adds the days from the first to the last; without a last day only the first."""
    first = _date(context, "first")
    last = _date(context, "last") if context.form.get("last") else first
    await programme.add_holidays(
        session, context.programme, first, last, context.actor_id, context.now
    )
    return context.redirect(_PAGE, "holidays-added")


async def remove_holiday(context: PageContext, session: AsyncSession) -> Answer:
    day = _date(context, "day")
    if not await programme.remove_holiday(
        session, context.programme, day, context.actor_id, context.now
    ):
        raise ProgrammeError("past")
    return context.redirect(_PAGE, "holidays-removed")


async def invite_colleague(context: PageContext, session: AsyncSession) -> Answer:
    await invites.create(
        session, InviteKind.COLLEAGUE, context.now, context.programme.id, actor_id=context.actor_id
    )
    return context.redirect(_PAGE, "colleagues-invited")


async def rename(context: PageContext, session: AsyncSession) -> Answer:
    typed = context.form.get("value", "")
    wanted = replace(programme.plan_of(context.programme), name=typed)
    await programme.change(session, context.programme, wanted, context.actor_id, context.now)
    return context.redirect(_PAGE, "settings-saved")


async def change(context: PageContext, session: AsyncSession) -> Answer:
    """Changes the one setting that the form is about; not the name, which moves no question."""
    setting, typed = context.form.get("setting", ""), context.form.get("value", "").strip()
    wanted = programme.plan_of(context.programme)
    match setting:
        case "start":
            wanted = replace(wanted, starts_on=_date(context, "value"))
        case "end":
            is_same = typed == (wanted.ends_on.isoformat() if wanted.ends_on else "")
            # A new date counts, even beside a ticked box.
            last_day = None if is_same and context.form.get("open") else _date(context, "value")
            if programme.ends_sooner(context.programme, last_day, context.now):
                _check_sure(context)
            wanted = replace(wanted, ends_on=last_day)
        case "time":
            wanted = replace(wanted, question_time=_known(typed_times.parse_time(typed), "no-time"))
        case "days":
            bits = sum(1 << day for day in range(7) if context.form.get(f"day{day}"))
            wanted = replace(wanted, weekdays=bits)
        case "zone":
            wanted = replace(wanted, timezone=_known(places.find_zone(typed), "no-zone"))
        case _:
            raise NotFoundError
    moved = await programme.change(
        session, context.programme, wanted, context.actor_id, context.now
    )
    if moved is not None:
        return context.redirect(_PAGE, f"settings-{'again' if moved.welcomed_again else 'often'}")
    moves = setting in ("time", "zone")
    return context.redirect(_PAGE, "settings-moved" if moves else "settings-saved")


def _known(value: T | None, reason: str) -> T:
    if value is None:
        raise ProgrammeError(reason)
    return value


def _check_sure(context: PageContext) -> None:
    if context.form.get("sure") != "yes":
        raise FormError(
            context.words._("Tick the box as well, so that it never happens by accident.")
        )


async def end(context: PageContext, session: AsyncSession) -> Answer:
    """Ends it today, or on its first day. The box must be ticked: it cannot start again."""
    _check_sure(context)
    last_day = max(context.today, context.programme.starts_on)
    wanted = replace(programme.plan_of(context.programme), ends_on=last_day)
    await programme.change(session, context.programme, wanted, context.actor_id, context.now)
    return context.redirect(_PAGE, "ending-set")


async def remove(context: PageContext, session: AsyncSession) -> Answer:
    """Deletes a programme that nobody has joined. The box must be ticked."""
    _check_sure(context)
    await cancellation.remove(session, context.programme, context.actor_id, context.now)
    return context.redirect_to("/p", "programmes-deleted")


async def call_off(context: PageContext, session: AsyncSession) -> Answer:
    """Calls off a programme that has not begun. The box must be ticked."""
    _check_sure(context)
    await cancellation.call_off(session, context.programme, context.actor_id, context.now)
    return context.redirect_to("/p", "programmes-off")


def _team_row(context: PageContext, team: Team, members: int, invite: Invite | None) -> TeamRow:
    code = invite.code if invite is not None else ""
    return TeamRow(team, members, start_link(context, invite), code)


def start_link(context: PageContext, invite: Invite | None) -> str:
    """Returns the address that opens the bot with the invite, or "" without one."""
    return f"{context.dashboard.bot_link()}?start={invite.code}" if invite is not None else ""


async def _groups_before(context: PageContext, session: AsyncSession) -> Sequence[GroupChat]:
    """Returns the group chats that still are those of the season before, if they run that, too."""
    before = await announcements.season_before(session, context.programme, context.actor_id)
    return await group_chats.of_programme(session, before.id) if before is not None else []


def _group_link(context: PageContext, invite: Invite) -> str:
    """Returns the address that opens the choice of a group for the bot."""
    return f"{context.dashboard.bot_link()}?startgroup={invite.code}"


def _date(context: PageContext, name: str) -> date:
    """Returns a date that was posted: browsers without a field for dates send what was typed."""
    typed = context.form.get(name, "")
    found = typed_times.parse_day(typed, context.today, context.programme.starts_on)
    if found is None:
        raise FormError(context.words._("That’s not a date. Write it like: 24 Dec 2026"))
    return found
