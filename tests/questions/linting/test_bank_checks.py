"""Checks of the bank as a whole, on banks with and without a flaw."""

from random import Random

import pytest

from questions import Item, Option
from questions.linting import Finding, Guess, Severity, guesses, lint
from tests.questions.linting.factories import make_item, make_topic

NOUNS = "apple bread cider dough elder flour grape honey icing juice kefir lemon".split()


def bank(count: int, *texts: str) -> list[Item]:
    """Items with these options, key first."""
    return [make_item(*texts, id=f"salt-{number}") for number in range(count)]


def guess(name: str, items: list[Item]) -> Guess:
    return next(each for each in guesses(items) if each.name == name)


def rules(*items: Item) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in lint(make_topic(*items)).findings:
        found.setdefault(finding.rule, []).append(finding)
    return found


@pytest.mark.parametrize(
    ("guesser", "texts"),
    [
        ("longest", ("a long and winding text", "short one", "tiny one")),
        ("shortest", ("tiny", "a longer one", "a quite long one")),
        ("most of the stem", ("tight ring meal", "loose shoe", "warm glove")),
        ("most like the others", ("red cell", "red wine", "pale cell")),
        ("least like the others", ("red wine", "pale cell", "dark cell")),
        ("smallest number", ("5", "10", "20")),
        ("middle number", ("10", "5", "20")),
        ("largest number", ("20", "5", "10")),
        ("most words", ("to be or not to be", "extraordinarily", "unfathomable")),
        ("most hedged", ("it may help", "it will help", "it does harm")),
        ("most cautious", ("see a doctor soon", "rub it with oil", "wrap it in wool")),
        ("health advice", ("Ann gives up smoking", "Ann gives up knitting", "Ann buys a hat")),
        ("least absolute", ("it helps", "it always helps", "it never helps")),
        ("keys of other items", ("salt holds water", "sand stops wind", "milk makes bone")),
        ("most numerals", ("aged 40", "grown up", "quite old")),
        ("most commas", ("salt, water, time", "salt and water", "water and time")),
    ],
)
def test_a_cue_that_always_gives_the_key_away_is_found(
    guesser: str, texts: tuple[str, ...]
) -> None:
    found = guess(guesser, bank(5, *texts))

    assert found.hits == 5
    assert not found.within_chance


