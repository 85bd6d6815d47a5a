"""A Telegram bot that teaches one health topic, a question a day. The map is ARCHITECTURE.md."""

__version__ = "0.1.0"
