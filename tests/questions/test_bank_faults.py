"""What the loader refuses in a bank, and its messages."""

from pathlib import Path

import pytest

from questions import BankError, Fault, Item, Objective, Topic, load_topic, source_sha256
from questions.article import parse_article
from questions.bank import parse_bank
from tests.questions.parsers import loaded_alike

ARTICLE = """# Salt and sleep

## Key points

### KP1 Salt
Salt keeps water
in the body.

### KP2 Sleep
Sleep rests the brain.

## Sources

- [A library](https://library.example/salt)

## Disclaimer

This is for learning.
"""
DIGEST = source_sha256([parse_article(ARTICLE)[0].statements["KP1"]])
BANK = f"""topic: salt
objectives:
- {{id: salt-does, key_point: KP1, text: "Can say what salt does."}}
- {{id: rest, key_point: KP2, text: "Can say what sleep does."}}
items:
- id: salt-water
  status: approved
  revision: 1
  reviewed_by: "the editors"
  reviewed_on: 2026-11-22
  source_sha256: "{DIGEST}"
  objective: salt-does
  form: mechanism
  cites: [KP1]
  evidence: ["Salt keeps water in the body."]
  level: recall
  difficulty: easy
  stem: "What does salt keep in the body?"
  options:
  - {{text: "Water", correct: true}}
  - {{text: "Sugar", why: "Sugar is kept by other means."}}
  - {{text: "Heat", why: "Heat does not depend on salt."}}
  explanation: "Salt holds water back."
  more: "Water follows salt."
  keep_apart: [sleep-brain]
- id: sleep-brain
  status: draft
  revision: 2
  objective: rest
  form: case
  cites: [KP2]
  evidence: ["Sleep rests the brain."]
  level: understand
  difficulty: medium
  stem: "What does sleep rest?"
  options:
  - {{text: "The brain", correct: true}}
  - {{text: "The teeth", why: "Teeth need no rest."}}
  - {{text: "The hair", why: "Hair needs no rest."}}
  explanation: "The brain rests in sleep."
  more: "Dreams come and go."
"""


def load(tmp_path: Path, bank: str | bytes = BANK, article: str = ARTICLE) -> Topic:
    folder = tmp_path / "salt"
    folder.mkdir(exist_ok=True)
    (folder / "article.md").write_text(article, encoding="utf-8")
    (folder / "bank.yaml").write_bytes(bank if isinstance(bank, bytes) else bank.encode())
    return loaded_alike(lambda: load_topic(folder))


def faults(tmp_path: Path, bank: str | bytes = BANK, article: str = ARTICLE) -> tuple[Fault, ...]:
    with pytest.raises(BankError) as caught:
        load(tmp_path, bank, article)
    return caught.value.faults


def item_of(topic: Topic) -> Item:
    item = topic.item("salt-water")
    assert item is not None
    return item


def changed(old: str, new: str) -> str:
    assert BANK.count(old) == 1, old
    return BANK.replace(old, new)


def test_a_sound_bank_loads(tmp_path: Path) -> None:
    topic = load(tmp_path)

    assert [item.id for item in topic.approved] == ["salt-water"]
    item = item_of(topic)
    assert item.key == "Water"
    assert [option.text for option in item.distractors] == ["Sugar", "Heat"]
    assert topic.cited(item)[0].title == "Salt"
    assert topic.kept_apart_from("sleep-brain") == {"salt-water"}
    assert topic.related_to("salt-water") == set()
    assert topic.objectives["rest"] == Objective(
        id="rest", key_point="KP2", text="Can say what sleep does."
    )
    assert list(topic.objectives) == ["salt-does", "rest"]
    assert topic.items_of("salt-does") == (item,)
    assert topic.items_of("rest") == ()  # its item is a draft
    assert topic.key_point_of(item) == topic.statements["KP1"]
    assert not topic.fallen_back
    assert topic.item("gone") is None
    assert len({item, item.model_copy()}) == 1


