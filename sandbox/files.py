"""Uploaded files and what Telegram reads from them."""

import hashlib
import mimetypes
import struct
from dataclasses import dataclass

from sandbox.wire import Json, bad_request

MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
_TYPES = {"photos": "Photo", "documents": "Document"}  # as the server's errors name them


@dataclass(frozen=True)
class File:
    """A file with its bytes; the Bot API serves it at ``path``."""

    id: str
    unique_id: str
    name: str
    mime_type: str
    content: bytes
    path: str

    def described(self) -> Json:
        """Returns the fields that File, Document and PhotoSize share."""
        return {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.content),
        }

    def document(self) -> Json:
        """Returns the Document object."""
        return {**self.described(), "file_name": self.name, "mime_type": self.mime_type}

    def photo(self) -> list[Json]:
        """Returns the PhotoSize of the original; raises ApiError 400 if it is not a picture."""
        width, height = _dimensions(self.content)
        return [{**self.described(), "width": width, "height": height}]


class Files:
    """All files, by file_id and by path. Identical uploads of one kind are one file."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}

    def store(self, kind: str, name: str, content: bytes) -> File:
        """Keeps an upload; ``kind`` is the first part of its path: photos, documents."""
        if len(content) > (MAX_PHOTO if kind == "photos" else MAX_UPLOAD):
            raise bad_request(f"file of size {len(content)} bytes is too big")
        digest = hashlib.sha256(kind.encode() + name.encode() + content).hexdigest()
        file_id = f"BQ{kind[0]}{digest[:40]}"
        suffix = name[name.rfind(".") :] if "." in name else ".jpg" if kind == "photos" else ""
        mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        path = f"{kind}/file_{len(self._by_id)}{suffix}"
        file = self._by_id.get(file_id)
        if file is None:
            file = File(file_id, digest[:15], name, mime_type, content, path)
            self._by_id[file_id] = self._by_path[path] = file
        return file

    def get(self, file_id: str) -> File:
        """Returns the file with that id; raises ApiError 400 if there is none."""
        file = self.find(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        return file

    def sendable(self, file_id: str, kind: str) -> File:
        """Returns a file of that kind; raises ApiError 400 if there is none."""
        file = self.find(file_id)
        if file is None:
            reason = "can't unserialize it. Wrong last symbol"
            raise bad_request(f"wrong remote file identifier specified: {reason}")
        stored = file.path.partition("/")[0]
        if stored != kind:
            raise bad_request(f"can't use file of type {_TYPES[stored]} as {_TYPES[kind]}")
        return file

    def find(self, file_id: str) -> File | None:
        """Returns the file with that id, if any."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> File | None:
        """Returns the file at a path that getFile returned, if any."""
        return self._by_path.get(path)


def _dimensions(content: bytes) -> tuple[int, int]:
    """Returns width and height in pixels of a PNG, GIF or JPEG picture; raises ApiError 400."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return _pair(">II", content, 16)
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return _pair("<HH", content, 6)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_dimensions(content)
    raise bad_request("IMAGE_PROCESS_FAILED")


def _jpeg_dimensions(content: bytes) -> tuple[int, int]:
    """Reads the start-of-frame segment (ISO/IEC 10918-1, B.2.2)."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", content, position + 5)
            return width, height
        position += 2 + int.from_bytes(content[position + 2 : position + 4])
    raise bad_request("IMAGE_PROCESS_FAILED")


def _pair(form: str, content: bytes, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, content, offset)
    return int(first), int(second)
