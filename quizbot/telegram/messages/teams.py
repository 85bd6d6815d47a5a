"""Messages about a programme's teams."""

from collections.abc import Mapping, Sequence
from html import escape

from db.programmes import Programme, Team
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    PAGE,
    Button,
    Message,
    bold,
    message,
    name_list,
    page_buttons,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.programme import programme_button
from quizbot.telegram.messages.words import Words


def team_list(
    w: Words, programme: Programme, teams: Sequence[Team], sizes: Mapping[int, int], page: int
) -> Message:
    """After the button for teams: a page of them, with a button each that sends the team's link.

    `sizes` are the numbers of members by the team's id.
    """
    shown = teams[page * PAGE : (page + 1) * PAGE]
    lines = [f"• {escape(team.name)} · {words.members(w, sizes.get(team.id, 0))}" for team in shown]
    links = [Button("🔗 " + shortened(team.name), f"teamlink:{team.id}") for team in shown]
    return message(
        w._("👥 Teams of {name}").format(name=bold(programme.name)),
        "\n".join(lines) or w._("No teams yet, so everybody plays alone."),
        w._("Tap a team to get its link.") if shown else "",
        w._("On the dashboard, you can balance, rename and remove teams, and print their cards.")
        if shown
        else "",
        rows=[
            *rows_of(2, links),
            *page_buttons(f"teams:{programme.id}", page, PAGE, len(teams)),
            [
                Button(w._("➕ Add teams"), f"addteams:{programme.id}"),
                programme_button(w, programme.id),
            ],
        ],
    )


def ask_teams(
    w: Words,
    programme_id: int,
    added: Sequence[str] = (),
    faults: Sequence[tuple[str, str]] = (),
) -> Message:
    """Before teams are typed: asks for their names. "Done" leads to the list of teams.

    `added` are those of the last message. `faults` are its other lines, each with a sentence in
    HTML.
    """
    return message(
        _not_added(w, faults, alone=not added),
        w.ngettext(
            "✅ Team {names} added.",
            "✅ {count} teams added: {names}",
            len(added),
            names=name_list(w, added, PAGE),
        )
        if added
        else "",
        w._("Send more names, or tap Done.")
        if added
        else w._("What's the team called? Send a name, or a list with one name per line."),
        rows=[[Button(w._("Done"), f"teams:{programme_id}:0:done")]],
    )


def _not_added(w: Words, faults: Sequence[tuple[str, str]], *, alone: bool) -> str:
    if len(faults) == 1 and alone:
        return f"⚠️ {faults[0][1]}"
    lines = [f"• {escape(shortened(name))}: {fault}" for name, fault in faults[:PAGE]]
    if more := words.and_more(w, len(faults) - PAGE):
        lines.append(more)
    return "\n".join(["⚠️ " + w._("Not added:"), *lines]) if lines else ""
