"""Photos and documents: stored, handed back to the bot by getFile, and shown on the page."""

from __future__ import annotations

import mimetypes
import sqlite3
import struct
from pathlib import PurePosixPath

from devstack.sandbox import store
from devstack.sandbox.calls import Call
from devstack.sandbox.errors import Json, bad_request

PHOTO_BYTES = 10 * 2**20
DOCUMENT_BYTES = 50 * 2**20
DOWNLOAD_BYTES = 20 * 2**20
WRONG = "wrong remote file identifier specified: Wrong character in the string"


def photo(db: sqlite3.Connection, call: Call) -> Json:
    row = _sent(db, call, "photo")
    size = {
        "file_id": file_id(row),
        "file_unique_id": f"U{row['id']}",
        "file_size": len(row["content"]),
        "width": row["width"],
        "height": row["height"],
    }
    return {"photo": [size]}


def document(db: sqlite3.Connection, call: Call) -> Json:
    row = _sent(db, call, "document")
    return {
        "document": {
            "file_id": file_id(row),
            "file_unique_id": f"U{row['id']}",
            "file_size": len(row["content"]),
            "file_name": row["name"],
            "mime_type": row["mime"],
        }
    }


def get_file(db: sqlite3.Connection, call: Call) -> Json:
    wanted = call.text("file_id") or ""
    row = _by_file_id(db, wanted)
    if row is None:
        raise bad_request("invalid file_id")
    if len(row["content"]) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": wanted,
        "file_unique_id": f"U{row['id']}",
        "file_size": len(row["content"]),
        "file_path": f"{row['kind']}s/file_{row['id']}{PurePosixPath(row['name']).suffix}",
    }


def file_id(row: sqlite3.Row) -> str:
    return f"SANDBOX-{row['kind']}-{row['id']}"


def number_of(identifier: str) -> int:
    """The row behind a file id or a file path; 0 if it names none."""
    digits = "".join(one for one in PurePosixPath(identifier).stem if one.isdigit())
    return int(digits or 0)


def find(db: sqlite3.Connection, number: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM file WHERE id = ?", (number,)).fetchone()
    return row


def _by_file_id(db: sqlite3.Connection, identifier: str) -> sqlite3.Row | None:
    row = find(db, number_of(identifier))
    return row if row is not None and file_id(row) == identifier else None


def _sent(db: sqlite3.Connection, call: Call, kind: str) -> sqlite3.Row:
    """The file of the parameter `kind`: uploaded in this call, or sent before."""
    value = call.text(kind) or ""
    part = call.files.get(value.removeprefix("attach://") if value else kind)
    if part is None:
        row = _by_file_id(db, value)
        if not value:
            raise bad_request(f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        if row is None or row["kind"] != kind:
            raise bad_request(WRONG)
        return row
    content = part.stream.read()
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > (PHOTO_BYTES if kind == "photo" else DOCUMENT_BYTES):
        raise bad_request(f"file of size {len(content)} bytes is too big for a {kind}")
    name = PurePosixPath(part.filename or kind).name
    size = image_size(content) if kind == "photo" else None
    if kind == "photo" and size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return _store(db, kind, name, content, size)


def _store(
    db: sqlite3.Connection, kind: str, name: str, content: bytes, size: tuple[int, int] | None
) -> sqlite3.Row:
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    number = store.following(db, "file")
    width, height = size or (None, None)
    db.execute(
        "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, kind, name, image_mime(content) or mime, width, height, content),
    )
    row = find(db, number)
    if row is None:
        raise LookupError(number)
    return row


def image_mime(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return None


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG; None for anything else, even if it calls itself one."""
    match image_mime(content):
        case "image/png" if len(content) >= 24:
            width, height = struct.unpack(">II", content[16:24])
            return width, height
        case "image/jpeg":
            return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        # Start-of-frame segments carry the size; C4, C8 and CC are tables with a like number.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
