"""Pictures of items: what the loader takes and refuses, with one sentence each."""

import re
import unicodedata
from pathlib import Path

import pytest

from questions import BankError, Topic, amounts
from questions.pictures import _NOT_DRAWN, MAX_BYTES
from quizbot.charts import theme
from quizbot.charts.render import Rasteriser
from tests.questions.test_bank_faults import BANK, load

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500">
<rect width="800" height="500" rx="24" fill="#FFFFFF"/>
<text x="40" y="80" font-size="36">Salt</text>
</svg>
"""
FIELDS = '  picture: salt-shaker\n  picture_text: "A salt shaker."\n  options:'
PICTURED = BANK.replace("  options:", FIELDS, 1)


def load_with(folder: Path, svg: str | None = SVG, bank: str = PICTURED) -> Topic:
    if svg is not None:
        (folder / "salt" / "pictures").mkdir(parents=True)
        (folder / "salt" / "pictures" / "salt-shaker.svg").write_text(svg, encoding="utf-8")
    return load(folder, bank)


def refusal(folder: Path, svg: str | None = SVG, bank: str = PICTURED) -> str:
    """Returns the sentence with which the topic is refused."""
    with pytest.raises(BankError) as caught:
        load_with(folder, svg, bank)
    (fault,) = caught.value.faults
    return str(fault)


def test_an_item_names_a_picture_beside_the_bank(tmp_path: Path) -> None:
    topic = load_with(tmp_path)
    item, other = topic.items
    picture = topic.picture_of(item)
    assert picture is not None
    assert (picture.name, picture.height) == ("salt-shaker", 500)
    assert item.picture_text == "A salt shaker."
    assert topic.picture_of(other) is None
    assert 'width="1280" height="800"' in picture.svg()


async def test_a_declaration_and_comments_are_allowed_and_not_kept(tmp_path: Path) -> None:
    head = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!--><script>alert(1)</script>-->\n'
    picture = load_with(tmp_path, head + SVG).pictures["salt-shaker"]
    assert picture.svg().count("<svg") == 2
    assert not re.search(r"<\?xml|<!--|script|\ufeff", picture.svg())
    async with Rasteriser() as rasteriser:
        assert await rasteriser.png(picture)


def test_a_group_may_set_the_size_of_its_texts_and_move_them(tmp_path: Path) -> None:
    moved = around('<g font-size="40" transform="translate(40 80) rotate(-90)">')
    assert load_with(tmp_path, moved.replace(' font-size="36"', "")).pictures


def test_the_packaged_fonts_have_every_character_that_is_taken() -> None:
    taken = (each for each in map(chr, range(0x20, 0x10000)) if not _NOT_DRAWN.match(each))
    lacking = [each for each in taken if theme.family_of(each, theme.FAMILY) == theme.UNKNOWN]
    assert {unicodedata.category(each) for each in lacking} <= {"Cn", "Cc"}  # no characters


async def test_a_text_is_set_in_all_fonts_that_it_needs(tmp_path: Path) -> None:
    """What no font has is drawn as the same empty box, and resvg drops what another font has."""
    one, other = (
        load_with(tmp_path / text, SVG.replace("Salt", f"Salt {text} water")).pictures[
            "salt-shaker"
        ]
        for text in ("→", "←")
    )
    async with Rasteriser() as rasteriser:
        assert await rasteriser.png(one) != await rasteriser.png(other)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, None) == (
        "pictures/salt-shaker.svg, item salt-water, field picture: it cannot be read (No such file "
        "or directory); put the picture there, or remove it from salt-water."
    )


@pytest.mark.parametrize(
    ("bank", "sentence"),
    [
        (
            PICTURED.replace('  picture_text: "A salt shaker."\n', ""),
            r"picture: the picture has no text; say in picture_text what it shows, .*\.",
        ),
        (
            PICTURED.replace("  picture: salt-shaker\n", ""),
            r"picture_text: there is no picture; name it in picture\.",
        ),
        (
            PICTURED.replace("A salt shaker.", "x" * 201),
            r"picture_text: it has 201 characters; shorten it to 200 or fewer\.",
        ),
        (
            BANK.replace("form: mechanism", "form: picture"),
            r"form: there is no picture; name one in picture, or ask in another form\.",
        ),
        (PICTURED.replace("salt-shaker", "../secret"), r"picture: it is not a slug; .*\."),
    ],
)
def test_picture_and_text_belong_together(tmp_path: Path, bank: str, sentence: str) -> None:
    assert re.search(sentence, refusal(tmp_path, bank=bank))


def inside(element: str) -> str:
    return SVG.replace("<text", element + "<text", 1)


def around(group: str, name: str = "g") -> str:
    return SVG.replace("<text", group + "<text").replace("</text>", f"</text></{name}>")


@pytest.mark.parametrize(
    ("svg", "sentence"),
    [
        ("<svg", r"it is not XML \(.*\); correct that place"),
        (SVG.replace("800 500", "800 2000"), "its viewBox is wrong; begin with <svg"),
        (SVG.replace(' xmlns="http://www.w3.org/2000/svg"', ""), "its viewBox is wrong"),
        (SVG.replace("<svg ", '<svg width="9" '), "it sets its own width or height; keep only"),
        (inside("<script>alert(1)</script>"), "it has the element script; use plain shapes"),
        (inside('<image href="a.png"/>'), "it has the element image"),
        (inside("<style>@import 'a.css';</style>"), "it has the element style"),
        (inside('<use href="#a"/>'), "it has the element use"),
        (inside("<foreignObject/>"), "it has the element foreignObject"),
        (inside('<rect onclick="x()"/>'), "onclick of an element rect leads out of the picture"),
        (inside('<rect fill="url(https://x.example/#a)"/>'), "fill of an element rect leads out"),
        (inside('<rect fill="url( a.svg#b )"/>'), "fill of an element rect leads out"),
        (inside('<path href="#a" d=""/>'), "href of an element path leads out"),
        (inside('<rect style="fill: red"/>'), "an element rect has a style; write attributes"),
        (SVG.replace('"36"', '"20"'), "it has letters of size 20; use 28 or more: a phone"),
        (SVG.replace('"36"', '"2em"'), "it has letters of size 2em; use 28 or more"),
        (inside('<path d="" fill="u\\72l(//x.example)"/>'), "fill of an element path leads out"),
        (SVG.replace(' font-size="36"', ""), "it has a text without font-size; set 28 or more"),
        (SVG.replace("<text", '<text font-family="Arial"'), "an element text has a font-family"),
        (SVG.replace("<text", '<text textLength="9"'), "an element text has a textLength; remove"),
        (SVG.replace("<svg", '<svg font-family="Arial"'), "an element svg has a font-family"),
        (SVG.replace("<text", '<text transform="scale(.1)"'), "a text that is scaled; move and"),
        (around('<g transform="rotate(9) matrix(.1 0 0 .1 0 0)">'), "it has a text that is scaled"),
        (around('<svg viewBox="0 0 8000 8000">', "svg"), "it has the element svg"),
        (SVG.replace("Salt", "≥ 5"), r"the bot has no font for ≥ \(U\+2265\); write it in words"),
        (SVG.replace("Salt", "<tspan>水</tspan>"), "the bot has no font for 水"),
        (inside("<g>" * 5000 + "</g>" * 5000), "more than 20 elements within each other; remove"),
        (
            inside('<clipPath id="a"><g clip-path="url(#b)"/></clipPath>'),
            "a clipPath is clipped itself; remove its clip-path",
        ),
        (f'<!DOCTYPE svg [<!ENTITY a "b">]>{SVG}', "it has a DOCTYPE, CDATA or processing"),
        (f"<?xml-stylesheet href='a.css'?>{SVG}", "it has a DOCTYPE, CDATA or processing"),
        (SVG + "<!--" + "x" * MAX_BYTES + "-->", "bytes; simplify it to 64000 or fewer"),
    ],
)
def test_a_picture_stands_alone_and_is_legible(tmp_path: Path, svg: str, sentence: str) -> None:
    found = refusal(tmp_path, svg)
    assert found.startswith("pictures/salt-shaker.svg: ")
    assert re.search(sentence, found)


@pytest.mark.parametrize(
    ("texts", "ordered"),
    [
        (("Bar B", "Bar A", "Bar D", "Bar C"), ["Bar A", "Bar B", "Bar C", "Bar D"]),
        (("C", "A", "B"), ["A", "B", "C"]),
        (("Bar B", "Layer A", "Bar C"), None),
        (("Bar B", "Bar a", "Bar C"), None),
    ],
)
def test_letters_of_a_picture_keep_their_order(
    texts: tuple[str, ...], ordered: list[str] | None
) -> None:
    values = amounts(texts)
    if ordered is None:
        assert values is None
    else:
        assert values is not None
        assert [text for _, text in sorted(zip(values, texts, strict=True))] == ordered


def test_a_picture_in_another_encoding_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "salt" / "pictures"
    folder.mkdir(parents=True)
    (folder / "salt-shaker.svg").write_bytes(SVG.encode("utf-16"))
    with pytest.raises(BankError, match="it is not UTF-8; save the file as UTF-8"):
        load(tmp_path, PICTURED)
