"""How large tests are: in full where CI=true is set, smaller on the machine of a person."""

import os

IN_CI = os.environ.get("CI") == "true"


def size(name: str, *, in_ci: int, elsewhere: int) -> int:
    """Returns what the environment variable says, or the size that fits where the test runs."""
    return int(os.environ.get(name) or (in_ci if IN_CI else elsewhere))
