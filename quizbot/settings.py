"""All settings: one frozen object, read from the environment and `.env`, prefix QUIZBOT_."""

import os
import re
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from db.session import async_url
from quizbot.logs import encoded_forms
from quizbot.quiz.delivery.reminders import ReminderPolicy


class StartError(Exception):
    """The bot cannot start; the message says why and what to do."""


FREE_PACE = 30  # messages a second over all chats (Bot API FAQ)
PAID_PACE = 1000  # with paid broadcasts (Bot API, allow_paid_broadcast)

_QUESTIONS = Path(__file__).parent.parent / "questions"
_LONG_PASSWORD = 8  # characters from which a password is hidden wherever it stands
_SECRETS = {"token", "database_url", "webhook_secret"}  # their values are never shown

_PLAIN_URL = r"https?://([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?(/[\w.~/-]*)?"
_TAKEN_PATHS = {
    "health",
    "ready",
    "metrics",
    "p",
    "in",
    "out",
    "app",
    "static",
}  # used by quizbot.web
_WEBHOOK_PORTS = {None, 443, 80, 88, 8443}  # Bot API, setWebhook

# A valid example of each, shown when a value is wrong.
_EXAMPLES = {
    "token": "123456789:AAE-the-rest-of-what-BotFather-gave-you",
    "api_url": "https://api.telegram.org",
    "data_dir": "./data",
    "database_url": "postgresql://quizbot:password@localhost/quizbot",
    "topic": "vitamin-b12-blood-flow",
    "listen": "127.0.0.1:8080",
    "default_timezone": "Europe/London",
    "default_time": "09:00",
    "log_level": "INFO",
    "messages_per_second": "25",
    "paid_broadcast": "false",
    "operators": "123456789,987654321",
    "repair_after": "600",
    "webhook_url": "https://quiz.example.org/telegram",
    "webhook_secret": "the-64-characters-that-openssl-rand-hex-32-has-printed",
    "webhook_networks": "149.154.160.0/20,91.108.4.0/22",
    "public_url": "https://quiz.example.org",
    "quiet_hours": "22:00-08:00",
    "remind_at": "17:30",
}


# Plain words for pydantic's error types.
_FAULTS = {
    "int_parsing": "it is not a whole number",
    "bool_parsing": "it is neither true nor false",
    "greater_than_equal": "it is too small",
    "less_than_equal": "it is too large",
}