SALT_FAULTS = [
    # YAML that means something else than it says
    ("level: recall", "level: no", "level", "YAML reads no as true or false"),
    ('text: "Sugar"', "text: yes", "options[2].text", "YAML reads yes as true or false"),
    ('text: "Water"', "text: 12:30", "options[1].text", "number in disguise"),
    ('text: "Water"', "text: 7", "options[1].text", "it is not text; put it in quotes"),
    ('text: "Water"', "text: 1.5", "options[1].text", "decimal number"),
    ('text: "Water"', "text: 2026-11-22", "options[1].text", "it is not text"),
    ('text: "Water"', "text: ~", "options[1].text", "it is empty"),
    ('text: "Water"', "text: !secret x", "options[1].text", "a tag that is not used"),
    ('text: "Water"', r'text: "W\x07"', "options[1].text", "control character U+0007"),
    ('text: "Water"', r'text: "W\uD800"', "options[1].text", "control character U+D800"),
    ("correct: true}\n  - {text: \"Sugar\"", "correct: yes}\n  - {text: \"Sugar\"",
     "options[1].correct", "YAML reads yes"),
    ("revision: 1", "revision: 1_000", "revision", "YAML reads 1_000 as a number in disguise"),
    ("revision: 1", "revision: 0x1F", "revision", "number in disguise"),
    ("revision: 1", 'revision: "1"', "revision", "it is not a whole number"),
    ("revision: 1", "revision: true", "revision", "it is not a whole number"),
    ("revision: 1", "revision: 0", "revision", "it is not positive"),
    ("reviewed_on: 2026-11-22", "reviewed_on: 2026-02-30", "reviewed_on", "is not a date"),
    ("reviewed_on: 2026-11-22", "reviewed_on: 2026-11-22 09:00:00", "reviewed_on", "is not a date"),
    ("reviewed_on: 2026-11-22", 'reviewed_on: "2026-11-22"', "reviewed_on", "it is not a date"),
    ('stem: "What does salt keep in the body?"', "stem: What does it keep?", "stem",
     "several words without quotes"),
    # fields
    ("level: recall", "level: recall\n  level: apply", "level", "a second time in line 17"),
    ("revision: 1", "revison: 1", "revison", "this field is unknown; did you mean revision"),
    ("level: recall", "level: trivia", "level", "none of the known words"),
    ("  difficulty: easy\n", "", "difficulty", "this field is missing"),
    ("cites: [KP1]", "cites: KP1", "cites", "it is not a list; write it as a list: [KP1]"),
    ("cites: [KP1]", "cites: FAQ1, KP4", "cites", "write it as a list: [FAQ1, KP4]"),
    ("cites: [KP1]", "cites: [FAQ1 KP4]", "cites[1]", "put a comma between them"),
    ("keep_apart: [sleep-brain]", "keep_apart: sleep-brain and-more", "keep_apart",
     "write it as a list: [sleep-brain, and-more]"),
    ('["Salt keeps water in the body."]', "Salt keeps water.", "evidence",
     'write it as a list: ["Salt keeps water."]'),
    ('["Salt keeps water in the body."]', '"Salt keeps water."', "evidence",
     'write it as a list: ["Salt keeps water."]'),
    ('why: "Sugar is kept by other means."', 'wy: "x"', "options[2].wy", "did you mean why"),
    ("id: salt-water", "id: Salt_Water", "id", "it is not a slug"),
    ("id: salt-water", "id: sleep-brain", "id", "another item has the same id"),
    # words
    ("keep in the body?", "keep in the body", "stem", "does not end with a question mark"),
    ('more: "Water follows salt."', 'more: " "', "more", "it is empty"),
    ('more: "Water follows salt."', 'more: " x"', "more", "begins or ends with white space"),
    ("salt keep", "salt keep" + "p" * 290, "stem", "shorten it to 300"),
    ('text: "Water"', f'text: "{"w" * 101}"', "options[1].text", "it has 101 characters"),
    ("Salt holds water back.", "x" * 176, "explanation", "shorten it to 175"),
    ("Salt holds water back.", r"a\nb\nc\nd", "explanation", "it has 3 line breaks"),
    ("Water follows salt.", "x" * 601, "more", "shorten it to 600"),
    ('text: "Water"', r'text: "Wa\nter"', "options[1].text", "line break"),
    # options
    ('  - {text: "Heat", why: "Heat does not depend on salt."}\n', "", "options", "2 options"),
    ('text: "Water", correct: true', 'text: "Water", why: "x"', "options",
     "the first option is not the one correct option"),
    ('text: "Heat", why', 'text: "Heat", correct: true, why', "options", "not the one correct"),
    ('text: "Sugar", why: "Sugar is kept by other means."', 'text: "Sugar"', "options[2].why",
     "the distractor has no reason"),
    ('text: "Water", correct: true', 'text: "Water", correct: true, why: "x"', "options[1].why",
     "needs no reason against it"),
    ('text: "Sugar"', 'text: "water"', "options[2].text", "it repeats another option"),
    # references
    ("cites: [KP1]", "cites: [KP9]", "cites[1]", "the article has no statement 'KP9'"),
    ("cites: [KP1]", "cites: []", "cites", "it cites nothing"),
    ("cites: [KP1]", "cites: [KP1, KP1]", "cites", "it names 'KP1' twice"),
    ('["Salt keeps water in the body."]', '["Salt keeps sand."]', "evidence[1]",
     "these words are not in KP1"),
    ('["Salt keeps water in the body."]', "[]", "evidence", "it is empty"),
    ("keep_apart: [sleep-brain]", "keep_apart: [gone]", "keep_apart[1]", "there is no item 'gone'"),
    ("keep_apart: [sleep-brain]", "keep_apart: [salt-water]", "keep_apart[1]", "the item itself"),
    # objectives
    ("keep_apart: [sleep-brain]", "siblings: [sleep-brain]", "siblings",
     "this field is unknown; remove it: items of one objective belong together"),
    ("objective: salt-does", 'objective: "Water follows salt."', "objective",
     "it is not the id of an objective; list the objective under objectives"),
    ("objective: salt-does", "objective: salt-dose", "objective",
     "the bank has no objective 'salt-dose'; did you mean salt-does"),
    ("objective: salt-does", "objective: a-b-c", "objective",
     "the bank has no objective 'a-b-c'; add it to objectives, or name one of those"),
    ("Can say what salt does.", "TODO: say it", "objective",
     "the objective of an approved item still says TODO; write in its text what people can do"),
    ("  form: mechanism\n", "", "form", "this field is missing"),
    ("form: mechanism", "form: poem", "form", "none of the known words; use 'number', 'swap',"),
    # approval
    ('  reviewed_by: "the editors"\n', "", "reviewed_by", "no reviewer"),
    ("  reviewed_on: 2026-11-22\n", "", "reviewed_on", "no day of review"),
    (f'  source_sha256: "{DIGEST}"\n', "", "source_sha256", f"set it to {DIGEST}"),
    (DIGEST, "abc", "source_sha256", "it is not a SHA-256"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "words"), SALT_FAULTS)
