"""Asking: on which days a question is due, which item it is, and its claim."""
