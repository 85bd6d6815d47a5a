"""Turns references with addresses into sources."""

import re

from questions.article import Source
from questions.extracting.blocks import Text, clean

_URL = re.compile(r"https://[^\s<>\"'“”|]+")


def sources_of(reference: Text) -> tuple[Source, ...]:
    """Returns the source that a reference names, and one for each further address in it."""
    urls = list(dict.fromkeys(filter(None, (_url(link.url) for link in reference.links))))
    if not urls:
        return ()
    title = clean(_URL.sub(" ", reference.text)).strip(" :–—-|")
    first = Source(_bracketless(title or urls[0]), urls[0])
    return (first, *(Source(_bracketless(url), url) for url in urls[1:]))


def _url(address: str) -> str | None:
    """Returns the address, escaped for a Markdown link; None if it is not https."""
    match = _URL.match(address)
    if match is None:
        return None
    url = match[0].rstrip(".,;:!?*_]")
    if url.endswith(")") and url.count("(") < url.count(")"):
        url = url.rstrip(").")
    if len(url) <= len("https://"):
        return None
    return url.replace("(", "%28").replace(")", "%29")


def _bracketless(title: str) -> str:
    return title.replace("[", "(").replace("]", ")")
