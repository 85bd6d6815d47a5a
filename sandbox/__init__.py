"""A local Telegram: a Bot API server, the people who talk to a bot, and a page to be them on.

Modules stand in layers, each below those that import it (import-linter checks it):

    server                  the HTTP server; below it control/ and webhook, then botapi
    methods/                the methods of the Bot API, by subject
    groups, people          what people do
    world                   the state, and the basic changes of it
    views, chats, polls     messages as each viewer sees them, and what they are made of
    accounts, updates       people and bots, and what they are told
    the rest                clock, files, faults, limits, entities, params, wire: each for itself

Only ``quizbot`` and ``demo_season`` know the quiz bot, and only ``__main__`` starts it.
"""
