"""/time, /timezone, /reminders, /alias."""

from telegram import Update

from db.models import Subscriber
from quizbot.quiz import aliases, clock_time, preferences, reminding, timezones
from quizbot.telegram.handlers.desk import Context, Desk, argument, pressed
from quizbot.telegram.messages import reminders, settings


class Preferring:
    """What people choose for themselves. A bare command asks, a near miss gets suggestions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def time(self, update: Update, context: Context) -> None:
        self._desk.acknowledge(update)
        await self._choose_time(update, argument(context))

    async def time_chosen(self, update: Update, context: Context) -> None:
        """A button with a time of day."""
        self._desk.acknowledge(update)
        await self._choose_time(update, pressed(context))

    async def _choose_time(self, update: Update, typed: str) -> None:
        desk, at = self._desk, clock_time.parse(typed)
        async with desk.subscriber(update) as (session, subscriber):
            if at is not None:
                await preferences.set_time(session, subscriber, at, desk.clock())
        if at is not None:
            self._confirm(update, subscriber)
        elif typed:
            meant = clock_time.suggestions(typed)
            desk.reply(update, settings.no_such_time(desk.words(update), typed, meant))
        else:
            desk.reply(update, settings.times(desk.words(update), subscriber.question_time))

    async def timezone(self, update: Update, context: Context) -> None:
        self._desk.acknowledge(update)
        await self._choose_zone(update, argument(context))

    async def zone_chosen(self, update: Update, context: Context) -> None:
        """A button with a zone; a name that is none is treated like one that was typed."""
        self._desk.acknowledge(update)
        await self._choose_zone(update, pressed(context))

    async def _choose_zone(self, update: Update, typed: str) -> None:
        desk, zone = self._desk, timezones.find(typed) if typed else None
        async with desk.subscriber(update) as (session, subscriber):
            if zone is not None:
                await preferences.set_timezone(session, subscriber, zone, desk.clock())
                await reminding.move(session, subscriber, desk.clock(), desk.settings.evening)
        if zone is not None:
            self._confirm(update, subscriber)
        elif typed:
            meant = timezones.suggestions(typed)
            desk.reply(update, settings.no_such_zone(desk.words(update), typed, meant))
        else:
            desk.reply(update, settings.zones(desk.words(update), subscriber.timezone))

    async def reminders(self, update: Update, context: Context) -> None:
        await self._switch_reminders(update, argument(context).casefold())

    async def reminders_chosen(self, update: Update, context: Context) -> None:
        """A button with on or off."""
        self._desk.acknowledge(update)
        await self._switch_reminders(update, pressed(context))

    async def _switch_reminders(self, update: Update, wanted: str) -> None:
        desk, w = self._desk, self._desk.words(update)
        async with desk.subscriber(update) as (_, subscriber):
            if wanted in ("on", "off"):
                reminding.switch(subscriber, on=wanted == "on")
        if wanted not in ("", "on", "off"):
            desk.reply(update, reminders.on_or_off(w))
            return
        at = reminding.usual_time(subscriber, desk.clock(), desk.settings.evening)
        on, zone = subscriber.reminders, subscriber.timezone
        desk.reply(update, reminders.reminders(w, zone, at, on=on))

    async def alias(self, update: Update, context: Context) -> None:
        desk, w = self._desk, self._desk.words(update)
        wanted = argument(context)
        try:
            async with desk.subscriber(update) as (session, subscriber):
                if wanted:
                    await preferences.set_alias(session, subscriber, wanted)
        except aliases.AliasError as refusal:
            desk.reply(update, settings.alias_refused(w, refusal.reason))
            return
        reply = settings.alias_set if wanted else settings.alias
        desk.reply(update, reply(w, subscriber.alias))

    def _confirm(self, update: Update, subscriber: Subscriber) -> None:
        words, now = self._desk.words(update), self._desk.clock()
        self._desk.reply(update, settings.scheduled(words, subscriber, now))
