"""The blind guessers as a picture: how far from chance each one scores."""

from collections.abc import Sequence

import altair
import vl_convert
from markupsafe import Markup

from questions.linting.guessers import WITHIN_CHANCE, Guess

# Colours are left to the page, so that they follow its dark mode. Shape tells what colour tells.
_INK, _INSIDE, _OUTSIDE = "currentColor", "var(--inside)", "var(--outside)"
_BAND = "var(--band)"


def guess_plot(guesses: Sequence[Guess]) -> Markup:
    """An SVG element: one line a guesser, its z, and the band that counts as chance."""
    chart = (_band() + _centre() + _stems(guesses) + _points(guesses)).properties(
        width=300, height={"step": 24}, background="transparent"
    )
    styled = (
        chart.configure(font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_INK, titleColor=_INK, labelFontSize=13, titleFontSize=13, grid=False,
            domainColor=_INK, tickColor=_INK, titleFontWeight="normal", labelLimit=200,
        )
    )  # fmt: skip
    svg = vl_convert.vegalite_to_svg(styled.to_dict())
    return Markup(svg)  # noqa: S704 - made from our own names and numbers


def _data(guesses: Sequence[Guess]) -> dict[str, object]:
    return {
        "values": [
            {"guesser": guess.name, "z": round(guess.z, 2), "within": guess.within_chance}
            for guess in guesses
        ]
    }


def _band() -> altair.Chart:
    ends = {"values": [{"low": -WITHIN_CHANCE, "high": WITHIN_CHANCE}]}
    chart: altair.Chart = (
        altair.Chart(ends).mark_rect(color=_BAND).encode(x=_z("low:Q"), x2="high:Q")
    )
    return chart


def _centre() -> altair.Chart:
    zero = {"values": [{"at": 0}]}
    chart: altair.Chart = altair.Chart(zero).mark_rule(color=_INK, opacity=0.5).encode(x=_z("at:Q"))
    return chart


def _stems(guesses: Sequence[Guess]) -> altair.Chart:
    rules = altair.Chart(_data(guesses)).mark_rule(color=_INK, opacity=0.45)
    chart: altair.Chart = rules.encode(x=_z("z:Q"), x2=altair.datum(0), y=_name())
    return chart


def _points(guesses: Sequence[Guess]) -> altair.Chart:
    inside = altair.datum.within
    chart: altair.Chart = (
        altair.Chart(_data(guesses))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=_z("z:Q"),
            y=_name(),
            color=altair.condition(inside, altair.value(_INSIDE), altair.value(_OUTSIDE)),
            shape=altair.condition(inside, altair.value("circle"), altair.value("diamond")),
        )
    )
    return chart


def _z(field: str) -> altair.X:
    title = "standard score against chance (z)"
    return altair.X(field, title=title, scale=altair.Scale(domain=[-4, 4], clamp=True))


def _name() -> altair.Y:
    # The page's font is not the one that the picture is measured with: leave room.
    axis = altair.Axis(title=None, domain=False, ticks=False, minExtent=160)
    return altair.Y("guesser:N", sort=None, axis=axis)
