"""Periodic tasks that send messages."""