def is_loopback(url: str) -> bool:
    """Returns whether a URL leads to this machine, where plain http is safe."""
    try:
        return is_loopback_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_loopback_host(host: str) -> bool:
    """Returns whether a host name or IP address, without brackets, is this machine's."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class SettingsError(StartError):
    """Settings are wrong; the message has a sentence for each, fit for people."""


class Settings(BaseSettings):
    """All settings. Raises pydantic.ValidationError; see `load`."""

    model_config = SettingsConfigDict(
        env_prefix="QUIZBOT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    token: SecretStr
    api_url: str = "https://api.telegram.org"
    data_dir: Path = Path("data")
    database_url: SecretStr = SecretStr("")
    topic: str = "vitamin-b12-blood-flow"
    listen: str = "127.0.0.1:8080"
    default_timezone: str = "UTC"
    default_time: time = time(9)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    operators: Annotated[tuple[int, ...], NoDecode] = ()
    paid_broadcast: bool = False
    messages_per_second: int | None = None
    repair_after: int = Field(default=600, ge=1, le=86_400)  # seconds
    # Where Telegram sends updates; without it the bot polls.
    webhook_url: str = ""
    webhook_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    # Who may send updates; empty means everybody. Telegram sends from 149.154.160.0/20 and
    # 91.108.4.0/22 (core.telegram.org/bots/webhooks).
    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    # The public address of the dashboard and the article; without it, the dashboard's is the one
    # in `listen`, and people read the article in the chat.
    public_url: str = ""
    quiet_hours: str = "22:00-08:00"
    remind_at: time = Field(default="19:00", validate_default=True)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{20,}", value.get_secret_value()):
            raise ValueError("it does not look like a bot token")
        return value

    @field_validator("api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^/\s?#]+[^\s?#]*", value):
            raise ValueError("it is not an http or https address")
        if not value.startswith("https:") and not is_loopback(value):
            raise ValueError("it must begin with https: others could read the token on the way")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            async_url(value.get_secret_value())
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook_url(cls, value: str) -> str:
        if value and not re.fullmatch(_PLAIN_URL, value, re.ASCII):
            raise ValueError("it is not an https address with a plain path")
        url = urlsplit(value)
        here = is_loopback(value)  # a local Telegram needs no https
        if value and url.scheme != "https" and not here:
            raise ValueError("it must begin with https")
        if value and not here and url.port not in _WEBHOOK_PORTS:
            raise ValueError("its port must be 443, 80, 88 or 8443 for Telegram to post there")
        if url.path.strip("/").partition("/")[0] in _TAKEN_PATHS:
            raise ValueError("it is the path of something else")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        if info.data.get("webhook_url") and not secret:
            raise ValueError(
                "is required with QUIZBOT_WEBHOOK_URL; generate one with: openssl rand -hex 32"
            )
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", secret):
            raise ValueError("it is not 8 to 256 of the characters A-Z, a-z, 0-9, _ and -")
        return value

    @field_validator("webhook_networks", mode="before")
    @classmethod
    def _webhook_networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            raise ValueError("it is not a list of networks") from None

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not re.fullmatch(_PLAIN_URL, value, re.ASCII):
            raise ValueError("it is not an https address")
        url = urlsplit(value)
        if url.path:
            raise ValueError("it must end with the host or the port: the dashboard has no path")
        if value and url.scheme != "https" and not is_loopback(value):
            raise ValueError("it must begin with https")
        return value

    @field_validator("topic")
    @classmethod
    def _topic(cls, value: str) -> str:
        there = sorted(folder.parent.name for folder in _QUESTIONS.glob("*/bank.yaml"))
        if value not in there and not (Path(value) / "bank.yaml").is_file():
            raise ValueError(
                f"there is no such topic (there is: {', '.join(there)}; or the path of a topic's "
                "folder)"
            )
        return value

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise ValueError("it is not a host:port")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("it is not an IANA time zone") from None
        return value

    @field_validator("default_time", "remind_at", mode="before")
    @classmethod
    def _time(cls, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError("it is not a time of day")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _quiet_hours(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError("it is not a span from one time of day to another")
        return value

    @field_validator("remind_at")
    @classmethod
    def _remind_at(cls, value: time, info: ValidationInfo) -> time:
        quiet = info.data.get("quiet_hours")
        if quiet and _reminder_policy(value, quiet).is_quiet(value):
            raise ValueError(f"it lies in the quiet hours, QUIZBOT_QUIET_HOURS={quiet}")
        return value

    @field_validator("messages_per_second")
    @classmethod
    def _messages_per_second(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None or "paid_broadcast" not in info.data:  # it has its own error
            return value
        most = PAID_PACE if info.data["paid_broadcast"] else FREE_PACE
        if value > FREE_PACE == most:
            raise ValueError(
                f"more than {FREE_PACE} a second costs Stars; QUIZBOT_PAID_BROADCAST=true allows it"
            )
        if not 1 <= value <= most:
            raise ValueError(f"it is not between 1 and {most}")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _log_level(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("operators", mode="before")
    @classmethod
    def _operators(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        ids = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isdecimal() for part in ids):
            raise ValueError("it is not a list of Telegram user ids")
        return tuple(int(part) for part in ids)

    @property
    def pace(self) -> int:
        """Returns the messages a second over all chats: as set, else Telegram's limit."""
        return self.messages_per_second or (PAID_PACE if self.paid_broadcast else FREE_PACE)

    @property
    def database(self) -> str:
        """Returns the database's URL: as set, else a SQLite file in the data folder."""
        chosen = self.database_url.get_secret_value()
        return chosen or f"sqlite:///{self.data_dir / 'quizbot.sqlite3'}"

    @property
    def secrets(self) -> list[str]:
        """Returns what must never be logged: token, webhook secret and passwords, as URLs have it.

        A password is one between a colon and an @, or in the query; a short one alone could be an
        ordinary word.
        """
        parsed = async_url(self.database)
        passwords = {parsed.password, urlsplit(self.api_url).password} - {None}
        passwords |= set(parsed.normalized_query.get("password", ()))
        for url in (self.database_url.get_secret_value(), self.api_url):
            passwords |= set(re.findall(r"^[^/]*//[^:/@]*:([^@]+)@", url))  # as typed
            passwords |= set(re.findall(r"[?&]password=([^&]+)", url))
        forms = {form for password in passwords for form in encoded_forms(str(password))}
        return [
            *encoded_forms(self.token.get_secret_value()),
            *encoded_forms(self.webhook_secret.get_secret_value()),
            *(f":{form}@" for form in sorted(forms)),
            *(f"password={form}" for form in sorted(forms)),
            *(form for form in sorted(forms) if len(form) >= _LONG_PASSWORD),
        ]

    @property
    def topic_dir(self) -> Path:
        """Returns the topic's folder, given by its name in questions/ or by its path."""
        shipped = _QUESTIONS / self.topic
        return shipped if (shipped / "bank.yaml").is_file() else Path(self.topic)

    @property
    def address(self) -> tuple[str, int]:
        """Returns the host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    def article_url(self, topic: str) -> str:
        """Returns where people can read the topic's article; empty without a public address."""
        return f"{self.public_url}/a/{topic}" if self.public_url else ""

    @property
    def webhook_path(self) -> str:
        """Returns the path that Telegram sends updates to; empty when polling."""
        return (urlsplit(self.webhook_url).path or "/") if self.webhook_url else ""

    @property
    def reminder_policy(self) -> ReminderPolicy:
        """Returns when to remind people, and the hours in which never to."""
        return _reminder_policy(self.remind_at, self.quiet_hours)


