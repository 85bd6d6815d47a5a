"""Assembles sections into an article with numbered statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from questions.article import FEWEST_CELLS, MOST_CELLS, Article, Source, Table, row_text
from questions.extracting.blocks import (
    NAMES_A_SECTION,
    NAMES_A_TABLE,
    Block,
    Bullets,
    ExtractionError,
    Grid,
    Heading,
    Paragraph,
    Text,
    UnmatchedText,
    clean,
    has_words,
)
from questions.extracting.outline import Outline, Section
from questions.extracting.references import sources_of
from questions.extracting.section_names import (
    Role,
    is_question,
    without_disclaimer_label,
    without_label,
)
from questions.extracting.titles import hint, question_and_answer, statement_title, title_and_text
from questions.items import UNFINISHED
from questions.statements import Statement, StatementKind
from questions.wording import sentences

PROVISIONAL_QUESTION = f"{UNFINISHED}: which question does this answer?"
PROVISIONAL_POINT = f"{UNFINISHED}: a title of two to four words"
PROVISIONAL_TITLE = f"{UNFINISHED}: the title of the article"
GENERAL_DISCLAIMER = (
    "This quiz is for learning. It does not replace the advice of a doctor or another qualified "
    "health professional."
)
EMPTY_CELL = "–"
_NO_POINTS = (
    "No key points and no frequently asked questions were found: put a line 'Key points' above "
    "the main statements, or 'Frequently asked questions' above questions with their answers, and "
    "extract again."
)


@dataclass(frozen=True)
class Extraction:
    """The article, unmatched text in the order of the source, and notes for the editor."""

    article: Article
    unmatched: tuple[UnmatchedText, ...]
    notes: tuple[str, ...]

    @property
    def not_understood(self) -> tuple[UnmatchedText, ...]:
        """Unmatched text that a person should look at."""
        return tuple(each for each in self.unmatched if not each.understood)


@dataclass
class _Draft:
    statements: dict[StatementKind, list[tuple[str, str]]] = field(
        default_factory=lambda: {kind: [] for kind in StatementKind}
    )
    tables: list[Table] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    disclaimer: list[str] = field(default_factory=list)
    unmatched: list[UnmatchedText] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: StatementKind, title: str | None, text: str) -> None:
        """Adds a statement, without blank lines and wide gaps.

        Without a title it gets its first words, except for a key point: key points are taught by
        their titles, so a person has to write one.
        """
        lines = "\n".join(filter(None, map(clean, text.split("\n"))))
        if lines:
            provisional = PROVISIONAL_POINT if kind is StatementKind.KEY_POINT else hint(lines)
            self.statements[kind].append((clean(title or "") or provisional, lines))

    def leave(self, text: Text, reason: str) -> None:
        self.unmatched.append(UnmatchedText(text.line, text.text, reason))


def assemble(outlined: Outline, notes: Iterable[str] = ()) -> Extraction:
    """Raises ExtractionError if the text has neither key points nor an FAQ."""
    draft = _Draft(unmatched=list(outlined.unmatched), notes=list(notes))
    has_faq = any(section.role is Role.FAQ for section in outlined.sections)
    has_points = any(section.role is Role.KEY_POINTS for section in outlined.sections)
    for section in outlined.sections:
        _read_section(section, draft, has_faq=has_faq, has_points=has_points)
    if not draft.statements[StatementKind.KEY_POINT] and not draft.statements[StatementKind.FAQ]:
        raise ExtractionError(_NO_POINTS)
    _note_what_is_missing(outlined, draft)
    article = Article(
        title=outlined.title.text if outlined.title else PROVISIONAL_TITLE,
        statements={statement.id: statement for statement in _numbered(draft)},
        sources=tuple(draft.sources),
        disclaimer="\n".join(draft.disclaimer) or GENERAL_DISCLAIMER,
        tables=tuple(draft.tables),
    )
    unmatched = sorted(draft.unmatched, key=lambda each: each.line)
    return Extraction(article, tuple(unmatched), tuple(draft.notes))


def _numbered(draft: _Draft) -> Iterable[Statement]:
    for table in draft.tables:
        for row in table.rows:
            draft.add(StatementKind.TABLE_ROW, row[0], row_text(table.head, row))
    for kind, found in draft.statements.items():
        for number, (title, text) in enumerate(found, 1):
            yield Statement(kind, number, title, text)


def _note_what_is_missing(outlined: Outline, draft: _Draft) -> None:
    if outlined.title is None:
        draft.notes.append("The text has no title: write it.")
    lost = sum(title == PROVISIONAL_QUESTION for title, _ in draft.statements[StatementKind.FAQ])
    if lost:
        draft.notes.append(
            f"{lost} answers of the FAQ have lost their questions: restore those marked "
            f"{UNFINISHED}, and join answers that run over several paragraphs."
        )
    points = draft.statements[StatementKind.KEY_POINT]
    if untitled := sum(title == PROVISIONAL_POINT for title, _ in points):
        counted = "1 key point has" if untitled == 1 else f"{untitled} key points have"
        draft.notes.append(
            f"{counted} no title: write two to four words where it says {UNFINISHED}."
        )
    if not points:
        draft.notes.append("No key points were found: the FAQ entries serve as key points.")
    if links := sum(map(_links, _running_blocks(outlined))):
        draft.notes.append(f"Links in the text, whose addresses were left out: {links}.")
    if not draft.disclaimer:
        draft.notes.append("No disclaimer was found: a general one was added.")
    if not draft.sources:
        draft.notes.append("No sources with an https address were found: add some by hand.")


def _running_blocks(outlined: Outline) -> Iterable[Block]:
    for section in outlined.sections:
        if section.role is not Role.SOURCES:
            yield from section.blocks


def _links(block: Block) -> int:
    """Counts the links whose address is not in the text."""
    texts = block.entries if isinstance(block, Bullets) else ()
    texts = (block.text,) if isinstance(block, Paragraph) else texts
    return sum(bool(link.words) for text in texts for link in text.links)


def _read_section(section: Section, draft: _Draft, *, has_faq: bool, has_points: bool) -> None:
    role = section.role
    asks = section.heading is not None and is_question(without_label(section.heading.text.text))
    if role is Role.SUMMARY and not has_points and _lists(section.blocks):
        role = Role.KEY_POINTS
    if role is Role.KEY_POINTS:
        _key_points(section, draft)
    elif role is Role.FAQ:
        _faq(section.blocks, draft)
    elif role is Role.SOURCES:
        _sources(section.blocks, draft)
    elif role is Role.DISCLAIMER:
        _disclaimer(section.blocks, draft)
    elif asks and not has_faq and section.heading is not None:
        _faq([section.heading, *section.blocks], draft)
        return
    else:
        _running_text(section, draft)
        if role is None:
            return
    if section.heading is not None:
        draft.leave(section.heading.text, NAMES_A_SECTION)


def _lists(blocks: Sequence[Block]) -> bool:
    return any(isinstance(block, Bullets) for block in blocks)


def _key_points(section: Section, draft: _Draft) -> None:
    """Takes entries as key points, or paragraphs if there are neither entries nor headings."""
    structured = any(isinstance(block, Bullets | Heading) for block in section.blocks)
    loose: list[Block] = []
    headed: tuple[Text, list[str]] | None = None
    for block in section.blocks:
        if isinstance(block, Heading):
            _add_headed_point(headed, draft)
            headed = (block.text, [])
        elif isinstance(block, Grid):
            _table(block, draft)
        elif headed is not None:
            headed[1].extend(_parts(block))
        elif isinstance(block, Bullets) or (isinstance(block, Paragraph) and not structured):
            texts = block.entries if isinstance(block, Bullets) else (block.text,)
            for text in texts:
                draft.add(StatementKind.KEY_POINT, *title_and_text(text.text))
        else:
            loose.append(block)
    _add_headed_point(headed, draft)
    _running_text(Section(section.heading, section.role, loose), draft)


def _add_headed_point(headed: tuple[Text, list[str]] | None, draft: _Draft) -> None:
    if headed is None:
        return
    heading, parts = headed
    if parts:
        draft.add(StatementKind.KEY_POINT, heading.text, "\n".join(parts))
    else:
        draft.add(StatementKind.KEY_POINT, *title_and_text(heading.text))


def _parts(block: Block) -> list[str]:
    """Returns the block as lines of a statement's text."""
    if isinstance(block, Paragraph):
        return [block.text.text]
    return [f"- {entry.text}" for entry in block.entries] if isinstance(block, Bullets) else []


