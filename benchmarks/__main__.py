"""`python -m benchmarks [--quick] [name ...]`: print figures as tables, and save them as JSON.

With `--against PATH` it compares this checkout with another one. `python -m benchmarks capacity
--subscribers N` prints a plan for that many subscribers.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from benchmarks import (
    ROOT,
    answers,
    broadcast,
    capacity,
    compare,
    dashboard,
    gain,
    growth,
    leaderboard,
    learning,
    libraries,
    machine,
    messages,
    pictures,
    single_user,
    soak,
    table,
)
from benchmarks.databases import Databases, databases
from benchmarks.processes import ProcessFailedError
from benchmarks.table import Row

Tables = AsyncIterator[tuple[str, list[Row]]]

BENCHMARKS: dict[str, Callable[..., Tables]] = {
    "single_user": single_user.measure,
    "learning": learning.measure,
    "messages": messages.measure,
    "gain": gain.measure,
    "broadcast": broadcast.measure,
    "rate_limit": broadcast.measure_rate_limit,
    "libraries": libraries.measure,
    "answers": answers.measure,
    "growth": growth.measure,
    "leaderboard": leaderboard.measure,
    "dashboard": dashboard.measure,
    "pictures": pictures.measure,
    "soak": soak.measure,
}


async def run(names: list[str], *, quick: bool) -> None:
    """Run one benchmark after another; each table is printed as soon as it is complete."""
    # SIGTERM ends the processes that were started, too, in order.
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with databases() as created:
        for name in names:
            await _run(name, created, quick=quick)


async def _run(name: str, created: Databases, *, quick: bool) -> None:
    begun, tables = time.monotonic(), dict[str, list[Row]]()
    async for title, rows in BENCHMARKS[name](created, quick=quick):
        table.show(title, rows)
        tables[title] = rows
    file = table.save(name, tables, quick=quick)
    print(f"  {time.monotonic() - begun:.0f} s; saved in {file.relative_to(ROOT)}")


def main() -> int:
    if sys.argv[1:2] == ["capacity"]:  # a plan that is computed from measured figures
        return capacity.main(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the bot; see docs/performance.md."
    )
    parser.add_argument("name", nargs="*", help=f"all, or some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="smaller, to see that it works")
    parser.add_argument("--against", type=Path, metavar="PATH", help="compare with that checkout")
    options = parser.parse_args()
    if unknown := set(options.name) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    print(f"{machine.describe()}, commit {machine.commit()}\n{machine.placement()}")
    names = options.name or list(BENCHMARKS)
    if options.against is not None:
        return compare.compare(names, options.against.resolve(), quick=options.quick)
    machine.pin(machine.OTHER_CORE)
    try:
        asyncio.run(run(names, quick=options.quick))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except ProcessFailedError as error:
        print(f"  {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
