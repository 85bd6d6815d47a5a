"""GIFT: exports come back, and all that Moodle's guide describes is read or refused by name."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from questions import Item, Topic, load_topic
from questions.formats import gift
from questions.formats.plain_text import from_html
from questions.formats.reading import ImportedQuestion
from questions.formats.registry import FORMATS
from tests.hostile import check_fast, long_text
from tests.questions.formats.samples import (
    HOSTILE,
    SHIPPED,
    drafted,
    export,
    hostile_items,
    item,
    options,
)
from tests.questions.sizes import examples

LAST = "Why does it last?{=It is gone ~It is tired ~It is late}"


def held(items: tuple[Item, ...]) -> list[dict[str, object]]:
    return [each.model_dump(include=set(FORMATS["gift"].holds)) for each in items]


def only(text: str) -> ImportedQuestion:
    reading = gift.read(text, "quiz.gift")
    assert not reading.faults, reading.faults
    (found,) = reading.found
    return found


def refusal(text: str) -> tuple[int | None, str]:
    reading = gift.read(text, "quiz.gift")
    (fault,) = reading.faults
    assert not reading.found
    return fault.line, fault.problem


def test_the_shipped_bank_comes_back(tmp_path: Path) -> None:
    topic = load_topic(SHIPPED)
    empty = tmp_path / topic.slug
    empty.mkdir()
    (empty / "article.md").write_bytes((SHIPPED / "article.md").read_bytes())
    (empty / "bank.yaml").write_text(
        f"topic: {topic.slug}\nobjectives: []\nitems: []\n", encoding="utf-8"
    )

    text = gift.write(export(topic, topic.items)).decode()

    assert held(drafted(gift.read(text, "x"), load_topic(empty))) == held(topic.items)


@settings(max_examples=examples(150), deadline=None)
@given(hostile_items())
def test_hostile_texts_come_back(topic: Topic, hostile: Item) -> None:
    text = gift.write(export(topic, [hostile])).decode()

    assert held(drafted(gift.read(text, "x"), topic)) == held((hostile,))


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_comes_back_everywhere(topic: Topic, text: str) -> None:
    hostile = item(
        stem=f"{text}?",
        options=options(text, f"{text}1", f"{text}2", why=text),
        explanation=text,
        more=text,
    )

    written = gift.write(export(topic, [hostile])).decode()

    assert held(drafted(gift.read(written, "x"), topic)) == held((hostile,))


def test_every_sign_that_gift_knows_is_escaped(topic: Topic) -> None:
    text = gift.write(export(topic, [item(stem="a:b~c=d#e{f}g\\h\ni?")])).decode()

    assert "[plain]a\\:b\\~c\\=d\\#e\\{f\\}g\\\\h\\ni? {" in text


def test_title_escapes_feedback_and_general_feedback_are_read() -> None:
    found = only(
        "// a comment\n\n// [id:kept] [tag:level:apply] [tag:claim:KP1] [tag:own]\n"
        "::The \\:\\: title::What is 1\\=1 \\{x\\}\\n\\~?{\n"
        "  ~no#not \\# it\n  =yes#right\n  ~%0%never\n  ####Because.\n}"
    )

    assert (found.line, found.title, found.stem) == (4, "kept", "What is 1=1 {x}\n~?")
    assert [(o.text, o.correct, o.why) for o in found.options] == [
        ("no", False, "not # it"),
        ("yes", True, "right"),
        ("never", False, ""),
    ]
    assert found.explanation == "Because."
    assert found.held == {"level": "apply", "cites": ("KP1",)}


@pytest.mark.parametrize(
    ("mark", "stem"),
    [
        ("", "1 < 2 & why last?"),
        ("[html]", "1 < 2 & why last?"),
        ("[markdown]", "1 < 2 & why last?"),
        ("[plain]", "1 &lt; 2 &amp; why **<b>last</b>**?"),
    ],
)
def test_the_text_format_decides_what_is_stripped(mark: str, stem: str) -> None:
    bold = "**<b>last</b>**" if mark in {"[plain]", "[markdown]"} else "<b>last</b>"
    text = f"{mark}1 &lt; 2 &amp; why {bold}?{{=a ~b ~c}}"

    reading = gift.read(text, "x")

    assert reading.found[0].stem == stem
    assert bool(reading.notes) == (mark != "[plain]")


def test_an_answer_may_have_a_format_of_its_own() -> None:
    assert only("[plain]<b>Why</b>?{=a ~b ~[html]<p>c</p>}").options[2].text == "c"


def test_a_less_than_sign_is_no_tag() -> None:
    assert only("If a<b and c>d, why last?{=x ~y ~z}").stem == "If a<b and c>d, why last?"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write about it.{}", "an essay question"),
        ("Write about it.{####Think.}", "an essay question"),
        ("Noise harms.{T}", "a true-false question"),
        ("Noise harms.{FALSE#no#yes}", "a true-false question"),
        ("Match{=a->b =c->d =e->f}", "a matching question"),
        ("How loud?{#85:5}", "a numeric question"),
        ("Who?{=she =her}", "a short-answer question"),
        ("Noise {=harms ~heals ~helps} the ear.", "a missing-word question"),
    ],
)
def test_other_types_are_named_and_the_rest_is_read(text: str, kind: str) -> None:
    reading = gift.read(f"{LAST}\n\n{text}\n\n{LAST}", "x")

    assert len(reading.found) == 2
    (fault,) = reading.faults
    assert (fault.line, fault.problem) == (3, f"it is {kind}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Why?{=a ~b", "its answers have no closing brace"),
        ("[markdown]Why?{=a ~b ~![c](x.png)}", "it holds a picture, which a poll cannot show"),
        ("Just a text", "it has no answers in braces"),
        ("Why?{~%50%a ~%50%b ~c}", "it gives part of the marks for some answers"),
        ("Why?{=a ~b ~<img src\\=x.png>}", "it holds a picture, which a poll cannot show"),
    ],
)
def test_unreadable_questions_are_reported_with_their_line(text: str, problem: str) -> None:
    assert refusal(f"\n\n{text}\n") == (3, problem)


def test_the_option_with_full_weight_is_the_key() -> None:
    found = only("Why?{~%100%a ~%-50%b ~%-33.33333%c}")

    assert [option.correct for option in found.options] == [True, False, False]
    assert [option.text for option in found.options] == ["a", "b", "c"]


def test_a_category_is_left_out_and_noted() -> None:
    reading = gift.read(f"$CATEGORY: $course$/x\n{LAST}", "x")

    assert len(reading.found) == 1
    assert reading.found[0].line == 2
    assert reading.notes == ["x, line 1: the category is left out, as banks have none."]


def test_a_long_feedback_from_elsewhere_becomes_the_depth() -> None:
    found = only(f"Why?{{=a ~b ~c####{'long ' * 60}}}")

    assert found.explanation == ""
    assert found.more == ("long " * 60).strip()


@pytest.mark.parametrize(
    ("unit", "before", "after"),
    [
        ("<!--", "q {=a ~b ####", "}"),
        ("<script>", "q {=a ~b ####", "}"),
        ("<script ", "q {=a ~b ####", "}"),
        ("<a a\\=", "q {=a ~b ####", "}"),
        ('<a a\\=" b\\=', "q {=a ~b ####", "}"),
        (" ", "<b>q</b>", "a {=a ~b}"),
        ("[id:", "// ", "\nq {=a ~b}"),
        ("[tag:", "// ", "\nq {=a ~b}"),
        ("::", "::", "{"),
        ("{", "q ", ""),
        ("####", "q {=a", "}"),
    ],
)
@pytest.mark.parametrize("times", [1, 5])
def test_a_hostile_file_takes_no_longer_than_its_length(
    unit: str, before: str, after: str, times: int
) -> None:
    """In one question, or in several: only texts of at most 20,000 characters are searched."""
    question = long_text(unit, before, after, share=1 / times)
    check_fast(lambda text: gift.read(text, "quiz.gift"), "\n\n".join([question] * times))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>a</b> <!-- b --> c <style>d</style>e", "a c e"),
        ("<b>a</b> <!-- b <i>c</i>", "a <!-- b c"),
        ("<b>a</b> <script>b <!-- c", "a <script>b <!-- c"),
        ("<b>a</b> <!--", "a <!--"),
        ("a < b", "a < b"),
        ("a\n  b", "a\n  b"),
        ("<b>a</b> \n \n b", "a b"),
    ],
)
def test_comments_and_scripts_are_left_out_if_they_are_closed(text: str, plain: str) -> None:
    assert from_html(text) == plain
