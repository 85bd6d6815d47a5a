"""Imported questions become valid drafts, or are refused with a reason and a remedy."""

import dataclasses

import pytest

from questions import Item, Topic
from questions.formats.drafts import EXPLANATION, MORE, WHY, Ids, make_drafts, slug
from questions.formats.reading import ImportedOption, ImportedQuestion, Reading

OPTIONS = (
    ImportedOption("The bones", False, "Bones heal."),
    ImportedOption("Hair cells", True),
    ImportedOption("The skin", False),
)
FOUND = ImportedQuestion(3, "", "What does loud noise destroy in the inner ear?", OPTIONS)


def made(
    topic: Topic, *found: ImportedQuestion, cites: tuple[str, ...] = ()
) -> tuple[list[Item], Reading]:
    reading = Reading("quiz.gift", list(found))
    return make_drafts(reading, topic, cites).items, reading


def draft(topic: Topic, cites: tuple[str, ...] = (), **fields: object) -> Item:
    (item,), reading = made(topic, dataclasses.replace(FOUND, **fields), cites=cites)  # type: ignore[arg-type]
    assert not reading.faults
    return item


def told(topic: Topic, **fields: object) -> list[str]:
    items, reading = made(topic, dataclasses.replace(FOUND, **fields))  # type: ignore[arg-type]
    assert not items
    return [f"{fault.line}: {fault.problem}; {fault.remedy}" for fault in reading.faults]


def noted(topic: Topic, **fields: object) -> str:
    (_,), reading = made(topic, dataclasses.replace(FOUND, **fields))  # type: ignore[arg-type]
    return " ".join(reading.notes)


def test_a_bare_question_becomes_a_draft_that_says_what_is_missing(topic: Topic) -> None:
    assert draft(topic).model_dump(exclude_defaults=True) == {
        "id": "what-does-loud-noise-destroy-in-the-inner-ear",
        "status": "draft",
        "revision": 1,
        "cites": ("KP1",),
        "evidence": ("Loud noise destroys hair cells in the inner ear.",),
        "objective": "kp1",
        "form": "mechanism",
        "level": "recall",
        "difficulty": "medium",
        "stem": FOUND.stem,
        "options": (
            {"text": "Hair cells", "correct": True},
            {"text": "The bones", "why": "Bones heal."},
            {"text": "The skin", "why": WHY},
        ),
        "explanation": EXPLANATION,
        "more": MORE,
    }


def test_evidence_is_the_sentence_that_fits_best(topic: Topic) -> None:
    item = draft(topic, stem="Why do lost hair cells stay lost?")

    assert item.evidence == ("Lost hair cells do not grow again.",)


def test_the_author_may_name_the_statement(topic: Topic) -> None:
    item = draft(topic, cites=("KP2", "KP1"), held={"cites": ("KP1",)})

    assert item.cites == ("KP2", "KP1")


def test_citations_and_evidence_are_kept_if_the_article_has_them(
    topic: Topic,
) -> None:
    held = {"cites": ("KP2", "KP9"), "evidence": ("lowers the noise", "not in there")}

    item = draft(topic, held=held)

    assert (item.cites, item.evidence) == (("KP2",), ("lowers the noise",))
    assert "the statement KP9 is not in this article" in noted(topic, held=held)
    assert "evidence that is not in KP2 is left out" in noted(topic, held=held)


def test_a_question_on_something_else_needs_a_statement_by_hand(topic: Topic) -> None:
    strange = dataclasses.replace(
        FOUND,
        stem="Qui?",
        options=OPTIONS[:0]
        + tuple(ImportedOption(text, text == "un") for text in ("un", "deux", "trois")),
    )

    items, reading = made(topic, strange)
    by_hand, _ = made(topic, strange, cites=("KP2",))

    assert not items
    assert str(reading.faults[0]) == (
        "quiz.gift, line 3, item Qui?: cites: no statement of the article shares a word with it; "
        "name the statement that it rests on with --cites."
    )
    assert by_hand[0].cites == ("KP2",)


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        (
            {"stem": "x" * 300 + "?"},
            ["3: stem: it has 301 characters; shorten it to 300 or fewer"],
        ),
        (
            {"stem": "Noise destroys"},
            ["3: stem: it does not end with a question mark; ask a question"],
        ),
        (
            {"explanation": "x" * 176, "more": "y" * 601},
            [
                "3: explanation: it has 176 characters; shorten it to 175 or fewer",
                "3: more: it has 601 characters; shorten it to 600 or fewer",
            ],
        ),
        (
            {"options": (*OPTIONS[:2], ImportedOption("\U0001f442" * 51, False))},
            ["3: options[3].text: it has 102 characters; shorten it to 100 or fewer"],
        ),
        (
            {"options": OPTIONS[:2]},
            ["3: options: there are 2 options; offer three, or four where four are plausible"],
        ),
        (
            {"options": (*OPTIONS, ImportedOption("a", False), ImportedOption("b", False))},
            ["3: options: there are 5 options; offer three, or four where four are plausible"],
        ),
        (
            {"options": (*OPTIONS, ImportedOption("hair  CELLS", False))},
            ["3: options[4].text: it repeats another option; write a different one"],
        ),
        (
            {"options": (OPTIONS[0], OPTIONS[2], ImportedOption("c", False))},
            ["3: options: no option is correct; mark the one best answer"],
        ),
        (
            {"options": (OPTIONS[1], ImportedOption("c", True), OPTIONS[2])},
            ["3: options: 2 options are correct; mark the one best answer"],
        ),
        (
            {
                "stem": "What does a step  back from a loudspeaker do?",
                "options": (ImportedOption("it lowers the noise", True), *OPTIONS[::2]),
            },
            ["3: the bank has it already, as distance; change that item instead"],
        ),
    ],
)
def test_questions_that_the_bank_would_refuse_are_reported(
    topic: Topic, fields: dict[str, object], faults: list[str]
) -> None:
    assert told(topic, **fields) == faults


