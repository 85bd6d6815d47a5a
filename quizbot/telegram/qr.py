"""A link as a QR code, to be printed or shown on a screen."""

from io import BytesIO

import segno

_SCALE = 12  # pixels to a module: sharp on paper
_BORDER = 4  # modules: the quiet zone that readers need (ISO/IEC 18004)


def picture(link: str) -> bytes:
    """A PNG. A fifth of it may be dirty or covered (error level Q or better)."""
    png = BytesIO()
    segno.make(link, error="q", micro=False).save(png, kind="png", scale=_SCALE, border=_BORDER)
    return png.getvalue()
