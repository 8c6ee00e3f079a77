"""Finding a division by a piece of its name, by pinyin initials, or by the beginning of its code."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from pypinyin import Style, lazy_pinyin

from gridapp import dictionary
from gridapp.dictionary import divisions

SHOWN = 8


def search(text: str) -> list[tuple[str, str]]:
    """(code, full name), best first. Two letters or more are read as pinyin initials: gdsz is 广东省深圳市."""
    wanted = text.strip()[:40].lower()
    if len(wanted) >= 2 and wanted.isascii() and wanted.isalpha():
        found = [one for initials, one in _by_initials() if wanted in initials]
        found.sort(key=lambda one: (len(one[1]), one[0]))
        return found[:SHOWN]
    found = divisions.search_divisions(wanted, SHOWN)
    practice = (divisions.PRACTICE, "".join(dictionary.division_path(divisions.PRACTICE)))
    if settings.PRACTICE and wanted and (practice[0].startswith(wanted) or wanted in practice[1]):
        found = [practice, *found]
    return found[:SHOWN]


@lru_cache(maxsize=1)
def _by_initials() -> list[tuple[str, tuple[str, str]]]:
    named = [(code, "".join(dictionary.division_path(code))) for code in divisions.COUNTIES]
    return [("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)), (code, name)) for code, name in named]
