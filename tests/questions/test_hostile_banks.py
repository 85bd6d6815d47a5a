"""Any bank is loaded, or refused with a BankError."""

import contextlib
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions import BankError, Topic, load_topic
from questions.bank import parse_bank
from questions.strict_yaml import parse, parse_sound
from tests.questions.parsers import loaded_alike, without_libyaml
from tests.questions.sizes import examples

TOPIC = Path(__file__).parents[2] / "questions" / "vitamin-b12-blood-flow"
Load = Callable[[bytes], Topic]

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.datetimes()
    | st.text(max_size=20) | st.binary(max_size=8)
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=8,
)
YAMLISH = st.text(alphabet="ab:-?&*!|>%@[]{},'\"# \n\t0_1.~=<\\é\x00\x85\ufeff\ud800", max_size=80)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    folder = tmp_path_factory.mktemp("topics") / TOPIC.name
    folder.mkdir()
    (folder / "article.md").write_bytes((TOPIC / "article.md").read_bytes())

    def load_bank(content: bytes) -> Topic:
        (folder / "bank.yaml").write_bytes(content)
        return loaded_alike(lambda: load_topic(folder))

    return load_bank


@pytest.fixture(scope="module")
def sound() -> dict[str, Any]:
    """The first two shipped items, without references to the others."""
    bank = yaml.safe_load((TOPIC / "bank.yaml").read_text(encoding="utf-8"))
    items = [dict(item, keep_apart=[]) for item in bank["items"][:2]]
    return {**bank, "items": items}


@settings(deadline=None)
@given(text=YAMLISH)
def test_any_text_is_read_or_listed_as_a_problem(text: str) -> None:
    document = parse(text)

    assert document.problems or isinstance(document.value, object)
    parse_bank(text, "salt", {})


@settings(deadline=None)
@given(text=YAMLISH)
def test_libyaml_is_trusted_only_with_what_both_parsers_read_alike(text: str) -> None:
    value = parse_sound(text)

    if value is not None:
        document = parse(text)
        assert not document.problems
        assert repr(document.value) == repr(value)  # in which true is not 1


@pytest.mark.parametrize(
    "text",
    [
        "a: b\tc",
        "a: |# no header\n  b\n",
        "a: b\n\ufeff",
        "a: [b?c]",
        "a: &x b",
        "a: *x",
        "a: !!str b",
        "a: b\na: c",
        "a: b c",
        "--- a",
        "a\n...\n",
        '"\\ud800"',
        "\ud800",
        "",
        "[" * 100_000,
        "- " * 100_000,
    ],
)
def test_libyaml_is_not_trusted_with_anything_else(text: str) -> None:
    assert parse_sound(text) is None


def test_a_character_that_does_not_exist_is_a_problem() -> None:
    assert parse('"\\U00110000"').problems


def test_the_shipped_bank_is_read_by_libyaml_and_without_it_alike() -> None:
    text = (TOPIC / "bank.yaml").read_text(encoding="utf-8")

    with_libyaml = load_topic(TOPIC)
    assert yaml.__with_libyaml__
    assert parse_sound(text) == parse(text).value
    with without_libyaml():
        assert parse_sound(text) is None
        assert load_topic(TOPIC) == with_libyaml


@given(content=st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_refused_kindly(load: Load, content: bytes) -> None:
    with pytest.raises(BankError) as caught:
        load(content)

    assert caught.value.faults


@given(data=st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(150),
    deadline=None,
)
def test_a_sound_bank_with_one_strange_value_is_loaded_or_refused(
    load: Load, sound: dict[str, Any], data: st.DataObject
) -> None:
    bank = copy.deepcopy(sound)
    item = bank["items"][0]
    place = data.draw(st.sampled_from([bank, item, item["options"][1]]))
    place[data.draw(st.sampled_from([*place, "new"]))] = data.draw(TREES)

    with contextlib.suppress(BankError):
        load(yaml.dump(bank, Dumper=_QuotingDumper).encode("utf-8", "surrogatepass"))


def test_the_bank_for_strange_values_is_sound(load: Load, sound: dict[str, Any]) -> None:
    dumped = yaml.dump(sound, Dumper=_QuotingDumper).encode()

    assert len(load(dumped).approved) == 2


class _QuotingDumper(yaml.SafeDumper):
    """Quotes all texts, as the loader requires for several words."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_QuotingDumper.add_representer(str, _text)
