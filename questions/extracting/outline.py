"""From blocks to sections: what the title is, what each section is for, what is furniture."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from questions.extracting.blocks import (
    FURNITURE,
    Block,
    Bullets,
    Heading,
    Leftover,
    Paragraph,
    Reading,
    Text,
)
from questions.extracting.names import Role, is_disclaimer, is_question, role_of

UNCHOSEN_TITLE = "a heading above the title"


@dataclass
class Section:
    """A heading (None above the first) and what stands below it."""

    heading: Heading | None
    role: Role | None
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Outline:
    title: Text | None
    sections: tuple[Section, ...]
    leftovers: tuple[Leftover, ...]


def outline(reading: Reading) -> Outline:
    leftovers: list[Leftover] = []
    blocks = _without_leftovers(_without_contents(reading.blocks), leftovers)
    title, blocks = _title(reading.title, blocks, leftovers)
    sections = _sections(blocks, leftovers)
    if not any(section.role is Role.DISCLAIMER and section.blocks for section in sections):
        sections = _with_disclaimer_found(sections, leftovers)
    return Outline(title, tuple(sections), tuple(leftovers))


def _without_leftovers(blocks: Sequence[Block], leftovers: list[Leftover]) -> list[Block]:
    """Also makes headings of paragraphs that are nothing but the name of a section."""
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Leftover):
            leftovers.append(block)
        elif isinstance(block, Paragraph) and role_of(block.text.text):
            kept.append(Heading(block.text))
        else:
            kept.append(block)
    return kept


def _without_contents(blocks: Sequence[Block]) -> list[Block]:
    """Lists of contents, which repeat headings that come later, become furniture."""
    ahead = Counter(block.text.text for block in blocks if isinstance(block, Heading))
    kept: list[Block] = []
    within = False
    for block in blocks:
        texts = _texts(block)
        if isinstance(block, Heading):
            ahead[block.text.text] -= 1
        if isinstance(block, Heading) and role_of(block.text.text) is Role.CONTENTS:
            within = True
        elif not isinstance(block, Leftover):
            within = within and all(ahead[text.text] > 0 for text in texts)
        if within and texts:
            kept.extend(Leftover(text.line, text.text, FURNITURE) for text in texts)
        else:
            kept.append(block)
    return kept


def _texts(block: Block) -> tuple[Text, ...]:
    if isinstance(block, Heading | Paragraph):
        return (block.text,)
    return block.entries if isinstance(block, Bullets) else ()


def _title(
    named: Text | None, blocks: list[Block], leftovers: list[Leftover]
) -> tuple[Text | None, list[Block]]:
    """The title and the other blocks: a heading of level 1, else a first heading without level."""
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
        leftovers.append(Leftover(named.line, named.text, UNCHOSEN_TITLE))
    above = blocks[:chosen]
    if heading.level == 0:
        leftovers.extend(
            Leftover(text.line, text.text, UNCHOSEN_TITLE)
            for block in above
            for text in _texts(block)
        )
        above = []
    return heading.text, [*above, *blocks[chosen + 1 :]]


def _opening_title(blocks: list[Block]) -> int | None:
    """The longest of the headings that open a text, unless it is a question with its answer."""
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


def _sections(blocks: list[Block], leftovers: list[Leftover]) -> list[Section]:
    sections = [Section(None, None)]
    for block in blocks:
        if isinstance(block, Heading) and not _belongs(block, sections[-1]):
            sections.append(Section(block, role_of(block.text.text)))
        else:
            sections[-1].blocks.append(block)
    kept: list[Section] = []
    for section in sections:
        if section.role in {Role.FURNITURE, Role.CONTENTS}:
            leftovers.extend(_as_furniture(section))
            remains = [block for block in section.blocks if not _texts(block)]
            if remains:
                kept.append(Section(None, None, remains))
        else:
            kept.append(section)
    return kept


def _belongs(heading: Heading, section: Section) -> bool:
    """Whether the heading stands within the section: deeper, or a question of the FAQ."""
    above = section.heading
    if above is None or section.role is None or role_of(heading.text.text):
        return False
    if section.role is Role.FAQ and is_question(heading.text.text):
        return True
    return heading.level > above.level > 0


def _as_furniture(section: Section) -> list[Leftover]:
    heading = [] if section.heading is None else [section.heading.text]
    below = [text for block in section.blocks for text in _texts(block)]
    return [Leftover(text.line, text.text, FURNITURE) for text in (*heading, *below)]


def _with_disclaimer_found(sections: list[Section], leftovers: list[Leftover]) -> list[Section]:
    """A paragraph that reads as a disclaimer is one, wherever it stands, also in a footer."""
    for section in sections:
        if section.role is Role.KEY_POINTS:
            continue
        for block in section.blocks[-1:] if section.role is Role.FAQ else section.blocks:
            if isinstance(block, Paragraph) and is_disclaimer(block.text.text):
                section.blocks.remove(block)
                return [*sections, Section(None, Role.DISCLAIMER, [block])]
    for index, left in enumerate(leftovers):
        if is_disclaimer(left.text) and " " in left.text:
            del leftovers[index]
            found = Paragraph(Text(left.line, left.text))
            return [*sections, Section(None, Role.DISCLAIMER, [found])]
    return sections
