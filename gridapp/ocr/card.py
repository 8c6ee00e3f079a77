"""What the front of an identity card says: pieces of text with their places -> values of the form, each with its crop.

What lies right of a label belongs to it. A document number is taken only when its check digit and the birth date
inside it are right and the card's own 出生 and 性别 say the same; otherwise it counts as unread, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from gridapp.dictionary import TABLES, validate
from gridapp.dictionary.characters import half_width
from gridapp.dictionary.documents import birth_of, sex_of

from . import addresses, boxes
from .boxes import Box

NAME, SEX, NATION, BIRTH, ADDRESS, NUMBER = "姓名", "性别", "民族", "出生", "住址", "公民身份号码"
UNREAD, BIRTH_UNREAD, BIRTH_DISAGREES, SEX_DISAGREES = "unread", "birth_unread", "birth_disagrees", "sex_disagrees"
"""Why a value is not offered, beside the dictionary's own codes of refusals."""

_LABELS = re.compile("姓名|性别|民族|出生|住址|公民身份号码")
_BLANKS = re.compile(r"\s+")
_BEFORE_NATION = re.compile("(?:性别)?[男女]?")
_NATIONS = {one.zh.removesuffix("族"): one.code for one in TABLES["ethnicity"].items if one.zh.endswith("族")}
_EIGHTEEN = re.compile(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9])")
_BORN = re.compile(r"((?:19|20)[0-9]{2})\D{1,2}([0-9]{1,2})\D{1,2}([0-9]{1,2})(?![0-9])")
_MARGIN = 0.3  # of a line's height around a crop: a box often begins within its first character


