"""/programmes: joining programmes, members' choices, and leaving."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.models import Subscriber
from db.programmes import Enrolment, Invite, InviteKind, Programme
from quizbot.programmes import membership, privacy, welcome
from quizbot.programmes import programme as programmes
from quizbot.programmes.membership import Membership, Offer, Refusal
from quizbot.quiz import subscription
from quizbot.telegram.handlers import staff
from quizbot.telegram.handlers.context import BotContext, StaleButtonError
from quizbot.telegram.messages import membership as messages
from quizbot.telegram.messages import notes as note_messages

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 10**17  # microseconds since the epoch; datetime ends soon after


async def open_invitation(context: BotContext, payload: str) -> bool:
    """Reply to somebody who opened a link with this code.

    Returns False, without a reply, if the code is not an invitation.
    """
    services, user_id, now = context.services, context.user.id, context.now()
    offered: Offer | Refusal | None = None
    if not membership.looks_like_code(payload):
        return False
    async with context.sessions.begin() as session:
        invitation = await session.get(Invite, payload)
        if invitation is None:
            if await subscription.find(session, user_id) is None:
                return False  # new people get the introduction, as without a code
            offered = Refusal.UNKNOWN
        elif invitation.kind is InviteKind.MEMBER:
            offered = await membership.offer(session, invitation, user_id, now)
            if offered is Refusal.ENDED:
                ended = await session.get_one(Programme, invitation.programme_id)
                offered = await membership.offer_next_season(session, ended, user_id, now)
            if isinstance(offered, Offer) and offered.is_new_subscriber:
                # Stored because they may start without joining and join later (repeat_offer).
                new_subscriber = context.new_subscriber()
                await subscription.invite(session, new_subscriber, offered.code, now, services.rng)
    if offered is not None:
        _reply_offer(context, offered)
    elif invitation is not None and invitation.kind is not InviteKind.GROUP:
        await staff.open_invitation(context, invitation)
    else:
        context.reply(messages.group_link_only(context.words))
    return True


async def show_offer(update: Update, context: BotContext) -> None:
    """The button `offer:<code>`: shows the invitation, as its link does."""
    context.acknowledge()
    if not await open_invitation(context, context.argument):
        raise StaleButtonError


async def repeat_offer(context: BotContext) -> None:
    """Offer a programme again to a new subscriber who came through its link."""
    user_id = context.user.id
    async with context.sessions() as session:
        subscriber = await session.get(Subscriber, user_id)
        code = subscriber.start_payload if subscriber is not None else None
        invitation = (
            await session.get(Invite, code) if membership.looks_like_code(code or "") else None
        )
        if invitation is None or invitation.kind is not InviteKind.MEMBER:
            return
        part = await session.get(Enrolment, (invitation.programme_id, user_id))
        offered = await membership.offer(session, invitation, user_id, context.now())
    if part is None and isinstance(offered, Offer):
        _reply_offer(context, offered)


def _reply_offer(context: BotContext, offered: Offer | Refusal) -> None:
    w = context.words
    if isinstance(offered, Refusal):
        context.reply(messages.invitation_refused(w, offered))
    else:
        context.reply(messages.offer(w, offered, context.services.topic))


async def join(update: Update, context: BotContext) -> None:
    """The button `join:<code>` below an offer: makes the sender a member.

    A programme that runs asks at once: the claim is committed together with the membership.
    """
    now, w, new_subscriber = context.now(), context.words, context.new_subscriber()
    services, first = context.services, None
    async with context.sessions.begin() as session:
        known = await subscription.find(session, new_subscriber.id)
        due_before = known.next_due_at if known is not None else None
        part = await membership.accept(session, new_subscriber, context.argument, now, services.rng)
        if isinstance(part, Membership):
            subscriber = await session.get_one(Subscriber, new_subscriber.id)
            teams = bool(await programmes.teams(session, part.programme.id))
            every = await membership.of_subscriber(session, subscriber.id)
            others = membership.has_others(every, part.programme, now)
            pool, policy = services.item_pool, services.settings.reminder_policy
            first = await membership.claim_first_question(
                session, part, due_before, pool, now, policy
            )
            starting = None
            if await welcome.plan(session, part.programme, part.enrolment, subscriber, now):
                of = part.programme
                start = await welcome.start(session, of)
                starting = await welcome.of_member(session, of, subscriber, start)
    context.acknowledge()
    if isinstance(part, Refusal):
        context.reply(messages.invitation_refused(w, part))
        return
    reply = messages.joined(
        w, part, subscriber, now, has_teams=teams, has_others=others, is_asked=first is not None
    )
    if starting is not None:
        reply = note_messages.joined_late(w, reply, starting)
    context.replace(reply)
    if first is not None:
        send = partial(services.question_delivery.deliver_one, first.id)
        services.reply_queue.post(subscriber.id, send)


async def decline(update: Update, context: BotContext) -> None:
    """The button `decline:<code>` below an offer: erases what is kept of somebody new."""
    user_id = context.user.id
    async with context.sessions.begin() as session:
        was_erased = await subscription.decline(session, user_id)
        is_unknown = was_erased and not await privacy.is_known(session, user_id)
    context.replace(messages.offer_declined(context.words, is_unknown=is_unknown))


async def list_programmes(update: Update, context: BotContext) -> None:
    """/programmes: lists the sender's programmes; with only one, shows it at once."""
    w = context.words
    async with context.subscriber() as (session, subscriber):
        parts = await membership.of_subscriber(session, subscriber.id)
        teams = bool(len(parts) == 1 and await programmes.teams(session, parts[0].programme.id))
    if len(parts) == 1:
        context.reply(messages.membership_card(w, parts[0], subscriber.alias, has_teams=teams))
    else:
        context.reply(messages.membership_list(w, parts))


