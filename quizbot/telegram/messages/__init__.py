"""What the bot says: pure functions of their arguments, a module for each handler's subject."""
