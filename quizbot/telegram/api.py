"""The Bot API's methods by name, for what is sent a thousand times a second."""

from typing import Any

from telegram.ext import ExtBot

from quizbot.telegram.limiter import Lane


class Api(ExtBot[Lane]):
    """python-telegram-bot's Bot, and calls whose results are not made into its objects.

    Building the objects of one sent poll takes longer than sending it.
    """

    async def call(self, method: str, lane: Lane = Lane.REPLY, **parameters: Any) -> Any:
        """Make the call in its turn; the result as JSON holds it. Parameters of None are left out.

        Raises telegram.error.TelegramError.
        """
        data = {name: value for name, value in parameters.items() if value is not None}
        self._merge_api_rl_kwargs(data, lane)
        return await self._do_post(method, data)
