"""The page as it is since yesterday: what a vendor changes overnight and tells nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .sandbox_rules import Field

Fields = tuple[Field, ...]


def _renamed_field(fields: Fields) -> Fields:
    new = {"身份证号": ("证件号码", "zjhm"), "房屋编号": ("房屋编码", "fwbm")}
    return tuple(
        replace(one, label=new[one.label][0], name=new[one.label][1]) if one.label in new else one for one in fields
    )


def _moved_field(fields: Fields) -> Fields:
    first, second, *others = fields
    return (second, first, *others)


def _swapped_names(fields: Fields) -> Fields:
    """The labels stay where they were, and the fields behind the first and the last change places."""
    first, *others, last = fields
    return (replace(first, name=last.name), *others, replace(last, name=first.name))


def _changed_option(fields: Fields) -> Fields:
    words = {"党员": "中共党员", "是": "已签"}
    return tuple(replace(one, choices=tuple(words.get(word, word) for word in one.choices)) for one in fields)


def _new_field(fields: Fields) -> Fields:
    return (*fields, Field("备注", "bz"))


def _text_for_list(fields: Fields) -> Fields:
    return tuple(replace(one, choices=()) for one in fields)


_OF_THE_FORM: Mapping[str, Callable[[Fields], Fields]] = {
    "renamed_field": _renamed_field,
    "moved_field": _moved_field,
    "swapped_names": _swapped_names,
    "changed_option": _changed_option,
    "new_field": _new_field,
    "text_for_list": _text_for_list,
}
CHANGES = (
    *_OF_THE_FORM,
    "extra_confirm",
    "renamed_button",
    "new_title",
    "no_receipt",
    "other_receipt",
    "cut_on_the_way",
)
"""What `page_changed` can be; true is the first of them."""


def named(told: Any) -> str:
    """The change that the fault names, "" for none."""
    return CHANGES[0] if told is True else str(told or "")


def changed(fields: Fields, change: str) -> Fields:
    """The lines of the form under that change."""
    return _OF_THE_FORM[change](fields) if change in _OF_THE_FORM else fields
