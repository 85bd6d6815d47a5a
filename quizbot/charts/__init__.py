"""Pictures and charts: a module a kind, with its plain values, its table and its specification.

`kinds` knows all of them, and `drawing` makes a PNG for a chat or an SVG for a page of one. A
worker process draws, since the library needs more memory than the bot may take: only `worker`
loads it.
"""
