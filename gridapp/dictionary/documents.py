"""Identity documents: which number a type of document carries, and what an 18-digit number says of its holder.

Rules of handbook 2.9. The check digit is python-stdnum's; dates, areas and the prefixes of Hong Kong, Macao and
Taiwan residents are judged here, because the library takes future birth dates and knows none of these prefixes.
"""

from __future__ import annotations

import re
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from .divisions import PRACTICE, is_known_division
from .refusals import Refused
from .tables import TABLES

OLDEST = 130  # years

CITIZEN = frozenset({"111", "112", "113", "155", "156"})
"""Types whose number has 18 digits with birth date and sex inside (113 is the number printed in the register)."""

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_SHAPES = {
    "516": (re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"), "travel_permit_516"),
    "511": (re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]"), "travel_permit_511"),
    "414": (re.compile(r"[A-Z0-9]{5,20}"), "passport_shape"),
    "117": (re.compile(r"[A-Z][0-9]{9}"), "birth_certificate_shape"),
}
_OLD_PERMANENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_CHINESE_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{7,8}")
_ANYTHING = re.compile("[0-9A-Z\u4e00-\u9fff()\\-/]+")
_SAME_PERSON = {"112": "111", "113": "111"}
_COUNTRY_BY_NUMBER = {one.alpha: one.code for one in TABLES["nationality"].items if one.alpha}


def check_digit(number: str) -> str:
    """The GB 11643 check digit (MOD 11-2) for the first 17 digits of a number."""
    return str(ric.calc_check_digit(number[:17] + "0"))


def is_eighteen(number: object) -> bool:
    """True for 17 digits, a digit or X, and a check digit that agrees."""
    return isinstance(number, str) and bool(_EIGHTEEN.fullmatch(number)) and check_digit(number) == number[17]


def birth_of(number: str) -> date | None:
    """The birth date inside an 18-digit number (digits 7-14); None when there is none."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """1 male or 2 female, from the 17th digit."""
    return "1" if int(number[16]) % 2 else "2"


def years_between(birth: date, on: date) -> int:
    """Completed years of life on a day. Born on 29 February: in common years the year completes on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def identity(id_type: str, id_number: str) -> str:
    """What makes a person one person: identity card, temporary card and household register count as one type."""
    return f"{_SAME_PERSON.get(id_type, id_type)}:{id_number}"


def from_fifteen(number: str) -> str:
    """The 18-digit form of a number from before 1999: 19 after the sixth digit, check digit at the end."""
    longer = f"{number[:6]}19{number[6:]}"
    return longer + check_digit(longer)


def country_of_permanent(number: str) -> str | None:
    """The holder's country (alpha-3) from the 18 digits of a foreigner's permanent resident card, else None."""
    return _COUNTRY_BY_NUMBER.get(number[3:6]) if len(number) == 18 and number[0] == "9" else None


def judge(number: str, id_type: str, *, on: date, practice: bool, importing: bool = False) -> tuple[str, list[str]]:
    """The number in its one form, and the keys of doubts about it. Raises Refused.

    `number` is half-width upper case without blanks.
    """
    if id_type in CITIZEN:
        return _citizen(number, id_type, on=on, practice=practice, importing=importing)
    if id_type == "553":
        return _permanent(number, on=on), []
    if shape := _SHAPES.get(id_type):
        if not shape[0].fullmatch(number):
            raise Refused(shape[1])
        return number, []
    return other(number, 30), []


def other(number: str, limit: int) -> str:
    """A number of a document without a rule of its own. Raises Refused."""
    if not (5 <= len(number) <= limit and _ANYTHING.fullmatch(number)):
        raise Refused("document_shape", limit=limit)
    return number


def is_organisation(number: str) -> bool:
    """Whether 18 characters without a type are rather a credit code than an identity number, right or mistyped."""
    if is_eighteen(number) or uscc.is_valid(number):
        return not is_eighteen(number)
    return not (_EIGHTEEN.fullmatch(number) and birth_of(number))


def credit_code(code: str, *, practice: bool) -> str:
    """A unified social credit code (GB 32100). Raises Refused."""
    try:
        valid = str(uscc.validate(code))
    except InvalidLength:
        raise Refused("uscc_length", count=len(code)) from None
    except InvalidChecksum:
        raise Refused("uscc_checksum") from None
    except ValidationError:
        raise Refused("uscc_characters") from None
    if valid[2:8] == PRACTICE and not practice:
        raise Refused("practice_only")
    return valid


def _citizen(number: str, id_type: str, *, on: date, practice: bool, importing: bool) -> tuple[str, list[str]]:
    if len(number) == 15 and number.isascii() and number.isdigit():
        if not importing or id_type in ("155", "156"):
            raise Refused("id_old_15_digits")
        number = from_fifteen(number)
    if len(number) != 18:
        raise Refused("id_length", count=len(number))
    if not _EIGHTEEN.fullmatch(number):
        raise Refused("id_characters")
    _check(number, on)
    return number, _area(number, id_type, practice=practice)


def _check(number: str, on: date) -> None:
    """Check digit and birth date. The date goes first: a slip there is told more exactly than "the last digit"."""
    birth = birth_of(number)
    if birth is None:
        raise Refused("id_birth_impossible")
    if check_digit(number) != number[17]:
        raise Refused("id_checksum")
    if birth > on:
        raise Refused("id_birth_future")
    if years_between(birth, on) > OLDEST:
        raise Refused("id_too_old")


def _area(number: str, id_type: str, *, practice: bool) -> list[str]:
    prefix, area = number[:2], number[:6]
    if id_type == "155" and area not in ("810000", "820000"):
        raise Refused("id_prefix_hong_kong_macao")
    if id_type == "156" and area != "830000":
        raise Refused("id_prefix_taiwan")
    if id_type not in ("155", "156") and prefix in ("81", "82", "83"):
        raise Refused("id_overseas_prefix")
    if area == PRACTICE and not practice:
        raise Refused("practice_only")
    return [] if is_known_division(area) else ["id_area_unknown"]


def _permanent(number: str, *, on: date) -> str:
    if _OLD_PERMANENT.fullmatch(number):
        return number
    if not (_EIGHTEEN.fullmatch(number) and number[0] == "9"):
        raise Refused("permanent_resident_shape")
    _check(number, on)
    return number


def is_chinese_passport(number: str) -> bool:
    return bool(_CHINESE_PASSPORT.fullmatch(number))