@pytest.mark.parametrize(
    ("guesser", "texts", "words"),
    [
        ("most hedged", ("it may often help", "it will help", "it harms"), ("may", "often")),
        ("least absolute", ("it helps", "it always helps", "it cures"), ("always", "cures")),
        ("most cautious", ("ask a nurse", "rub it", "wrap it"), ("ask", "nurse")),
        ("most of the stem", ("tight rings", "a shoe", "a glove"), ("tight", "rings")),
        ("keys of other items", ("salts hold", "sand", "milk"), ("salts", "hold")),
        ("longest", ("the long one", "short", "brief"), ()),
    ],
)
def test_the_words_that_give_a_key_away_are_named(
    guesser: str, texts: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert guess(guesser, bank(5, *texts)).cues == {f"salt-{n}": words for n in range(5)}


def test_a_finding_names_every_item_with_its_words() -> None:
    (found,) = (
        each
        for each in rules(*bank(30, "it may help", "it will help", "it does harm"))["guessable"]
        if "most hedged" in each.problem
    )

    assert found.severity is Severity.BLOCK
    assert found.problem.startswith("the guesser 'most hedged' gets 30.0 correct, more than the 10")
    assert "salt-0 (may), salt-1 (may), " in found.problem
    assert found.problem.endswith("salt-29 (may)")


def test_a_bank_whose_keys_are_longest_is_blocked() -> None:
    found = rules(*bank(30, "salt holds back far more", "salt thins blood", "salt makes sugar"))

    assert (
        "the guesser 'longest' gets 30.0 correct, more than the 10.0"
        in found["guessable"][0].problem
    )
    assert found["guessable"][0].severity is Severity.BLOCK
    assert "salt-0" in found["guessable"][0].problem


def test_a_bank_of_fewer_than_thirty_items_is_only_warned() -> None:
    found = rules(*bank(29, "salt holds back far more", "salt thins blood", "salt makes sugar"))

    for rule in ("guessable", "coverage"):
        assert {each.severity for each in found[rule]} == {Severity.WARN}
    assert any("'longest' gets 29.0 correct" in each.problem for each in found["guessable"])


def test_one_word_in_common_with_another_key_is_an_accident() -> None:
    assert guess("keys of other items", bank(5, "salt", "sand", "milk")).z == 0


def test_a_guesser_that_is_wrong_too_often_is_no_cue() -> None:
    items = bank(30, "mid one", "the longest one", "tiny")

    assert guess("longest", items).z < -2.6
    assert guess("longest", items).within_chance


def test_random_keys_are_within_chance() -> None:
    random = Random(7)
    items = []
    for number in range(60):
        texts = random.sample(NOUNS, 3)
        items.append(make_item(*(text * random.randint(1, 4) for text in texts), id=f"i-{number}"))

    beyond = [each for each in guesses(items) if abs(each.z) > 2.58]
    assert beyond == []


def test_a_tie_counts_its_expected_share() -> None:
    items = [*bank(2, "even", "also", "tiny"), make_item("longest", "short", "brief", id="one")]

    found = guess("longest", items)

    assert found.hits == pytest.approx(2 / 3 + 1)
    assert found.expected == pytest.approx(1)
    # Two options tie: mean 1/3, variance 1/6 - 1/9; three tie: none; one leads: 1/3 - 1/9.
    one = guess("longest", bank(3, "ab", "cd", "e"))
    assert one.hits == pytest.approx(1.5)
    assert one.z == pytest.approx(0.5 / (3 * (1 / 6 - 1 / 9)) ** 0.5)


def test_an_item_in_which_all_options_tie_does_not_count() -> None:
    assert guess("most numerals", bank(30, "salt", "milk", "wine")).z == 0


def test_two_items_are_no_sample() -> None:
    assert guess("longest", bank(2, "the long one", "short", "brief")).z == 0


def test_key_points_and_faq_entries_need_three_items() -> None:
    found = rules(*(make_item(id=f"a-{n}", cites=("KP1", "FAQ1")) for n in range(3)))

    assert [each.problem for each in found["coverage"]] == [
        "too few approved items, each needs 3: KP2 0"
    ]


def test_all_missing_coverage_is_one_finding() -> None:
    found = rules(*(make_item(id=f"a-{n}", cites=("KP2",)) for n in range(2)))

    assert [each.problem for each in found["coverage"]] == [
        "too few approved items, each needs 3: KP1 0, KP2 2, FAQ1 0"
    ]


FORMS = ("case", "myth", "number")


def test_an_objective_needs_three_items_in_three_forms() -> None:
    def told(*forms: str) -> list[str]:
        items = [make_item(id=f"a-{n}", form=form) for n, form in enumerate(forms)]
        sleep = [make_item(id=f"s-{n}", form=f, objective="sleep") for n, f in enumerate(FORMS)]
        return [each.problem for each in rules(*items, *sleep).get("objective-coverage", [])]

    assert told(*FORMS) == told(*FORMS, "case") == []
    assert told(*FORMS[:2]) == ["too few approved items, each objective needs 3: salt 2"]
    assert told("case", "case", "myth") == [
        "too few forms, each objective needs 3: salt (case, myth)"
    ]


RUSTY = make_item("Its crystals draw damp", id="rusty", stem="Why does salt spoil a shovel?")


def test_items_of_one_objective_that_ask_alike_are_named() -> None:
    alike = make_item("It is", id="alike", stem="Why do crystals of salt spoil a shovel?")
    other = make_item("Its crystals draw damp", id="other", stem="What makes a lid stick?")
    apart = alike.model_copy(update={"objective": "sleep"})

    (found,) = rules(RUSTY, alike)["alike"]
    assert found.item == "alike"
    assert found.problem == "it shares 100% of its words with rusty (crystal, salt, shovel, spoil)"
    (same,) = rules(RUSTY, other)["alike"]
    assert (same.severity, same.problem) == (Severity.WARN, "it has the same key as rusty")
    assert "alike" not in rules(RUSTY, apart)


def test_drafts_cover_nothing() -> None:
    drafts = [make_item(id=f"d-{n}", cites=("KP2",), status="draft") for n in range(3)]

    found = rules(make_item(), *drafts)

    assert any("KP2" in each.problem for each in found["coverage"])


def test_recall_may_be_a_third_and_no_more() -> None:
    recall = [make_item(id=f"r-{n}", level="recall") for n in range(2)]
    apply = [make_item(id=f"u-{n}", level="apply") for n in range(4)]

    assert "too-much-recall" not in rules(*recall, *apply)
    assert [each.problem for each in rules(*recall, *apply[:3])["too-much-recall"]] == [
        "2 of 5 approved items ask for recall"
    ]
    assert [each.problem for each in rules(*recall[:1], *apply[:1])["too-much-recall"]] == [
        "1 of 2 approved items asks for recall"
    ]


TOLD = make_item("Its crystals draw moisture in", id="told", stem="Why does salt clump?")
TELLS = make_item(
    "It clumps",
    id="tells",
    objective="sleep",
    stem="Crystals draw moisture from air. What becomes of the salt?",
)


def test_a_stem_that_gives_another_items_key_away_is_found() -> None:
    found = rules(TOLD, TELLS)["gives-away"]

    assert [(each.item, each.severity) for each in found] == [("told", Severity.WARN)]
    assert "the stem of tells" in found[0].problem


@pytest.mark.parametrize("update", [{"keep_apart": ("told",)}, {"objective": "salt"}])
def test_items_that_never_follow_each_other_give_nothing_away(update: dict[str, object]) -> None:
    assert "gives-away" not in rules(TOLD, TELLS.model_copy(update=update))


def test_a_stem_that_shares_only_the_subject_gives_nothing_away() -> None:
    other = make_item("It clumps", id="other", stem="What becomes of salt in damp air?")

    assert "gives-away" not in rules(TOLD, other)


def test_words_that_many_stems_share_belong_to_the_subject() -> None:
    others = [
        make_item(id=f"c-{n}", objective="sleep", stem=f"Which {noun} holds crystals and moisture?")
        for n, noun in enumerate(NOUNS[:4])
    ]
    key = make_item("Crystals hold moisture", id="told", stem="Why does salt clump?")

    assert "gives-away" not in rules(key, *others)
    assert "gives-away" in rules(key, others[0])


def test_nearly_the_same_question_is_found() -> None:
    again = make_item(
        id="again", objective="sleep", stem="Why might a salty meal make a ring feel tight?"
    )

    found = rules(make_item(), again)["near-duplicate"]

    assert [each.item for each in found] == ["again"]
    assert "salt-water" in found[0].problem


def test_another_question_on_the_same_key_point_is_no_duplicate() -> None:
    other = make_item(
        id="other",
        objective="sleep",
        stem="Leo weighs more the morning after crisps. What explains it?",
    )

    assert "near-duplicate" not in rules(make_item(), other)


def test_a_bank_without_approved_items_is_not_judged_as_a_bank() -> None:
    report = lint(make_topic(make_item(status="draft")))

    assert report.findings == ()
    assert report.passed


def test_options_may_be_strange() -> None:
    odd = [Option.model_construct(text=text, why="No.") for text in ("…", "()", "\u202e")]
    items = [make_item().model_copy(update={"options": tuple(odd), "id": f"o-{n}"}) for n in "abc"]

    assert lint(make_topic(*items)).topic == "salt"
