"""Prometheus metrics for /metrics, counted since the process started.

Those of the database's failures are in db.transient_errors. All series exist from the start, at
zero: otherwise an alert would miss the first event.
"""

import math

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

# Else each counter has a second series, with the time when it began.
disable_created_metrics()  # type: ignore[no-untyped-call]


def _by(name: str, what: str, label: str, values: str) -> Counter:
    """Returns a counter with a series for each of the label's values, given as words."""
    counter = Counter(name, what, [label])
    for value in values.split():
        counter.labels(value)
    return counter


QUESTIONS = _by(
    "quizbot_questions",
    "Attempts to send a question, by result",
    "result",
    "sent not_sent unconfirmed refused blocked",
)
QUESTIONS_IN_FLIGHT = Gauge("quizbot_questions_in_flight", "Questions in flight now")
QUESTIONS_LEFT = Gauge(
    "quizbot_questions_left", "Daily questions due or claimed and not yet sent; at the leader"
)
OLDEST_QUESTION = Gauge(
    "quizbot_oldest_question_seconds",
    "For how long the oldest of these questions has waited; at the leader",
)
LAST_UPDATE = Gauge(
    "quizbot_last_update_timestamp_seconds", "When the last update arrived; 0 before the first"
)
POLL_ANSWERS = _by(
    "quizbot_poll_answers",
    "Poll answers, by result",
    "result",
    "answer withdrawn unknown_poll not_addressee repeated no_such_option",
)
CARDS_LEFT_OVER = Counter(
    "quizbot_cards_left_over", "Answer cards sent after a crash, a refusal or an overflow"
)
PARKED = Counter("quizbot_updates_parked", "Updates that failed and are retried for a day")
REPLIES_LOST = _by(
    "quizbot_replies_lost",
    "Replies that were not sent: too many waited, ten minutes passed, sending failed, or the bot "
    "stopped",
    "reason",
    "too_many too_late failed stopped",
)
PICTURES_LEFT_OUT = Counter(
    "quizbot_pictures_left_out", "Questions sent without their picture, which was refused or failed"
)
SET_ASIDE = Counter("quizbot_updates_set_aside", "Updates that could not be handled")
WEBHOOK_REFUSED = _by(
    "quizbot_webhook_refused", "Requests that were no update", "status", "400 403 413"
)
WEBHOOK_REMOVED = Counter(
    "quizbot_webhook_removed", "Times that the webhook was gone and was set again"
)
WEBHOOK_PENDING = Gauge(
    "quizbot_webhook_pending", "Updates that wait at Telegram; at the leader, each minute"
)
WEBHOOK_LAST_ERROR = Gauge(
    "quizbot_webhook_last_error_timestamp_seconds",
    "When Telegram could last not deliver an update; 0 if never; at the leader, each minute",
)
WEB_REFUSED = _by(
    "quizbot_web_refused",
    "Requests that the web side refused",
    "reason",
    "sign_in csrf programme not_http too_slow long_address large_headers sent_ahead connections",
)
REMINDERS = Counter("quizbot_reminders", "Evening reminders sent")
NOTES = _by(
    "quizbot_notes",
    "Notes to members sent, by kind",
    "kind",
    "announcement welcome team removal end next-season",
)
JOB_FAILURES = _by(
    "quizbot_job_failures",
    "Runs of periodic tasks that failed, other than because of the database",
    "task",  # not "job": Prometheus has a label of that name
    "broadcast offers reminders group_quiz digests notes reports parked purge shares backlog "
    "answer_cards pace report_answers operator_notes comparisons replans",
)
TELEGRAM_SECONDS = Histogram(
    "quizbot_telegram_seconds",
    "How long Telegram took to answer; without getUpdates",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
TELEGRAM_ERRORS = _by(
    "quizbot_telegram_errors",
    "Calls that failed: no connection, no reply in time, the reply was lost, another "
    "process gets the updates (409), Telegram refused it (4xx), or had a fault of its own (5xx)",
    "kind",
    "no_connection no_reply reply_lost conflict refused server_error",
)
TOLD_TO_WAIT = Counter("quizbot_told_to_wait", "Calls that Telegram told to wait (429)")
DISK_FREE = Gauge(
    "quizbot_disk_free_bytes", "Bytes free beside the SQLite file; NaN with PostgreSQL"
)
DISK_FREE.set(math.nan)
CLOCK_ERROR = Gauge(
    "quizbot_clock_error_seconds",
    "By how much this machine's clock is ahead of Telegram's; 0 within 5 s; each hour",
)
TOKEN_REFUSED = Gauge(
    "quizbot_token_refused",
    "1 if Telegram refuses the token: a new token and a restart are needed",
)
LEADING = Gauge("quizbot_leading", "1 while this process is the leader")
# A process that no longer leads has nothing to say about these.
OF_LEADER = (LEADING, QUESTIONS_LEFT, OLDEST_QUESTION, WEBHOOK_PENDING, WEBHOOK_LAST_ERROR)
BUILD = Info("quizbot_build", "Version of the bot and of Python")
