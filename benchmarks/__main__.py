"""`python -m benchmarks`: print the figures as a table; they are also written as JSON."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import first_steps
from benchmarks.machine import describe

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    figures = asyncio.run(first_steps.measure())
    rows = [
        ("start to first getUpdates (median of 5)", f"{figures.start:.2f} s", "< 2 s"),
        ("vote to answer card, median of 60", f"{figures.card_median * 1000:.0f} ms", "< 200 ms"),
        ("vote to answer card, 95th percentile", f"{figures.card_p95 * 1000:.0f} ms", ""),
        ("resident memory of the bot", f"{figures.memory:.0f} MB", "< 120 MB"),
    ]
    print(describe())
    for name, value, target in rows:
        print(f"  {name:42} {value:>9}   {target}")
    results = {"machine": describe(), "first_steps": asdict(figures)}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
