"""Edits of `bank.yaml` keep everything else, byte for byte."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions import BankError, Change, Item, Objective, Option
from questions.bank import parse_bank
from questions.bank_file import BankFile
from tests.questions.sizes import examples

SHIPPED = Path(__file__).parents[2] / "questions" / "vitamin-b12-blood-flow" / "bank.yaml"
BANK = """# Head
topic: tea
objectives:
- {id: what-tea-is, key_point: KP1, text: 'Can say what tea is.'}
items:

# --- Leaves ----------

- id: tea-leaves    # the first
  status: draft  # not yet
  revision: 1
  cites: [KP1]
  evidence:
  - "Tea is made of leaves."
  objective: what-tea-is
  form: mechanism
  level: recall
  difficulty: easy
  stem: "What is tea made of?"
  options:
  - {text: "Leaves", correct: true}   # plain
  - {text: 'Roots', why: "Roots are not used."}
  - text: "Bark"
    why: "Bark is not used."
  explanation: |-
    Tea is made
    of leaves.
  more: >-
    The leaves are
    dried.

  keep_apart: [tea-water]  # see there

# --- Water -----------

# A remark on the next one.
- id: tea-water
  status: draft
  revision: 1
  cites: [KP1]
  evidence: ["Tea is made of leaves."]
  objective: what-tea-is
  form: case
  level: recall
  difficulty: easy
  stem: "What carries the taste?"
  options:
  - {text: "Water", correct: true}
  - {text: "Milk", why: "Milk comes later."}
  - {text: "Salt", why: "Salt is rare."}
  explanation: "Water does."
  more: "It is hot."
