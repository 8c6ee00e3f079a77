"""Phone numbers: mobiles and landlines of the mainland, without the fillers that people type to get past a form."""

from __future__ import annotations

import re

from .characters import half_width
from .refusals import Refused

_NOISE = re.compile(r"[\s()\-–—/]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0(?:1[0-9]|2[0-9]|[3-9][0-9]{2}))([0-9]{7,8})")
_FILLER = re.compile(r"([0-9])\1+|1[0-9]{2}0{8}|12345678901|0[0-9]{2,3}([01])\2{6,7}")


def phone(text: str) -> str:
    """11 digits of a mobile, or area code - number of a landline. Raises Refused."""
    digits = _NOISE.sub("", half_width(text))
    if len(digits) > 11 and digits.startswith(("+86", "0086", "86")):
        digits = digits.removeprefix("+").removeprefix("00").removeprefix("86")
    if _FILLER.fullmatch(digits):
        raise Refused("phone_placeholder")
    if _MOBILE.fullmatch(digits):
        return digits
    if landline := _LANDLINE.fullmatch(digits):
        return f"{landline[1]}-{landline[2]}"
    raise Refused("phone_shape")
