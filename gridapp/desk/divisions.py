"""Finding a division by a piece of its name, by pinyin initials, or by the beginning of its code."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from pypinyin import Style, lazy_pinyin

from gridapp import dictionary
from gridapp.dictionary import divisions

SHOWN = 8


def search(text: str) -> list[tuple[str, str]]:
    """(code, full name), best first. Two letters or more are read as pinyin initials: gdszns is 广东省深圳市南山区.

    People leave 省, 市 and 区 out, both of the letters and of the name.
    """
    wanted = text.strip()[:40].lower()
    if len(wanted) >= 2 and wanted.isascii() and wanted.isalpha():
        found = [one for _names, initials, one in _spoken() if any(wanted in spelt for spelt in initials)]
        found.sort(key=lambda one: (len(one[1]), one[0]))
        return found[:SHOWN]
    found = divisions.search_divisions(wanted, SHOWN)
    found = found or [one for names, _initials, one in _spoken() if wanted and wanted in names][:SHOWN]
    practice = (divisions.PRACTICE, "".join(dictionary.division_path(divisions.PRACTICE)))
    if settings.PRACTICE and wanted and (practice[0].startswith(wanted) or wanted in practice[1]):
        found = [practice, *found]
    return found[:SHOWN]


@lru_cache(maxsize=1)
def _spoken() -> list[tuple[str, tuple[str, str], tuple[str, str]]]:
    """The short name, the initials of the full and of the short one, and the division (code, full name)."""
    found = []
    for code in divisions.COUNTIES:
        parts = dictionary.division_path(code)
        full, short = "".join(parts), "".join(part[:-1] if len(part) > 2 else part for part in parts)
        found.append((short, (_initials(full), _initials(short)), (code, full)))
    return found


def _initials(name: str) -> str:
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
