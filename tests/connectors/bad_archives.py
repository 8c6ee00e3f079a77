"""Zip files that break on the way out of them, each in its own way."""

from __future__ import annotations

import io
import struct
import zipfile

TEXT = b"0123456789" * 400


def bad_archives(name: str) -> dict[str, bytes]:
    """How it is bad -> an archive with one file of this name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, TEXT)
    whole = packed.getvalue()
    begins = 30 + len(name)  # behind the local header
    return {
        "its content is broken": whole[:begins] + b"\xff" * 8 + whole[begins + 8 :],
        "it says that it is encrypted": _flagged(whole, at=8, value=1),
        "it is packed in a way that nobody knows": _flagged(whole, at=10, value=93),
        "its end is missing": whole[:-30],
        "it is empty": b"",
    }


def _flagged(whole: bytes, *, at: int, value: int) -> bytes:
    """The same with another word in its one entry of the directory; `at`: of the field there."""
    changed = bytearray(whole)
    struct.pack_into("<H", changed, whole.index(b"PK\x01\x02") + at, value)
    return bytes(changed)