def test_a_fault_is_named_with_file_item_and_field(
    tmp_path: Path, old: str, new: str, field: str, words: str
) -> None:
    found = faults(tmp_path, changed(old, new))

    item = new.removeprefix("id: ") if new.startswith("id: ") else "salt-water"
    match = [fault for fault in found if fault.field == field and fault.item == item]
    assert match, found
    text = str(match[0])
    assert words in text
    assert text.startswith("bank.yaml, line ")
    assert f"item {item}, field {field}: " in text
    assert text.endswith(".")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("key_point: KP2", "key_point: KP9", "objectives[2].key_point",
         "the article has no key point 'KP9'; name one of KP1, KP2."),
        ("key_point: KP2, ", "", "objectives[2].key_point", "this field is missing; add it"),
        ("{id: rest,", "{id: salt-does,", "objectives[2].id",
         "another objective has the same id; give each objective an id of its own."),
        ("{id: rest,", "{id: Rest,", "objectives[2].id", "it is not a slug"),
        ("{id: rest,", f"{{id: {'r' * 65},", "objectives[2].id", "shorten it to 64"),
        ("{id: rest, key_point: KP2,", "{id: rest, key_point: KP2, why: 1,",
         "objectives[2].why", "this field is unknown"),
        ('text: "Can say what sleep does."', "text: yes", "objectives[2].text", "YAML reads yes"),
        ("objectives:\n", "objectives: 3\nitem:\n", "objectives",
         "it is not a list of objectives; write above the items: '- {id:"),
    ],
)  # fmt: skip
def test_a_fault_in_an_objective_is_named(
    tmp_path: Path, old: str, new: str, field: str, words: str
) -> None:
    found = faults(tmp_path, changed(old, new))

    match = [str(fault) for fault in found if fault.field == field]
    assert match, found
    assert words in match[0]


def test_a_bank_without_objectives_is_told_how_to_list_them(tmp_path: Path) -> None:
    start, end = BANK.index("objectives:"), BANK.index("items:")

    told = [str(fault) for fault in faults(tmp_path, BANK[:start] + BANK[end:])]

    assert "it is not a list of objectives; write above the items: '- {id: red-cells" in told[0]


def test_a_draft_may_name_a_missing_item(tmp_path: Path) -> None:
    topic = load(tmp_path, f"{BANK}  keep_apart: [gone, salt-water]\n")

    assert topic.kept_apart_from("sleep-brain") == {"salt-water"}


