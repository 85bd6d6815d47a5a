"""Answers: recording them, streaks and points, totals, memories, corrections, leaderboards, progress."""
