"""Answers: recording and scoring them, totals, memories, corrections, leaderboards, progress."""