def test_the_line_is_that_of_the_value(tmp_path: Path) -> None:
    bank = changed("level: recall", "level: trivia")

    (fault,) = faults(tmp_path, bank)

    assert fault.line is not None
    assert bank.splitlines()[fault.line - 1].strip() == "level: trivia"


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    bank = changed("level: recall", "level: no").replace("revision: 2", "revision: two")
    bank = bank.replace("The hair", "The brain").replace("- [KP2]", "")

    found = faults(tmp_path, bank, ARTICLE.replace("## Disclaimer", "## Small print"))

    assert {(fault.file, fault.item, fault.field) for fault in found} >= {
        ("bank.yaml", "salt-water", "level"),
        ("bank.yaml", "sleep-brain", "revision"),
        ("article.md", None, None),
    }


def test_a_value_that_yaml_misreads_is_one_fault(tmp_path: Path) -> None:
    assert len(faults(tmp_path, changed("level: recall", "level: no"))) == 1


MISTAKES = [
    # what is written instead of what, how many lines below that is told, and how
    ("level: recall", "level recall", 0, "a field's name has no colon"),
    ("level: recall", "level:recall", 0, "with a colon and a space"),
    ('stem: "What does salt', 'stem "What does salt', 0, "with a colon and a space"),
    ('options:\n  - {text: "Water"', 'options\n  - {text: "Water"', 0, "has no colon"),
    ("- id: sleep-brain", "- id sleep-brain", 0, "has no colon and space"),
    ("- id: sleep-brain", "-id: sleep-brain", 0, "there is no space after the hyphen"),
    ("topic: salt", "topic salt", 0, "has no colon and space"),
    ("What does salt keep", 'What does "salt" keep', 0, 'write \\" for it, or use ‘ ’'),
    ('text: "Sugar"', 'text: "So-called "sugar""', 0, 'write \\" for it, or use ‘ ’'),
    ('"Water follows salt."', "'Say what it's for'", 0, "put the text in double quotes"),
    ('in the body?"', "in the body?", 0, "a quotation mark is opened here and not closed"),
    ('Dreams come and go."', "Dreams come and go.", 0, "is opened here and not closed"),
    ("  level: recall", "   level: recall", 0, "the spaces at its start do not fit"),
    ("  level: recall", " level: recall", 0, "the spaces at its start do not fit"),
    ("  difficulty: easy", "   difficulty: easy", 0, "the spaces at the start of this line"),
    ("  level: recall", "level: recall", 1, "or of the one above, do not fit"),
    ("- id: sleep-brain", " - id: sleep-brain", 0, "the spaces at its start do not fit"),
    ("  level: recall", "\tlevel: recall", 0, "it begins with a tab"),
    ("correct: true}", "correct: true", 0, "put } where it ends"),
    ("cites: [KP1]", "cites: [KP1", 0, "put ] where it ends"),
    ('"Water", correct', '"Water" correct', 0, "a comma is missing"),
    (
        '"Water follows salt."',
        "Say: what salt does",
        0,
        "there is a colon in a text without quotes",
    ),
    ('"Water follows salt."', "@salt", 0, "a text cannot begin with @"),
    ("Water follows salt.", r"Say \what salt does.", 0, r"write \\ for it"),
]


@pytest.mark.parametrize(("old", "new", "below", "words"), MISTAKES)
def test_a_mistake_in_yaml_is_explained_in_plain_words_with_its_line(
    tmp_path: Path, old: str, new: str, below: int, words: str
) -> None:
    place = BANK.index(old)
    bank = BANK[:place] + new + BANK[place + len(old) :]

    (fault,) = faults(tmp_path, bank)

    assert words in str(fault)
    assert fault.line == BANK[:place].count("\n") + 1 + below


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\r\n", "\r", ""])
def test_other_line_ends_do_not_break_the_message(tmp_path: Path, end: str) -> None:
    assert "not plain YAML" in str(faults(tmp_path, f"topic: salt{end}items: a: b{end}c: d: e")[0])


@pytest.mark.parametrize("topic", ["sleep well", '"Sleep"', ""])
def test_a_folder_that_cannot_name_a_topic_must_be_renamed(topic: str) -> None:
    first = parse_bank(f"topic: {topic}\nitems: []\n", "Sleep  Well!", None).faults[0]

    assert first.line == 1
    assert "rename the folder (lower-case letters, digits and single hyphens)" in first.remedy
    assert "write 'topic: sleep-well'" in first.remedy


