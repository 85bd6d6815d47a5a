"""The rules and use cases of the quiz: no Telegram, no HTTP, no clock (time is an argument)."""
