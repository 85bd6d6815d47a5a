"""When a programme's questions come, in a sentence."""

from datetime import datetime

from quizbot.programmes.schedule import NextQuestion
from quizbot.telegram.messages.words import Words


def question_to_answer(w: Words, coming: NextQuestion, now: datetime) -> str:
    """Returns that today's question is out, or when the next one comes: to members."""
    if coming.today_was_due:
        return w._("Today's question is out.")
    return next_question(w, coming, now)


def next_question(w: Words, coming: NextQuestion, now: datetime) -> str:
    """Returns when a programme's next question comes; nothing after the last one."""
    if coming.at is None:
        return ""
    comes = w._("The next question comes {when}.")
    if coming.is_first:
        comes = w._("The first question comes {when}.")
    return comes.format(when=w.moment(coming.at, coming.zone, now))
