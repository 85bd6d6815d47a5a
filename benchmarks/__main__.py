"""`python -m benchmarks [name ...]`: print figures as a table, and write them as JSON."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import first_steps, learning
from benchmarks.machine import describe
from questions import load_topic

RESULTS = Path(__file__).parent / "results.json"
_ROOT = Path(__file__).parent.parent
_TOPIC = _ROOT / "questions/vitamin-b12-blood-flow"
_PLOT = _ROOT / "docs/images/learning.svg"


def _first_steps() -> dict[str, Any]:
    figures = asyncio.run(first_steps.measure())
    _rows(
        ("start to first getUpdates (median of 5)", f"{figures.start:.2f} s", "< 2 s"),
        ("vote to answer card, median of 60", f"{figures.card_median * 1000:.0f} ms", "< 200 ms"),
        ("vote to answer card, 95th percentile", f"{figures.card_p95 * 1000:.0f} ms", ""),
        ("resident memory of the bot", f"{figures.memory:.0f} MB", "< 120 MB"),
    )
    return asdict(figures)


def _learning() -> dict[str, Any]:
    known = learning.measure(load_topic(_TOPIC))
    _rows(
        *(
            (f"questions known on day {learning.DAYS}, chosen {way}", f"{days[-1]:.1f}", "")
            for way, days in known.items()
        )
    )
    _PLOT.write_text(learning.plot(known), encoding="utf-8")
    print(f"  drawn in {_PLOT.relative_to(_ROOT)}")
    return {way: days[-1] for way, days in known.items()}


BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "first_steps": _first_steps,
    "learning": _learning,
}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(BENCHMARKS):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there is: ", end="")
        print(", ".join(BENCHMARKS))
        return 2
    print(describe())
    results: dict[str, Any] = {"machine": describe()}
    for name in names or BENCHMARKS:
        results[name] = BENCHMARKS[name]()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


def _rows(*rows: tuple[str, str, str]) -> None:
    for name, value, target in rows:
        print(f"  {name:42} {value:>9}   {target}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
