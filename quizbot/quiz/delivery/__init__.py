"""Delivery: from a claim to the chat, outcomes, repair, and reminders."""
