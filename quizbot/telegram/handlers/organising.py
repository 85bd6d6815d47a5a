"""/programme: what a coordinator does with a programme that is made."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import InviteKind, Programme, Team
from quizbot.quiz.programmes import (
    coordinating,
    dialogues,
    enrolling,
    inviting,
    organising,
    typed_days,
)
from quizbot.quiz.programmes.organising import OrganisingError
from quizbot.telegram import qr
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    StaleButtonError,
    argument,
    message_of,
    pressed,
    user_of,
)
from quizbot.telegram.handlers.planning import ABOUT as NEW
from quizbot.telegram.handlers.planning import Planning
from quizbot.telegram.messages import inviting as links_to
from quizbot.telegram.messages import links, planning
from quizbot.telegram.messages import programme as messages
from quizbot.telegram.messages.message import Message
from quizbot.telegram.messages.programme import Facts

TEAMS, HOLIDAYS = "teams", "holidays"  # what can be asked about: see Conversing


class Organising:
    """Facts, links, teams, holidays and the end of programmes."""

    def __init__(self, desk: Desk, planning_steps: Planning) -> None:
        self._desk = desk
        self._planning = planning_steps

    async def programmes(self, update: Update, context: Context) -> None:
        """All that the sender runs; with "new" behind the command, the way to another."""
        if argument(context).casefold() == "new":
            await self._planning.begin(update, context)
            return
        desk = self._desk
        async with desk.coordinator(update) as (session, coordinator):
            run = await coordinating.programmes_of(session, coordinator.id)
        desk.reply(update, messages.programmes(desk.words(update), run))

    async def card(self, update: Update, context: Context) -> None:
        """One of them, in place of what was there."""
        desk, now = self._desk, self._desk.clock()
        async with desk.programme(update, int(pressed(context))) as (session, programme):
            facts = await _facts(session, programme, now)
        desk.acknowledge(update)
        desk.replace(update, messages.card(desk.words(update), facts))

    async def invite(self, update: Update, context: Context) -> None:
        """The link, and its picture."""
        desk, now, which = self._desk, self._desk.clock(), int(pressed(context))
        async with desk.programme(update, which, lock=True) as (session, programme):
            found = await inviting.standing(
                session, InviteKind.MEMBER, now, which, actor_id=user_of(update).id
            )
        desk.acknowledge(update)
        self._send_link(update, context, programme, None, found.code)

    async def team_link(self, update: Update, context: Context) -> None:
        """The same for one team, by the team's id."""
        desk, now, team_id = self._desk, self._desk.clock(), int(pressed(context))
        person = user_of(update).id
        async with desk.sessions.begin() as session:
            team = await session.get(Team, team_id)
            programme = (
                await coordinating.run_by(session, team.programme_id, person, lock=True)
                if team is not None
                else None
            )
            if team is None or programme is None:
                raise StaleButtonError
            found = await inviting.standing(
                session, InviteKind.MEMBER, now, programme.id, team.id, actor_id=person
            )
        desk.acknowledge(update)
        self._send_link(update, context, programme, team, found.code)

    def _send_link(
        self, update: Update, context: Context, programme: Programme, team: Team | None, code: str
    ) -> None:
        desk, w = self._desk, self._desk.words(update)
        link = links.private(context.bot.username, code)
        desk.reply(update, links_to.invitation(w, programme, team, link))
        caption = links_to.invitation_caption(w, programme, team, link)
        desk.picture(update, qr.picture(link), caption)

    async def new_link(self, update: Update, context: Context) -> None:
        """Ask once; then the old link leads nowhere."""
        desk, now = self._desk, self._desk.clock()
        which, answer = pressed(context).split(":")
        async with desk.programme(update, int(which), lock=True) as (session, programme):
            if answer == "yes":
                made = await inviting.renew(
                    session, InviteKind.MEMBER, now, programme.id, actor_id=user_of(update).id
                )
        desk.acknowledge(update)
        if answer == "yes":
            self._send_link(update, context, programme, None, made.code)
        else:
            desk.replace(update, links_to.ask_new_link(desk.words(update), programme))

    async def group(self, update: Update, context: Context) -> None:
        """How the bot comes into a group chat of the programme."""
        desk, now, which = self._desk, self._desk.clock(), int(pressed(context))
        async with desk.programme(update, which, lock=True) as (session, programme):
            found = await inviting.standing(
                session, InviteKind.GROUP, now, which, actor_id=user_of(update).id
            )
        desk.acknowledge(update)
        link = links.group(context.bot.username, found.code)
        desk.replace(update, links_to.group_link(desk.words(update), programme, link))

    async def colleague(self, update: Update, context: Context) -> None:
        """A link for somebody who is to run it as well."""
        desk, now = self._desk, self._desk.clock()
        async with desk.programme(update, int(pressed(context))) as (session, programme):
            made = await inviting.invite(
                session, InviteKind.COLLEAGUE, now, programme.id, actor_id=user_of(update).id
            )
        desk.acknowledge(update)
        link = links.private(context.bot.username, made.code)
        desk.reply(update, links_to.colleague_link(desk.words(update), programme, link))

    async def teams(self, update: Update, context: Context) -> None:
        """A page of them."""
        desk = self._desk
        which, page = map(int, pressed(context).split(":"))
        async with desk.programme(update, which) as (session, programme):
            every = await organising.teams(session, programme.id)
            sizes = await organising.count_team_members(session, programme.id)
        desk.acknowledge(update)
        desk.replace(update, messages.teams(desk.words(update), programme, every, sizes, page))

    async def add_teams(self, update: Update, context: Context) -> None:
        """From here on every text is a team's name, until it is done."""
        w = self._desk.words(update)
        await self._begin(update, int(pressed(context)), TEAMS, messages.ask_team(w))

    async def team_typed(self, update: Update, context: Context) -> None:
        """A team's name."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        name, person, fault = message_of(update).text or "", user_of(update).id, ""
        async with desk.sessions.begin() as session:
            programme = await self._asked_about(session, person, TEAMS, now)
            try:
                team = await organising.add_team(session, programme, name, person, now)
                name = team.name
            except OrganisingError as refusal:
                name, fault = "", planning.refusal(w, refusal.reason)
        desk.reply(update, messages.ask_team(w, name, fault))

    async def holidays(self, update: Update, context: Context) -> None:
        """A page of those to come."""
        which, page = map(int, pressed(context).split(":"))
        await self._show_holidays(update, which, page)

    async def add_holidays(self, update: Update, context: Context) -> None:
        w = self._desk.words(update)
        await self._begin(update, int(pressed(context)), HOLIDAYS, messages.ask_holidays(w))

    async def holidays_typed(self, update: Update, context: Context) -> None:
        """Dates: all of them are taken, or none."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        spans, person = typed_days.spans(message_of(update).text or ""), user_of(update).id
        if spans is None:
            desk.reply(update, messages.ask_holidays(w, planning.refusal(w, "no-dates")))
            return
        try:
            async with desk.sessions.begin() as session:
                programme = await self._asked_about(session, person, HOLIDAYS, now)
                for first, last in spans:
                    await organising.add_holidays(session, programme, first, last, person, now)
                await dialogues.finish(session, person)
        except OrganisingError as refusal:
            desk.reply(update, messages.ask_holidays(w, planning.refusal(w, refusal.reason)))
            return
        await enrolling.replan_all(desk.sessions, programme.id, now)
        await self._show_holidays(update, programme.id, 0)

    async def remove_holiday(self, update: Update, context: Context) -> None:
        """The button with a day on it."""
        desk, now = self._desk, self._desk.clock()
        which, day = pressed(context).split(":")
        try:
            off = date.fromisoformat(day)
        except ValueError:
            raise StaleButtonError from None
        async with desk.programme(update, int(which), lock=True) as (session, programme):
            await organising.remove_holiday(session, programme, off, user_of(update).id, now)
        await enrolling.replan_all(desk.sessions, programme.id, now)
        await self._show_holidays(update, programme.id, 0)

    async def end(self, update: Update, context: Context) -> None:
        """Ask once; its last day is today, or its first if it has not begun."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        which, answer = pressed(context).split(":")
        async with desk.programme(update, int(which), lock=True) as (session, programme):
            last_day = max(organising.today_of(programme, now), programme.starts_on)
            if organising.has_ended(programme, now):
                raise StaleButtonError
            if answer == "yes":
                await organising.end(session, programme, last_day, user_of(update).id, now)
            facts = await _facts(session, programme, now)
        desk.acknowledge(update)
        if answer == "yes":
            await enrolling.replan_all(desk.sessions, programme.id, now)
            desk.replace(update, messages.card(w, facts))
        else:
            desk.replace(update, messages.ask_end(w, programme, last_day))

    async def _show_holidays(self, update: Update, programme_id: int, page: int) -> None:
        desk, now = self._desk, self._desk.clock()
        async with desk.programme(update, programme_id) as (session, programme):
            every = await organising.holidays(session, programme.id)
            today = organising.today_of(programme, now)
        desk.acknowledge(update)
        w = desk.words(update)
        desk.replace(update, messages.holidays(w, programme, every, today, page))

    async def _begin(
        self, update: Update, programme_id: int, about: str, question: Message
    ) -> None:
        """Ask; from here on texts are about that programme. A new one that is begun comes first."""
        desk, now, person = self._desk, self._desk.clock(), user_of(update).id
        async with desk.programme(update, programme_id) as (session, programme):
            if await dialogues.current_subject(session, person, now) == NEW:
                question = messages.finish_first(desk.words(update))
            else:
                answers = {"programme": programme.id}
                await dialogues.begin(session, person, about, now, answers=answers)
        desk.acknowledge(update)
        desk.reply(update, question)

    async def _asked_about(
        self, session: AsyncSession, person: int, about: str, now: datetime
    ) -> Programme:
        """The programme that a typed answer is about, locked. Raises StaleButtonError."""
        dialogue = await dialogues.find(session, person, about, now)
        which = dialogue.answers["programme"] if dialogue is not None else 0
        programme = await coordinating.run_by(session, which, person, lock=True)
        if programme is None:
            raise StaleButtonError
        return programme


async def _facts(session: AsyncSession, programme: Programme, now: datetime) -> Facts:
    return Facts(
        programme=programme,
        members=await organising.count_members(session, programme.id),
        teams=len(await organising.teams(session, programme.id)),
        holidays=await organising.holidays(session, programme.id),
        today=organising.today_of(programme, now),
        so_far=await organising.today_so_far(session, programme, now),
        ended=organising.has_ended(programme, now),
    )
