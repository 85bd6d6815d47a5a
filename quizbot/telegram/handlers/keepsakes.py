"""Pictures to keep and to share: a milestone, and a week."""

from telegram import Update

from quizbot.programmes import recaps
from quizbot.quiz.answers.progress import day_results
from quizbot.quiz.answers.streaks import correct_in, week_of
from quizbot.quiz.answers.totals import counted_answers
from quizbot.telegram.handlers.context import BotContext, StaleButtonError, day_of
from quizbot.telegram.messages import milestones as milestone_messages
from quizbot.telegram.messages import openings as messages


async def show_week(update: Update, context: BotContext) -> None:
    """The button below a Monday question: sends the picture of the week before."""
    services, w = context.services, context.words
    context.acknowledge()
    monday = week_of(day_of(context.argument))
    async with context.subscriber() as (session, subscriber):
        me, alias = subscriber.id, subscriber.alias
        objective_of = services.topic.objective_of
        weeks = await recaps.recaps(session, [me], monday, objective_of, from_answers=True)
        recap = weeks.get(me)
        results = await day_results(session, subscriber, context.now()) if recap else {}
    if recap is None:
        context.reply(messages.no_such_week(w))
        return
    bot = context.bot.username
    recap = recap.with_results(results)
    picture = messages.recap_picture(w, recap, alias, services.topic, bot)
    context.send_picture(picture, messages.recap_caption(w, recap))


async def show_milestone(update: Update, context: BotContext) -> None:
    """The button of an answer card: sends the picture of the milestone."""
    services, w = context.services, context.words
    context.acknowledge()
    kind, _, number = context.argument.partition(":")
    count = int(number)
    async with context.subscriber() as (session, subscriber):
        reached = {"streak": subscriber.best_streak, "right": subscriber.correct}
        if count > reached.get(kind, subscriber.answered):
            raise StaleButtonError
        answers = (await counted_answers(session, [subscriber.id]))[subscriber.id]
    right = correct_in(answers, count, in_a_row=kind == "streak")
    bot = context.bot.username
    picture = milestone_messages.milestone_picture(
        w, kind, count, right, subscriber.alias, services.topic, bot
    )
    context.send_picture(picture, picture.alt)
