"""Administrative divisions (GB/T 2260), today's and past ones, from python-stdnum's table.

Historical codes stay known: a document number carries the code of where it was first issued, long merged since.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

PRACTICE = "990101"
"""The fictitious division of every fixture and demo: no fixture can be a real person."""

_PROVINCE = re.compile(r'(\d\d) province="([^"]*)"')
_COUNTY = re.compile(r'  (\d{4}) county="([^"]*)"')
_YEARS = re.compile(r"^\[(\d*)-(\d*)\]")
# The table writes these two in traditional characters, and 830000 exists only on residence permits (handbook 2.9).
_SPECIAL = {"81": "香港特别行政区", "82": "澳门特别行政区", "83": "台湾省", PRACTICE[:2]: "测试省"}


def _newest(text: str) -> str:
    """`[-1993]宝安县,[1993-]宝安区` -> the name that was valid last."""

    def until(name: str) -> int:
        years = _YEARS.match(name)
        return int(years[2]) if years and years[2] else 9999

    return _YEARS.sub("", max(text.split(","), key=until))


def _read() -> tuple[dict[str, str], dict[str, str]]:
    provinces: dict[str, str] = {}
    counties: dict[str, str] = {}
    text = resources.files("stdnum").joinpath("cn/loc.dat").read_text(encoding="utf-8")
    prefix = ""
    for line in text.splitlines():
        if county := _COUNTY.match(line):
            counties[prefix + county[1]] = _newest(county[2])
        elif province := _PROVINCE.match(line):
            prefix = province[1]
            provinces[prefix] = province[2]
    provinces.update(_SPECIAL)
    counties.update({f"{short}0000": name for short, name in _SPECIAL.items() if short != PRACTICE[:2]})
    counties[PRACTICE] = "测试区"
    return provinces, counties


_READ_PROVINCES, _READ_COUNTIES = _read()
PROVINCES = MappingProxyType(_READ_PROVINCES)
"""Two digits -> name."""
COUNTIES = MappingProxyType(_READ_COUNTIES)
"""Six digits -> name, for every level that ever had a code."""


def is_known_division(code: str) -> bool:
    """True for a six-digit code that was valid at any date since 1980, and for the practice division."""
    return code in COUNTIES


def division_name(code: str) -> tuple[str, str]:
    """(province, county) of a code of six or more digits; "" for a part that is unknown or repeats the province."""
    province = PROVINCES.get(code[:2], "")
    county = COUNTIES.get(code[:6], "")
    return province, "" if county == province else county


def division_city(code: str) -> str:
    """The city between province and county; "" where there is none (municipalities, counties under the province)."""
    city = COUNTIES.get(f"{code[:4]}00", "")
    # 市辖区, 县 and the many 省直辖… are headings of the table, not places.
    return "" if city in ("市辖区", "县") or "直辖" in city or code[:6] == f"{code[:4]}00" else city


def division_path(code: str) -> tuple[str, ...]:
    """Province, city, county as far as they exist: ("广东省", "深圳市", "南山区")."""
    province, county = division_name(code)
    return tuple(part for part in (province, division_city(code), county) if part)


def search_divisions(text: str, limit: int = 20) -> list[tuple[str, str]]:
    """(code, full text) of divisions whose code starts with `text` or whose name contains it, whole counties first.

    Blank or overlong text finds nothing.
    """
    wanted = "".join(text[:40].split())
    if not wanted:
        return []
    if wanted.isascii() and wanted.isdigit():
        found = [(code, name) for code, name in _everything() if code.startswith(wanted)]
    else:
        found = [(code, name) for code, name in _everything() if wanted in name]
        found.sort(key=lambda one: (not COUNTIES[one[0]].startswith(wanted), one[0].endswith("00"), len(one[1])))
    return found[:limit]


@lru_cache(maxsize=1)
def _everything() -> tuple[tuple[str, str], ...]:
    return tuple((code, "".join(division_path(code))) for code in COUNTIES if code != PRACTICE)
