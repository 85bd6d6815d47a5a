"""What every rival sends: the bot's own questions, as sendPoll takes them, in a file."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.machine import ROOT
from questions import load_topic
from quizbot.quiz.asking.choosing import shuffle_options
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.telegram.messages.questions import question_poll
from quizbot.telegram.messages.words import ENGLISH, Languages


def write(file: Path) -> None:
    """One poll for every question of the topic."""
    topic, words, rng = (
        load_topic(ROOT / "questions/vitamin-b12-blood-flow"),
        Languages(),
        Random(1),
    )
    closes_at = datetime.now(UTC) + timedelta(days=1)
    polls = []
    for number, item in enumerate(topic.approved):
        order = shuffle_options(item, rng)
        outgoing = Outgoing(
            number, closes_at, number, ENGLISH, item.id, order, closes_at, practice=False
        )
        poll = question_poll(words[ENGLISH], outgoing, item, topic)
        polls.append(
            {
                "question": poll.question,
                "options": poll.options,
                "correct_option_ids": [poll.correct_position],
                "explanation": poll.explanation,
                "close_date": int(poll.closes_at.timestamp()),
            }
        )
    file.write_text(json.dumps(polls), encoding="utf-8")
