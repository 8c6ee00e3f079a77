"""An address in one line, as ledgers have it: which of the known buildings it names, and which room.

Roads and estates are found as they stand in the text; the numbers that are left must be the building's own, in their
order, and the last one is the room. What fits more than one building is no answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_LEVEL = re.compile(r"([0-9A-Z#]+(?:-[0-9A-Z]+)*)(?:号楼|单元|[号栋幢座室房楼])?")
"""A number with its word: 12, 3, 2 and 301 with what follows them."""
_LINKED = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)+")


class Stairwell(NamedTuple):
    """A building by the parts of its address, each without its word: road, door, estate, building, unit."""

    code: str
    grid_code: str
    parts: tuple[str, ...]


class Addresses:
    """The buildings of some area by what they are called."""

    def __init__(self, stairwells: Iterable[Stairwell]) -> None:
        self._by_name: dict[str, list[Stairwell]] = defaultdict(list)
        for one in stairwells:
            for name in {one.parts[0], one.parts[2]} - {""}:
                self._by_name[name].append(one)

    def find(self, text: str) -> list[tuple[Stairwell, str]]:
        """The buildings that the text names exactly, each with the room; usually one, none where nothing fits."""
        plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
        found: dict[str, tuple[Stairwell, str]] = {}
        for name in (name for name in self._by_name if name in plain):
            for one in self._by_name[name]:
                room = _room(one, plain)
                if room:
                    found[one.code] = (one, room)
        return list(found.values())


def _room(one: Stairwell, plain: str) -> str:
    """What is left of an address behind its building; "" where it is another building's."""
    road, door, estate, building, unit = one.parts
    at = plain.find(road) if road else -1
    rest = plain[at + len(road) :] if at >= 0 else plain
    inside = bool(estate) and estate in rest
    if at < 0 and not inside:
        return ""
    head, tail = rest.split(estate, 1) if inside else (rest, "")
    said = [*_numbers(head if at >= 0 else ""), *_numbers(tail)]
    inner = [level for level in (building, unit) if level]
    for wanted in _ways(door, inner, at >= 0, inside):
        if len(said) == len(wanted) + 1 and said[:-1] == wanted:
            return said[-1]
    return ""


def _ways(door: str, inner: list[str], has_road: bool, has_estate: bool) -> Iterator[list[str]]:
    """The numbers that lead to a building: with its door behind the road, without where the estate says enough."""
    if has_road and door:
        yield [door, *inner]
    if has_estate or not door:
        yield inner


def _numbers(text: str) -> list[str]:
    """12号, 3栋, 2单元 and 301 as 12, 3, 2 and 301; 3-2-301 is the same."""
    found: list[str] = []
    for number in _LEVEL.findall(text):
        found += number.split("-") if _LINKED.fullmatch(number) else [number]
    return found
