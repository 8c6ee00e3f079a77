"""Finding a division by a piece of its name, by pinyin or its initials, or by the beginning of its code."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from gridapp import dictionary
from gridapp.dictionary import divisions

SHOWN = 8


class Found(NamedTuple):
    """A division to choose. `note`: what its code or name was before, or that the code was given up."""

    code: str
    label: str
    note: str = ""


class _Spelt(NamedTuple):
    """A division as people say and spell it: without 省, 市 and 区, and beginning with any of its levels."""

    code: str
    label: str
    short: str
    initials: tuple[str, str]
    pinyin: tuple[str, ...]


def search(text: str) -> list[Found]:
    """Best first. Two letters or more are read as pinyin (nanshan) or its initials (gdszns).

    A code that was given up stands behind the code of today that the place has now, where that can be told: an old
    register may still carry it.
    """
    wanted = text.strip()[:40].lower()
    codes = _by_letters(wanted) if len(wanted) >= 2 and wanted.isascii() and wanted.isalpha() else _by_name(wanted)
    if settings.PRACTICE and wanted and _is_practice(wanted):
        codes = [divisions.PRACTICE, *codes]
    shown: dict[str, Found] = {}
    for code in codes:
        for one in _with_successor(code, wanted):
            shown.setdefault(one.code, one)
    return list(shown.values())[:SHOWN]


def _by_name(wanted: str) -> list[str]:
    found = [code for code, _label in divisions.search_divisions(wanted, SHOWN)]
    return found or [one.code for one in _spoken() if wanted and wanted in one.short][:SHOWN]


def _by_letters(wanted: str) -> list[str]:
    """What is read from a level on, then what has the initials anywhere; codes of today first, short names first."""
    ranked = []
    for one in _spoken():
        read = any(spelt.startswith(wanted) for spelt in one.pinyin)
        if read or any(wanted in spelt for spelt in one.initials):
            ranked.append((divisions.ended(one.code) is not None, not read, len(one.label), one.code))
    return [code for *_rank, code in sorted(ranked)[:SHOWN]]


def _is_practice(wanted: str) -> bool:
    return divisions.PRACTICE.startswith(wanted) or wanted in "".join(dictionary.division_path(divisions.PRACTICE))


def _with_successor(code: str, wanted: str) -> list[Found]:
    label = "".join(dictionary.division_path(code))
    year = divisions.ended(code)
    if year is None:
        names = [name for name in divisions.former_names(code) if wanted in name]
        return [Found(code, label, _("原%(name)s") % {"name": names[-1]} if names else "")]
    old = Found(code, label, _("%(year)s 年撤销") % {"year": year})
    following = divisions.successor(code)
    if following is None:
        return [old]
    name = divisions.COUNTIES[code]
    return [Found(following, "".join(dictionary.division_path(following)), _("原%(name)s") % {"name": name}), old]


@lru_cache(maxsize=1)
def _spoken() -> list[_Spelt]:
    found = []
    for code in divisions.COUNTIES:
        parts = dictionary.division_path(code)
        read = [syllables(part) for part in parts]
        brief = [one[:-1] if len(part) > 2 else one for part, one in zip(parts, read, strict=True)]
        short = "".join(part[:-1] if len(part) > 2 else part for part in parts)
        spelt = [["".join(syllables) for syllables in spelling] for spelling in (read, brief)]
        levels = tuple({"".join(one[first:]) for one in spelt for first in range(len(one))})
        found.append(_Spelt(code, "".join(parts), short, (_initials(read), _initials(brief)), levels))
    return found


@lru_cache(maxsize=8192)
def syllables(name: str) -> tuple[str, ...]:
    """How a name is read: 测试区 -> ce shi qu."""
    return tuple(lazy_pinyin(name))


def _initials(parts: list[tuple[str, ...]]) -> str:
    return "".join(syllable[0] for part in parts for syllable in part)
