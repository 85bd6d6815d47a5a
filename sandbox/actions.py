"""What whoever runs a bot in here offers on the page: buttons of its own, beside the clock's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.wire import Json, RefusedError


@dataclass(frozen=True)
class Action:
    """A button in the clock bar.

    ``run`` gets the id of the person who pressed it and answers one sentence, which the page shows;
    a RefusedError is shown as its sentence.
    """

    name: str  # in the address: letters, digits and hyphens
    label: str
    title: str  # what it does, for the tooltip
    run: Callable[[int], Awaitable[str]]

    def view(self) -> Json:
        """As the page sees it."""
        return {"name": self.name, "label": self.label, "title": self.title}


def action_named(actions: list[Action], name: str) -> Action:
    """The action of that name."""
    for action in actions:
        if action.name == name:
            return action
    raise RefusedError(404, f"there is no action {name}")
