"""Downloads: complete, readable by spreadsheets, and without formulas."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date
from gettext import gettext
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from db.programmes import AuditEntry, Enrolment, Team
from quizbot.programmes.definitions import about_hidden, meanings
from quizbot.web.pages.downloads import (
    FORMATS,
    Cell,
    Share,
    Table,
    cell_of_csv,
    slug_of,
    to_csv,
    to_xlsx,
)
from tests.programmes import steps
from tests.programmes.histories import History
from tests.programmes.steps import COORDINATOR, programme
from tests.quiz.steps import TOPIC
from tests.web.site import Browser, Site

FORMULAS = [
    '=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=1|cmd",
    "y;=2+5;", "y\t=2+5", 'y;"=2+5";', "y; =2+5", 'a"b;=2',
]  # fmt: skip
# Each with the dates in its name: all that there are on the programme's first day.
TABLES = {
    "members": "2026-11-23",
    "board": "week-of-2026-11-23",
    "teams": "week-of-2026-11-23",
    "questions": "2026-11-23",
    "learning": "2026-11-23",
    "days": "2026-11-23-to-2026-11-23",
    "participation": "2026-11-23-to-2026-11-23",
}
FORMULA = re.compile(r"""["\s]*([=+@＝＋－＠]|-(?![\d.]+$))""")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Season:
    """A programme, the path of its downloads, and the browser of its coordinator."""

    site: Site
    path: str
    browser: Browser

    async def gets(self, name: str, **headers: str) -> httpx.Response:
        return await self.browser.gets(f"{self.path}/{name}", **headers)

    async def logged(self) -> list[str]:
        """Returns the downloads in the audit log."""
        query = select(AuditEntry.detail).where(AuditEntry.action == "downloaded")
        async with self.site.sessions() as session:
            return list(await session.scalars(query.order_by(AuditEntry.id)))


def rows_of_csv(content: bytes) -> list[list[str]]:
    """Returns the cells, and checks that none is a formula to any reader."""
    text = content.decode("utf-8")
    assert text.startswith("\ufeff")
    text = text.removeprefix("\ufeff")
    for delimiter in ",;\t":
        for line in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            assert not [cell for cell in line if FORMULA.match(cell)], line
    return list(csv.reader(io.StringIO(text, newline="")))


