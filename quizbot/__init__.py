"""A Telegram bot that teaches one health topic, one question a day. See ARCHITECTURE.md."""

__version__ = "0.1.0"
