"""What /metrics tells, in Prometheus' terms; counted since the process started."""

from prometheus_client import Counter, Gauge, Histogram

QUESTIONS = Counter("quizbot_questions", "Questions tried to send, by what came of it", ["result"])
QUESTIONS_UNDER_WAY = Gauge("quizbot_questions_under_way", "Questions in flight now")
QUESTIONS_LEFT = Gauge(
    "quizbot_questions_left", "Questions of the running broadcast that have not been tried"
)
UPDATES = Counter("quizbot_updates", "Updates from Telegram, by what became of them", ["result"])
VOTES = Counter("quizbot_votes", "Votes, by what came of them", ["result"])
REMINDERS = Counter("quizbot_reminders", "Evening reminders sent")
TOLD_TO_WAIT = Counter("quizbot_told_to_wait", "Calls that Telegram refused with 429")
CALLS = Histogram(
    "quizbot_call_seconds",
    "Calls to the Bot API, from their turn to their reply",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LEADING = Gauge("quizbot_leading", "1 while this process holds the sending role")
