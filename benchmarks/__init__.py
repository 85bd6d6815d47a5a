"""Benchmarks: they print the figures in docs/performance.md, capacity.md and learning.md."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPIC_FOLDER = ROOT / "questions/vitamin-b12-blood-flow"
