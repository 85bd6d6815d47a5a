"""/privacy, /export, /forget."""

import json

from telegram import Update

from quizbot.quiz import privacy as kept
from quizbot.quiz.programmes import coordinating
from quizbot.telegram.handlers.desk import Context, Desk, pressed, user_of
from quizbot.telegram.messages import privacy


class Keeping:
    """What is kept about a person, for that person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def privacy(self, update: Update, context: Context) -> None:
        self._desk.reply(update, privacy.privacy(self._desk.words(update)))

    async def export(self, update: Update, context: Context) -> None:
        """Everything, as a JSON document."""
        desk, user, w = self._desk, user_of(update), self._desk.words(update)
        async with desk.sessions() as session:
            everything = await kept.export(session, user.id, desk.topic)
        if everything is None:
            desk.reply(update, privacy.nothing_kept(w))
            return
        content = json.dumps(everything, indent=2, ensure_ascii=False).encode()

        async def send() -> None:
            caption = privacy.export_caption(w)
            await desk.sender.document(user.id, content, "quizbot-export.json", caption)

        desk.outbox.post(user.id, send)

    async def forget(self, update: Update, context: Context) -> None:
        """Ask once."""
        desk, w, person = self._desk, self._desk.words(update), user_of(update).id
        async with desk.sessions() as session:
            anything = await kept.is_known(session, person)
            runs = await coordinating.coordinator(session, person) is not None
            alone = await coordinating.run_alone(session, person)
        if anything:
            desk.reply(update, privacy.ask_forget(w, alone, runs=runs))
        else:
            desk.reply(update, privacy.nothing_kept(w))

    async def forget_chosen(self, update: Update, context: Context) -> None:
        """The answer to it, in place of the question, so that its buttons are gone."""
        desk, w = self._desk, self._desk.words(update)
        desk.acknowledge(update)
        if pressed(context) != "yes":
            desk.replace(update, privacy.kept(w))
            return
        user_id = user_of(update).id
        async with desk.sessions.begin() as session:
            ran = await coordinating.coordinator(session, user_id) is not None
            still_open = await kept.forget(session, user_id, desk.clock())
        desk.replace(update, privacy.forgotten(w))

        async def tidy_chat() -> None:
            if ran:
                await desk.sender.menu(user_id, None)
            for message_id in still_open:
                await desk.sender.close_poll(user_id, message_id)

        desk.outbox.post(user_id, tidy_chat)
