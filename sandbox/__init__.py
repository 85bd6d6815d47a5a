"""A local Telegram: a Bot API server, the people who talk to a bot, and a page to be them on."""
