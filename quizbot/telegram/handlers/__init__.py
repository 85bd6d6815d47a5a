"""Handlers of updates: parse, run one use case in one transaction, reply."""