def _faq(blocks: Sequence[Block], draft: _Draft) -> None:
    """Takes questions with the text below them. Answers without a question get a TODO."""
    asked = any(isinstance(block, Heading) or _is_asking(block) for block in blocks)
    question: Text | None = None
    answer: list[str] = []
    for block in blocks:
        if isinstance(block, Grid):
            _table(block, draft)
        elif isinstance(block, Heading) or (isinstance(block, Paragraph) and _is_asking(block)):
            _add_answer(question, answer, draft)
            question, answer = block.text, []
        elif question is not None:
            answer.extend(map(without_label, _parts(block)))
        elif isinstance(block, Bullets) and answer and answer[-1].endswith(":"):
            answer.extend(_parts(block))
        else:
            _add_answer(None, answer, draft)
            answer = []
            if isinstance(block, Paragraph):
                answer = _pair_or_answer(block.text, draft, pairs=not asked)
            elif isinstance(block, Bullets):
                for entry in block.entries:
                    _add_answer(None, _pair_or_answer(entry, draft, pairs=True), draft)
    _add_answer(question, answer, draft)


def _is_asking(block: Block) -> bool:
    return isinstance(block, Paragraph) and is_question(without_label(block.text.text))


def _pair_or_answer(text: Text, draft: _Draft, *, pairs: bool) -> list[str]:
    """Adds 'Question? Answer.' as an entry; returns any other text as part of an answer."""
    pair = question_and_answer(without_label(text.text)) if pairs else None
    if pair is None:
        return [without_label(text.text)]
    draft.add(StatementKind.FAQ, pair[0], without_label(pair[1]))
    return []


