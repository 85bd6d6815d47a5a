"""Pictures of items: what the loader takes and refuses, with one sentence each."""

import re
from pathlib import Path

import pytest

from questions import BankError, Topic, amounts
from questions.pictures import MAX_BYTES
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


def test_a_declaration_and_comments_are_allowed(tmp_path: Path) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn <svg by hand -->\n'
    picture = load_with(tmp_path, head + SVG).pictures["salt-shaker"]
    assert picture.svg().count("<svg") == 2
    assert "<?xml" not in picture.svg()


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
        (PICTURED.replace("salt-shaker", "../secret"), r"picture: it is no slug; .*\."),
    ],
)
def test_picture_and_text_belong_together(tmp_path: Path, bank: str, sentence: str) -> None:
    assert re.search(sentence, refusal(tmp_path, bank=bank))


def inside(element: str) -> str:
    return SVG.replace("<text", element + "<text", 1)


@pytest.mark.parametrize(
    ("svg", "sentence"),
    [
        ("<svg", r"it is not XML \(.*\); correct that place"),
        (SVG.replace("800 500", "800 2000"), "it has not the size of a picture; begin with <svg"),
        (SVG.replace(' xmlns="http://www.w3.org/2000/svg"', ""), "it has not the size"),
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
        (SVG.replace('"36"', '"20"'), "it has letters of size 20; use 28 or more"),
        (SVG.replace('"36"', '"2em"'), "it has letters of size 2em; use 28 or more"),
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
