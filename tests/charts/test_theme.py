"""Texts as they are measured, wrapped and cut, and lengths that are shared out."""

from dataclasses import dataclass
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbot.charts import theme
from quizbot.charts.render import Rasteriser
from quizbot.charts.theme import elided, shared_out, text_width, wrapped
from tests.charts.png import Pixels, size


@dataclass(frozen=True)
class Written:
    """A black text of one font, two pixels from the left edge of a white card."""

    text: str
    style: str
    width: int

    def svg(self) -> str:
        letters, bold = theme.text_styles()[self.style]
        weight = 700 if bold else 400
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} 24"'
            f' width="{3 * self.width}" height="72">'
            f'<rect width="{self.width}" height="24" fill="#FFFFFF"/>'
            f'<text x="2" y="18" font-size="{letters}" font-weight="{weight}"'
            f' font-family="{theme.family_of(self.text[0])}">{escape(self.text)}</text></svg>'
        )


@pytest.mark.parametrize(
    "text", ["Which food holds 25 %?", "WWWWWWWWWW", "illicit", "Θρέψη και υγεία", "ויטמין", "😀🥦"]
)
@pytest.mark.parametrize("style", ["label", "key-label"])
async def test_a_text_is_drawn_as_wide_as_it_is_measured(
    rasteriser: Rasteriser, text: str, style: str
) -> None:
    width = text_width(text, style)
    written = Written(text, style, round(width) + 40)
    png = await rasteriser.png(written)

    columns, rows = size(png)
    pixels = Pixels(png)
    ink = [x for x in range(columns) if any(pixels.at(x, y) != "#FFFFFF" for y in range(rows))]
    # The first and the last letter have some room beside them, which is part of their widths.
    assert width - 4 <= (ink[-1] - ink[0]) / 3 <= width
    assert ink[-1] / 3 <= 2 + width


def test_bold_letters_are_wider() -> None:
    assert text_width("kitten", "key-label") > 1.05 * text_width("kitten", "label")


def test_an_emoji_made_of_several_is_as_wide_as_one() -> None:
    for several in ("👩‍🔬", "🇩🇪", "👍🏽"):
        assert text_width(several, "label") == text_width("😀", "label")
    assert text_width("🇩🇪🇫🇷", "label") == text_width("😀😀", "label")


def test_a_character_that_no_font_has_is_given_room() -> None:
    assert text_width("血", "label") == 14
    assert theme.family_of("血") == theme.UNKNOWN


def test_spaces_between_arabic_words_are_set_in_their_font_but_not_those_between_emoji() -> None:
    assert theme.family_of(" ", "Noto Sans Arabic") == "Noto Sans Arabic"
    assert theme.family_of(" ", "Noto Emoji") == "Noto Sans"
    assert theme.family_of("\u200d", "Noto Emoji") == "Noto Emoji"


def test_a_long_name_is_wrapped_between_words_and_cut_with_an_ellipsis() -> None:
    lines = wrapped("How a nap in the afternoon changes blood pressure at night", "small", 125, 2)

    assert lines == ["How a nap in the", "afternoon changes…"]


@settings(deadline=None)
@given(
    st.text(max_size=300) | st.sampled_from(["W" * 90, "血" * 90, "א" * 90, "a " * 90, "😀" * 90]),
    st.sampled_from(["small", "key-label"]),
    st.integers(60, 300),
)
def test_lines_never_exceed_their_width(text: str, style: str, width: int) -> None:
    lines = wrapped(text, style, width, 2)

    assert len(lines) <= 2
    assert all(text_width(line, style) <= width for line in (*lines, elided(text, style, width)))


def test_a_short_name_stays_as_it_is() -> None:
    assert wrapped("Noise", "label", 100, 2) == ["Noise"]
    assert wrapped("", "label", 100, 2) == []


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb", "a\u202eb", "a\u2066b"]
)
def test_what_xml_cannot_hold_or_what_turns_letters_around_is_left_out(text: str) -> None:
    assert theme.printable(text) == "ab"


def test_no_text_is_smaller_than_eleven_pixels_on_a_phone() -> None:
    assert min(style.size for style in theme.text_styles().values()) >= 11


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=6), st.floats(20, 400))
def test_a_length_is_shared_out_without_rest(values: list[float], room: float) -> None:
    lengths = shared_out(values, [2.0] * len(values), room)

    assert sum(lengths) == pytest.approx(room)
    assert min(lengths) >= 2 - 1e-9


def test_where_there_is_no_room_for_all_of_the_least_it_is_shared_out_too() -> None:
    assert shared_out([1, 1], [30, 90], 40) == pytest.approx([10, 30])


def test_the_words_of_a_legend_go_to_a_second_line_where_there_is_no_room() -> None:
    words = [("asked", "M" * 14), ("answered", "N" * 14), ("late", "short")]
    first, second, third = theme.legend(words, 12, 1.2)

    assert (first.row, second.row, third.row) == (0, 1, 1)
    assert (second.x, third.x > second.x) == (first.x, True)
