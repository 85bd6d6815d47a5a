"""`python -m benchmarks [--quick] [name ...]`: print figures as tables, and write them as JSON.

`python -m benchmarks capacity --subscribers N` prints what so many would take instead.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable

from benchmarks import (
    answers,
    broadcast,
    cap,
    capacity,
    dashboard,
    first_steps,
    growth,
    leaderboard,
    learning,
    machine,
    pictures,
    rivals,
    soak,
    table,
)
from benchmarks.children import ChildFailedError
from benchmarks.databases import Databases, databases
from benchmarks.table import Row

Tables = AsyncIterator[tuple[str, list[Row]]]

BENCHMARKS: dict[str, Callable[..., Tables]] = {
    "first_steps": first_steps.rows,
    "learning": learning.rows,
    "broadcast": broadcast.measure,
    "cap": cap.measure,
    "rivals": rivals.measure,
    "answers": answers.measure,
    "growth": growth.measure,
    "leaderboard": leaderboard.measure,
    "dashboard": dashboard.measure,
    "pictures": pictures.measure,
    "soak": soak.measure,
}


async def run(names: list[str], *, quick: bool) -> None:
    """One after another; each is printed as it comes and kept when it is through."""
    # What ends this by a signal ends, in order, all that was started, too.
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with databases() as every:
        for name in names:
            await _run(name, every, quick=quick)


async def _run(name: str, every: Databases, *, quick: bool) -> None:
    begun, kept = time.monotonic(), dict[str, list[Row]]()
    async for title, rows in BENCHMARKS[name](every, quick=quick):
        table.show(title, rows)
        kept[title] = rows
    file = table.keep(name, kept, quick=quick)
    print(f"  {time.monotonic() - begun:.0f} s; kept in {file.relative_to(machine.ROOT)}")


def main() -> int:
    if sys.argv[1:2] == ["capacity"]:  # a plan, worked out from what was measured
        return capacity.main(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the bot; see docs/performance.md."
    )
    parser.add_argument("name", nargs="*", help=f"all, or some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="smaller, to see that it works")
    given = parser.parse_args()
    if unknown := set(given.name) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    print(f"{machine.describe()}, commit {machine.commit()}\n{machine.placement()}")
    machine.pin(machine.core_of_the_rest())
    try:
        asyncio.run(run(given.name or list(BENCHMARKS), quick=given.quick))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except ChildFailedError as error:
        print(f"  {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
