"""How many examples property tests try: all of them in CI, an eighth of them elsewhere."""

from tests.sizes import IN_CI


def examples(number: int) -> int:
    """The number of examples, of which `number` are tried in CI."""
    return number if IN_CI else max(number // 8, 10)
