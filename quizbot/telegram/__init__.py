"""Telegram's side: what is received, what is said, and how it is sent."""

import os

# python-telegram-bot's way to ask for the type that a 429's retry_after is going to have.
os.environ.setdefault("PTB_TIMEDELTA", "true")
