"""/digest: a programme's week so far, at once."""

from collections.abc import Sequence

from telegram import Update

from db.programmes import Programme
from quizbot.quiz.programmes import coordinating
from quizbot.telegram.digest import Digests
from quizbot.telegram.handlers.desk import Context, Desk, pressed, user_of
from quizbot.telegram.messages import digest, talk


class Digesting:
    """For those who run a programme; to everybody else there is no such command."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._digests = Digests(
            desk.sessions,
            desk.sender,
            desk.topic,
            desk.languages,
            desk.drawing,
            desk.clock,
            desk.dashboard_url,
        )

    async def digest(self, update: Update, context: Context) -> None:
        """Of the programme that they run; whoever runs several is asked which."""
        desk, w, person_id = self._desk, self._desk.words(update), user_of(update).id
        async with desk.sessions() as session:
            coordinator = await coordinating.coordinator(session, person_id)
            programmes: Sequence[Programme] = await coordinating.programmes_of(session, person_id)
        if coordinator is None:
            desk.reply(update, talk.unknown_command(w))
        elif not programmes:
            desk.reply(update, digest.none_run(w))
        elif len(programmes) > 1:
            desk.reply(update, digest.which(w, programmes))
        else:
            self._tell(update, programmes[0].id)

    async def chosen(self, update: Update, context: Context) -> None:
        """The button `digest:<programme id>`; a programme that they do not run does not exist."""
        desk, programme_id = self._desk, int(pressed(context))
        async with desk.sessions() as session:
            programme = await coordinating.run_by(session, programme_id, user_of(update).id)
        if programme is None:
            desk.acknowledge(update, talk.stale_button(desk.words(update)))
            return
        desk.acknowledge(update)
        self._tell(update, programme_id)

    def _tell(self, update: Update, programme_id: int) -> None:
        """It comes when it is ready; what else is said does not wait for it."""
        person_id, language = user_of(update).id, self._desk.words(update).code

        async def tell() -> None:
            await self._digests.tell(programme_id, person_id, language)

        self._desk.outbox.post(("digest", person_id), tell)