@dataclass(frozen=True)
class Crop:
    """Where a value stands on the picture, as shares of its width and height."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Value:
    """A value as the form takes it."""

    value: str
    crop: Crop


@dataclass(frozen=True)
class Unread:
    """Why a field is left to the worker: a code of this module or of the dictionary; and where it stands, if known."""

    code: str
    crop: Crop | None = None


@dataclass(frozen=True)
class Reading:
    """By field of the form. Both are empty for a picture without a card."""

    values: Mapping[str, Value] = field(default_factory=dict)
    unread: Mapping[str, Unread] = field(default_factory=dict)


@dataclass(frozen=True)
class Circumstances:
    """`size`: width and height of the picture in pixels; `on`: today; `practice`: lets the made-up division in."""

    size: tuple[int, int]
    on: date
    practice: bool


def read(found: Iterable[Box], around: Circumstances) -> Reading:
    """The values of a card. Never raises for what is on a picture."""
    card = _Card(boxes.upright(found), around)
    values: dict[str, Value] = {}
    unread: dict[str, Unread] = {}
    for part in (card.number(), card.name(), card.nation(), card.address()):
        for name, one in part.items():
            if isinstance(one, Value):
                values[name] = one
            else:
                unread[name] = one
    return Reading(values, unread) if values or card.is_one else Reading()


Part = dict[str, Value | Unread]


class _Card:
    """The pieces of one picture, labels apart from what stands beside them."""

    def __init__(self, found: Sequence[Box], around: Circumstances) -> None:
        self._around = around
        self._labels: dict[str, Box] = {}
        self._texts: list[Box] = []
        for box in found:
            for label, piece in _pieces(box):
                if label and label not in self._labels:
                    self._labels[label] = piece
                elif piece.text:
                    self._texts.append(piece)

    @property
    def is_one(self) -> bool:
        """Two labels or a number: less is a picture of something else."""
        return len(self._labels) > 1 or bool(self._numbers())

    def number(self) -> Part:
        candidates = self._numbers()
        if len({number for number, _ in candidates}) != 1:
            near = self._right_of(NUMBER)
            return {"id_number": Unread(UNREAD, self._crop(near))}
        number, where = candidates[0]
        crop = self._crop(where)
        judged = validate({"id_type": "111", "id_number": number}, on=self._around.on, practice=self._around.practice)
        code = judged.refusals[0].code if judged.refusals else self._contradiction(number)
        return {"id_number": Unread(code, crop) if code else Value(number, crop or Crop(0, 0, 1, 1))}

    def name(self) -> Part:
        return {"name": self._judged("name", self._right_of(NAME))}

    def nation(self) -> Part:
        beside = self._right_of(NATION)
        code = _NATIONS.get("".join(one.text for one in beside).removesuffix("族"))
        crop = self._crop(beside)
        return {"ethnicity": Value(code, crop) if code and crop else Unread(UNREAD, crop)}

    def address(self) -> Part:
        """The division is the one that the address begins with; the form wants the rest of it apart."""
        lines = self._address_lines()
        crop = self._crop(lines)
        text = "".join(one.text for one in lines)
        numbers = self._numbers()
        division = addresses.division(text, nearby=numbers[0][0][:6] if numbers else "", practice=self._around.practice)
        given = {"hukou_division": division, "hukou_address": text} if division else {"hukou_address": text}
        taken = validate(given, on=self._around.on, practice=self._around.practice).values
        found: Part = {name: Value(str(taken[name]), crop) for name in given if crop and taken.get(name)}
        return found if "hukou_address" in found else {**found, "hukou_address": Unread(UNREAD, crop)}

    def _judged(self, name: str, beside: Sequence[Box]) -> Value | Unread:
        crop = self._crop(beside)
        raw = "".join(one.text for one in beside)
        value = validate({name: raw}, on=self._around.on, practice=self._around.practice).values.get(name)
        return Value(str(value), crop) if value and crop else Unread(UNREAD, crop)

    def _contradiction(self, number: str) -> str:
        """What else on the card speaks against a number that is right in itself; "" for nothing."""
        born = self._born()
        if born is None:
            return BIRTH_UNREAD
        if born != birth_of(number):
            return BIRTH_DISAGREES
        sex = {"男": "1", "女": "2"}.get("".join(one.text for one in self._right_of(SEX))[:1])
        return SEX_DISAGREES if sex is not None and sex != sex_of(number) else ""

    def _born(self) -> date | None:
        label = self._labels.get(BIRTH)
        near = [self._right_of(BIRTH)] if label else boxes.rows(self._texts)
        for row in near:
            if written := _BORN.search(half_width("".join(one.text for one in row))):
                try:
                    return date(*(int(part) for part in written.groups()))
                except ValueError:
                    return None
        return None

    def _numbers(self) -> list[tuple[str, list[Box]]]:
        """What looks like a document number in any row, with the boxes that hold it."""
        found = []
        for row in boxes.rows(self._texts):
            text = half_width("".join(one.text for one in row)).upper()
            found += [(match[0], _holding(row, match.start(), match.end())) for match in _EIGHTEEN.finditer(text)]
        return found

    def _right_of(self, label: str) -> list[Box]:
        """What stands in the row of a label, up to the next one."""
        here = self._labels.get(label)
        if here is None:
            return []
        ends = min(
            (one.left for one in self._labels.values() if one.left > here.right and boxes.beside(here, one)),
            default=float("inf"),
        )
        beside = [one for one in self._texts if boxes.beside(here, one) and _follows(here, one) and one.left < ends]
        return sorted(beside, key=lambda one: one.left)

    def _address_lines(self) -> list[Box]:
        """Two or three lines: the label stands before the first of them or between them."""
        here = self._labels.get(ADDRESS)
        if here is None:
            return []
        above = self._labels.get(BIRTH)
        numbers = self._numbers()
        begins = above.bottom if above else here.top - 0.7 * here.height
        ends = min((box.top + 0.3 * box.height for box in (numbers[0][1] if numbers else [])), default=float("inf"))
        ends = min(ends, self._labels[NUMBER].top if NUMBER in self._labels else ends)
        column = [one for one in self._texts if _follows(here, one) and begins < one.middle < ends]
        return [box for row in boxes.rows(column) for box in row]

    def _crop(self, found: Sequence[Box]) -> Crop | None:
        """Around some boxes, with a margin, inside the picture."""
        if not found:
            return None
        left, top, right, bottom = boxes.bounds(found)
        margin = _MARGIN * max(one.height for one in found)
        (width, height) = self._around.size
        left, top = max(0.0, left - margin), max(0.0, top - margin)
        right, bottom = min(float(width), right + margin), min(float(height), bottom + margin)
        shares = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        return Crop(*(round(share, 4) for share in shares))


def _pieces(box: Box) -> list[tuple[str, Box]]:
    """(label, its box) and ("", what follows it), in order: a label and its value are often found as one."""
    text = _BLANKS.sub("", box.text)
    box = replace(box, text=text)
    pieces: list[tuple[str, Box]] = []
    done = 0
    for found in _LABELS.finditer(text):
        if not _is_label(text, found):
            continue
        if found.start() > done:
            pieces.append(("", boxes.cut(box, done, found.start())))
        pieces.append((found[0], boxes.cut(box, found.start(), found.end())))
        done = found.end()
    return [*pieces, ("", boxes.cut(box, done))] if done < len(text) else pieces


def _is_label(text: str, found: re.Match[str]) -> bool:
    """At the beginning of a box, and not the beginning of a road: 民族路 and 出生 are words of addresses too."""
    rest = text[found.end() :]
    if found[0] == NATION:
        known = not rest or rest.removesuffix("族") in _NATIONS
        return known and bool(_BEFORE_NATION.fullmatch(text[: found.start()]))
    if found[0] == BIRTH and rest and not half_width(rest[0]).isdigit():
        return False
    return found.start() == 0


def _follows(label: Box, other: Box) -> bool:
    """Right of a label; boxes overlap a little."""
    return other.left > (label.left + label.right) / 2


def _holding(row: Sequence[Box], start: int, end: int) -> list[Box]:
    """The boxes of a row, or parts of them, that hold these characters of its text."""
    held, passed = [], 0
    for box in row:
        begins, ends = max(start - passed, 0), min(end - passed, len(box.text))
        if begins < ends:
            held.append(boxes.cut(box, begins, ends))
        passed += len(box.text)
    return held
