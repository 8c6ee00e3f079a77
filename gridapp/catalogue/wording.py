"""Conditions and names in words, Chinese or English, for the catalogue page and the hints of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from gridapp.contract import Condition, Profile
from gridapp.dictionary import FIELDS, table

from . import profiles

Words = tuple[str, str]

MAPPED: Mapping[str, Words] = MappingProxyType(
    {
        "mapped.police_grid": ("警务区代码", "Police area code"),
        "mapped.provincial_grid": ("省综治网格全路径", "Grid path of the province's system"),
    }
)
"""Codes that other systems use for our grids."""

MADE: Mapping[str, Words] = MappingProxyType(
    {
        "@id": ("推送编号", "Delivery number"),
        "@op": ("操作类型", "Action"),
        "@worker": ("采集人", "Worker"),
        "@time": ("采集时间", "Time"),
        "@hash": ("校验值", "Digest"),
        "@catalog": ("资源目录代码", "Catalogue code"),
    }
)
"""Values that a connector makes itself."""


def name_of(name: str, lang: str = "zh") -> str:
    """What a person calls a canonical name, a mapped code, a made value, or another target's number."""
    if name in FIELDS:
        return FIELDS[name].label(lang)
    words = MAPPED.get(name) or MADE.get(name)
    if words is None:
        key, _, number = name.partition(".")
        profile = _by_key().get(key)
        if profile is None:
            return name
        words = (f"{profile.zh}编号({number})", f"Number from the {profile.en} ({number})")
    return words[1] if lang.startswith("en") else words[0]


def words(condition: Condition, lang: str = "zh") -> str:
    """A condition as a sentence part, e.g. "人口类别为流动人口且居住月数不小于6"."""
    return condition.words(_label(lang), "en" if lang.startswith("en") else "zh")


def _label(lang: str) -> Callable[[str, str | None], str]:
    def label(name: str, code: str | None) -> str:
        if code is None:
            return name_of(name, lang)
        field = FIELDS.get(name)
        return table(field.table).label(code, lang) if field is not None and field.table else code

    return label


@cache
def _by_key() -> dict[str, Profile]:
    return {profile.key: profile for profile in profiles.profiles().values()}
