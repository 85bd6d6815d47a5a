"""Answers: recording, streaks and points, totals, memories, corrections, boards, progress."""
