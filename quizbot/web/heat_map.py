"""Participation of teams by week as a heat map: a table whose cells are darker for larger shares.

A page draws it with `heat_map.html`. Unlike a chart, it needs no second table and one width only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quizbot.charts import SUPPRESSED
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports.teams import TeamWeek, TeamWeeks
from quizbot.telegram.messages.words import Words

_STEPS = (0.4, 0.6, 0.8)  # the shares from which a cell is darker
_MAX_TEAMS = 30
_ROOMY = 6  # weeks that a phone has room for, with their names and shares


@dataclass(frozen=True)
class Cell:
    """A share and how dark it is, 0 to 3; None where too few people were asked to tell."""

    text: str
    step: int | None


@dataclass(frozen=True)
class HeatMap:
    """Names of teams with a cell for each week. Teams are left out unless they `are_all`.

    `weeks` are short names of their Mondays. `is_roomy`: all names and shares fit on a phone.
    """

    weeks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    legend: tuple[Cell, ...]
    is_roomy: bool
    are_all: bool


def heat_map(w: Words, teams: Sequence[TeamWeeks]) -> HeatMap | None:
    """Returns the share answered by team and week; None if none is shown.

    Of many teams, it shows those that answered least, and the others in any case.
    """
    mondays = list(teams[0].weeks) if teams else []
    if not mondays:
        return None
    named = [team for team in teams if team.name is not None]
    least = sorted(named, key=lambda team: team.share)[:_MAX_TEAMS]
    drawn = [team for team in teams if team.name is None or team in least]
    return HeatMap(
        tuple(map(w.short_day, mondays)),
        tuple(
            (team.name or w._("Others"), tuple(_cell(w, team.weeks[each]) for each in mondays))
            for team in drawn
        ),
        _legend(w, has_hidden=any(None in team.weeks.values() for team in drawn)),
        is_roomy=len(mondays) <= _ROOMY,
        are_all=len(drawn) == len(teams),
    )


def _cell(w: Words, week: TeamWeek | None) -> Cell:
    if week is None:
        return Cell(SUPPRESSED, None)
    return Cell(w.percent(week.share), sum(week.share >= least for least in _STEPS))


def _legend(w: Words, *, has_hidden: bool) -> tuple[Cell, ...]:
    """Returns the steps with their words, the darkest first."""
    steps = [w.percent(share) for share in _STEPS]
    cells = [Cell(f"< {steps[0]}", 0)]
    cells += [Cell(f"≥ {text}", number) for number, text in enumerate(steps, start=1)]
    fewest = w._("Fewer than {count} people").format(count=w.number(MIN_GROUP_SIZE))
    return (*cells[::-1], *([Cell(fewest, None)] if has_hidden else []))
