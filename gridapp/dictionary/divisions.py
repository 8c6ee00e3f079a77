"""Administrative divisions (GB/T 2260), today's and past ones, from python-stdnum's table.

Historical codes stay known: a document number carries the code of where it was first issued, long merged since.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

PRACTICE = "990101"
"""The fictitious division of every fixture and demo: no fixture can be a real person."""

_PROVINCE = re.compile(r'(\d\d) province="([^"]*)"')
_COUNTY = re.compile(r'  (\d{4}) county="([^"]*)"')
_SPAN = re.compile(r"^(?:\[(\d*)-(\d*)\])?(.*)")
_TODAY = 9999
_KIND = re.compile("(?:地区|自治州|自治县|自治旗|[省市区县盟旗])$")
_SPLIT_OFF = {"44": "46", "51": "50"}  # 海南 from 广东 in 1988, 重庆 from 四川 in 1997
# Headings of the table, and names that every city has had: nothing can be told from them.
_NO_NAMES = frozenset({"市辖", "郊", "城", "城关", "市", "县", "矿", ""})
# The table writes these two in traditional characters, and 830000 exists only on residence permits (handbook 2.9).
_SPECIAL = {"81": "香港特别行政区", "82": "澳门特别行政区", "83": "台湾省", PRACTICE[:2]: "测试省"}


class Span(NamedTuple):
    """A name that a code had from one year until another; 0 and 9999 where the table does not say."""

    name: str
    since: int
    until: int


def _spans(text: str) -> tuple[Span, ...]:
    """`[-1993]宝安县,[1993-]宝安区` -> both, the name that was valid last at the end."""
    found = [_SPAN.match(part) for part in text.split(",")]
    spans = [Span(one[3], int(one[1] or 0), int(one[2] or _TODAY)) for one in found if one]
    return tuple(sorted(spans, key=lambda span: span.until))


def _read() -> tuple[dict[str, str], dict[str, tuple[Span, ...]]]:
    provinces: dict[str, str] = {}
    counties: dict[str, tuple[Span, ...]] = {}
    text = resources.files("stdnum").joinpath("cn/loc.dat").read_text(encoding="utf-8")
    prefix = ""
    for line in text.splitlines():
        if county := _COUNTY.match(line):
            counties[prefix + county[1]] = _spans(county[2])
        elif province := _PROVINCE.match(line):
            prefix = province[1]
            provinces[prefix] = province[2]
    provinces.update(_SPECIAL)
    counties.update({f"{short}0000": _spans(name) for short, name in _SPECIAL.items() if short != PRACTICE[:2]})
    counties[PRACTICE] = _spans("测试区")
    return provinces, counties


_READ_PROVINCES, _HISTORY = _read()
PROVINCES = MappingProxyType(_READ_PROVINCES)
"""Two digits -> name."""
COUNTIES = MappingProxyType({code: spans[-1].name for code, spans in _HISTORY.items()})
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


def ended(code: str) -> int | None:
    """The year in which a code was given up; None for a code of today and for one that never was."""
    spans = _HISTORY.get(code)
    return spans[-1].until if spans and spans[-1].until != _TODAY else None


def former_names(code: str) -> tuple[str, ...]:
    """The names that a code had before the last one."""
    return tuple(span.name for span in _HISTORY.get(code, ())[:-1])


def successor(code: str) -> str | None:
    """The code of today that a place given up became: 440321 宝安县 -> 440306 宝安区. None where it cannot be told.

    The table has no such column: it is the one place of the province whose name is the same but for its kind and whose
    code began when the old one ended, followed until today. What was merged into a place of another name has none.
    """
    seen = {code}
    while ended(code) is not None:
        following = _following().get(code)
        if following is None or following in seen:
            return None
        code = following
        seen.add(code)
    return code if len(seen) > 1 else None


def today(code: str) -> str | None:
    """The code that a place has now; None where it is unknown or cannot be told."""
    return code if code in _HISTORY and ended(code) is None else successor(code)


@lru_cache(maxsize=1)
def _following() -> dict[str, str]:
    """Code -> the code that its place had next."""
    begun: dict[tuple[str, str, int], list[str]] = {}
    for code, spans in _HISTORY.items():
        begun.setdefault((code[:2], _KIND.sub("", spans[0].name), spans[0].since), []).append(code)
    found = {}
    for code, spans in _HISTORY.items():
        name, until = _KIND.sub("", spans[-1].name), spans[-1].until
        if until == _TODAY or name in _NO_NAMES:
            continue
        places = [(code[:2], name), (_SPLIT_OFF.get(code[:2], ""), name)]
        keys = [(*place, year) for place in places for year in (until, until + 1)]
        next_ones = [one for key in keys for one in begun.get(key, []) if one != code]
        if len(next_ones) == 1:
            found[code] = next_ones[0]
    return found


def search_divisions(text: str, limit: int = 20) -> list[tuple[str, str]]:
    """(code, full text) of divisions whose code starts with `text` or whose name contains it, whole counties first.

    Codes of today come before those given up, what only once had the name comes last. Blank or overlong text finds
    nothing.
    """
    wanted = "".join(text[:40].split())
    if not wanted:
        return []
    if wanted.isascii() and wanted.isdigit():
        found = [(code, name) for code, name in _everything() if code.startswith(wanted)]
    else:
        found = [(code, name) for code, name in _everything() if wanted in name]
        found += [(code, "".join(division_path(code))) for code in _once_called(wanted)]
        found.sort(key=lambda one: (wanted not in one[1], _rank(one[0], wanted), len(one[1])))
    return found[:limit]


@lru_cache(maxsize=1)
def _everything() -> tuple[tuple[str, str], ...]:
    return tuple((code, "".join(division_path(code))) for code in COUNTIES if code != PRACTICE)


def _rank(code: str, wanted: str) -> tuple[bool, bool, bool]:
    return ended(code) is not None, not COUNTIES[code].startswith(wanted), code.endswith("00")


def _once_called(wanted: str) -> list[str]:
    return [
        code
        for code, spans in _HISTORY.items()
        if any(wanted in span.name for span in spans[:-1]) and wanted not in spans[-1].name
    ]
