"""This checkout compared with another one: the same benchmarks, run in turn on the same machine.

Each runs its own benchmarks in its own environment, in turn (other, this, other, this), so that a
change of the machine's speed affects both. Figures are matched by name; older checkouts call an
answer a vote.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks import ROOT

PAIRS = 3

# The beginnings of the names of the figures to compare.
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "broadcast": ("polls/s", "CPU per poll", "answers/s"),
    "answers": ("answers/s", "CPU per answer", "answer to card, p99"),
}

Figures = dict[str, float]


def compare(names: Sequence[str], other: Path, *, quick: bool) -> int:
    """Print the medians of both checkouts and the ratio; returns an exit status."""
    if unknown := set(names) - set(_FIGURES):
        print(f"--against compares {' and '.join(_FIGURES)}, not {', '.join(sorted(unknown))}")
        return 2
    if not (other / ".venv/bin/python").is_file():
        print(f"--against: {other} has no .venv/bin/python; run `make setup` there first")
        return 2
    measured: dict[Path, list[Figures]] = {other: [], ROOT: []}
    for number in range(PAIRS):
        for checkout, runs in measured.items():
            which = "this" if checkout == ROOT else "other"
            print(f"  pair {number + 1} of {PAIRS}, {which} checkout", flush=True)
            try:
                runs.append(_run(names, checkout, quick=quick))
            except subprocess.CalledProcessError as error:
                print(f"{error.stdout}\n{checkout} failed with status {error.returncode}")
                return 1
    _show(measured[other], measured[ROOT])
    return 0


def _run(names: Sequence[str], checkout: Path, *, quick: bool) -> Figures:
    """Run the benchmarks of a checkout; returns their figures by name."""
    command = [".venv/bin/python", "-m", "benchmarks", *(["--quick"] if quick else []), *names]
    subprocess.run(  # noqa: S603 -- the checkout is the user's own
        command, cwd=checkout, check=True, text=True, stdout=subprocess.PIPE
    )
    return {
        name: value
        for benchmark in names
        for name, value in _figures(checkout / f"benchmarks/results/{benchmark}.json", benchmark)
    }


def _figures(file: Path, benchmark: str) -> list[tuple[str, float]]:
    """Returns the figures of a results file that are compared."""
    found = []
    for title, rows in json.loads(file.read_text(encoding="utf-8"))["tables"].items():
        for row in rows:
            name = _current_name(row["name"])
            if name.startswith(_FIGURES[benchmark]) and row["value"] is not None:
                found.append((f"{_current_name(title)}: {name}", row["value"]))
    return found


def _current_name(name: str) -> str:
    """Returns the present name of a figure or table of an older checkout."""
    for old, new in (
        ("votes", "answers"),
        ("vote", "answer"),
        ("CPU a ", "CPU per "),
        ("taken in", "received"),
        ("30/s, and 20", "30/s and 20"),
    ):
        name = name.replace(old, new)
    return name


def _show(other: Sequence[Figures], this: Sequence[Figures]) -> None:
    names = [name for name in this[0] if all(name in run for run in (*other, *this))]
    width = max(map(len, names), default=0)
    print(f"\n{'median of ' + str(PAIRS):{width}}       other        this   this/other")
    for name in names:
        before, after = (median(run[name] for run in runs) for runs in (other, this))
        print(f"{name:{width}}  {before:10,.2f}  {after:10,.2f}   {after / before:10.2f}")
