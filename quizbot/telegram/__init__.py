"""Telegram's side: what is received, what is said, and how it is sent."""
