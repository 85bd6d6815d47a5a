"""/coordinator, /coordinators, /dashboard, and becoming a coordinator by a link."""

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Invite, InviteKind, Programme
from quizbot.loopback import is_loopback
from quizbot.quiz.programmes import (
    coordinating,
    dialogues,
    inviting,
    organising,
    signing_in,
)
from quizbot.quiz.programmes.joining import Refusal
from quizbot.quiz.programmes.organising import OrganisingError
from quizbot.telegram.handlers.desk import (
    Context,
    Desk,
    StaleButtonError,
    message_of,
    pressed,
    user_of,
)
from quizbot.telegram.messages import commands, links, membership, planning, talk
from quizbot.telegram.messages import coordinators as messages
from quizbot.telegram.messages.message import Message
from quizbot.telegram.words import Words

NAME = "name"  # what can be asked about: see Conversing


class Coordinating:
    """Who runs programmes, and how they get to their dashboard."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def _is_operator(self, update: Update) -> bool:
        return user_of(update).id in self._desk.settings.operators

    async def coordinator(self, update: Update, context: Context) -> None:
        """An operator's: a link that makes a coordinator. To others there is no such command."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        if not self._is_operator(update):
            desk.reply(update, talk.unknown_command(w))
            return
        async with desk.sessions.begin() as session:
            made = await inviting.invite(
                session, InviteKind.COORDINATOR, now, actor_id=user_of(update).id
            )
        link = links.private(context.bot.username, made.code)
        desk.reply(update, messages.coordinator_link(w, link))

    async def coordinators(self, update: Update, context: Context) -> None:
        """An operator's: everybody who runs programmes."""
        desk, w = self._desk, self._desk.words(update)
        if not self._is_operator(update):
            desk.reply(update, talk.unknown_command(w))
            return
        desk.reply(update, await self._list(w, 0))

    async def turn(self, update: Update, context: Context) -> None:
        """Another page of them."""
        desk, w = self._desk, self._desk.words(update)
        self._check_operator(update)
        desk.acknowledge(update)
        desk.replace(update, await self._list(w, int(pressed(context))))

    async def _list(self, w: Words, page: int) -> Message:
        async with self._desk.sessions() as session:
            every = await coordinating.listed(session)
            lost = await coordinating.unattended(session)
        return messages.coordinators(w, every, lost, page)

    def _check_operator(self, update: Update) -> None:
        if not self._is_operator(update):
            raise StaleButtonError

    async def remove(self, update: Update, context: Context) -> None:
        """Ask once; then they run nothing any more and are signed out."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        self._check_operator(update)
        number, answer = pressed(context).split(":")
        who = int(number)
        async with desk.sessions.begin() as session:
            known = await coordinating.coordinator(session, who)
            if known is None:
                raise StaleButtonError
            alone = await coordinating.run_alone(session, who)
            if answer == "yes":
                await coordinating.remove_coordinator(session, who, user_of(update).id, now)
        desk.acknowledge(update)
        if answer != "yes":
            desk.replace(update, messages.ask_remove(w, known, alone))
            return
        self._tell_removed(who, known.language)
        desk.replace(update, await self._list(w, 0))

    def _tell_removed(self, who: int, language: str) -> None:
        desk, w = self._desk, self._desk.languages[language]

        async def tell() -> None:
            await desk.sender.menu(who, None)
            await desk.sender.say(who, messages.removed(w))

        desk.outbox.post(who, tell)

    async def hand_over(self, update: Update, context: Context) -> None:
        """A link for somebody who will run a programme that nobody runs."""
        desk, now, w = self._desk, self._desk.clock(), self._desk.words(update)
        self._check_operator(update)
        async with desk.sessions.begin() as session:
            lost = await coordinating.unattended(session)
            programme = next((each for each in lost if each.id == int(pressed(context))), None)
            if programme is None:
                raise StaleButtonError
            made = await inviting.invite(
                session, InviteKind.COLLEAGUE, now, programme.id, actor_id=user_of(update).id
            )
        desk.acknowledge(update)
        link = links.private(context.bot.username, made.code)
        desk.reply(update, messages.handover_link(w, programme, link))

    async def invited(self, update: Update, invitation: Invite) -> None:
        """Somebody opened a link that lets them run programmes, or one."""
        desk, w, user = self._desk, self._desk.words(update), user_of(update)
        if not inviting.is_good(invitation, desk.clock()):
            desk.reply(update, membership.refused(w, Refusal.CLOSED))
            return
        async with desk.sessions.begin() as session:
            known = await coordinating.coordinator(session, user.id)
            programme = await session.get(Programme, invitation.programme_id or 0)
            running = await coordinating.runners(session, programme.id) if programme else []
            if known is None:
                answers = {"code": invitation.code}
                await dialogues.begin(session, user.id, NAME, desk.clock(), answers=answers)
        names = [each.name for each in running]
        if known is None:
            reply = messages.ask_name(w, user.first_name, names, programme)
        elif programme is None or known in running:
            reply = messages.already_coordinator(w)
        else:
            reply = messages.ask_share(w, names, programme, invitation.code)
        desk.reply(update, reply)

    async def named(self, update: Update, context: Context) -> None:
        """A typed name."""
        await self._name(update, message_of(update).text or "")

    async def first_name(self, update: Update) -> None:
        """The button with the own first name."""
        await self._name(update, user_of(update).first_name)

    async def _name(self, update: Update, typed: str) -> None:
        """Accept the invitation by that name."""
        desk, w, person = self._desk, self._desk.words(update), user_of(update).id
        async with desk.sessions.begin() as session:
            dialogue = await dialogues.find(session, person, NAME, desk.clock())
            if dialogue is None:
                raise StaleButtonError
            try:
                name = organising.clean_name(typed)
            except OrganisingError as refusal:
                desk.acknowledge(update)
                desk.reply(update, messages.ask_other_name(w, planning.refusal(w, refusal.reason)))
                return
            await dialogues.finish(session, person)
            reply = await self._accept(session, update, dialogue.answers["code"], name)
        self._accepted(update, reply)

    async def share(self, update: Update, context: Context) -> None:
        """The button of somebody who has a name already, to run one programme more."""
        async with self._desk.coordinator(update) as (session, coordinator):
            reply = await self._accept(session, update, pressed(context), coordinator.name)
        self._accepted(update, reply)

    async def _accept(self, session: AsyncSession, update: Update, code: str, name: str) -> Message:
        desk, w, user = self._desk, self._desk.words(update), user_of(update)
        language = desk.languages.closest(user.language_code)
        used = await coordinating.accept(session, code, user.id, name, language, desk.clock())
        if used is None:
            return membership.refused(w, Refusal.CLOSED)
        programme = await session.get(Programme, used.programme_id or 0)
        return messages.is_coordinator(w, name, programme)

    def _accepted(self, update: Update, reply: Message) -> None:
        """Said, and the menu set of who is a coordinator now; of others it is as it was."""
        desk, w, person = self._desk, self._desk.words(update), user_of(update).id
        desk.acknowledge(update)
        desk.replace(update, reply)

        async def set_menu() -> None:
            async with desk.sessions() as session:
                runs = await coordinating.coordinator(session, person) is not None
            if runs:
                await desk.sender.menu(person, commands.coordinators_menu(w))

        desk.outbox.post(person, set_menu)

    async def dashboard(self, update: Update, context: Context) -> None:
        """A way in that works once, in a message of its own: the link does not last."""
        desk, now = self._desk, self._desk.clock()
        async with desk.coordinator(update) as (session, coordinator):
            token = await signing_in.issue(session, coordinator.id, now)
        desk.acknowledge(update)
        url = desk.dashboard_url()
        local = is_loopback(url) and is_loopback(desk.settings.api_url)
        opens_here = url.startswith("https://") or local
        w = desk.words(update)
        desk.reply(update, messages.dashboard(w, url, token, opens_here=opens_here))
