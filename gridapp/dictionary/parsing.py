"""One raw value of one field -> its normalised value, by the field's type and its own rule."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from . import dates, documents, names, phones, places, quantities
from .characters import compact, fit, one_line, readable
from .fields import FIELDS, Field
from .refusals import Doubt, Refused, doubt
from .tables import TABLES


@dataclasses.dataclass(slots=True)
class Circumstances:
    """What a value is judged against: the day, practice mode, import of old data, and what is parsed and given."""

    on: date
    practice: bool
    importing: bool
    parsed: Mapping[str, Any]
    raw: Mapping[str, Any]
    doubts: list[Doubt] = dataclasses.field(default_factory=list)

    def wonder(self, name: str, key: str, **words: Any) -> None:
        self.doubts.append(doubt(name, key, **words))


Parser = Callable[[Any, Field, Circumstances], Any]

_LETTERS_AND_DIGITS = re.compile(r"[0-9A-Z]+")
_INDUSTRY = re.compile(r"[A-T]|[A-T]?[0-9]{2,4}")
_REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:\-]{0,63}")
_OLD_REGISTRATION = re.compile(r"[0-9]{15}")
_TEMPORARY_USCC = re.compile(r"T[0-9A-Z]{17}")
_MOST_CODES = 20

# Whose type of document rules which number; owners, lessors and lessees may be organisations.
_TYPE_OF_NUMBER = {
    "id_number": "id_type",
    "housing.owner_id_number": "housing.owner_id_type",
    "housing.lessee_id_number": "tenancy.lessee_id_type",
    "premises.legal_rep_id_number": "premises.legal_rep_id_type",
}
_ALWAYS_CITIZEN = frozenset({"household.head_id_number"})
_MAY_BE_ORGANISATION = frozenset({"housing.owner_id_number", "housing.lessee_id_number", "tenancy.lessor_id_number"})


def code(raw: Any, field: Field, _: Circumstances) -> str:
    """A code of the field's table."""
    if raw.__class__ is str and len(raw) <= _MOST_CODES and raw in TABLES[field.table or ""].by_code:
        return str(raw)
    text = compact(readable(raw, field)) if field.name != "residency.source" else readable(raw, field)
    if text not in TABLES[field.table or ""].by_code:
        raise Refused("unknown_code")
    return text


def codes(raw: Any, field: Field, circumstances: Circumstances) -> list[str]:
    """Different codes in the table's order; 00 (none) excludes the others. One code alone is a list of one."""
    if isinstance(raw, str):
        raw = [raw]
    if not isinstance(raw, list | tuple):
        raise Refused("wrong_type")
    if len(raw) > _MOST_CODES:
        raise Refused("unknown_code")
    chosen = {code(one, field, circumstances) for one in raw}
    if "00" in chosen and len(chosen) > 1:
        raise Refused("none_with_others")
    return sorted(chosen)


def text(raw: Any, field: Field, _: Circumstances) -> str:
    return fit(one_line(readable(raw, field)), field)


def long_text(raw: Any, field: Field, _: Circumstances) -> str:
    """Text of several lines."""
    return fit("\n".join(one_line(line) for line in readable(raw, field).splitlines()).strip(), field)


def letters_and_digits(raw: Any, field: Field, _: Circumstances) -> str:
    number = fit(compact(readable(raw, field)), field)
    if not _LETTERS_AND_DIGITS.fullmatch(number):
        raise Refused("letters_and_digits")
    return number


def industry(raw: Any, field: Field, _: Circumstances) -> str:
    found = compact(readable(raw, field))
    if not _INDUSTRY.fullmatch(found):
        raise Refused("industry_shape")
    return found


def reference(raw: Any, field: Field, _: Circumstances) -> str:
    found = str(raw) if isinstance(raw, UUID) else readable(raw, field)
    if not _REFERENCE.fullmatch(found):
        raise Refused("reference_shape")
    return found


def person(raw: Any, field: Field, circumstances: Circumstances) -> str:
    name = names.person(one_line(readable(raw, field)), field)
    if len(name) == 1:
        circumstances.wonder(field.name, "name_one_character")
    return name


def day(raw: Any, field: Field, _: Circumstances) -> date:
    return dates.day(raw, field)


def document(raw: Any, field: Field, circumstances: Circumstances) -> str:
    """A document number, by the type of document that goes with it."""
    number = fit(compact(readable(raw, field)), field)
    name = field.name
    kind = _kind_of(number, name, circumstances)
    if kind == "uscc":
        return documents.credit_code(number, practice=circumstances.practice)
    if not kind:
        return documents.other(number, field.length or 30)
    if kind in documents.CITIZEN:
        number = number.replace("-", "")
    judged, doubts = documents.judge(
        number,
        kind,
        on=circumstances.on,
        practice=circumstances.practice,
        importing=circumstances.importing,
    )
    for key in doubts:
        circumstances.wonder(name, key)
    return judged


