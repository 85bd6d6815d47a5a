"""Joining programmes, being in them, leaving them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber
from db.programmes import Enrolment, Invite, InviteKind
from quizbot.quiz import subscribing
from quizbot.quiz.programmes import enrolling, joining, organising
from quizbot.quiz.programmes.enrolling import Membership
from quizbot.quiz.programmes.joining import Offer, Refusal
from quizbot.telegram.handlers.coordinating import Coordinating
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    NotSubscribedError,
    StaleButtonError,
    pressed,
    user_of,
)
from quizbot.telegram.messages import membership as messages
from quizbot.telegram.messages.welcome import Schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 10**17  # microseconds since then; datetime ends soon after


class TakingPart:
    """What somebody does about programmes that others run."""

    def __init__(self, desk: Desk, coordinating: Coordinating) -> None:
        self._desk = desk
        self._coordinating = coordinating

    async def invited(self, update: Update, payload: str) -> bool:
        """Somebody opened a link with this code; False if it is none of ours."""
        desk, now, user = self._desk, self._desk.clock(), user_of(update)
        w = desk.words(update)
        async with desk.sessions.begin() as session:
            invitation = await session.get(Invite, payload) if joining.is_code(payload) else None
            if invitation is None:
                return await self._unknown(update, session, payload)
            offered: Offer | Refusal | None = None
            if invitation.kind is InviteKind.MEMBER:
                offered = await joining.offer(session, invitation, user.id, now)
                await self._keep_code(session, update, offered)
        if offered is not None:
            self._offer(update, offered)
        elif invitation.kind is InviteKind.GROUP:
            desk.reply(update, messages.group_only(w))
        else:
            await self._coordinating.invited(update, invitation)
        return True

    async def _unknown(self, update: Update, session: AsyncSession, payload: str) -> bool:
        """A code that looks like ours and is none: a stranger is introduced as without it."""
        subscriber = await subscribing.find(session, user_of(update).id)
        if subscriber is None or not joining.is_code(payload):
            return False
        self._offer(update, Refusal.UNKNOWN)
        return True

    async def _keep_code(
        self, session: AsyncSession, update: Update, offered: Offer | Refusal
    ) -> None:
        """A stranger may begin without joining, and join after all."""
        desk = self._desk
        if isinstance(offered, Offer) and offered.is_stranger:
            newcomer = desk.newcomer(user_of(update))
            await subscribing.invite(session, newcomer, offered.code, desk.clock(), desk.rng)

    def _offer(self, update: Update, offered: Offer | Refusal) -> None:
        desk, w = self._desk, self._desk.words(update)
        if isinstance(offered, Refusal):
            desk.reply(update, messages.refused(w, offered))
        else:
            desk.reply(update, messages.offer(w, offered, desk.topic))

    async def remind_of_invitation(self, update: Update) -> None:
        """Who has just begun and came by a link to a programme is offered it again."""
        desk, user, now = self._desk, user_of(update), self._desk.clock()
        async with desk.sessions() as session:
            subscriber = await session.get(Subscriber, user.id)
            code = subscriber.start_payload if subscriber is not None else None
            invitation = await session.get(Invite, code) if joining.is_code(code or "") else None
            if invitation is None or invitation.kind is not InviteKind.MEMBER:
                return
            part = await session.get(Enrolment, (invitation.programme_id, user.id))
            offered = await joining.offer(session, invitation, user.id, now)
        if part is None and isinstance(offered, Offer):
            self._offer(update, offered)

    async def join(self, update: Update, context: Context) -> None:
        """The button below an offer."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        newcomer = desk.newcomer(user_of(update))
        async with desk.sessions.begin() as session:
            part = await joining.accept(session, newcomer, pressed(context), now, desk.rng)
            if isinstance(part, Membership):
                subscriber = await _present(session, update)
                teams = bool(await organising.teams(session, part.programme.id))
        desk.acknowledge(update)
        if isinstance(part, Refusal):
            desk.reply(update, messages.refused(w, part))
            return
        due = subscriber.next_due_at
        schedule = Schedule(due, subscriber.timezone) if due is not None else None
        alias = part.enrolment.shown_name or subscriber.alias
        desk.replace(update, messages.joined(w, part, alias, schedule, now, teams=teams))

    async def programmes(self, update: Update, context: Context) -> None:
        """/programmes: the only one at once, of several a list."""
        desk, w = self._desk, self._desk.words(update)
        async with desk.subscriber(update) as (session, subscriber):
            parts = await enrolling.memberships(session, subscriber.id)
            teams = bool(len(parts) == 1 and await organising.teams(session, parts[0].programme.id))
        if len(parts) == 1:
            desk.reply(update, messages.part(w, parts[0], subscriber.alias, teams=teams))
        else:
            desk.reply(update, messages.mine(w, parts))

    async def mine(self, update: Update, context: Context) -> None:
        """One of them, in place."""
        await self._change(update, int(pressed(context)))

    async def hide(self, update: Update, context: Context) -> None:
        """Off every board of it, or on them again."""
        which, answer = pressed(context).split(":")
        await self._change(update, int(which), hidden=answer == "on")

    async def show_name(self, update: Update, context: Context) -> None:
        """By first name, or by alias again."""
        which, answer = pressed(context).split(":")
        name = user_of(update).first_name if answer == "first" else ""
        await self._change(update, int(which), name=name)

    async def choose_team(self, update: Update, context: Context) -> None:
        """A page of the teams there are."""
        desk, w = self._desk, self._desk.words(update)
        which, page = map(int, pressed(context).split(":"))
        async with self._member(update) as (session, subscriber):
            part = await _membership(session, subscriber, which)
            every = await organising.teams(session, which)
        desk.acknowledge(update)
        desk.replace(update, messages.choose_team(w, part, every, page))

    async def team_chosen(self, update: Update, context: Context) -> None:
        """Into that team; 0 is none."""
        which, team_id = map(int, pressed(context).split(":"))
        await self._change(update, which, team_id=team_id)

    @asynccontextmanager
    async def _member(self, update: Update) -> AsyncIterator[tuple[AsyncSession, Subscriber]]:
        """A transaction with the sender's row locked in it. Raises StaleButtonError."""
        try:
            async with self._desk.subscriber(update) as both:
                yield both
        except NotSubscribedError:
            raise StaleButtonError from None

    async def _change(
        self,
        update: Update,
        programme_id: int,
        *,
        hidden: bool | None = None,
        name: str | None = None,
        team_id: int | None = None,
    ) -> None:
        """Change what is given, and show how it stands now."""
        desk, w = self._desk, self._desk.words(update)
        async with self._member(update) as (session, subscriber):
            part = await _membership(session, subscriber, programme_id)
            if hidden is not None:
                enrolling.hide(part.enrolment, hidden=hidden)
            if name is not None:
                enrolling.show_name(part.enrolment, name)
            refused = bool(name) and part.enrolment.shown_name is None
            if team_id is not None:
                part = await _into_team(session, part, team_id)
            teams = bool(await organising.teams(session, programme_id))
        desk.acknowledge(update)
        reply = messages.part(w, part, subscriber.alias, teams=teams, refused=refused)
        desk.replace(update, reply)

    async def leave(self, update: Update, context: Context) -> None:
        """One tap; the way back is in its place."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        async with self._member(update) as (session, subscriber):
            part = await _membership(session, subscriber, int(pressed(context)))
            team_id = part.enrolment.team_id or 0
            await enrolling.leave(session, subscriber, part, now)
        desk.acknowledge(update)
        desk.replace(update, messages.left(w, part, team_id, now))

    async def come_back(self, update: Update, context: Context) -> None:
        """Undo it: the button knows the moment, which nobody can guess who was taken out."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        which, team_id, moment = map(int, pressed(context).split(":"))
        left_at = _EPOCH + timedelta(microseconds=min(moment, _LATEST))
        async with self._member(update) as (session, subscriber):
            part = await enrolling.come_back(session, subscriber, which, left_at, team_id, now)
            if part is None:
                raise StaleButtonError
            teams = bool(await organising.teams(session, which))
        desk.acknowledge(update)
        desk.replace(update, messages.part(w, part, subscriber.alias, teams=teams))


async def _present(session: AsyncSession, update: Update) -> Subscriber:
    """The sender, who is a subscriber by now."""
    subscriber = await session.get(Subscriber, user_of(update).id)
    assert subscriber is not None  # noqa: S101 -- they have just joined
    return subscriber


async def _membership(
    session: AsyncSession, subscriber: Subscriber, programme_id: int
) -> Membership:
    """Raises StaleButtonError for a programme that they are not in."""
    part = await enrolling.membership(session, subscriber.id, programme_id)
    if part is None:
        raise StaleButtonError
    return part


async def _into_team(session: AsyncSession, part: Membership, team_id: int) -> Membership:
    """Raises StaleButtonError for a team that the programme does not have."""
    team = await organising.team_of(session, part.programme.id, team_id) if team_id else None
    if team is None and team_id:
        raise StaleButtonError
    enrolling.choose_team(part.enrolment, team)
    return Membership(part.programme, part.enrolment, team)
