"""A report as plain values, for JSON."""

from dataclasses import asdict
from typing import TypedDict

from questions.linting.findings import Finding
from questions.linting.guessers import Guess
from questions.linting.report import Report


class Document(TypedDict):
    """The form of `lint --json`; fields may be added, none is renamed or removed."""

    topic: str
    item: str | None
    passed: bool
    failures: int
    items: dict[str, int]
    levels: dict[str, int]
    coverage: dict[str, int]
    guessers: list[dict[str, object]]
    findings: list[dict[str, object]]


def document(report: Report) -> Document:
    return Document(
        topic=report.topic,
        item=report.item,
        passed=report.passed,
        failures=len(report.failures),
        items=dict(report.statuses),
        levels=dict(report.levels),
        coverage=dict(report.coverage),
        guessers=[_guesser(guess) for guess in report.guesses],
        findings=[_finding(finding, report) for finding in report.findings],
    )


def _guesser(guess: Guess) -> dict[str, object]:
    return {
        "name": guess.name,
        "hits": round(guess.hits, 3),
        "expected": round(guess.expected, 3),
        "z": round(guess.z, 3),
        "easiest": list(guess.easiest),
        "required": guess.required,
        "within_chance": guess.within_chance,
    }


def _finding(finding: Finding, report: Report) -> dict[str, object]:
    return {**asdict(finding), "counts": finding in report.failures}