async def show(update: Update, context: BotContext) -> None:
    """The button `mine:<programme>`: shows one of them, in place."""
    await _change(context, int(context.argument))


async def hide(update: Update, context: BotContext) -> None:
    """The button `hide:<programme>:on|off`: hides the sender on its boards, or shows them."""
    programme_id, answer = context.argument.split(":")
    await _change(context, int(programme_id), hidden=answer == "on")


async def choose_name(update: Update, context: BotContext) -> None:
    """The button `myname:<programme>:first|alias`: sets the name on the programme's boards."""
    programme_id, answer = context.argument.split(":")
    name = context.first_name if answer == "first" else ""
    await _change(context, int(programme_id), name=name)


async def choose_messages(update: Update, context: BotContext) -> None:
    """The button `mymessages:<programme>:on|off`: whether coordinators may write to the sender."""
    programme_id, answer = context.argument.split(":")
    await _change(context, int(programme_id), messages_off=answer == "off")


async def mute(update: Update, context: BotContext) -> None:
    """The button `mute:<programme>:on|off` below a coordinator's message."""
    programme_id, answer = context.argument.split(":")
    muted, w = answer == "on", context.words
    async with _member(context, int(programme_id)) as (_, _, part):
        part.enrolment.messages_off = muted
    context.acknowledge(note_messages.muted(w, part.programme) if muted else None)
    rows = note_messages.mute_keyboard(w, context.keyboard, part.programme.id, muted=muted)
    context.replace_keyboard(rows)


async def list_teams(update: Update, context: BotContext) -> None:
    """The button `myteam:<programme>:<page>`: shows a page of teams to choose from."""
    programme_id, page = map(int, context.argument.split(":"))
    async with _member(context, programme_id) as (session, _, part):
        every = await programmes.teams(session, programme_id)
    context.replace(messages.team_choices(context.words, part, every, page))


async def choose_team(update: Update, context: BotContext) -> None:
    """The button `team:<programme>:<team>`: moves the sender to that team; 0 is none."""
    programme_id, team_id = map(int, context.argument.split(":"))
    await _change(context, programme_id, team_id=team_id)


@asynccontextmanager
async def _member(
    context: BotContext, programme_id: int
) -> AsyncIterator[tuple[AsyncSession, Subscriber, Membership]]:
    """Opens a transaction with the sender's row locked. Raises StaleButtonError for non-members."""
    async with context.sessions.begin() as session:
        subscriber = await subscription.find(session, context.user.id)
        part = await membership.find(session, context.user.id, programme_id)
        if subscriber is None or part is None:
            raise StaleButtonError
        yield session, subscriber, part


async def _change(
    context: BotContext,
    programme_id: int,
    *,
    hidden: bool | None = None,
    messages_off: bool | None = None,
    name: str | None = None,
    team_id: int | None = None,
) -> None:
    """Change what is given, and show the updated membership."""
    async with _member(context, programme_id) as (session, subscriber, known):
        if hidden is not None:
            membership.set_hidden(known.enrolment, hidden=hidden)
        if messages_off is not None:
            known.enrolment.messages_off = messages_off
        if name is not None:
            await membership.set_shown_name(known.enrolment, name)
        refused = bool(name) and known.enrolment.shown_name is None
        part = known if team_id is None else await _into_team(session, known, team_id)
        teams = bool(await programmes.teams(session, programme_id))
    reply = messages.membership_card(
        context.words, part, subscriber.alias, has_teams=teams, name_refused=refused
    )
    context.replace(reply)


async def leave(update: Update, context: BotContext) -> None:
    """The button `leave:<programme>`: leaves at once and offers a button to come back."""
    now = context.now()
    async with _member(context, int(context.argument)) as (session, subscriber, part):
        team_id = part.enrolment.team_id or 0
        await membership.leave(session, subscriber, part, now)
    context.replace(messages.left(context.words, part, team_id, now))


async def come_back(update: Update, context: BotContext) -> None:
    """The button `back:<programme>:<team>:<moment>`: undoes leaving.

    Its data has the time of leaving, which a member removed by a coordinator cannot guess.
    """
    programme_id, team_id, moment = map(int, context.argument.split(":"))
    left_at = _EPOCH + timedelta(microseconds=min(moment, _LATEST))
    now = context.now()
    async with context.sessions.begin() as session:
        subscriber = await subscription.find(session, context.user.id)
        if subscriber is None:
            raise StaleButtonError
        part = await membership.undo_leaving(
            session, subscriber, programme_id, left_at, team_id, now
        )
        if part is None:
            raise StaleButtonError
        teams = bool(await programmes.teams(session, programme_id))
    context.replace(
        messages.membership_card(context.words, part, subscriber.alias, has_teams=teams)
    )


async def _into_team(session: AsyncSession, part: Membership, team_id: int) -> Membership:
    """Returns the membership in that team. Raises StaleButtonError if there is no such team."""
    team = await programmes.team_of(session, part.programme.id, team_id) if team_id else None
    if team is None and team_id:
        raise StaleButtonError
    part.enrolment.team_id = team.id if team is not None else None
    return Membership(part.programme, part.enrolment, team)
