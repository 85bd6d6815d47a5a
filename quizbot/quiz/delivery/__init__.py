"""Delivery: from a claim to the chat, what came of it, repair, and reminders."""
