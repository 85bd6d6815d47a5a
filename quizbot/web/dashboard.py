"""What every page of the dashboard has at hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from db.session import Sessions
from questions import Topic
from quizbot.charts.drawing import Drawing
from quizbot.settings import Settings, is_loopback
from quizbot.telegram.messages.words import Languages
from quizbot.web.address import Address
from quizbot.web.gallery import Gallery
from quizbot.web.templating import Templates


@dataclass(frozen=True)
class Dashboard:
    """The parts that pages work with. `clock` answers the current moment in UTC.

    `bot_link` answers where the bot's chat is opened, "https://t.me/name".
    """

    sessions: Sessions
    topic: Topic
    languages: Languages
    drawing: Drawing
    clock: Callable[[], datetime]
    address: Address
    settings: Settings
    bot_link: Callable[[], str]
    templates: Templates = field(default_factory=Templates)
    gallery: Gallery = field(default_factory=Gallery)

    @property
    def token(self) -> str:
        """The bot's, by which Telegram signs what a Mini App is opened with."""
        return self.settings.token.get_secret_value()

    @property
    def is_local(self) -> bool:
        """Whether Telegram and the pages are both this machine's: its page may show ours."""
        return is_loopback(self.settings.api_url) and is_loopback(self.address.url)
