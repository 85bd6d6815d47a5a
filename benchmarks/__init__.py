"""Measurements. Every figure in docs/performance.md was printed by one of these."""
