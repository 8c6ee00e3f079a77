"""Pieces of text as they were found on a picture: set upright, cut where a label ends, put into rows. Pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Point = tuple[float, float]
_HALF = 0.55  # a digit or Latin letter beside a Chinese character
_WIDE = 2.0  # a box must be this much wider than tall before its edge says how the card lies


@dataclass(frozen=True)
class Box:
    """One piece of text. `corners`: on the picture, in pixels, clockwise from the text's top left.

    `left` to `bottom`: where it lies once the card is turned upright; only comparable within one picture.
    """

    text: str
    corners: tuple[Point, Point, Point, Point]
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


def upright(boxes: Iterable[Box]) -> list[Box]:
    """The same boxes, placed as if the card lay straight."""
    known = list(boxes)
    slope = _slope(known)
    return [_placed(box, slope) for box in known]


def cut(box: Box, start: int, end: int | None = None) -> Box:
    """The part of a box that holds `text[start:end]`, by the room its characters take."""
    whole = _room(box.text) or 1.0
    end = len(box.text) if end is None else end
    begins, ends = _room(box.text[:start]) / whole, _room(box.text[:end]) / whole
    top_left, top_right, bottom_right, bottom_left = box.corners
    corners = (
        _between(top_left, top_right, begins),
        _between(top_left, top_right, ends),
        _between(bottom_left, bottom_right, ends),
        _between(bottom_left, bottom_right, begins),
    )
    width = box.right - box.left
    return replace(
        box,
        text=box.text[start:end],
        corners=corners,
        left=box.left + width * begins,
        right=box.left + width * ends,
    )


def rows(boxes: Iterable[Box]) -> list[list[Box]]:
    """From top to bottom, each row from left to right; a box that is half beside another is in its row."""
    found: list[list[Box]] = []
    for box in sorted(boxes, key=lambda one: one.middle):
        if found and beside(found[-1][-1], box):
            found[-1].append(box)
        else:
            found.append([box])
    return [sorted(row, key=lambda one: one.left) for row in found]


def beside(one: Box, other: Box) -> bool:
    """Whether both stand in one row."""
    return abs(one.middle - other.middle) < 0.5 * max(one.height, other.height)


def bounds(boxes: Sequence[Box]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) on the picture of all corners together."""
    across = [x for box in boxes for x, _ in box.corners]
    down = [y for box in boxes for _, y in box.corners]
    return min(across), min(down), max(across), max(down)


def _slope(boxes: Sequence[Box]) -> float:
    """How far the lines of text are turned, in radians: the middle one of all long edges, counted by length."""
    edges = []
    for box in boxes:
        (x0, y0), (x1, y1), _, (x3, y3) = box.corners
        long, tall = math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)
        if long > _WIDE * tall:
            edges.append((math.atan2(y1 - y0, x1 - x0), long))
    half, passed = sum(long for _, long in edges) / 2, 0.0
    for angle, long in sorted(edges):
        passed += long
        if passed >= half:
            return angle
    return 0.0


def _placed(box: Box, slope: float) -> Box:
    cos, sin = math.cos(slope), math.sin(slope)
    turned = [(x * cos + y * sin, y * cos - x * sin) for x, y in box.corners]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = turned
    # The middles of the edges: a box that lies a little askew is not taken for a taller one
    return replace(box, left=(x0 + x3) / 2, right=(x1 + x2) / 2, top=(y0 + y1) / 2, bottom=(y2 + y3) / 2)


def _room(text: str) -> float:
    return sum(_HALF if character.isascii() else 1.0 for character in text)


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
