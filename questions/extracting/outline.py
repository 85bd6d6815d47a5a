"""Groups blocks into sections with roles, and finds the title and the boilerplate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from questions.extracting.blocks import (
    BOILERPLATE,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Reading,
    Text,
    UnmatchedText,
)
from questions.extracting.section_names import Role, is_disclaimer, is_question, role_of

UNCHOSEN_TITLE = "a heading above the title"


@dataclass
class Section:
    """A heading (None above the first one) and the blocks below it."""

    heading: Heading | None
    role: Role | None
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Outline:
    title: Text | None
    sections: tuple[Section, ...]
    unmatched: tuple[UnmatchedText, ...]


def outline(reading: Reading) -> Outline:
    unmatched: list[UnmatchedText] = []
    blocks = _without_unmatched(_without_contents(reading.blocks), unmatched)
    title, blocks = _title(reading.title, blocks, unmatched)
    sections = _sections(blocks, unmatched)
    if not any(section.role is Role.DISCLAIMER and section.blocks for section in sections):
        sections = _with_disclaimer_found(sections, unmatched)
    return Outline(title, tuple(sections), tuple(unmatched))


def _without_unmatched(blocks: Sequence[Block], unmatched: list[UnmatchedText]) -> list[Block]:
    """Collects unmatched text, and turns paragraphs that name a section into headings."""
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, UnmatchedText):
            unmatched.append(block)
        elif isinstance(block, Paragraph) and role_of(block.text.text):
            kept.append(Heading(block.text))
        else:
            kept.append(block)
    return kept


def _without_contents(blocks: Sequence[Block]) -> list[Block]:
    """Turns tables of contents, which repeat later headings, into boilerplate."""
    ahead = Counter(block.text.text for block in blocks if isinstance(block, Heading))
    kept: list[Block] = []
    within = False
    for block in blocks:
        texts = _texts(block)
        if isinstance(block, Heading):
            ahead[block.text.text] -= 1
        if isinstance(block, Heading) and role_of(block.text.text) is Role.CONTENTS:
            within = True
        elif not isinstance(block, UnmatchedText):
            within = within and all(ahead[text.text] > 0 for text in texts)
        if within and texts:
            kept.extend(UnmatchedText(text.line, text.text, BOILERPLATE) for text in texts)
        else:
            kept.append(block)
    return kept


def _texts(block: Block) -> tuple[Text, ...]:
    if isinstance(block, Heading | Paragraph):
        return (block.text,)
    return block.entries if isinstance(block, Bullets) else ()


def _title(
    named: Text | None, blocks: list[Block], unmatched: list[UnmatchedText]
) -> tuple[Text | None, list[Block]]:
    """Returns the title (a heading of level 1, or one of the first without level) and the rest."""
    chosen = next(
        (
            index
            for index, block in enumerate(blocks)
            if isinstance(block, Heading) and block.level == 1 and not role_of(block.text.text)
        ),
        None,
    )
    if chosen is None and named is None:
        chosen = _opening_title(blocks)
    heading = None if chosen is None else blocks[chosen]
    if chosen is None or not isinstance(heading, Heading):
        return named, blocks
    if named is not None and named.text != heading.text.text:
        unmatched.append(UnmatchedText(named.line, named.text, UNCHOSEN_TITLE))
    above = blocks[:chosen]
    if heading.level == 0:
        unmatched.extend(
            UnmatchedText(text.line, text.text, UNCHOSEN_TITLE)
            for block in above
            for text in _texts(block)
        )
        above = []
    return heading.text, [*above, *blocks[chosen + 1 :]]


def _opening_title(blocks: list[Block]) -> int | None:
    """Returns the index of the longest opening heading; None if it is a question with an answer."""
    opening = 0
    while opening < len(blocks) and _may_be_title(blocks[opening]):
        opening += 1
    if not opening:
        return None
    chosen = max(range(opening), key=lambda index: len(_texts(blocks[index])[0].text))
    headings = [block.text.text for block in blocks if isinstance(block, Heading)]
    if opening == 1 and is_question(headings[0]) and not any(map(role_of, headings)):
        return None if sum(map(is_question, headings)) > 1 else chosen
    return chosen


def _may_be_title(block: Block) -> bool:
    return isinstance(block, Heading) and block.level == 0 and not role_of(block.text.text)


def _sections(blocks: list[Block], unmatched: list[UnmatchedText]) -> list[Section]:
    sections = [Section(None, None)]
    for block in blocks:
        if isinstance(block, Heading) and not _belongs(block, sections[-1]):
            sections.append(Section(block, role_of(block.text.text)))
        else:
            sections[-1].blocks.append(block)
    kept: list[Section] = []
    for section in sections:
        if section.role in {Role.BOILERPLATE, Role.CONTENTS}:
            unmatched.extend(_as_boilerplate(section))
            remains = [block for block in section.blocks if not _texts(block)]
            if remains:
                kept.append(Section(None, None, remains))
        else:
            kept.append(section)
    return kept


def _belongs(heading: Heading, section: Section) -> bool:
    """Returns whether the heading is within the section: a deeper one, or a question of the FAQ."""
    above = section.heading
    if above is None or section.role is None or role_of(heading.text.text):
        return False
    if section.role is Role.FAQ and is_question(heading.text.text):
        return True
    return heading.level > above.level > 0


def _as_boilerplate(section: Section) -> list[UnmatchedText]:
    heading = [] if section.heading is None else [section.heading.text]
    below = [text for block in section.blocks for text in _texts(block)]
    return [UnmatchedText(text.line, text.text, BOILERPLATE) for text in (*heading, *below)]


def _with_disclaimer_found(
    sections: list[Section], unmatched: list[UnmatchedText]
) -> list[Section]:
    """Takes a paragraph that reads like a disclaimer as one, even in a footer."""
    for section in sections:
        if section.role is Role.KEY_POINTS:
            continue
        for block in section.blocks[-1:] if section.role is Role.FAQ else section.blocks:
            if isinstance(block, Paragraph) and is_disclaimer(block.text.text):
                section.blocks.remove(block)
                return [*sections, Section(None, Role.DISCLAIMER, [block])]
    for index, left in enumerate(unmatched):
        if is_disclaimer(left.text) and " " in left.text:
            del unmatched[index]
            found = Paragraph(Text(left.line, left.text))
            return [*sections, Section(None, Role.DISCLAIMER, [found])]
    return sections