def _add_answer(question: Text | None, answer: list[str], draft: _Draft) -> None:
    if answer:
        title = without_label(question.text) if question else PROVISIONAL_QUESTION
        draft.add(StatementKind.FAQ, title, "\n".join(answer))
    elif question is not None:
        draft.leave(question, "a question without an answer")


def _sources(blocks: Sequence[Block], draft: _Draft) -> None:
    for block in blocks:
        if isinstance(block, Grid):
            _table(block, draft)
        elif isinstance(block, Heading):
            draft.leave(block.text, NAMES_A_SECTION)
        elif not isinstance(block, UnmatchedText):
            for text in block.entries if isinstance(block, Bullets) else (block.text,):
                found = sources_of(text)
                draft.sources.extend(found)
                if not found:
                    urls = " ".join(link.url for link in text.links)
                    shown = Text(text.line, f"{text.text} {urls}".strip())
                    draft.leave(shown, "a reference without an https address")


def _disclaimer(blocks: Sequence[Block], draft: _Draft) -> None:
    for block in blocks:
        if isinstance(block, Heading):
            draft.disclaimer.append(block.text.text)
        elif isinstance(block, Grid):
            _table(block, draft)
        else:
            draft.disclaimer.extend(map(without_disclaimer_label, _parts(block)))


def _running_text(section: Section, draft: _Draft) -> None:
    """Takes paragraphs as background, and lists with the sentence that introduces them."""
    background: list[str] = []
    lists: list[str] = []
    for index, block in enumerate(section.blocks):
        following = section.blocks[index + 1] if index + 1 < len(section.blocks) else None
        if isinstance(block, Grid):
            _table(block, draft)
        elif isinstance(block, Heading):
            background.append(block.text.text)
        elif isinstance(block, Paragraph):
            text, _ = _introduction(block, following)
            background.extend(filter(None, [text]))
        elif isinstance(block, Bullets):
            before = section.blocks[index - 1] if index else None
            _, introduction = _introduction(before, block)
            lists.append("\n".join(filter(None, [introduction, *_parts(block)])))
    # Under a heading that names another kind of section, the title is from the text.
    named = section.heading is not None and section.role is None
    heading = section.heading.text if section.heading and named else None
    for kind, texts in ((StatementKind.LIST, lists), (StatementKind.BACKGROUND, background)):
        for text in texts:
            draft.add(kind, statement_title(heading, text, alone=len(texts) == 1), text)
    if heading is not None and not lists and not background:
        above_table = any(isinstance(block, Grid) for block in section.blocks)
        reason = NAMES_A_TABLE if above_table else "a heading without text of its own"
        draft.leave(heading, reason)


def _introduction(block: Block | None, following: Block | None) -> tuple[str, str]:
    """Splits off the last sentence of a paragraph if it introduces the list below."""
    if not isinstance(block, Paragraph):
        return "", ""
    text = block.text.text
    if not isinstance(following, Bullets) or not text.endswith((":", "：")):
        return text, ""
    *others, last = sentences(text)
    return " ".join(others), last


def _table(grid: Grid, draft: _Draft) -> None:
    head, *rows = grid.rows
    problem = None
    if not rows:
        problem = "it has no rows below the names of its columns"
    elif not FEWEST_CELLS <= len(head) <= MOST_CELLS:
        problem = f"it has {len(head)} columns, and the form holds {FEWEST_CELLS} to {MOST_CELLS}"
    elif any(len(row) > len(head) for row in rows):
        problem = "it has rows that are longer than its head"
    if problem is not None:
        draft.notes.append(f"The table in line {grid.line} was not used: {problem}.")
        for row in grid.rows:
            draft.leave(Text(grid.line, " | ".join(row)), f"a table: {problem}")
        return
    filled = [_filled(row, len(head)) for row in (head, *rows)]
    if filled != list(grid.rows):
        draft.notes.append(
            f"The table in line {grid.line} has empty cells: they now say '{EMPTY_CELL}'."
        )
    draft.tables.append(Table(filled[0], tuple(filled[1:])))


def _filled(row: Sequence[str], count: int) -> tuple[str, ...]:
    cells = [cell if has_words(cell) or cell else EMPTY_CELL for cell in row]
    return (*cells, *[EMPTY_CELL] * (count - len(cells)))
