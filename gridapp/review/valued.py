"""A value of a record on these pages: in words of the page's language, and how another one is given beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import dictionary
from gridapp.review.opening import language

FEW = 12
"""A table up to this long is offered as chips; of a longer one the name is typed."""
_KEYBOARDS = {"date": "numeric", "integer": "numeric", "decimal": "decimal", "phone": "tel"}

_OF_THE_REGISTER = ("name", "former_name", "sex", "birth_date", "ethnicity", "native_place", "hukou_")
_OF_WORK = ("employer_", "occupation")
_WEIGHS: tuple[tuple[tuple[str, ...], str | Promise], ...] = (
    (_OF_THE_REGISTER, gettext_lazy("户籍内容：先看公安返回的，再看证件上的，最后看手填的。")),
    (("phone",), gettext_lazy("电话：以最近核实的为准。")),
    (_OF_WORK, gettext_lazy("就业内容：先看劳动部门返回的，再看手填的。")),
    (("housing.address", "housing.housing_code"), gettext_lazy("地址：先看标准地址返回的，再看手填的。")),
)
"""Beginnings of names -> which source counts for more (handbook 2.11, rule 4: survivorship per field)."""


@dataclass(frozen=True)
class Answer:
    """How a value is given. `offers`: (code, word) of a short table; `words`: those of a long one, to be typed."""

    offers: list[tuple[str, str]]
    words: list[str]
    several: bool
    keyboard: str


def label(name: str) -> str:
    """The field's name in the page's language."""
    return dictionary.field(name).label(language())


def weighs(name: str) -> str:
    """Which source counts for more where two differ, in words; "" where no rule says so."""
    return next((str(words) for names, words in _WEIGHS if name.startswith(names)), "")


def said(name: str, value: Any, *, full: bool, child: bool = False) -> str:
    """A value in words of the page's language, masked for who does not decide."""
    defined, lang = dictionary.field(name), language()
    if value in (None, "", []):
        return _("（空）")
    if defined.table:
        table = dictionary.table(defined.table)
        return _("、").join(table.label(str(code), lang) for code in (value if isinstance(value, list) else [value]))
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if defined.type == "division":
        return "".join(dictionary.division_path(str(value))) or str(value)
    return str(value) if full else dictionary.mask(name, value, child=child)


def answer(name: str) -> Answer:
    """What a form offers for a field."""
    defined = dictionary.field(name)
    table = dictionary.table(defined.table) if defined.table else None
    offered = table.choices(language()) if table else []
    if defined.type == "bool":
        offered = [("true", _("是")), ("false", _("否"))]
    several = defined.type == "codes"
    short = len(offered) <= FEW or several
    keyboard = _KEYBOARDS.get(defined.type, "text")
    return Answer(offered if short else [], [] if short else [word for _code, word in offered], several, keyboard)


def code(name: str, raw: Any) -> Any:
    """What was typed; where it is the word of a code, the code."""
    table = dictionary.field(name).table
    if not table or not isinstance(raw, str):
        return raw
    known = dictionary.table(table)
    return next((one for one in known.offered if known.label(one, language()) == raw), raw)
