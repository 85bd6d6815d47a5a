"""Prometheus metrics for /metrics, counted since the process started."""

from prometheus_client import Counter, Gauge

QUESTIONS = Counter("quizbot_questions", "Attempts to send a question, by result", ["result"])
QUESTIONS_IN_FLIGHT = Gauge("quizbot_questions_in_flight", "Questions in flight now")
QUESTIONS_LEFT = Gauge(
    "quizbot_questions_left", "Questions still to be sent, as of the last log line"
)
POLL_ANSWERS = Counter("quizbot_poll_answers", "Poll answers, by result", ["result"])
CARDS_LEFT_OVER = Counter(
    "quizbot_cards_left_over", "Answer cards sent after a crash, a refusal or an overflow"
)
PARKED = Counter("quizbot_updates_parked", "Updates that failed and are retried for a day")
REPLIES_LOST = Counter(
    "quizbot_replies_lost", "Replies dropped because too many waited, or after ten minutes"
)
SET_ASIDE = Counter("quizbot_updates_set_aside", "Updates that could not be handled")
WEBHOOK_REFUSED = Counter("quizbot_webhook_refused", "Requests that were no update", ["status"])
WEB_REFUSED = Counter("quizbot_web_refused", "Requests that the web side refused", ["reason"])
REMINDERS = Counter("quizbot_reminders", "Evening reminders sent")
TOLD_TO_WAIT = Counter("quizbot_told_to_wait", "Calls that Telegram told to wait (429)")
TOKEN_REFUSED = Gauge(
    "quizbot_token_refused",
    "1 if Telegram refuses the token: a new token and a restart are needed",
)
LEADING = Gauge("quizbot_leading", "1 while this process is the leader")
