"""All that the bot says: pure functions from facts to words and keyboards, one module a subject."""
