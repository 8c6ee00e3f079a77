"""A JPEG without what the camera wrote beside the picture: where it was taken, when, by which device, thumbnails.

Only segments are left out, the picture itself is not touched. Of Exif one number is written anew, the orientation:
without it a photo made upright would lie on its side. Read by ITU-T T.81 annex B and CIPA DC-008 (Exif 2.32) 4.6.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_APPLICATION, _EXIF, _COMMENT = range(0xE0, 0xF0), 0xE1, 0xFE
# What a decoder needs for right colours and proportions; every other application segment stays behind.
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_ORIENTATION = 0x0112
_MOST_SEGMENTS = 2000

# Inside a scan FF 00 is a data byte and FF D0 to D7 a restart; anything else after FF is the next marker.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def stripped(content: bytes) -> bytes:
    """The picture alone. Raises ValueError for what is no whole JPEG; what follows its end is left out."""
    parts = [b"\xff\xd8"]
    seen = set()
    orientation = 1
    for marker, segment, scan in _segments(content):
        seen.add(marker)
        if marker == _EXIF and segment.startswith(b"Exif\0\0"):
            orientation = _orientation(segment[6:])
        if marker in _APPLICATION and not segment.startswith(_KEPT.get(marker, b"\0none")):
            continue
        if marker != _COMMENT:
            parts += [bytes((0xFF, marker)), struct.pack(">H", len(segment) + 2), segment, scan]
    if not seen & _FRAMES or _SCAN not in seen:
        raise ValueError("no picture inside")
    if orientation != 1:
        parts.insert(1, _exif_of(orientation))
    return b"".join([*parts, b"\xff\xd9"])


def _segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker, segment, the scan that follows it) up to the end of the picture. Raises ValueError."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    for _ in range(_MOST_SEGMENTS):
        marker, at = _marker(content, at)
        if marker == _END:
            return
        if marker not in _FRAMES | _TABLES | {_SCAN, _COMMENT} and marker not in _APPLICATION:
            raise ValueError("a marker that no picture has here")
        if at + 2 > len(content):
            raise ValueError("cut off")
        (length,) = struct.unpack_from(">H", content, at)
        ends = at + length
        if length < 2 or ends > len(content):
            raise ValueError("cut off")
        segment, scan = content[at + 2 : ends], b""
        if marker == _SCAN:
            found = _NEXT_MARKER.search(content, ends)
            if found is None:
                raise ValueError("cut off")
            scan, ends = content[ends : found.start()], found.start()
        yield marker, segment, scan
        at = ends
    raise ValueError("too many segments")


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at `at` and where its segment begins; fill bytes before it are passed over."""
    if content[at : at + 1] != b"\xff":
        raise ValueError("no marker where one must be")
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise ValueError("cut off")
    return content[at], at + 1


def _orientation(tiff: bytes) -> int:
    """1 to 8 of the first directory; 1 where there is none or the directory cannot be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for place in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * place)
            if (tag, kind) == (_ORIENTATION, 3):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a directory that points beside the segment says nothing; it stays behind in any case
    return 1


def _exif_of(orientation: int) -> bytes:
    """An Exif segment with this one entry."""
    directory = struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    segment = b"Exif\0\0MM\0*\0\0\0\x08" + directory
    return b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
