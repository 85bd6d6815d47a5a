"""The methods of the Bot API, by their names in lower case: Telegram accepts any case."""

from sandbox.methods import chats, editing, me, polls, sending, updates
from sandbox.methods.call import Call, Method

MODULES = (updates, me, sending, polls, editing, chats)
METHODS: dict[str, Method] = {
    name.lower(): method for module in MODULES for name, method in module.METHODS.items()
}

__all__ = ["METHODS", "Call"]
