"""The sizes of tests: full with CI=true, smaller on a developer's machine."""

import os

IN_CI = os.environ.get("CI") == "true"

# Seconds until what has not happened is a failure: a busy machine may take long.
PATIENCE = 60.0


def size(name: str, *, in_ci: int, elsewhere: int) -> int:
    """Returns the value of the environment variable, or the default for CI or elsewhere."""
    return int(os.environ.get(name) or (in_ci if IN_CI else elsewhere))
