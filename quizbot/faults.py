"""What keeps the bot from starting and a person can mend."""


class StartError(Exception):
    """The bot cannot start; the message says why and what to do."""
