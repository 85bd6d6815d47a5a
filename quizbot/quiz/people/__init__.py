"""People: subscriptions, aliases, and the time zones and times that people type."""