@pytest.mark.parametrize(
    ("bank", "words"),
    [
        ("", "it holds no fields"),
        ("- a\n- b\n", "it holds no fields"),
        ("topic: pepper\nitems: []\n", "write 'topic: salt'"),
        ("topic: salt\n", "it is not a list of items"),
        ("topic: salt\nitems: [3]\n", "item number 1: it is not a group of named fields"),
        ("topic: salt\nitems: []\nextra: 1\n", "field extra: this field is unknown"),
        ("topic: [\n", "this is not plain YAML"),
        ("topic: &a salt\nitems: [*a]\n", "there is an alias"),
        ("topic: salt\n---\ntopic: salt\n", "this is not plain YAML"),
        ("[" * 1000, "nested too deeply"),
        (b"topic: \xff", "is not UTF-8"),
        ("topic: salt\nitems: []\n? [a]\n: b\n", "a name of a field is not one word"),
    ],
)
def test_a_file_that_is_no_bank_is_refused(tmp_path: Path, bank: str | bytes, words: str) -> None:
    found = faults(tmp_path, bank)

    assert any(words in str(fault) for fault in found), found
    assert all(fault.file == "bank.yaml" for fault in found)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"article\.md: .*\nbank\.yaml: it cannot be read"):
        load_topic(tmp_path / "salt")


def test_lengths_are_counted_cautiously(tmp_path: Path) -> None:
    # An emoji outside the basic plane counts as two.
    assert load(tmp_path, changed('text: "Water"', f'text: "{"💧" * 50}"')).approved
    (fault,) = faults(tmp_path, changed('text: "Water"', f'text: "{"💧" * 51}"'))
    assert "it has 102 characters" in str(fault)


def test_the_longest_texts_are_taken(tmp_path: Path) -> None:
    bank = changed("Salt holds water back.", "x" * 175).replace("Water follows salt.", "x" * 600)
    bank = bank.replace('"What does sleep rest?"', f'"{"x" * 299}?"').replace(
        'Heat"', "h" * 100 + '"'
    )

    assert len(load(tmp_path, bank).approved) == 1


def test_a_changed_statement_turns_an_approved_item_into_a_draft(tmp_path: Path) -> None:
    topic = load(tmp_path, article=ARTICLE.replace("keeps water\nin", "binds water in"))

    assert topic.approved == ()
    assert item_of(topic).status == "draft"
    (fallen,) = topic.fallen_back
    assert fallen.id == "salt-water"
    assert "KP1" in fallen.reason
    assert source_sha256([topic.statements["KP1"]]) not in fallen.reason


def test_rewrapping_a_statement_keeps_the_approval(tmp_path: Path) -> None:
    topic = load(tmp_path, article=ARTICLE.replace("keeps water\nin", "keeps\nwater in"))

    assert item_of(topic).approved
    assert not topic.fallen_back


def test_a_retired_item_may_outlive_its_evidence(tmp_path: Path) -> None:
    bank = changed("status: approved", "status: retired")

    topic = load(tmp_path, bank, ARTICLE.replace("Salt keeps water", "Salt binds water"))

    assert item_of(topic).status == "retired"
    assert not topic.approved


RETIRED = BANK.replace("- id: salt-water\n  status: approved", "- id: salt-sea\n  status: retired")
RETIRED = "topic: salt\nitems:\n" + RETIRED[RETIRED.index("- id") : RETIRED.index("- id: sleep")]


def load_with(tmp_path: Path, retired: str) -> Topic:
    (tmp_path / "salt").mkdir(exist_ok=True)
    (tmp_path / "salt" / "retired.yaml").write_text(retired, encoding="utf-8")
    return load(tmp_path)


def test_retired_items_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    topic = load_with(tmp_path, RETIRED)

    assert [item.id for item in topic.items] == ["salt-water", "sleep-brain", "salt-sea"]
    retired = topic.item("salt-sea")
    assert retired is not None
    assert (retired.status, retired.objective) == ("retired", "salt-does")
    assert [item.id for item in topic.approved] == ["salt-water"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("status: retired", "status: draft", 4, "this file has only retired items"),
        ("- id: salt-sea", "- id: salt-water", 3, "an item of bank.yaml has the same id"),
        ("objective: salt-does", "objective: thirst", 9, "the bank has no objective 'thirst'"),
        ("level: recall", "level: easy", 13, "it is none of the known words"),
        ("items:\n", "objectives: []\nitems:\n", 2, "this field is unknown"),
        ("topic: salt", "topic: sugar", 1, "it is not the name of the topic's folder"),
    ],
)
def test_a_fault_of_a_retired_item_names_its_file(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert RETIRED.count(old) == 1

    with pytest.raises(BankError) as caught:
        load_with(tmp_path, RETIRED.replace(old, new))

    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == ("retired.yaml", line)
    assert words in fault.problem
