"""The one text that other programs show after the answer, for our two: explanation and `more`."""

from questions.items import EXPLANATION_LIMIT, LINE_FEEDS_LIMIT, Item, poll_length

# An explanation has at most two line feeds, so the first three in a row are the border.
BORDER = "\n" * (LINE_FEEDS_LIMIT + 1)


def joined(item: Item) -> str:
    return f"{item.explanation}{BORDER}{item.more}"


def parted(text: str) -> tuple[str, str]:
    """Explanation and `more` of a general feedback.

    A feedback from elsewhere that is too long for an explanation is the `more`.
    """
    explanation, border, more = text.partition(BORDER)
    if border:
        return explanation.strip(), more.strip()
    if poll_length(text) > EXPLANATION_LIMIT or text.count("\n") > LINE_FEEDS_LIMIT:
        return "", text
    return text, ""
