"""The Bot API's methods by name, for what is sent a thousand times a second."""

from typing import Any

from telegram.ext import ExtBot

from quizbot.telegram.limiter import Lane, Limiter
from quizbot.telegram.transport import Transport, json_parameters


class Api(ExtBot[Lane]):
    """python-telegram-bot's Bot, and calls that are neither made from nor into its objects.

    Making them takes longer than sending; errors are python-telegram-bot's all the same.
    """

    def __init__(self, token: str, api_url: str, transport: Transport, limiter: Limiter) -> None:
        super().__init__(
            token,
            f"{api_url}/bot",
            f"{api_url}/file/bot",
            request=transport,
            get_updates_request=transport,
            rate_limiter=limiter,
        )
        self._limiter = limiter

    async def call(self, method: str, lane: Lane = Lane.REPLY, **parameters: Any) -> Any:
        """Make the call in its turn; the result as JSON holds it.

        Parameters are as JSON holds them, too; those of None are left out. Raises
        telegram.error.TelegramError.
        """
        data = {name: value for name, value in parameters.items() if value is not None}
        return await self._limiter.process_request(
            self._call, (method, data), {}, method, data, lane
        )

    async def _call(self, method: str, data: dict[str, Any]) -> Any:
        return await self.request.post(f"{self.base_url}/{method}", json_parameters(data))
