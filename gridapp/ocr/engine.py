"""From the bytes of a picture to the pieces of text on it: the one module that knows the OCR library (extra `ocr`)."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .boxes import Box

LONGEST = 1280  # pixels: what the tablet sends; larger ones are made smaller, more does not read better
_MOST_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
# Found by trial: letters of a card that fills a 1280-pixel picture are still told apart at 640 pixels, in a third of
# the time of the library's own settings; more threads than one nearly double its memory.
_TUNED = {
    "Global.use_cls": False,
    "Global.log_level": "critical",
    "Det.limit_type": "max",
    "Det.limit_side_len": 640,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class NotAPicture(Exception):
    """The bytes are no JPEG, PNG or WebP that can be read, or one of more than forty million pixels."""


@dataclass(frozen=True)
class Found:
    """`size`: width and height in pixels of the picture as it was looked at."""

    size: tuple[int, int]
    boxes: Sequence[Box]


class Engine:
    """The models, loaded once: one second and some hundred megabytes. Not for several threads at once."""

    def __init__(self) -> None:
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        self._read: Any = RapidOCR(params=_TUNED)

    def look(self, picture: bytes) -> Found:
        """Every piece of text on a picture. Raises NotAPicture."""
        image = _opened(picture)
        answer = self._read(image)
        texts, corners = answer.txts or (), answer.boxes
        found = [] if corners is None else zip(texts, corners.tolist(), strict=True)
        return Found(image.size, [_box(text, quad) for text, quad in found])


def _box(text: str, quad: Sequence[Sequence[float]]) -> Box:
    top_left, top_right, bottom_right, bottom_left = ((x, y) for x, y in quad)
    return Box(text, (top_left, top_right, bottom_right, bottom_left))


def _opened(picture: bytes) -> Any:
    """Upright as the camera held it, in colours, at most LONGEST wide or high."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise NotAPicture
            image.draft("RGB", (LONGEST, LONGEST))  # a large JPEG is not unpacked whole
            upright = ImageOps.exif_transpose(image).convert("RGB")
    # What the library raises for damaged files of these formats
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise NotAPicture from error
    upright.thumbnail((LONGEST, LONGEST))
    return upright