def rows_of_xlsx(content: bytes) -> list[list[str]]:
    """Returns the cells of the first sheet as text, and checks that no cell is a formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314
    assert not list(sheet.iter(f"{MAIN}f"))
    texts = ["".join(each.itertext()) for each in shared.iter(f"{MAIN}si")]
    return [
        [_text(cell, texts) for cell in row.iter(f"{MAIN}c")] for row in sheet.iter(f"{MAIN}row")
    ]


def _text(cell: ElementTree.Element, texts: list[str]) -> str:
    value = "".join(cell.itertext())
    return texts[int(value)] if cell.get("t") == "s" else value


@pytest.mark.parametrize(
    "cell", ["a=1", "Ana; 1", "a\n", "", 5, -5, 0.25, None, date(2026, 11, 23)]
)
def test_other_cells_are_unchanged(cell: Cell) -> None:
    assert cell_of_csv(cell) == cell


def test_both_formats_have_the_same_cells_which_are_guarded_in_csv() -> None:
    table = Table(
        ("=Head;-)", "Points", "Day"),
        [
            ('Ana, "the" first\nline', 12, date(2026, 11, 23)),
            ("=1+1", -3, None),
            ("ÄÖ😀", 0.5, date(2026, 11, 24)),
        ],
    )
    as_csv = rows_of_csv(to_csv(table))
    assert as_csv[0] == ["'=Head;'-)", "Points", "Day"]
    assert as_csv[2] == ["'=1+1", "-3", ""]
    as_xlsx = rows_of_xlsx(to_xlsx(table, "a/b:c*[1]" * 9))
    assert as_xlsx[0] == ["=Head;-)", "Points", "Day"]
    assert [row[0] for row in as_xlsx[1:]] == [row[0] for row in table.rows]
    assert as_xlsx[1][1:] == ["12", "46349"]  # Excel counts days


def test_a_spreadsheet_shows_shares_as_percentages_and_can_be_filtered() -> None:
    content = to_xlsx(Table(("Day", "Share"), [("Mo", Share(0.5)), ("Tu", None)]), "days")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert '<autoFilter ref="A1:B3"/>' in sheet
    [percent] = re.findall(r'numFmtId="(\d+)" formatCode="0.0%"', styles)
    [style] = re.findall(r'<c r="B2" s="(\d+)">', sheet)
    formats = re.findall("<xf [^>]*>", styles[styles.index("<cellXfs") :])
    assert f'numFmtId="{percent}"' in formats[int(style)]


def test_csv_has_shares_in_percent_with_one_decimal() -> None:
    shares = tuple(Share(each) for each in (5 / 6, 0.5, 1, 0, -0.035))
    rows = rows_of_csv(to_csv(Table(("Right (%)",) * 5, [shares])))
    assert rows[1] == ["83.3", "50.0", "100.0", "0.0", "-3.5"]


async def test_headings_name_the_unit_of_shares(season: Season) -> None:
    for table, share in (("days", "Right (%)"), ("participation", "Answered (%)")):
        assert share in rows_of_csv((await season.gets(f"{table}.csv")).content)[0]
    learning = rows_of_csv((await season.gets("learning.csv")).content)[0]
    assert [each.partition(" (")[2] for each in learning[3:]] == ["%)", "%)", *["points)"] * 3]


async def test_a_spreadsheet_says_what_its_words_mean_on_a_second_sheet(season: Season) -> None:
    content = (await season.gets("days.xlsx")).content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        assert "xl/worksheets/sheet2.xml" in book.namelist()
    for meaning in meanings(gettext).values():
        assert meaning in texts
    assert about_hidden(gettext) in texts
    members = (await season.gets("members.xlsx")).content
    with zipfile.ZipFile(io.BytesIO(members)) as book:
        assert about_hidden(gettext) in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ("month", "2026-11"),
        ("programme", "2026-11-23-to-2026-11-23"),
        ("all", "all-time-2026-11-23"),
    ],
)
async def test_a_boards_file_names_its_period(season: Season, query: str, period: str) -> None:
    reply = await season.gets(f"board.csv?period={query}")
    assert f'filename="autumn-of-2026-board-{period}.csv"' in reply.headers["content-disposition"]


@pytest.mark.parametrize(
    ("name", "slug"), [("Frühling & Wohl!", "fruhling-wohl"), ("健康", "programme-7")]
)
def test_a_programmes_name_becomes_a_files_name(name: str, slug: str) -> None:
    assert slug_of(name, 7) == slug


@given(st.lists(st.text("a;,\t\n\"' =-", max_size=8), min_size=3, max_size=3))
def test_no_text_becomes_a_formula_to_any_reader(texts: list[str]) -> None:
    rows_of_csv(to_csv(Table(tuple(texts), [tuple(reversed(texts))])))


@pytest.fixture(scope="module")
async def season(shared_site: Site) -> Season:
    """A programme with a team and two members, one of them hidden."""
    site, (one, hidden) = shared_site, (700_000_001, 700_000_002)
    number = await programme(site.sessions)
    await steps.team(site.sessions, number, "Blue")
    await History(site.sessions, number).enrol_all([one, hidden])
    async with site.sessions.begin() as session:
        whose = Enrolment.subscriber_id == hidden
        await session.execute(update(Enrolment).where(whose).values(hidden=True, shown_name="Shy"))
    return Season(site, f"/p/{number}/download", await site.signed_in(COORDINATOR))


@pytest.mark.parametrize("form", FORMATS)
async def test_names_in_downloads_are_not_formulas(site: Site, form: str) -> None:
    number = await programme(site.sessions)
    await History(site.sessions, number).enrol_all(list(range(len(FORMULAS))))
    async with site.sessions.begin() as session:
        for person, name in enumerate(FORMULAS):
            whose = Enrolment.subscriber_id == person
            await session.execute(update(Enrolment).where(whose).values(shown_name=name))
            session.add(Team(programme_id=number, name=name, name_key=str(person)))
    browser = await site.signed_in(COORDINATOR)
    for table in ("members", "teams"):
        content = (await browser.gets(f"/p/{number}/download/{table}.{form}")).content
        rows = rows_of_csv(content) if form == "csv" else rows_of_xlsx(content)
        assert len(rows) == 1 + len(FORMULAS)


@pytest.mark.parametrize("table", TABLES)
async def test_every_table_comes_in_both_formats_and_is_logged(season: Season, table: str) -> None:
    before = await season.logged()
    as_csv = await season.gets(f"{table}.csv")
    as_xlsx = await season.gets(f"{table}.xlsx")
    for form, reply in (("csv", as_csv), ("xlsx", as_xlsx)):
        assert reply.status_code == 200
        assert reply.headers["content-type"] == FORMATS[form]
        named = f'attachment; filename="autumn-of-2026-{table}-{TABLES[table]}.{form}"'
        assert reply.headers["content-disposition"] == named
        assert reply.headers["cache-control"] == "no-store"
    rows = rows_of_csv(as_csv.content)
    assert len(rows) == len(rows_of_xlsx(as_xlsx.content))
    assert len({len(row) for row in rows}) == 1
    assert await season.logged() == [*before, f"{table}.csv", f"{table}.xlsx"]


async def test_links_of_other_sites_download_nothing(season: Season) -> None:
    before = await season.logged()
    for foreign in ("cross-site", "same-site"):
        refused = await season.gets("members.csv", **{"Sec-Fetch-Site": foreign})
        assert refused.status_code == 403
        assert "content-disposition" not in refused.headers
    assert await season.logged() == before
    for own in ("same-origin", "none"):
        assert (await season.gets("members.csv", **{"Sec-Fetch-Site": own})).status_code == 200


async def test_a_head_request_is_not_logged(season: Season) -> None:
    before = await season.logged()
    head = await season.browser.client.head(f"{season.path}/members.csv")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == FORMATS["csv"]
    assert await season.logged() == before


async def test_the_list_of_members_has_no_ids_and_no_points_of_hidden_members(
    season: Season,
) -> None:
    rows = rows_of_csv((await season.gets("members.csv")).content)
    assert rows[0] == ["Name", "Team", "Joined", "Points", "Days taken part"]
    assert ["Shy", "", "2026-11-23", "hidden", "hidden"] in rows
    assert not any(cell.startswith("700") for row in rows for cell in row)


async def test_questions_have_their_key(season: Season) -> None:
    rows = rows_of_csv((await season.gets("questions.csv")).content)
    assert len(rows) == 1 + len(TOPIC.approved)
    assert rows[1][:2] == [
        str(cell_of_csv(TOPIC.approved[0].stem)),
        str(cell_of_csv(TOPIC.approved[0].key)),
    ]
    attempts, difficulty = rows[0].index("First attempts"), rows[0].index("Right at once (%)")
    assert {row[attempts] for row in rows[1:] if not row[difficulty]} == {""}


@pytest.mark.parametrize("name", ["nothing.csv", "members.pdf", "members.csv.exe", "members."])
async def test_unknown_tables_are_not_found(season: Season, name: str) -> None:
    assert (await season.gets(name)).status_code == 404
