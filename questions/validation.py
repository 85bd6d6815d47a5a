"""Rules between the fields of an item, and between an item and the rest of its topic."""

from collections.abc import Collection, Iterator, Mapping

from questions.items import NEW_OPTION, UNFINISHED, Change, Item
from questions.statements import Statement, lost, normalised, source_sha256
from questions.strict_yaml import Path, Problem

OPTION_COUNTS = (3, 4)


def item_problems(
    item: Item, ids: Collection[str], statements: Mapping[str, Statement]
) -> Iterator[Problem]:
    """Yields everything that makes the item unusable. Paths start at the item."""
    yield from _option_problems(item)
    yield from _picture_problems(item)
    yield from _reference_problems(item, ids)
    yield from _citation_problems(item, statements)
    yield from _change_problems(item)
    if item.approved:
        yield from _approval_problems(item, statements)


def source_changed(item: Item, statements: Mapping[str, Statement]) -> str | None:
    """Returns why the item's approval no longer holds; None if it does, or was never given."""
    if not item.approved or item.source_sha256 is None or not _all_exist(item, statements):
        return None
    if item.source_sha256 == _expected_digest(item, statements):
        return None
    return f"a statement that it cites ({', '.join(item.cites)}) has changed since the review"


def _option_problems(item: Item) -> Iterator[Problem]:
    options = item.options
    if len(options) not in OPTION_COUNTS:
        remedy = "offer three, or four where four are plausible"
        yield Problem(("options",), f"there are {len(options)} options", remedy)
    if [option.correct for option in options] != [True] + [False] * (len(options) - 1):
        problem = "the first option is not the one correct option"
        yield Problem(("options",), problem, "put the correct one first and mark no other")
    seen: set[str] = set()
    for index, option in enumerate(options):
        path: Path = ("options", index)
        if option.correct and option.why is not None:
            problem = "a correct option needs no reason against it"
            yield Problem((*path, "why"), problem, "move the text to explanation")
        if not option.correct and option.why is None:
            remedy = "say kindly, in one sentence, why it is wrong"
            yield Problem((*path, "why"), "the distractor has no reason", remedy)
        text = normalised(option.text).casefold()
        if text in seen:
            yield Problem((*path, "text"), "it repeats another option", "write a different one")
        seen.add(text)


def _picture_problems(item: Item) -> Iterator[Problem]:
    if item.form == "picture" and item.picture is None:
        yield Problem(
            ("form",), "there is no picture", "name one in picture, or ask in another form"
        )
    if item.picture is not None and item.picture_text is None:
        remedy = "say in picture_text what it shows, for people who cannot see it"
        yield Problem(("picture",), "the picture has no text", remedy)
    if item.picture is None and item.picture_text is not None:
        yield Problem(("picture_text",), "there is no picture", "name it in picture")


def _reference_problems(item: Item, ids: Collection[str]) -> Iterator[Problem]:
    """Yields references to missing items, except in drafts: a draft can then be deleted alone."""
    for index, reference in enumerate(item.keep_apart):
        path: Path = ("keep_apart", index)
        if reference == item.id:
            yield Problem(path, "it names the item itself", "name another item")
        elif item.approved and reference not in ids:
            yield Problem(path, f"there is no item '{reference}'", "correct or remove it")


def _citation_problems(item: Item, statements: Mapping[str, Statement]) -> Iterator[Problem]:
    if not item.cites:
        yield Problem(("cites",), "it cites nothing", "name the statements that it rests on")
    for index, cited in enumerate(item.cites):
        if cited not in statements:
            problem = f"the article has no statement '{cited[:20]}'"
            yield Problem(("cites", index), problem, "cite one of its numbers, such as KP1")
    if not item.approved or not _all_exist(item, statements) or source_changed(item, statements):
        return  # drafts may be unfinished; `lint` reports statements that have changed
    if not item.evidence:
        yield Problem(("evidence",), "it is empty", "copy the words that make the key correct")
    missing = lost(item.evidence, (statements[cited] for cited in item.cites))
    for index, words in enumerate(item.evidence):
        if words in missing:
            problem = f"these words are not in {', '.join(item.cites)}"
            yield Problem(("evidence", index), problem, "copy them exactly from a cited statement")


def _change_problems(item: Item) -> Iterator[Problem]:
    revisions = [change.revision for change in item.changes]
    if revisions != sorted(set(revisions)):
        problem = "the revisions are not in ascending order"
        yield Problem(("changes",), problem, "write one entry for each revision, oldest first")
    for index, change in enumerate(item.changes):
        path: Path = ("changes", index)
        if not 2 <= change.revision <= item.revision:
            problem = f"there was no change to revision {change.revision}"
            remedy = f"name one from 2 to the item's own, which is {item.revision}"
            yield Problem((*path, "revision"), problem, remedy)
        if change.order_was and not _places(change, item):
            problem = "it does not give each option one place"
            remedy = (
                "write, for each option in its order, its place before (0 to 3, each once), or "
                f"{NEW_OPTION} if it was not there"
            )
            yield Problem((*path, "order_was"), problem, remedy)


def _places(change: Change, item: Item) -> bool:
    """The number of options is known only for the item's own revision."""
    stood = [place for place in change.order_was if place != NEW_OPTION]
    fits = len(change.order_was) in OPTION_COUNTS
    if change.revision == item.revision:
        fits = len(change.order_was) == len(item.options)
    return fits and len(set(stood)) == len(stood) and set(stood) <= set(range(max(OPTION_COUNTS)))


def _approval_problems(item: Item, statements: Mapping[str, Statement]) -> Iterator[Problem]:
    if item.reviewed_by is None:
        yield Problem(("reviewed_by",), "an approved item has no reviewer", "name who reviewed it")
    if item.reviewed_on is None:
        remedy = "give the day of the review"
        yield Problem(("reviewed_on",), "an approved item has no day of review", remedy)
    if item.source_sha256 is None and _all_exist(item, statements):
        problem = "an approved item has no fingerprint of the statements that it cites"
        remedy = f"after the review, set it to {_expected_digest(item, statements)}"
        yield Problem(("source_sha256",), problem, remedy)
    for path in unfinished(item):
        problem = f"an approved item still says {UNFINISHED}"
        yield Problem(path, problem, "write what is missing there")


def unfinished(item: Item) -> list[Path]:
    """Returns the paths of texts that still say TODO."""
    return [path for path, text in item.texts.items() if UNFINISHED in text]


def _all_exist(item: Item, statements: Mapping[str, Statement]) -> bool:
    return bool(item.cites) and all(cited in statements for cited in item.cites)


def _expected_digest(item: Item, statements: Mapping[str, Statement]) -> str:
    return source_sha256(statements[cited] for cited in item.cites)
