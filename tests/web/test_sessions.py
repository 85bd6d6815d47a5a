"""The dashboard's address, its origin as browsers write it, and the session's cookie."""

import pytest
from starlette.requests import Request

from quizbot.settings import is_loopback
from quizbot.web.sessions import Address, origin_of, session_token
from tests.hostile import check_fast


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


def request(*cookies: str) -> Request:
    headers = [(b"cookie", each.encode()) for each in cookies]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


@pytest.mark.parametrize(
    ("cookies", "token"),
    [
        (["quizbot=abc"], "abc"),
        (["a=b; quizbot=a-b_c; c=d"], "a-b_c"),
        (["a=b", "quizbot=abc"], "abc"),
        (["quizbot = abc ;"], "abc"),
        (["quizbot=old; quizbot=new"], "new"),
        (["quizbot=a=b"], "a=b"),
        (["quizbot="], ""),
        (["quizbot"], ""),
        (["xquizbot=abc; Quizbot=abc; __Host-quizbot=abc"], ""),
        ([], ""),
    ],
)
def test_the_session_is_the_value_of_our_cookie(cookies: list[str], token: str) -> None:
    assert session_token(request(*cookies), Address("", "127.0.0.1")) == token


def test_behind_https_only_the_secure_cookie_counts() -> None:
    secure = Address("https://quiz.example.org", "127.0.0.1")
    assert session_token(request("quizbot=abc"), secure) == ""
    assert session_token(request("quizbot=abc; __Host-quizbot=def"), secure) == "def"


@pytest.mark.parametrize("hostile", ["\\" * 30_000, "\\054" * 8_000, "=" * 30_000, "; " * 15_000])
def test_reading_a_cookie_takes_time_in_proportion_to_its_length(hostile: str) -> None:
    check_fast(
        lambda text: session_token(request(f'quizbot="{text}"'), Address("", "127.0.0.1")), hostile
    )
