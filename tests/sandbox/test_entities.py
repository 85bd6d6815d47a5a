"""Formatted text: what becomes plain, what becomes an entity, what is refused."""

import pytest

from sandbox.entities import formatted
from sandbox.wire import ApiError, Json


def entity(kind: str, offset: int, length: int, **more: str) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "plain", "entities"),
    [
        ("plain &lt;b&gt; &amp; &quot;", 'plain <b> & "', []),
        ("<b>bold</b>", "bold", [entity("bold", 0, 4)]),
        ("<B>a</B><em>b</em>", "ab", [entity("bold", 0, 1), entity("italic", 1, 1)]),
        ("😀<i>x</i>", "😀x", [entity("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<b></b>x", "x", []),
        ("  <b>a </b> \n", "a", [entity("bold", 0, 1)]),
        (
            '<a href="https://example.org/?a=1&amp;b">here</a>',
            "here",
            [entity("text_link", 0, 4, url="https://example.org/?a=1&b")],
        ),
        ("<a>nowhere</a>", "nowhere", []),
        ('<span class="tg-spoiler">s</span>', "s", [entity("spoiler", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [entity("expandable_blockquote", 0, 1)]),
        (
            '<pre><code class="language-python">x</code></pre>',
            "x",
            [entity("pre", 0, 1, language="python")],
        ),
        ("&nbsp; &euro;", "&nbsp; &euro;", []),
        ("&#65;&#x42;", "AB", []),
    ],
)
def test_html_is_read(source: str, plain: str, entities: list[Json]) -> None:
    assert formatted(source, "HTML") == (plain, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ä<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        (
            "<b><i>a</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_malformed_html_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        formatted(source, "HTML")
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


def test_commands_mentions_and_links_are_found_in_plain_text() -> None:
    text = "😀 /start@test_bot from @someone, see https://example.org/x."
    plain, entities = formatted(text, None)
    found = [(e["type"], plain[e["offset"] - 1 :][: e["length"]]) for e in entities]
    assert found == [
        ("bot_command", "/start@test_bot"),
        ("mention", "@someone"),
        ("url", "https://example.org/x"),
    ]


@pytest.mark.parametrize("text", ["and/or", "1/2", "a@b.example", "//start", "/"])
def test_what_only_looks_like_a_command_is_none(text: str) -> None:
    assert formatted(text, None) == (text, [])


@pytest.mark.parametrize("parse_mode", ["MarkdownV2", "markdown", "Word"])
def test_other_parse_modes_are_refused(parse_mode: str) -> None:
    with pytest.raises(ApiError) as refusal:
        formatted("*x*", parse_mode)
    assert refusal.value.description == "Bad Request: unsupported parse_mode"
