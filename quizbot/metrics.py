"""What /metrics tells, in Prometheus' terms; counted since the process started."""

from prometheus_client import Counter, Gauge

QUESTIONS = Counter("quizbot_questions", "Questions tried to send, by what came of it", ["result"])
QUESTIONS_UNDER_WAY = Gauge("quizbot_questions_under_way", "Questions in flight now")
QUESTIONS_LEFT = Gauge(
    "quizbot_questions_left", "Questions still to be sent, as of the last line in the log"
)
VOTES = Counter("quizbot_votes", "Votes, by what came of them", ["result"])
SET_ASIDE = Counter("quizbot_updates_set_aside", "Updates that could not be handled")
WEBHOOK_REFUSED = Counter("quizbot_webhook_refused", "Requests that were no update", ["status"])
REMINDERS = Counter("quizbot_reminders", "Evening reminders sent")
TOLD_TO_WAIT = Counter("quizbot_told_to_wait", "Calls that Telegram refused with 429")
LEADING = Gauge("quizbot_leading", "1 while this process is the leader")
