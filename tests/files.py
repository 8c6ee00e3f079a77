"""Files as people upload them: a PDF of one page, a photo with everything that a camera writes beside the picture."""

from __future__ import annotations

import struct

GPS = b"\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00"  # a reference "N" of the GPS directory, by which it is found


def pdf(inside: bytes = b"", *, size: int = 0) -> bytes:
    """One empty page; `inside`: more of the document, `size`: at least so many bytes."""
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    end = b"trailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
    return head + page + inside + b" " * max(0, size - len(head + page + inside + end)) + end


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def exif(orientation: int = 1, *, order: str = ">") -> bytes:
    """An Exif segment: orientation, and a GPS directory that says where the photo was taken."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}I", 8)
    directory = struct.pack(f"{order}HHHIHHHHII", 2, 0x0112, 3, 1, orientation, 0, 0x8825, 4, 1, 38)
    where = struct.pack(">H", 1) + GPS + b"\0\0\0\0"
    return segment(0xE1, b"Exif\0\0" + head + directory + struct.pack(f"{order}I", 0) + where)


def jpeg(before: bytes = b"", *, after: bytes = b"", comment: bytes = b"") -> bytes:
    """A grey picture of 8 x 8; `before`: segments in front of it, `after`: what follows its end."""
    quantities = segment(0xDB, b"\0" + b"\1" * 64)
    frame = segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0")
    dc = segment(0xC4, b"\0" + bytes([1, *[0] * 15]) + b"\0")
    ac = segment(0xC4, b"\x10" + bytes([1, *[0] * 15]) + b"\0")
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f"
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    said = segment(0xFE, comment) if comment else b""
    return b"\xff\xd8" + jfif + before + said + quantities + frame + dc + ac + scan + b"\xff\xd9" + after
