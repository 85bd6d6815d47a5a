"""Style, scripts and the icon, under names that change with their content: kept for ever."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_HERE = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class _File:
    content: bytes
    media_type: str


def path_of(name: str) -> str:
    """Where a page finds the file: "style.css" -> "/static/style.0a1b2c3d4e5f.css"."""
    return f"/static/{_files()[0][name]}"


async def static(request: Request) -> Response:
    """The file of that name, of this version and no other."""
    file = _files()[1].get(request.path_params["name"])
    if file is None:
        return Response(status_code=404)
    return Response(
        file.content,
        media_type=file.media_type,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@cache
def _files() -> tuple[dict[str, str], dict[str, _File]]:
    """By plain name the name with the content's hash; by that one the file."""
    names, files = {}, {}
    for path in [*sorted(_HERE.iterdir()), _htmx()]:
        content = path.read_bytes()
        plain = "htmx.js" if path.name.startswith("htmx") else path.name
        stem, _, kind = plain.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
        names[plain] = hashed
        files[hashed] = _File(content, _TYPES[path.suffix])
    return names, files


def _htmx() -> Path:
    """The file in the package django-htmx, whose Python is not imported: it needs Django."""
    package = find_spec("django_htmx")
    assert package is not None  # noqa: S101 -- a dependency
    assert package.origin is not None  # noqa: S101
    return Path(package.origin).parent / "static" / "django_htmx" / "htmx-2.min.js"
