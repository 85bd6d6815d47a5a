"""The boards of programmes, for who takes part in them and for who runs them."""

from telegram import Update

from quizbot.quiz.due import local_date
from quizbot.quiz.programmes import boards, coordinating, enrolling, organising
from quizbot.quiz.programmes.boards import Period
from quizbot.telegram.handlers.desk import Context, Desk, StaleButtonError, pressed, user_of
from quizbot.telegram.messages import boards as messages
from quizbot.telegram.messages.boards import EVERYBODY, TEAMS, Frame


class Comparing:
    """Who is where in a programme."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def board(self, update: Update, context: Context) -> None:
        """The board that the button names: programme, period, and of whom."""
        desk, me, w = self._desk, user_of(update).id, self._desk.words(update)
        which, name, scope = pressed(context).split(":")
        period = Period(name)
        async with desk.sessions() as session:
            part = await enrolling.membership(session, me, int(which))
            run = await coordinating.run_by(session, int(which), me)
            programme = part.programme if part is not None else run
            if programme is None:
                raise StaleButtonError
            today = local_date(desk.clock(), programme.timezone)
            every = await organising.teams(session, programme.id)
            mine = part.team if part is not None else None
            frame = Frame(programme, bool(every), mine)
            if scope == TEAMS:
                my_team = mine.id if mine is not None else None
                places = await boards.team_board(session, programme, period, today, my_team)
                reply = messages.teams(w, frame, period, places)
            else:
                team = next((each for each in every if str(each.id) == scope), None)
                if team is None and scope != EVERYBODY:
                    raise StaleButtonError
                board = await boards.member_board(
                    session, programme, period, today, me=me, team=team
                )
                reply = messages.members(w, frame, board)
        desk.acknowledge(update)
        desk.replace(update, reply)