# The end.
"""


OBJECTIVE = Objective(id="what-tea-is", key_point="KP1", text="Can say what tea is.")


def items_of(text: str, slug: str = "tea") -> dict[str, Item]:
    bank = parse_bank(text, slug, None)
    assert bank.faults == ()
    return {item.id: item for item in bank.items}


def leaves(**update: object) -> Item:
    return items_of(BANK)["tea-leaves"].model_copy(update=update)


def replaced(item: Item, text: str = BANK) -> str:
    file = BankFile(text)
    file.replace(item)
    return file.text()


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_reading_and_saving_the_shipped_bank_changes_no_byte(tmp_path: Path) -> None:
    BankFile.read(SHIPPED).save(tmp_path / "bank.yaml")

    assert (tmp_path / "bank.yaml").read_bytes() == SHIPPED.read_bytes()


def test_replacing_every_shipped_item_with_itself_changes_no_byte() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    file = BankFile(text)

    for item in items_of(text, SHIPPED.parent.name).values():
        file.replace(item)

    assert file.text() == text


def test_only_the_changed_field_is_rewritten() -> None:
    after = replaced(leaves(level="apply", stem='What is "tea" made of?'))

    removed, added = lines_changed(BANK, after)
    assert removed == ['  stem: "What is tea made of?"']
    assert added == ["  level: apply", r'  stem: "What is \"tea\" made of?"']
    assert len(after.split("\n")) == len(BANK.split("\n"))
    assert items_of(after)["tea-leaves"].stem == 'What is "tea" made of?'


def test_comments_beside_a_changed_value_stay() -> None:
    after = replaced(leaves(status="retired", keep_apart=()))

    assert "  status: retired  # not yet\n" in after
    assert "keep_apart" not in after
    assert "    dried.\n\n\n# --- Water" in after


def test_an_option_is_changed_and_its_neighbours_keep_their_form() -> None:
    options = leaves().options
    changed = (options[0], options[1], Option(text="Wood", why="Wood is not used."))

    removed, added = lines_changed(BANK, replaced(leaves(options=changed)))

    assert removed == ['  - text: "Bark"', '    why: "Bark is not used."']
    assert added == ['  - {text: "Wood", why: "Wood is not used."}']


def test_options_may_grow_in_number() -> None:
    options = (*leaves().options, Option(text="Wood", why="Wood is not used."))

    after = replaced(leaves(options=options))

    assert items_of(after)["tea-leaves"].options == options
    assert "  explanation: |-\n" in after


def test_block_texts_are_replaced_whole() -> None:
    after = replaced(leaves(explanation="Two\nlines.", more="Short."))

    assert (
        '  explanation: "Two\\nlines."\n  more: "Short."\n\n  keep_apart: [tea-water]  # ' in after
    )


def test_new_fields_are_added_in_the_order_of_the_guide() -> None:
    approved = leaves(
        status="approved",
        revision=2,
        reviewed_by="Ana (dietitian)",
        reviewed_on=dt.date(2026, 11, 22),
        source_sha256="a" * 64,
        changes=(Change(revision=2, tell="Leaves, not roots.", order_was=(1, 0, 2)),),
        waivers={"negative-stem": "It is the point."},
    )

    after = replaced(approved)

    assert items_of(after)["tea-leaves"] == approved
    assert (
        "  revision: 2\n"
        '  reviewed_by: "Ana (dietitian)"\n'
        "  reviewed_on: 2026-11-22\n"
        f'  source_sha256: "{"a" * 64}"\n'
        "  cites: [KP1]\n"
    ) in after
    assert (
        "  keep_apart: [tea-water]  # see there\n"
        "  changes:\n"
        '  - {revision: 2, tell: "Leaves, not roots.", order_was: [1, 0, 2]}\n'
        '  waivers: {negative-stem: "It is the point."}\n'
        "\n# --- Water"
    ) in after


def test_a_field_may_be_added_after_a_last_line_without_an_end() -> None:
    text = BANK.removesuffix("\n# The end.\n")
    water = items_of(text)["tea-water"].model_copy(update={"keep_apart": ("tea-leaves",)})

    assert replaced(water, text).endswith('more: "It is hot."\n  keep_apart: [tea-leaves]\n')


def test_windows_line_ends_stay() -> None:
    after = replaced(leaves(level="apply", reviewed_by="Ana"), BANK.replace("\n", "\r\n"))

    assert "\n" not in after.replace("\r\n", "")
    assert items_of(after)["tea-leaves"].reviewed_by == "Ana"


def test_new_items_come_last() -> None:
    file = BankFile(BANK)
    one, two = (leaves(id=name, keep_apart=()) for name in ("tea-one", "tea-two"))

    file.append([one, two])

    assert file.text().startswith(BANK + "\n- id: tea-one\n  status: draft\n")
    assert items_of(file.text())["tea-two"] == two
    assert file.ids == ["tea-leaves", "tea-water", "tea-one", "tea-two"]


def test_new_items_are_indented_as_the_others() -> None:
    head, items = BANK.split("items:\n")
    indented = "\n".join(f"  {line}" if line else "" for line in items.split("\n"))
    file = BankFile(f"{head}items:\n{indented}")

    file.append([leaves(id="tea-one")])
    file.replace(leaves(id="tea-one", reviewed_by="Ana"))

    assert items_of(file.text())["tea-one"].reviewed_by == "Ana"
    assert "\n  - id: tea-one\n    status: draft\n    revision: 1\n    reviewed_by:" in file.text()


def test_new_objectives_come_after_the_others() -> None:
    file = BankFile(BANK)
    drinking = Objective(id="drinking-it", key_point="KP2", text='Can say when "tea" is drunk.')

    file.add_objectives([drinking])
    file.add_objectives([])

    assert parse_bank(file.text(), "tea", None).objectives == (OBJECTIVE, drinking)
    removed, added = lines_changed(BANK, file.text())
    assert not removed
    assert added == [r'- {id: drinking-it, key_point: KP2, text: "Can say when \"tea\" is drunk."}']


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_objectives_in_one_line_become_a_list(newline: str) -> None:
    held = "objectives: [{id: what-tea-is, key_point: KP1, text: 'Can say what tea is.'}] # one"
    file = BankFile(f"topic: tea\n{held}\nitems: []\n".replace("\n", newline))

    file.add_objectives([OBJECTIVE.model_copy(update={"id": "no"})])

    assert [each.id for each in parse_bank(file.text(), "tea", None).objectives] == [
        "what-tea-is",
        "no",
    ]
    assert file.text().endswith(f"}} # one{newline}items: []{newline}")
    assert "\n" not in file.text().replace(newline, "")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_objectives_are_removed(newline: str) -> None:
    text = BANK.replace("\n", newline)
    file = BankFile(text)
    file.add_objectives([OBJECTIVE.model_copy(update={"id": name}) for name in ("one", "two")])

    file.remove_objectives(["one", "gone", "two"])
    assert file.text() == text

    file.remove_objectives(["what-tea-is"])
    assert f"objectives: []{newline}items:" in file.text()
    file.add_objectives([OBJECTIVE])
    assert parse_bank(file.text(), "tea", None).objectives == (OBJECTIVE,)


def test_an_empty_bank_takes_items() -> None:
    file = BankFile.empty("tea")

    file.add_objectives([OBJECTIVE])
    file.append([leaves()])
    file.append([])

    assert items_of(file.text()) == {"tea-leaves": leaves()}
    assert "items:\n\n- id: tea-leaves\n" in file.text()


def test_items_before_another_field_are_added_there() -> None:
    body = BANK.replace("topic: tea\n", "").removesuffix("# The end.\n")
    file = BankFile(f"{body}topic: tea\n")

    file.append([leaves(id="tea-one")])

    assert list(items_of(file.text())) == ["tea-leaves", "tea-water", "tea-one"]
    assert file.text().endswith("]\ntopic: tea\n")


def test_a_comment_is_written_above_its_item_and_read_back() -> None:
    file = BankFile(BANK)

    file.comment("tea-water", "returned by Ana: too\n- id: easy # 1\x00")

    assert file.comments("tea-water") == [
        "A remark on the next one.",
        "returned by Ana: too - id: easy # 1",
    ]
    assert file.comments("tea-leaves") == []
    assert file.text().replace("# returned by Ana: too - id: easy # 1\n", "") == BANK


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_comments_with_that_start_are_removed(newline: str) -> None:
    before = BANK.replace("\n", newline)
    file = BankFile(before)
    for text in ("returned by Ana: one", "mine", "returned by Ana: two"):
        file.comment("tea-water", text)

    file.uncomment("tea-water", "returned ")

    assert file.comments("tea-water") == ["A remark on the next one.", "mine"]
    assert file.text().replace(f"# mine{newline}", "") == before


@settings(deadline=None, max_examples=examples(60))
@given(
    text=st.text(min_size=1, max_size=80).filter(lambda text: text == text.strip())
    | st.sampled_from(["yes", "a: b # c", "{x}", "'\"\\", "- x", "…\u2028…", "\ufeff", "👍🏽", "~"])
)
def test_any_text_comes_back_as_it_was_given(text: str) -> None:
    more = "".join(c for c in text if c == "\n" or (c.isprintable() or ord(c) > 0x2000))
    more = more.encode("utf-8", "ignore").decode().strip() or "x"

    after = replaced(leaves(more=more, options=_with_why(" ".join(more.split()) or "x")))

    assert items_of(after)["tea-leaves"].more == more
    assert items_of(after)["tea-water"] == items_of(BANK)["tea-water"]
    assert items_of(after)["tea-leaves"].options[1].why == (" ".join(more.split()) or "x")


def _with_why(why: str) -> tuple[Option, ...]:
    key, first, second = leaves().options
    return key, first.model_copy(update={"why": why}), second


@pytest.mark.parametrize("name", ["no", "on", "y", "7", "1e3", "2026-11-22", "null", "0b1"])
def test_ids_that_yaml_would_misread_are_quoted(name: str) -> None:
    file = BankFile.empty("tea")

    file.add_objectives([OBJECTIVE])
    file.append([leaves(id=name, keep_apart=(name,))])

    assert items_of(file.text())[name].keep_apart == (name,)


@pytest.mark.parametrize(
    "text",
    ["", "topic: tea", "items: 3", "items: [1]", "items: [{id: a}]", "items:\n- {id: a}", "a: [b"],
)
def test_what_is_no_bank_is_refused(text: str) -> None:
    with pytest.raises(BankError, match="correct it as"):
        BankFile(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"topic: th\xe9")

    with pytest.raises(BankError, match="cannot be read"):
        BankFile.read(tmp_path / "missing")
    with pytest.raises(BankError, match="not UTF-8"):
        BankFile.read(tmp_path / "latin")


def test_an_unknown_item_is_no_item() -> None:
    with pytest.raises(KeyError):
        BankFile(BANK).replace(leaves(id="tea-milk"))


def test_an_interrupted_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text(BANK, encoding="utf-8")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        BankFile.empty("tea").save(path)

    assert path.read_text(encoding="utf-8") == BANK
    assert [each.name for each in tmp_path.iterdir()] == ["bank.yaml"]


def test_a_save_keeps_the_mode_and_follows_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.yaml", tmp_path / "bank.yaml"
    target.write_text(BANK, encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)

    BankFile.empty("tea").save(link)

    assert link.is_symlink()
    assert "items: []" in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