def _reminder_policy(at: time, quiet: str) -> ReminderPolicy:
    return ReminderPolicy(at, *(time.fromisoformat(each) for each in quiet.split("-")))


def load(**overrides: Any) -> Settings:
    """Returns the settings from the environment, `.env` and the overrides.

    Raises SettingsError.
    """
    try:
        if unknown := _unknown_names():
            raise SettingsError("\n".join(unknown))
        return Settings(**overrides)
    except UnicodeDecodeError:
        raise SettingsError(".env is not a text in UTF-8; save it as UTF-8.") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(dict(each)) for each in error.errors())) from None


def _unknown_names() -> list[str]:
    """Returns a sentence for each QUIZBOT_ name that is not a setting, such as a misspelt one."""
    known = [f"QUIZBOT_{field.upper()}" for field in Settings.model_fields]
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
    unknown = sorted({name for name in given if name.startswith("QUIZBOT_")} - {*known})
    if not unknown:
        return []
    from rapidfuzz import process  # noqa: PLC0415 -- 3 MB for typing errors

    return [
        f"{name} is not a setting; did you mean {process.extractOne(name, known)[0]}?"
        for name in unknown
    ]


def _sentence(error: dict[str, Any]) -> str:
    field = str(error["loc"][0])
    name, example = f"QUIZBOT_{field.upper()}", _EXAMPLES.get(field, "")
    if error["type"] == "missing":
        return f"{name} is not set; set it, for example {name}={example}"
    fault = _FAULTS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    if fault.startswith("is required"):
        return f"{name} {fault}"
    fault = fault if fault.startswith("it ") else fault[:1].lower() + fault[1:]
    value = "its value" if field in _SECRETS else re.sub(r"//\S*@", "//…@", repr(error["input"]))
    return f"{name}: {value} is wrong: {fault}; for example: {name}={example}"
