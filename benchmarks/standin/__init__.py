"""A cheap stand-in for the Bot API: what a bot's speed is measured against.

It lives in a process of its own on a core of its own, believes all that it is told, keeps nothing
and answers at once (or after a set time), so that the bot is what limits a run. The sandbox, which
checks every call as Telegram does, is 5 to 10 times dearer.
"""
