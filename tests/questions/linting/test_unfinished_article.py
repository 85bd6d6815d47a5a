"""TODOs in article.md."""

from questions.article import Source
from questions.linting import Report, lint
from questions.topic import Topic
from tests.questions.linting.factories import make_item, make_topic


def told(report: Report) -> list[str]:
    return [each.problem for each in report.findings if each.rule == "unfinished-article"]


def test_a_finished_article_is_not_mentioned() -> None:
    assert told(lint(make_topic(make_item()))) == []


def test_one_place_is_named() -> None:
    assert told(lint(make_topic(title="TODO: title"))) == ["article.md: the title still says TODO"]


def test_two_places_are_one_finding() -> None:
    topic = make_topic(title="TODO", disclaimer="TODO")

    assert told(lint(topic)) == [
        "article.md: the title still says TODO, and so does the disclaimer"
    ]


def test_all_places_are_named() -> None:
    source = Source("TODO", "https://library.example/salt")
    (problem,) = told(lint(make_topic(title="TODO", disclaimer="TODO", sources=(source,))))

    assert problem.startswith("article.md: the title still says TODO, and so do the disclaimer, ")
    assert "library.example" in problem


def test_it_comes_first_and_counts_once_an_item_is_approved() -> None:
    def judged(topic: Topic) -> tuple[str, bool]:
        report = lint(topic)
        return report.findings[0].rule, "unfinished-article" in {
            each.rule for each in report.failures
        }

    negative = "Which of these is not an effect of salt?"
    draft = make_item(status="draft", stem=negative)
    assert judged(make_topic(draft, title="TODO")) == ("unfinished-article", False)
    assert judged(make_topic(make_item(stem=negative), title="TODO")) == (
        "unfinished-article",
        True,
    )


def test_an_item_named_by_item_is_judged_alone() -> None:
    assert told(lint(make_topic(make_item(), title="TODO"), "salt-water")) == []
