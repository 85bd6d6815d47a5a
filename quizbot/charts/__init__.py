"""Pictures: `picture` says what is to be seen, `drawing` makes a PNG of it.

A worker process draws, since the libraries need more memory than the bot may take: only `worker`
may import `progress` and what belongs to it. For the same reason nothing is imported here.
"""
