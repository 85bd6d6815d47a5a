"""Calls to the Bot API: HTTP, rate limits, and sending."""
