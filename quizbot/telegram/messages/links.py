"""Addresses that open the bot with an invitation (Bot API, "Deep linking")."""


def private(username: str, code: str) -> str:
    """Opens a private chat with it."""
    return f"https://t.me/{username}?start={code}"


def group(username: str, code: str) -> str:
    """Asks for a group chat to bring it into."""
    return f"https://t.me/{username}?startgroup={code}"
