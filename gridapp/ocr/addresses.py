"""Which division an address begins with."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from gridapp.dictionary.divisions import COUNTIES, PRACTICE, division_city, division_name, division_path, ended

_SHORTEST = 5  # characters of a province and a county; less would begin too many addresses


def division(address: str, *, nearby: str, practice: bool) -> str:
    """The six digits of the longest name of a division that an address begins with; "" where it is not clear which.

    Divisions that were moved or merged share names: today's goes before past ones, then the one that `nearby` names.
    """
    for length in range(min(len(address), _longest()), _SHORTEST - 1, -1):
        codes = {code for code in _by_name().get(address[:length], ()) if practice or code != PRACTICE}
        if codes:
            codes = {code for code in codes if ended(code) is None} or codes
            return nearby if nearby in codes else codes.pop() if len(codes) == 1 else ""
    return ""


@lru_cache(maxsize=1)
def _by_name() -> dict[str, set[str]]:
    """Whole names as cards write them, with the city and without, of all counties."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for code in COUNTIES:
        province, county = division_name(code)
        if not county or code.endswith("00"):
            continue
        found["".join(division_path(code))].add(code)
        found[province + county].add(code)
        found[division_city(code) + county].add(code)
    return {name: codes for name, codes in found.items() if len(name) >= _SHORTEST}


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _by_name()))
