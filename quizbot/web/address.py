"""Where people find the dashboard: behind a proxy only a setting can tell."""

from urllib.parse import urlsplit

from quizbot.settings import is_loopback_host


class Address:
    """The public address: the one that is set, else the one that is listened on.

    Links lead to the machine itself where it is not set: elsewhere, plain http would show
    everybody on the way the session.
    """

    def __init__(self, public_url: str, host: str) -> None:
        self._public_url = public_url
        self._host = host if is_loopback_host(host) else "127.0.0.1"
        self._port = 0

    def listens_on(self, port: int) -> None:
        """The port that was given."""
        self._port = port

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        if self._public_url:
            return self._public_url
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https."""
        return self.url.startswith("https://")


def origin_of(url: str) -> str:
    """As browsers send it in `Origin`: without the port that goes without saying."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{parts.port}" if parts.port not in (None, usual) else ""
    )
