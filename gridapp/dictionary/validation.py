"""Raw form or JSON values -> normalised values, refusals and doubts. Never raises for what people or programs send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .agreement import disagreements
from .fields import COMPUTED, FIELDS
from .parsing import PARSERS, Circumstances
from .plausibility import wonder_at
from .refusals import Doubt, Refusal, Refused, refusal

_MOST_FIELDS = 400
_MOST_NAME = 64
_LONGEST_BLANK = 100

# A document number is judged by its type and an address by its division, so these wait until the others are read.
_LAST = frozenset(name for name, one in FIELDS.items() if one.type == "document") | {"hukou_address"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a form. `values`: canonical name -> Python value, None where a field was given but left blank.

    `refusals` block; `doubts` are asked once. A refused field is not in `values`.
    """

    values: dict[str, Any]
    refusals: tuple[Refusal, ...]
    doubts: tuple[Doubt, ...]

    @property
    def ok(self) -> bool:
        return not self.refusals


def validate(values: Mapping[str, Any], *, on: date, practice: bool, importing: bool = False) -> Checked:
    """Judges the raw values of one form by canonical name, each alone and all together.

    `on`: the day it is entered. `practice`: lets the fictitious division 990101 in. `importing`: old data, so 15-digit
    identity numbers are taken and turned into 18. Rules across fields judge what is given: for a change, pass the
    record's values with the change laid over them. Required fields are not judged here: they depend on the targets.
    """
    if not isinstance(values, Mapping):
        return Checked({}, (refusal("", "not_a_form"),), ())
    if len(values) > _MOST_FIELDS:
        return Checked({}, (refusal("", "too_many_fields"),), ())
    refusals: list[Refusal] = []
    parsed: dict[str, Any] = {}
    circumstances = Circumstances(on=on, practice=practice, importing=importing, parsed=parsed, raw=values)
    late: list[tuple[str, Any]] = []
    for name, raw in values.items():
        if barred := _barred(name, raw):
            refusals.append(barred)
        elif name in _LAST:
            late.append((name, raw))
        elif name not in COMPUTED and FIELDS[name].collected:
            _read(name, raw, circumstances, parsed, refusals)
    for name, raw in late:
        _read(name, raw, circumstances, parsed, refusals)
    _complete(parsed, values)
    for one in disagreements(parsed, on):
        refusals.append(one)
        parsed.pop(one.field, None)
    wonder_at(parsed, circumstances)
    return Checked(parsed, tuple(refusals), tuple(circumstances.doubts))


def _complete(parsed: dict[str, Any], given: Mapping[str, Any]) -> None:
    """What fields say together: a household register carries an identity number, a foreigner's name has two parts."""
    if parsed.get("id_type") == "113":
        parsed["id_type"] = "111"
    if _blank(given.get("name")) and parsed.get("foreign_surname"):
        name = " ".join(filter(None, (parsed["foreign_surname"], parsed.get("foreign_given_name"))))
        if len(name) <= (FIELDS["name"].length or 0):
            parsed["name"] = name


def _blank(raw: Any) -> bool:
    if isinstance(raw, str):
        return len(raw) <= _LONGEST_BLANK and not raw.strip()
    return raw is None or (isinstance(raw, list | tuple) and not raw)


def _barred(name: Any, raw: Any) -> Refusal | None:
    """Why a name cannot be filled in at all, if so; blanks in such fields are let go."""
    known = FIELDS.get(name) if isinstance(name, str) else None
    if known is None:
        return refusal(_shown(name), "unknown_field")
    if _blank(raw):
        return None
    if not known.collected:
        return refusal(known.name, f"not_collected/{known.name}")
    if name in COMPUTED:
        return refusal(known.name, "computed")
    return None


def _shown(name: Any) -> str:
    """A field name that nobody knows, fit to be repeated in an answer."""
    text = name[:_MOST_NAME] if isinstance(name, str) else type(name).__name__
    return "".join(character if character.isprintable() else "?" for character in text)


def _read(name: str, raw: Any, circumstances: Circumstances, parsed: dict[str, Any], refusals: list[Refusal]) -> None:
    if _blank(raw):
        parsed[name] = None
        return
    try:
        value = PARSERS[name](raw, FIELDS[name], circumstances)
    except Refused as why:
        refusals.append(refusal(name, why.key, **why.words))
    else:
        parsed[name] = None if value == "" else value
