"""The teams of a programme: their list, and adding some."""

from telegram import Update

from quizbot.programmes import programme as programmes
from quizbot.programmes import teams, text_input
from quizbot.telegram.handlers.context import BotContext
from quizbot.telegram.handlers.programme import ask
from quizbot.telegram.handlers.programme_wizard import asked_about
from quizbot.telegram.messages import programme_wizard as wizard_messages
from quizbot.telegram.messages import teams as messages

SUBJECT = "teams"  # of the text inputs


async def list_teams(update: Update, context: BotContext) -> None:
    """The buttons `teams:<id>:<page>[:done]`: show a page of the teams, in place.

    After "done" below the question for new ones, the list is a message of its own, so that what was
    added and what was not stays, and no more names are taken.
    """
    programme_id, page, *done = context.argument.split(":")
    async with context.programme(int(programme_id)) as (session, programme):
        subject = await text_input.current_subject(session, context.user.id, context.now())
        if done and subject == SUBJECT:
            await text_input.finish(session, context.user.id)
        every = await programmes.teams(session, programme.id)
        sizes = await programmes.count_team_members(session, programme.id)
    context.acknowledge()
    shown = messages.team_list(context.words, programme, every, sizes, int(page))
    (context.reply if done else context.replace)(shown)


async def add_teams(update: Update, context: BotContext) -> None:
    """The button `addteams:<id>`: takes the lines of each text as names, until "done"."""
    await ask(context, SUBJECT, messages.ask_teams(context.words, int(context.argument)))


async def teams_typed(update: Update, context: BotContext) -> None:
    """A typed answer: the names of new teams, one a line. Adds those that it can."""
    now, w, user_id = context.now(), context.words, context.user.id
    async with context.sessions.begin() as session:
        programme, _ = await asked_about(context, session, SUBJECT)
        typed = context.message.text or ""
        done = await teams.add_list(session, programme, typed, user_id, now)
    faults = [(each.name, wizard_messages.refusal(w, each.reason)) for each in done.refused]
    context.reply(messages.ask_teams(w, programme.id, done.added, faults))
