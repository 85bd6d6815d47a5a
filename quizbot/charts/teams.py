"""Participation of teams by week, as a heat map."""

from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from quizbot.charts import Figure, Language, Table, render
from quizbot.charts.theme import MARGIN, WIDTH, browser_width

_BETWEEN = 2.0  # between two cells
_GAP = 16.0  # between a name and the cells beside it
_STEPS = (0.4, 0.6, 0.8)  # the shares from which a cell is darker
_WIDEST = 160.0  # a cell
_LONGEST_NAME = 60.0  # of a week
_BESIDE = 680  # the width from which teams' names are beside their cells, not above


@dataclass(frozen=True)
class TeamWeeks:
    """A team, and for each week the share of its questions that were answered, 0 to 1."""

    label: str
    shares: tuple[Figure, ...]


@dataclass(frozen=True)
class TeamParticipation:
    """A row for each team and a column for each week that had a question, the oldest first.

    `weeks` are short names of their Mondays. Teams are left out unless they `are_all`. `alt`
    describes the chart. Raises ValueError for a team with more or fewer shares than weeks.
    """

    language: Language
    alt: str
    weeks: tuple[str, ...]
    teams: tuple[TeamWeeks, ...]
    are_all: bool = True

    def __post_init__(self) -> None:
        if any(len(team.shares) != len(self.weeks) for team in self.teams):
            raise ValueError("a team has a share for each week")

    def table(self) -> Table:
        """Returns a row for each team."""
        rows = ((team.label, *team.shares) for team in self.teams)
        return Table.of(rows, self.language._("Team"), *self.weeks)

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart. Cells have their shares in them if there is room for all."""
        beside = self._names_beside(width)
        left = MARGIN + beside
        pitch = min((width - MARGIN - left) / max(len(self.weeks), 1), _WIDEST)
        cell = round(pitch - _BETWEEN, 2)
        shown = [share for team in self.teams for share in team.shares if share.is_shown]
        widest = max((browser_width(share.text, "on-heat-3") for share in shown), default=0)
        every = ceil(_LONGEST_NAME / pitch)
        places = [left + number * pitch for number in range(len(self.weeks))]
        named = list(zip(places, self.weeks, strict=True))[::every]
        return render.chart(
            "teams",
            self,
            width,
            beside=beside,
            cell=cell,
            has_room=widest <= cell - 2,
            places=[(round(x, 2), round(x + cell / 2, 2)) for x in places],
            names=[(x, week) for x, week in named if x + _LONGEST_NAME <= width],
            room=_LONGEST_NAME - 4,
            step=_step,
            legend=self._legend(),
            has_hidden=any(not share.is_shown for team in self.teams for share in team.shares),
        )

    def _names_beside(self, width: int) -> float:
        """Returns the room for the teams' names beside their cells; 0 if they are above."""
        if width < _BESIDE:
            return 0
        longest = max((browser_width(team.label, "label") for team in self.teams), default=0)
        return min(longest + _GAP, width / 4)

    def _legend(self) -> list[tuple[str, str]]:
        """Returns the steps with their words, the darkest first."""
        steps = [self.language.percent(share) for share in _STEPS]
        words = [f"< {steps[0]}", *(f"≥ {step}" for step in steps)]
        return [(f"heat-{number}", word) for number, word in enumerate(words)][::-1]


def _step(share: Figure) -> int:
    """Returns how dark a cell is, 0 to 3."""
    return sum(share.count >= least for least in _STEPS)
