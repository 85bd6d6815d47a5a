"""A local Telegram: a Bot API server, people who talk to a bot, and a page to play those people.

Modules form layers; each imports only lower layers (import-linter checks this):

    server                  the HTTP server; below it control/ and webhook, then botapi
    methods/                the methods of the Bot API, by subject
    groups, people          what people do
    world                   the state, and basic changes to it
    views, chats, polls     messages as each viewer sees them, and their parts
    accounts, updates       people and bots, and what they receive
    the rest                clock, files, faults, limits, entities, params, wire: independent

Only ``quizbot`` and ``demo_season`` know the quiz bot, and only ``__main__`` starts it.
"""
