"""Codes and addresses of places: divisions, grids, buildings, rooms, and the address of a hukou."""

from __future__ import annotations

import re

from .characters import compact, fit, one_line
from .divisions import COUNTIES, PRACTICE, PROVINCES, division_path
from .fields import Field
from .refusals import Refused

_SIX = re.compile(r"[0-9]{6}")
_DIGITS = re.compile(r"[0-9]+")
_HOUSING = re.compile(r"[0-9]{25}|T[0-9A-Z]{24}")
_ROOM = re.compile("[0-9A-Z\u3400-\u4dbf\u4e00-\u9fff#\\-]+")
_STREET_AHEAD = re.compile("大道|大街|路|街(?!道)|巷|弄")
SHORTEST_HUKOU_ADDRESS = 5
_PROVINCES = tuple(sorted({name for name in PROVINCES.values() if len(name) > 2}, key=len, reverse=True))


def division(text: str, *, practice: bool) -> tuple[str, bool]:
    """A six-digit division code and whether it is listed. Raises Refused when no such province or level exists."""
    code = compact(text)
    if not _SIX.fullmatch(code):
        raise Refused("division_shape")
    if code == PRACTICE and not practice:
        raise Refused("practice_only")
    whole_province = code.endswith("0000") and code not in ("710000", "810000", "820000", "830000")
    if code[:2] not in PROVINCES or whole_province or (code[:2] == PRACTICE[:2] and code != PRACTICE):
        raise Refused("division_unknown")
    return code, code in COUNTIES


def exact_digits(text: str, field: Field) -> str:
    """A code of exactly as many digits as the field is long. Raises Refused."""
    code = compact(text)
    if len(code) != field.length or not _DIGITS.fullmatch(code):
        raise Refused("digits_exactly", limit=field.length)
    return code


def housing_code(text: str) -> str:
    """25 digits, or T and 24 while the code is not issued. Raises Refused."""
    code = compact(text)
    if not _HOUSING.fullmatch(code):
        raise Refused("housing_code_shape")
    return code


def room(text: str, field: Field) -> str:
    """A room number: upper case, half width, without blanks. Raises Refused."""
    number = fit(compact(text), field)
    if not _ROOM.fullmatch(number):
        raise Refused("room_shape")
    return number


def hukou_address(text: str, field: Field, division_code: str) -> str:
    """The address below the county: province, city and county are taken off when they repeat the division.

    Raises Refused for what is left outside 5-80 characters.
    """
    address = fit(without_division(one_line(text), division_code), field)
    if len(address) < SHORTEST_HUKOU_ADDRESS:
        raise Refused("too_short", limit=SHORTEST_HUKOU_ADDRESS)
    return address


def without_division(address: str, division_code: str) -> str:
    """The address without the leading names of its own division; unchanged when it does not start with them."""
    rest = address
    for name in division_path(division_code) if division_code else ():
        if rest.startswith(name):
            shorter = rest[len(name) :].lstrip(" ")
            # 南山区 at the start is the county; 城区大道 is a road that happens to start like one.
            if rest == address and _STREET_AHEAD.match(shorter):
                return address
            rest = shorter
    return rest


def starts_elsewhere(address: str, division_code: str) -> bool:
    """True when the address starts with the name of another province than the division's."""
    own = PROVINCES.get(division_code[:2], "")
    return bool(own) and any(address.startswith(name) and name != own for name in _PROVINCES)