def test_the_same_question_twice_in_a_file_is_taken_once(topic: Topic) -> None:
    items, reading = made(topic, FOUND, dataclasses.replace(FOUND, line=9))

    assert len(items) == 1
    assert [fault.line for fault in reading.faults] == [9]


def test_ids_come_from_titles_and_are_new(topic: Topic) -> None:
    found = [
        dataclasses.replace(FOUND, title=title, stem=f"{number} noise?", line=number)
        for number, title in enumerate(("Was Lärm zerstört!", "distance", "Distance"))
    ]

    items, reading = made(topic, *found)

    assert [item.id for item in items] == ["was-larm-zerstort", "distance-2", "distance-3"]
    assert "the bank has another distance, so it became distance-2" in reading.notes[0]


def test_references_follow_new_names_and_lose_what_is_missing(topic: Topic) -> None:
    first = dataclasses.replace(
        FOUND, title="distance", held={"keep_apart": ("later", "gone", "distance")}
    )
    later = dataclasses.replace(
        FOUND, title="later", stem="What is lost?", line=7, held={"keep_apart": ("distance",)}
    )

    items, reading = made(topic, first, later)

    assert [(item.id, item.keep_apart) for item in items] == [
        ("distance-2", ("later",)),
        ("later", ("distance-2",)),
    ]
    assert "keep_apart: there is no item gone" in " ".join(reading.notes)


def test_an_objective_is_kept_or_guessed_by_the_key_point(topic: Topic) -> None:
    reading = Reading(
        "quiz.csv",
        [
            dataclasses.replace(FOUND, held={"objective": "how-far", "form": "myth"}),
            dataclasses.replace(FOUND, stem="Is noise loud?", held={"objective": "gone"}),
            dataclasses.replace(FOUND, stem="How far?", held={"cites": ("KP2",)}),
        ],
    )

    drafts = make_drafts(reading, topic)

    assert [(each.objective, each.form) for each in drafts.items] == [
        ("how-far", "myth"),
        ("kp1", "mechanism"),
        ("how-far", "mechanism"),
    ]
    assert drafts.guessed == {"is-noise-loud", "how-far"}
    assert [(each.id, each.key_point) for each in drafts.objectives] == [("kp1", "KP1")]
    assert "the bank has no objective gone, so another one is guessed" in reading.notes[0]


def test_feedback_on_the_key_explains_it(topic: Topic) -> None:
    praised = (dataclasses.replace(OPTIONS[1], why="They are tender."), *OPTIONS[::2])

    assert draft(topic, options=praised).explanation == "They are tender."
    assert "left out: They are tender." in noted(topic, options=praised, explanation="Noise.")


def test_line_breaks_in_options_become_spaces(topic: Topic) -> None:
    broken = (ImportedOption("Hair\n cells", True), ImportedOption("a", False, "b\nc"), OPTIONS[2])

    item = draft(topic, options=broken)

    assert item.key == "Hair cells"
    assert item.options[1].why == "b c"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is B12?", "what-is-b12"),
        ("--", "question-cf8deba4"),
        ("\u05e9\u05dc\u05d5\u05dd", "question-8d4c9a12"),
        ("word " * 20, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("x" * 90, "x" * 60),
    ],
)
def test_any_text_gives_a_slug(text: str, name: str) -> None:
    if name.startswith("question-"):
        assert slug(text) == slug(text) != slug(text + "!")
        assert slug(text).startswith("question-")
    else:
        assert slug(text) == name


def test_no_name_is_given_out_twice() -> None:
    ids = Ids(["a", "a-2"])

    assert [ids.new("A"), ids.new("a"), ids.new("a-3")] == ["a-3", "a-4", "a-3-2"]
