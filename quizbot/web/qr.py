"""A link as a QR code that stands within a page."""

import io

import segno
from markupsafe import Markup


def svg(link: str) -> Markup:
    """The code as an element of HTML, dark on light whatever the page's colours."""
    out = io.BytesIO()
    segno.make_qr(link, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        border=3,
        dark="#14202b",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 -- it is made of squares only
