"""Figures as rows: printed as a table, saved as JSON."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import commit, describe, placement

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """A figure. `met` says whether it reaches its target; None where there is none.

    A figure that was not measured has no value, and a note that says why.
    """

    name: str
    value: float | None
    unit: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""

    def cells(self) -> tuple[str, str, str, str]:
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        shown = "not measured" if self.value is None else f"{_shown(self.value)} {self.unit}"
        return self.name, shown.strip(), self.target, " ".join(filter(None, (verdict, self.note)))


def at_least(name: str, value: float | None, bound: float, unit: str, note: str = "") -> Row:
    """Returns a figure that must be at least `bound`."""
    met = value >= bound if value is not None else None
    return Row(name, value, unit, f">= {_shown(bound)} {unit}", met, note)


def under(name: str, value: float | None, bound: float, unit: str, note: str = "") -> Row:
    """Returns a figure that must be lower than `bound`."""
    met = value < bound if value is not None else None
    return Row(name, value, unit, f"< {_shown(bound)} {unit}", met, note)


def exactly(name: str, value: float | None, wanted: float, note: str = "") -> Row:
    """Returns a count that must be equal to `wanted`."""
    return Row(name, value, "", _shown(wanted), None if value is None else value == wanted, note)


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def show(title: str, rows: list[Row]) -> None:
    """Print a title and its rows."""
    lines = [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    print(f"\n{title}")
    for name, value, target, verdict in lines:
        cells = (name.ljust(widths[0]), value.rjust(widths[1]), target.ljust(widths[2]), verdict)
        print(f"  {'   '.join(cells)}".rstrip())
    sys.stdout.flush()


def save(name: str, tables: Mapping[str, list[Row]], *, quick: bool) -> Path:
    """Write results/<name>.json; returns its path."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    saved = {
        "benchmark": name,
        "machine": describe(),
        "placement": placement(),
        "commit": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "tables": {title: [asdict(row) for row in rows] for title, rows in tables.items()},
    }
    file.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    return file


def _shown(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
