"""The review page is complete and self-contained, whatever texts a bank has."""

import datetime as dt
import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from typer.testing import CliRunner

from questions import Picture, Topic, load_topic
from questions.commands import app
from questions.linting import Finding, Severity, lint
from questions.reviewing.page import edition_of, page

TODAY = dt.date(2026, 11, 22)
SHIPPED = Path(__file__).parents[3] / "questions" / "vitamin-b12-blood-flow"
HOSTILE = (
    "</style></title><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)>"
    "\" ' {{ 7 * 7 }} {% raw %} & &lt; ]]> <!-- \u202e"
)
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Checker(HTMLParser):
    """Collects unbalanced tags and repeated attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.troubles: list[str] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.troubles += [f"{tag} {name} twice" for name in names if names.count(name) > 1]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag != "a":
            self.loaded += [
                value or ""
                for name, value in attrs
                if name in {"src", "href", "xlink:href", "data", "action", "srcset", "poster"}
                or name.startswith("on")
            ]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.troubles.append(f"/{tag}")


def page_of(topic: Topic) -> str:
    return page(topic, lint(topic), TODAY, "0123456789")


def soup_of(topic: Topic) -> BeautifulSoup:
    return BeautifulSoup(page_of(topic), "html.parser")


def texts(soup: Tag, selector: str) -> list[str]:
    return [" ".join(each.get_text().split()) for each in soup.select(selector)]


@pytest.fixture(scope="module")
def shipped() -> Topic:
    return load_topic(SHIPPED)


@pytest.fixture(scope="module")
def shipped_page(shipped: Topic) -> str:
    return page_of(shipped)


@pytest.fixture(scope="module")
def shipped_soup(shipped_page: str) -> BeautifulSoup:
    return BeautifulSoup(shipped_page, "html.parser")


@pytest.fixture
def hostile(folder: Path) -> Topic:
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    bank = (folder / "bank.yaml").read_text(encoding="utf-8")
    for told in ("They drop off sooner", "Snoring has other causes.", "Can say what walking does"):
        assert told in bank
        bank = bank.replace(told, quoted[:90] + told[:9])
    for told in ("Trials suggest it; they", "Ana (editor)", "Can judge a late walk."):
        assert told in bank
        bank = bank.replace(told, quoted)
    (folder / "bank.yaml").write_text(bank, encoding="utf-8")
    article = (folder / "article.md").read_text(encoding="utf-8")
    for told in ("Is walking good", "Light in the morning\n", "A walk outdoors", "For learning"):
        assert told in article
        article = article.replace(told, f"{HOSTILE} {told}")
    article = article.replace("[A library]", f"[{HOSTILE.replace(']', ')')}]")
    (folder / "article.md").write_text(article, encoding="utf-8")
    return load_topic(folder)


@pytest.mark.parametrize("which", ["shipped", "small", "hostile", "empty"])
def test_the_page_is_well_formed_and_loads_nothing(
    which: str, topic: Topic, hostile: Topic, shipped: Topic, folder: Path
) -> None:
    empty = folder.parent / "empty"
    empty.mkdir()
    (empty / "article.md").write_bytes((folder / "article.md").read_bytes())
    (empty / "bank.yaml").write_text("topic: empty\nobjectives: []\nitems: []\n", encoding="utf-8")
    topics = {"small": topic, "hostile": hostile, "shipped": shipped}

    checker = Checker(page_of(topics.get(which) or load_topic(empty)))

    assert checker.troubles == []
    assert checker.open == []
    assert [each for each in checker.loaded if not each.startswith("data:image/svg+xml;")] == []
    assert len(checker.ids) == len(set(checker.ids))


def test_an_items_picture_is_part_of_the_page(topic: Topic) -> None:
    item = topic.items[0].model_copy(update={"picture": "walk", "picture_text": "A walker."})
    picture = Picture("walk", "<svg/>", 300)
    soup = soup_of(replace(topic, items=(item, *topic.items[1:]), pictures={"walk": picture}))

    (image,) = soup.select("img")
    assert image["alt"] == "A walker."
    kind, _, content = str(image["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"<svg/>" in b64decode(content)


def test_hostile_texts_stay_texts(hostile: Topic) -> None:
    text = page_of(hostile)

    assert "<script" not in text
    assert "<img" not in text
    assert "{{ 7 * 7 }}" in text
    assert " 49 " not in text
    assert HOSTILE in BeautifulSoup(text, "html.parser").get_text()


def test_no_address_but_those_of_the_sources_is_in_the_page(
    shipped: Topic, shipped_page: str
) -> None:
    found = set(re.findall(r"https?://[^\s\"'<)]+", shipped_page))

    # The namespace of SVG is no address.
    assert found - {"http://www.w3.org/2000/svg"} == {source.url for source in shipped.sources}
    assert "url(" not in shipped_page.split("</style>", 1)[0]
    assert "@import" not in shipped_page


def test_a_policy_forbids_all_but_the_style(topic: Topic) -> None:
    policy = soup_of(topic).select_one("meta[http-equiv=Content-Security-Policy]")

    assert policy is not None
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_every_item_of_the_shipped_bank_is_complete(
    shipped: Topic, shipped_soup: BeautifulSoup
) -> None:
    topic, soup = shipped, shipped_soup

    entries = {str(each["id"]): each for each in soup.select("article.item")}
    assert set(entries) == {f"q-{item.id}" for item in topic.items}
    assert texts(soup, ".no") == [str(number) for number in range(1, len(topic.items) + 1)]
    for item in topic.items:
        entry = entries[f"q-{item.id}"]
        text = " ".join(entry.get_text().split())
        for part in (item.stem, item.explanation, item.more, topic.objectives[item.objective].text):
            assert " ".join(part.split()) in text
        assert [each.removesuffix(" ✓ key") for each in texts(entry, ".option")] != []
        assert {each.removesuffix(" ✓ key") for each in texts(entry, ".option")} == {
            " ".join(option.text.split()) for option in item.options
        }
        assert texts(entry, ".key .option") == [f"{item.key} ✓ key"]
        assert len(texts(entry, ".why")) == len(item.distractors)
        assert len(texts(entry, "blockquote")) == len(item.cites)


def test_links_lead_somewhere(shipped_soup: BeautifulSoup) -> None:
    soup = shipped_soup
    ids = {str(each["id"]) for each in soup.select("[id]")}

    targets = {str(each["href"]) for each in soup.select("a[href^='#']")}
    assert targets - {f"#{each}" for each in ids} == set()
    assert len(targets) > 30


def test_evidence_is_marked_in_the_statements(topic: Topic) -> None:
    soup = soup_of(topic)

    assert texts(soup, "#q-walk-sooner mark") == ["Adults who walk each day fall asleep sooner"]


def test_options_keep_their_order_from_page_to_page_and_the_key_has_no_fixed_place(
    shipped: Topic, shipped_page: str, shipped_soup: BeautifulSoup
) -> None:
    assert page_of(shipped) == shipped_page
    places = [
        next(place for place, option in enumerate(entry.select(".option")) if "✓" in option.text)
        for entry in shipped_soup.select("article.item")
    ]
    assert {0, 1, 2} <= set(places)


def test_numbers_are_in_ascending_order(folder: Path) -> None:
    bank = (folder / "bank.yaml").read_text(encoding="utf-8")
    for old, new in (("They drop off sooner", "10"), ("They snore louder", "9"),
                     ("They dream less", "8.5")):  # fmt: skip
        bank = bank.replace(old, new)
    (folder / "bank.yaml").write_text(bank, encoding="utf-8")

    soup = soup_of(load_topic(folder))

    assert texts(soup, "#q-walk-sooner .option") == ["8.5", "9", "10 ✓ key"]


def test_the_record_of_a_lapsed_approval_is_shown(changed_article: Path) -> None:
    soup = soup_of(load_topic(changed_article))

    assert (
        "Approved on 2026-11-01 by Ana (editor); a statement that it rests on has changed"
        in (texts(soup, "#q-walk-sooner .about")[0])
    )
    assert "fell back to draft" in texts(soup, "#q-walk-sooner .facts")[0]
    assert "evidence gone Adults who walk" in texts(soup, "#q-walk-sooner .evidence")[0]
    assert "nobody has approved it" in texts(soup, "#q-walk-light .about")[0]
    assert "Nobody has approved a question yet." in texts(soup, "#how")[0]


@pytest.mark.parametrize(
    ("writer", "told"),
    [
        ("Bo (baker)", "Written by Bo (baker). Approved on 2026-11-01 by Ana (editor)"),
        ("Ana", "Written by Ana. Approved on 2026-11-01 by Ana (editor), who also wrote it"),
    ],
)
def test_the_record_names_who_wrote_and_who_approved(topic: Topic, writer: str, told: str) -> None:
    items = [item.model_copy(update={"written_by": writer}) for item in topic.items]

    soup = soup_of(replace(topic, items=tuple(items)))

    assert told in texts(soup, "#q-walk-sooner dd")
    alone = "1 of these by a person who also wrote the question" in " ".join(texts(soup, "#how li"))
    assert alone is (writer == "Ana")


def test_coverage_counts_approved_items_by_level(topic: Topic) -> None:
    rows = texts(soup_of(topic), ".matrix tbody tr")

    assert rows[:3] == [
        "falling-asleep Can say what walking does for falling asleep. fewer than 3 1 · · 1 1",
        "inner-clock Can name what sets the inner clock. fewer than 3 · · · 0 (3)",
        "late-walks Can judge a late walk. fewer than 3 · · · 0 (2)",
    ]
    assert rows[3] == "KP1 Walking and falling asleep fewer than 3 1 · · 1 1 (3)"
    assert rows[4].startswith("KP2 Light in the morning fewer than 3 · · · 0 (3)")


def test_findings_are_with_their_item_and_in_the_summary(folder: Path) -> None:
    bank = (folder / "bank.yaml").read_text(encoding="utf-8")
    bank = bank.replace("What may set her", "What may NOT set her")
    (folder / "bank.yaml").write_text(bank, encoding="utf-8")

    soup = soup_of(load_topic(folder))

    assert "negative-stem" in texts(soup, "#q-walk-light .about")[0]
    (row,) = [row for row in texts(soup, "#lint tr") if row.startswith("negative-stem")]
    assert " blocks 1 " in row


def test_questions_come_first_and_automatic_checks_last(topic: Topic) -> None:
    soup = soup_of(topic)
    order = ["how", "questions", "coverage", "lint", "guessers", "sources"]

    assert [str(each["id"]) for each in soup.select("main > section")] == order
    assert [str(each["href"])[1:] for each in soup.select("nav a")] == order


def test_a_table_of_contents_leads_to_each_key_point(topic: Topic) -> None:
    soup = soup_of(topic)

    assert texts(soup, ".toc li") == [
        "KP1 Walking and falling asleep 1–2, 1 to approve",
        "KP2 Light in the morning 3, 1 to approve",
    ]
    anchors = [str(each["href"])[1:] for each in soup.select(".toc a")]
    assert [str(each["id"]) for each in soup.select("section.group")] == anchors


def test_findings_name_other_questions_by_their_numbers(topic: Topic) -> None:
    problem = "it asks nearly what walk-light asks, well-known <b>"
    finding = Finding("near-duplicate", Severity.WARN, problem, "merge them", "walk-late")
    report = replace(lint(topic), findings=(finding,))

    soup = BeautifulSoup(page(topic, report, TODAY, "0123456789"), "html.parser")

    told = "near-duplicate: it asks nearly what question 3 asks, well-known <b>"
    (about,) = soup.select("#q-walk-late dd:has(> a)")
    assert " ".join(about.get_text().split()) == told
    (link,) = about.select("a")
    assert (link["href"], link.text) == ("#q-walk-light", "question 3")


def test_the_guessers_of_a_small_bank_come_with_a_caution(folder: Path) -> None:
    topic = load_topic(folder)

    text = page(topic, lint(topic), TODAY, "x")

    assert topic.approved
    assert "Table of blind guessers" in text
    assert "fewer than 30 approved questions" in text


def test_a_draft_with_a_missing_reference_is_on_the_page(folder: Path) -> None:
    topic = load_topic(folder)
    items = [item.model_copy(update={"keep_apart": ("gone",)}) for item in topic.items]

    text = page(replace(topic, items=tuple(items)), lint(topic), TODAY, "x")

    assert "gone" not in text


def test_the_edition_changes_with_the_files(folder: Path) -> None:
    before = edition_of(folder)
    (folder / "bank.yaml").write_text("topic: walking\nitems: []\n", encoding="utf-8")

    assert len(before) == 10
    assert edition_of(folder) != before


def test_the_command_writes_the_page_and_nothing_over_other_files(folder: Path) -> None:
    target = folder.parent / "review.html"
    command = ["report", str(folder), "-o"]

    assert CliRunner().invoke(app, [*command, str(target)]).exit_code == 0
    again = CliRunner().invoke(app, [*command, str(target)])
    other = CliRunner().invoke(app, [*command, str(folder / "bank.yaml")])
    nowhere = CliRunner().invoke(app, [*command, str(folder / "none" / "x.html")])

    assert again.exit_code == 0
    assert "3 questions" in again.output
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert other.exit_code == 2
    assert "is not a report" in other.output
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.output
