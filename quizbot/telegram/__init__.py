"""Telegram: receiving updates, handling them, texts, and sending."""

import os

# Opts in to python-telegram-bot's future type of a 429's retry_after.
os.environ.setdefault("PTB_TIMEDELTA", "true")
