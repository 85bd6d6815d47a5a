"""QR codes of links, as a PNG for the chat and as an SVG element for a page."""

from io import BytesIO

import segno
from markupsafe import Markup

_SCALE = 12  # pixels a module: sharp on paper
_BORDER = 4  # modules: the quiet zone that readers need (ISO/IEC 18004)


def png(link: str) -> bytes:
    """Returns the code as a PNG, black on white."""
    out = BytesIO()
    _code(link).save(out, kind="png", scale=_SCALE, border=_BORDER)
    return out.getvalue()


def svg(link: str) -> Markup:
    """Returns the code as an <svg class="qr">, dark on white in the page's dark theme as well."""
    text = _code(link).svg_inline(
        border=_BORDER,
        dark="#14202b",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(text)  # noqa: S704 -- it holds only squares


def _code(link: str) -> segno.QRCode:
    """A fifth of it may be dirty or covered (error level Q or better)."""
    return segno.make_qr(link, error="q")
