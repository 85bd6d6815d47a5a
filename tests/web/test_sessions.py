"""The dashboard's address, and its origin as browsers write it."""

import pytest

from quizbot.settings import is_loopback
from quizbot.web.sessions import Address, origin_of


@pytest.mark.parametrize(
    ("public", "host", "url"),
    [
        ("", "127.0.0.1", "http://127.0.0.1:8080"),
        ("", "localhost", "http://localhost:8080"),
        ("", "::1", "http://[::1]:8080"),
        ("", "0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104
        ("", "192.168.1.5", "http://127.0.0.1:8080"),
        ("https://quiz.example.org", "0.0.0.0", "https://quiz.example.org"),  # noqa: S104
    ],
)
def test_links_have_the_public_address_or_this_machines(public: str, host: str, url: str) -> None:
    address = Address(public, host)
    address.listens_on(8080)
    assert address.url == url
    assert address.is_secure == url.startswith("https")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://quiz.example.org", "https://quiz.example.org"),
        ("https://quiz.example.org:443", "https://quiz.example.org"),
        ("https://quiz.example.org:8443", "https://quiz.example.org:8443"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://Quiz.Example.ORG", "https://quiz.example.org"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8081", True),
        ("http://[::1]", True),
        ("http://localhost:1", True),
        ("http://127.1.2.3", True),
        ("http://[::1", False),
        ("", False),
        ("http://localhost.example.org", False),
        ("https://api.telegram.org", False),
        ("https://127.0.0.1.example.org", False),
    ],
)
def test_addresses_of_this_machine_are_recognised(url: str, here: bool) -> None:
    assert is_loopback(url) == here
