"""A cheap fake of the Bot API, which the bot's speed is measured against.

It runs in a process and on a core of its own, checks and stores nothing, and replies at once or
after a fixed time, so that the bot is what limits a run. The sandbox, which checks every call as
Telegram does, needs 5 to 10 times as much CPU time.
"""
