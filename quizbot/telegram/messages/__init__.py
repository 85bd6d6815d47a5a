"""What the bot says: pure functions. The docstring of one that returns a Message says when."""
