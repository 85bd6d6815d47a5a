"""The rules of the quiz and its use cases: no Telegram, no HTTP, no clock (time is an argument)."""
