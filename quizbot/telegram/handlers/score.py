"""/score, /leaderboard, and the boards of programmes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update

from db.programmes import Programme
from quizbot.programmes import boards, membership, schedule, staff, winners
from quizbot.programmes import programme as programmes
from quizbot.programmes.membership import Membership
from quizbot.programmes.team_goal import current_goal
from quizbot.quiz import subscription
from quizbot.quiz.answers import leaderboard
from quizbot.quiz.answers.progress import Progress, progress
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import local_date
from quizbot.telegram.handlers.context import BotContext, Services, StaleButtonError
from quizbot.telegram.messages import boards as board_messages
from quizbot.telegram.messages import membership as membership_messages
from quizbot.telegram.messages import score as messages
from quizbot.telegram.messages import small_talk
from quizbot.telegram.messages.boards import EVERYBODY, TEAMS, EmptyBoard, ProgrammeBoards
from quizbot.telegram.messages.markup import Message
from quizbot.telegram.messages.membership import MemberToday
from quizbot.telegram.messages.subscription import next_question

_TODAY_PROGRAMMES = 3  # in a reply to /today


async def show_score(update: Update, context: BotContext) -> None:
    """/score and its button: the score as text and as a picture.

    After a press, the picture is behind another button: the first button is below every answer
    card, and many people press it at once after a broadcast.
    """
    now, was_pressed = context.now(), update.callback_query is not None
    context.acknowledge()
    facts = await _progress(context, with_days=not was_pressed)
    context.reply(messages.score(context.words, facts, now, offer_picture=was_pressed))
    if not was_pressed:
        _send_picture(context, facts)


async def say_figures(_: Update, context: BotContext, *, asked: str) -> None:
    """A text such as "am I getting better?": what the sender's own figures say."""
    facts = await _progress(context)
    topic, now = context.services.topic, context.now()
    context.reply(small_talk.own_figures(context.words, asked, facts, topic, now))


async def show_picture(update: Update, context: BotContext) -> None:
    """The button below a score: sends its picture."""
    context.acknowledge()
    _send_picture(context, await _progress(context))


async def _progress(context: BotContext, *, with_days: bool = True) -> Progress:
    services, now = context.services, context.now()
    async with context.subscriber() as (session, subscriber):
        facts = await progress(
            session,
            subscriber,
            services.topic,
            now,
            services.ranks.at(now),
            with_days=with_days,
        )
    _refresh_ranks(services, now)
    return facts


def _send_picture(context: BotContext, facts: Progress) -> None:
    w = context.words
    context.send_picture(messages.progress_picture(w, facts), messages.progress_caption(w, facts))


async def show_leaderboard(update: Update, context: BotContext) -> None:
    """/leaderboard and its button: a member's programme board, everybody else the whole quiz's.

    Coordinators who do not take part in the quiz choose one of their programmes, if there are more.
    """
    context.acknowledge()
    shown = f"{boards.Period.WEEK}:{EVERYBODY}"
    async with context.sessions() as session:
        if await subscription.find(session, context.user.id) is None:
            run = await staff.programmes_run_by(session, context.user.id)
            if len(run) > 1:
                context.reply(board_messages.programme_choice(context.words, run))
                return
            if run:
                context.reply(await _programme_board(context, session, run[0].id, shown))
                return
    async with context.subscriber() as (session, subscriber):
        parts = await membership.running(session, subscriber.id, context.now())
        reply = (
            await _programme_board(context, session, parts[0].programme.id, shown)
            if parts
            else None
        )
    context.reply(reply or await _leaderboard(context, leaderboard.Period.WEEK))


async def show_today(update: Update, context: BotContext) -> None:
    """/today: a member's programmes, their places, and whether the day's question waits.

    Before the first day, it says when that is.
    """
    now, w = context.now(), context.words
    async with context.subscriber() as (session, subscriber):
        parts = await membership.running(session, subscriber.id, now)
        latest = await claiming.latest_daily(session, subscriber.id)
        waiting = latest is not None and await claiming.is_open_unanswered(session, latest, now)
        until = latest.local_date if latest is not None and not waiting else None
        shown = [
            await _member_today(session, each, until, now) for each in parts[:_TODAY_PROGRAMMES]
        ]
        question = next_question(w, subscriber, now, is_first=latest is None)
        starting = await membership.starting(session, subscriber.id, now)
        starting = starting[: _TODAY_PROGRAMMES - len(shown)]
        is_in_one = shown or starting
        ended = None if is_in_one else await membership.ended_lately(session, subscriber.id, now)
        if ended is not None:
            final = await _final_board(session, ended, subscriber.id, now)
    if ended is not None:
        context.reply(
            membership_messages.today_after_end(w, ended, final, question, waiting=waiting)
        )
    elif is_in_one:
        context.reply(membership_messages.today(w, shown, starting, question, now, waiting=waiting))
    else:
        context.reply(membership_messages.membership_list(w, []))


async def _final_board(
    session: AsyncSession, ended: Programme, me: int, now: datetime
) -> boards.MemberBoard:
    day = programmes.today_of(ended, now)
    return await boards.member_board(
        session, ended, boards.Period.PROGRAMME, day, me=me, part=slice(1)
    )


