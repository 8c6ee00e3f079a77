"""What may be offered, and is never stored by itself (handbook section 3: D4, D5, D15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .derivation import child_answers
from .divisions import COUNTIES, today
from .documents import CITIZEN
from .holder import eighteen_of, id_type_of

_BELOW_SCHOOL = 6
_SCHOOL_UNTIL = 16


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value to offer for a field, and where it comes from."""

    field: str
    value: str
    zh: str
    en: str


_FROM_NUMBER = ("按身份证号前6位，待确认", "from the first 6 digits of the identity number, to be confirmed")
_FROM_FORMER = (
    "按身份证号前6位（原{former}），待确认",
    "from the first 6 digits of the identity number ({former} then), to be confirmed",
)
_FROM_FAMILY = ("与家人相同，待确认", "as the family's, to be confirmed")
_FROM_AGE = ("按年龄", "by age")


def suggest(view: Mapping[str, Any], family: Mapping[str, Any] | None = None) -> dict[str, Suggestion]:
    """Values to offer for fields that are not known yet, by field.

    `view`: a view; with `age` in it (see `derive`) answers by age are offered too. `family`: the view of the father
    or the head of the household. The first digits of a number show where it was first issued, not today's hukou; of a
    code that was given up since, the one that the place has now is offered, where that can be told.
    """
    offers: dict[str, Suggestion] = {}

    def offer(name: str, value: Any, why: tuple[str, str]) -> None:
        if value and not view.get(name) and name not in offers:
            offers[name] = Suggestion(name, str(value), *why)

    number = eighteen_of(view)
    if family:
        offer("native_place", family.get("native_place") or family.get("hukou_division"), _FROM_FAMILY)
    if number and id_type_of(view) in CITIZEN - {"155", "156"} and (code := today(number[:6])):
        why = _FROM_NUMBER if code == number[:6] else _from_former(COUNTIES[number[:6]])
        offer("hukou_division", code, why)
        offer("native_place", code, why)
    age = view.get("age")
    if isinstance(age, int):
        for name, value in child_answers(age).items():
            offer(name, value, _FROM_AGE)
        if age < _SCHOOL_UNTIL:
            offer("occupation_category", "90400" if age < _BELOW_SCHOOL else "90100", _FROM_AGE)
    return offers


def _from_former(name: str) -> tuple[str, str]:
    chinese, english = (text.format(former=name) for text in _FROM_FORMER)
    return chinese, english
