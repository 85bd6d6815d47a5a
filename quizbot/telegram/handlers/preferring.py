"""/time, /timezone, /alias."""

from datetime import time

from telegram import Update

from db.models import Subscriber
from quizbot.quiz import aliases, clock_time, preferences, timezones
from quizbot.telegram.handlers.desk import Context, Desk, argument, pressed
from quizbot.telegram.messages import settings


class Preferring:
    """What people choose for themselves. A bare command asks, a near miss gets suggestions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def time(self, update: Update, context: Context) -> None:
        desk, typed = self._desk, argument(context)
        await desk.acknowledge(update)
        at = clock_time.parse(typed)
        async with desk.subscriber(update) as (session, subscriber):
            if at is not None:
                await preferences.set_time(session, subscriber, at, desk.clock())
        if at is not None:
            await self._confirm(update, subscriber)
        elif typed:
            meant = clock_time.suggestions(typed)
            await desk.reply(update, settings.no_such_time(desk.words(update), typed, meant))
        else:
            current = subscriber.question_time
            await desk.reply(update, settings.times(desk.words(update), current))

    async def time_chosen(self, update: Update, context: Context) -> None:
        """A button with a time of day."""
        desk, at = self._desk, time.fromisoformat(pressed(context))
        await desk.acknowledge(update)
        async with desk.subscriber(update) as (session, subscriber):
            await preferences.set_time(session, subscriber, at, desk.clock())
        await self._confirm(update, subscriber)

    async def timezone(self, update: Update, context: Context) -> None:
        desk, typed = self._desk, argument(context)
        await desk.acknowledge(update)
        zone = timezones.find(typed) if typed else None
        async with desk.subscriber(update) as (session, subscriber):
            if zone is not None:
                await preferences.set_timezone(session, subscriber, zone, desk.clock())
        if zone is not None:
            await self._confirm(update, subscriber)
        elif typed:
            meant = timezones.suggestions(typed)
            await desk.reply(update, settings.no_such_zone(desk.words(update), typed, meant))
        else:
            current = subscriber.timezone
            await desk.reply(update, settings.zones(desk.words(update), current))

    async def zone_chosen(self, update: Update, context: Context) -> None:
        """A button with a zone; a name that is none is treated like one that was typed."""
        context.args = [pressed(context)]
        await self.timezone(update, context)

    async def alias(self, update: Update, context: Context) -> None:
        desk, w = self._desk, self._desk.words(update)
        wanted = argument(context)
        try:
            async with desk.subscriber(update) as (session, subscriber):
                if wanted:
                    await preferences.set_alias(session, subscriber, wanted)
        except aliases.AliasError as refusal:
            await desk.reply(update, settings.alias_refused(w, refusal.reason))
            return
        reply = settings.alias_set if wanted else settings.alias
        await desk.reply(update, reply(w, subscriber.alias))

    async def _confirm(self, update: Update, subscriber: Subscriber) -> None:
        words, now = self._desk.words(update), self._desk.clock()
        await self._desk.reply(update, settings.scheduled(words, subscriber, now))