async def _member_today(
    session: AsyncSession, part: Membership, asked_until: date | None, now: datetime
) -> MemberToday:
    """`asked_until` is the local date of their latest question; None while it is unanswered."""
    programme, me = part.programme, part.enrolment.subscriber_id
    day = programmes.today_of(programme, now)
    first_week = membership.first_full_week(part, day)

    async def board(period: boards.Period) -> boards.MemberBoard:
        return await boards.member_board(session, programme, period, day, me=me, part=slice(1))

    # Whoever joined later has fewer points in the programme for that reason alone.
    is_late = membership.missed_first_week(part)
    period = boards.Period.MONTH if is_late else boards.Period.PROGRAMME
    longer = None if first_week else await board(period)
    goal = await current_goal(session, programme, day, day)
    last = (await programmes.days_of(session, programme)).last()
    all_asked = last is not None and asked_until is not None and asked_until >= last
    week = await board(boards.Period.WEEK)
    return MemberToday(programme, week, longer, first_week, goal, all_asked)


async def turn_leaderboard(update: Update, context: BotContext) -> None:
    """The button on a leaderboard: shows the other period, in place."""
    context.acknowledge()
    context.replace(await _leaderboard(context, leaderboard.Period(context.argument)))


async def _leaderboard(context: BotContext, period: leaderboard.Period) -> Message:
    now, ranks = context.now(), context.services.ranks
    async with context.subscriber() as (session, subscriber):
        today = local_date(now, subscriber.timezone)
        board = await leaderboard.board(session, subscriber.id, period, today, ahead=ranks.at(now))
        parts = await membership.of_subscriber(session, subscriber.id)
        question = next_question(context.words, subscriber, now) if not board.top else ""
        run = await staff.programmes_run_by(session, subscriber.id)
    _refresh_ranks(context.services, now)
    programmes_of = {each.id: each for each in (*(each.programme for each in parts), *run)}
    return board_messages.leaderboard(context.words, board, [*programmes_of.values()], question)


def _refresh_ranks(services: Services, now: datetime) -> None:
    """Refresh old ranks in the background, so that no reply waits for it."""

    async def refresh() -> None:
        async with services.sessions() as session:
            await services.ranks.refresh(session, now)

    if services.ranks.needs_refresh(now):
        services.reply_queue.post("ranks", refresh)


async def show_board(update: Update, context: BotContext) -> None:
    """Shows a programme's board to members and coordinators, with the button's period and scope.

    The button of an answer card has neither: the card stays, and this week's board comes below.
    """
    programme_id, _, turned = context.argument.partition(":")
    async with context.sessions() as session:
        shown = turned or f"{boards.Period.WEEK}:{EVERYBODY}"
        reply = await _programme_board(context, session, int(programme_id), shown)
    context.acknowledge()
    (context.replace if turned else context.reply)(reply)


async def _programme_board(
    context: BotContext, session: AsyncSession, programme_id: int, shown: str
) -> Message:
    """Returns the board `<period>:<scope>` of a programme for a member or a coordinator.

    Raises StaleButtonError for anybody else, and if there is no such team.
    """
    w, me, now = context.words, context.user.id, context.now()
    name, scope = shown.split(":")
    part = await membership.find(session, me, programme_id)
    run = await staff.programme_run_by(session, programme_id, me)
    programme = part.programme if part is not None else run
    if programme is None:
        raise StaleButtonError
    today, ended = programmes.today_of(programme, now), schedule.has_ended(programme, now)
    period = boards.Period(name)
    if ended and period is not boards.Period.ALL_TIME:  # an older button
        period = boards.Period.PROGRAMME
    teams = await programmes.teams(session, programme.id)
    mine = part.team if part is not None else None
    first_week = membership.first_full_week(part, today) if part and not ended else None
    programme_boards = ProgrammeBoards(
        programme, bool(teams), mine, part is not None, first_full_week=first_week, ended=ended
    )
    places: Sequence[boards.TeamPlace] = ()
    is_final = ended and scope == EVERYBODY and period is boards.Period.PROGRAMME
    if scope == TEAMS or (is_final and teams):
        team_id = mine.id if mine is not None else None
        places = await boards.team_board(session, programme, period, today, team_id)
    days = await programmes.days_of(session, programme)
    empty = EmptyBoard(now, schedule.next_question(programme, days, now))
    if scope == TEAMS:
        instead = None if any(each.rank for each in places) else empty
        return board_messages.team_board(w, programme_boards, period, places, instead)
    team = next((each for each in teams if str(each.id) == scope), None)
    if team is None and scope != EVERYBODY:
        raise StaleButtonError
    board = await boards.member_board(session, programme, period, today, me=me, team=team)
    board = await winners.with_shared_first(session, programme, board, today, now)
    if period is boards.Period.WEEK and not board.top:
        empty = replace(empty, past=await winners.past_week(session, programme, now, team))
    instead = None if board.top else empty
    return board_messages.member_board(w, programme_boards, board, instead, places)