def _kind_of(number: str, name: str, circumstances: Circumstances) -> str:
    """The type of document that rules a number, uscc for an organisation, "" where no rule of its own is known."""
    parsed, named_by = circumstances.parsed, _TYPE_OF_NUMBER.get(name, "")
    if name == "housing.owner_id_number" and parsed.get("housing.owner_type") == "2":
        return "uscc"
    if named_by in circumstances.raw and named_by not in parsed:
        return ""  # its type was refused: one message is enough
    return parsed.get(named_by) or _guess(number, name)


def _guess(number: str, name: str) -> str:
    """The type of document of a number that comes without one."""
    if name == "id_number":
        return "111"
    if len(number) != 18 and name not in _ALWAYS_CITIZEN:
        return ""
    if name in _MAY_BE_ORGANISATION and documents.is_organisation(number):
        return "uscc"
    if number[:6] in ("810000", "820000"):
        return "155"
    return "156" if number[:6] == "830000" else "111"


def uscc(raw: Any, field: Field, circumstances: Circumstances) -> str:
    """A credit code; premises may still have an old registration number or a temporary code."""
    found = compact(readable(raw, field))
    if field.name == "premises.uscc":
        if _OLD_REGISTRATION.fullmatch(found):
            circumstances.wonder(field.name, "old_registration_number")
            return found
        if _TEMPORARY_USCC.fullmatch(found):
            circumstances.wonder(field.name, "temporary_uscc")
            return found
    return documents.credit_code(found, practice=circumstances.practice)


def division(raw: Any, field: Field, circumstances: Circumstances) -> str:
    found, listed = places.division(readable(raw, field), practice=circumstances.practice)
    if not listed:
        circumstances.wonder(field.name, "division_not_listed")
    return found


def hukou_address(raw: Any, field: Field, circumstances: Circumstances) -> str:
    found = circumstances.parsed.get("hukou_division") or ""
    address = places.hukou_address(readable(raw, field), field, found)
    if places.starts_elsewhere(address, found):
        circumstances.wonder(field.name, "address_elsewhere")
    return address


_BY_TYPE: dict[str, Parser] = {
    "code": code,
    "codes": codes,
    "text": text,
    "name": person,
    "document": document,
    "phone": lambda raw, field, _: phones.phone(readable(raw, field)),
    "uscc": uscc,
    "date": day,
    "datetime": lambda raw, field, _: dates.moment(raw, field),
    "bool": lambda raw, field, _: quantities.yes_or_no(raw, field),
    "integer": lambda raw, field, _: quantities.whole(raw, field),
    "decimal": lambda raw, field, _: quantities.decimal(raw, field),
    "division": division,
    "reference": reference,
}


def _latin(raw: Any, field: Field, _: Circumstances) -> str:
    return names.machine_readable(one_line(readable(raw, field)), field)


def _party(raw: Any, field: Field, _: Circumstances) -> str:
    return names.party(one_line(readable(raw, field)), field)


def _digits(raw: Any, field: Field, _: Circumstances) -> str:
    return places.exact_digits(readable(raw, field), field)


def _housing_code(raw: Any, field: Field, _: Circumstances) -> str:
    return places.housing_code(readable(raw, field))


_BY_NAME: dict[str, Parser] = {
    "foreign_surname": _latin,
    "foreign_given_name": _latin,
    "hukou_address": hukou_address,
    "permit_no": letters_and_digits,
    "household.household_no": letters_and_digits,
    "housing.housing_code": _housing_code,
    "premises.housing_code": _housing_code,
    "housing.building_code": _digits,
    "housing.division_code": _digits,
    "housing.grid_code": _digits,
    "grid.grid_code": _digits,
    "housing.room_no": lambda raw, field, _: places.room(readable(raw, field), field),
    "housing.hidden_danger_note": long_text,
    "housing.owner_name": _party,
    "housing.lessee_name": _party,
    "housing.manager_name": _party,
    "tenancy.lessor_name": _party,
    "premises.industry": industry,
}

PARSERS: Mapping[str, Parser] = {name: _BY_NAME.get(name) or _BY_TYPE[one.type] for name, one in FIELDS.items()}
"""The one parser of every field. Each raises Refused, and nothing else, whatever it is given."""
