"""Numbers, yes and no: whole numbers and decimals within what a field can mean."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from .characters import compact, readable
from .fields import Field
from .refusals import Refused

_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,20})?")
_BASEMENT = re.compile(r"(?:B|负|-)([1-5])(?:层|楼|F)?")
_FLOOR = re.compile(r"([0-9]{1,3})(?:层|楼|F)")
_YES = frozenset({"true", "1", "yes", "on", "y", "是", "有", "已签"})
_NO = frozenset({"false", "0", "no", "off", "n", "否", "无", "未签"})

RANGES: dict[str, tuple[str, str]] = {
    "children_count": ("0", "99"),
    "housing.floor_no": ("-5", "150"),
    "housing.floor_area": ("0.01", "999999.99"),
    "housing.rental_rooms": ("1", "9999"),
    "housing.longitude": ("73", "135.5"),
    "housing.latitude": ("3", "54"),
    "tenancy.monthly_rent": ("0", "999999.99"),
    "premises.employee_count": ("0", "999999"),
    "grid.household_count": ("0", "999999"),
    "grid.area_m2": ("0.01", "9999999999.99"),
}
"""Lowest and highest value of a field. Longitude and latitude: the country's own bounds, degrees."""

_LIMITS = {name: (Decimal(low), Decimal(high)) for name, (low, high) in RANGES.items()}
_COORDINATES = frozenset({"housing.longitude", "housing.latitude"})


def whole(raw: Any, field: Field) -> int:
    """A whole number within the field's range; a floor may be written B1 or 3层, and is never 0. Raises Refused."""
    if isinstance(raw, bool):
        raise Refused("wrong_type")
    if isinstance(raw, float):
        if not raw.is_integer():
            raise Refused("whole_number")
        raw = int(raw)
    number = _clamped(raw) if isinstance(raw, int) else _whole_text(compact(readable(raw, field)), field)
    _within(number, field)
    if number == 0 and field.name == "housing.floor_no":
        raise Refused("no_floor_zero")
    return number


def _whole_text(text: str, field: Field) -> int:
    if field.name == "housing.floor_no":
        if basement := _BASEMENT.fullmatch(text):
            return -int(basement[1])
        if floor := _FLOOR.fullmatch(text):
            return int(floor[1])
    if not _WHOLE.fullmatch(text):
        raise Refused("whole_number" if _DECIMAL.fullmatch(text) else "number_shape")
    return int(text)


def decimal(raw: Any, field: Field) -> Decimal:
    """A decimal within the field's range and decimals; coordinates are rounded to 1e-8 degrees. Raises Refused."""
    if isinstance(raw, bool):
        raise Refused("wrong_type")
    if isinstance(raw, float):
        number = Decimal(repr(raw))
    elif isinstance(raw, int):
        number = Decimal(_clamped(raw))
    elif isinstance(raw, Decimal):
        number = raw
    else:
        text = compact(readable(raw, field))
        if not _DECIMAL.fullmatch(text):
            raise Refused("number_shape")
        number = Decimal(text)
    if not number.is_finite():
        raise Refused("number_shape")
    _within(number, field)
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_EVEN)
    if rounded != number and field.name not in _COORDINATES:
        raise Refused("too_many_decimals", limit=field.scale)
    return rounded


def _clamped(number: int) -> int:
    """A number that may have thousands of digits, as one that is cheap to compare and still out of every range."""
    return max(min(number, 10**13), -(10**13))


def _within(number: int | Decimal, field: Field) -> None:
    low, high = _LIMITS.get(field.name, (Decimal(0), Decimal(10 ** (field.length or 9) - 1)))
    if not low <= number <= high:
        raise Refused("out_of_range", low=low, high=high)


def yes_or_no(raw: Any, field: Field) -> bool:
    """A truth from true/false, 1/0, yes/no, on/off or 是/否. Raises Refused."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):
        return bool(raw)
    if not isinstance(raw, str):
        raise Refused("wrong_type")
    text = compact(readable(raw, field)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Refused("yes_or_no")
