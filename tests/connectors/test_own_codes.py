"""Each department's own codes against its documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gridapp.catalogue import profiles
from gridapp.contract import Inexpressible, Kind, Row
from gridapp.dictionary import FIELDS, table

TARGETS = {
    one["key"]: one
    for one in json.loads((Path(__file__).parent.parent / "domain" / "targets.json").read_text(encoding="utf-8"))
}
PROFILES = {one.key: one for one in profiles.district()}


def row_named(key: str, theirs: str, kind: Kind = Kind.RESIDENT) -> Row:
    return next(row for row in PROFILES[key].layouts[kind].rows if row.name == theirs)


def sent(key: str, theirs: str, value: Any, kind: Kind = Kind.RESIDENT, **more: Any) -> Any:
    """What stands in their field for one value of ours."""
    row = row_named(key, theirs, kind)
    return row.value({**more, row.source: value})


ARROWS = [
    ("FWBM", "FWLX", Kind.HOUSING, r"FWLX: (.*)"),
    ("JZDJ", "ZZSYDM", Kind.RESIDENT, r"99其他\): (.*?) \(lossy"),
    ("JZDJ", "ZZCSDM", Kind.RESIDENT, r"06其他\): (.*)"),
    ("ZZSB", "idType", Kind.RESIDENT, r"id_type: (.*), else"),
    ("JS", "HYZK", Kind.RESIDENT, r"marital: (.*), 90→"),
    ("AQSC", "useKind", Kind.HOUSING, r"building_use (.*);"),
    ("ZLBA", "purpose", Kind.HOUSING, r"rental_use (.*)"),
]


@pytest.mark.parametrize(("key", "theirs", "kind", "pattern"), ARROWS)
def test_their_own_codes_are_those_of_their_documentation(key: str, theirs: str, kind: Kind, pattern: str) -> None:
    said = re.search(pattern, TARGETS[key]["codes"])
    assert said is not None
    pairs = re.findall(r"(\d+)→([A-Z0-9]+)", said[1])

    assert len(pairs) >= 6
    for ours, code in pairs:
        assert sent(key, theirs, ours, kind) == code


@pytest.mark.parametrize(
    ("key", "theirs", "values"),
    [
        ("JZDJ", "CYZJDM", {"111": "111", "155": "G01", "156": "G02", "414": "414"}),
        ("JZDJ", "XLDM", {"10": "10", "21": "20", "28": "20", "41": "40", "61": "60", "90": "90"}),
        ("ZZSB", "idType", {"990": "OTHER", "554": "OTHER"}),
        ("ZZSB", "liveType", {"1": "OWN", "2": "RENT", "3": "DORM", "4": "BORROW", "5": "RENT", "9": "OTHER"}),
        ("ZZSB", "leaveReason", {"1": "MOVE", "2": "LEAVE_CITY", "3": "DEATH", "4": "DUP", "7": "LEAVE_CITY"}),
        ("ZZSB", "stayReason", {"01": "WORK", "02": "FARM", "06": "FAMILY", "09": "TRANSFER", "99": "OTHER"}),
        ("PDA", "7:WHCD", {"10": "4", "33": "4", "40": "3", "63": "3", "70": "2", "73": "2", "80": "1", "90": "1"}),
        ("PDA", "8:HF", {"10": "1", "20": "2", "23": "2", "40": "3", "30": "4", "90": ""}),
        ("PDA", "14:JZFS", {"1": "1", "2": "2", "3": "3", "4": "4", "5": "2", "9": "9"}),
        ("GZZ", "政治面貌", {"01": "党员", "02": "党员", "03": "团员", "13": "群众", "08": "其他"}),
        (
            "LB",
            "AAC011",
            {"10": "14", "11": "11", "13": "11", "20": "21", "30": "31", "40": "41", "60": "61", "70": "71"},
        ),
        ("LB", "AAC058", {"111": "01", "414": "02", "155": "03", "156": "04", "553": "05", "516": "90"}),
        ("SZZ", "流入原因*", {"01": "务工经商", "03": "务工经商", "04": "求学入托", "06": "投亲靠友", "02": "其他"}),
        ("XW", "关系", {"51": "父亲", "52": "母亲", "61": "其他"}),
        ("XW", "住房性质", {"1": "自有", "2": "租赁", "3": "单位宿舍", "4": "其他"}),
        ("MZYL", "jzzk", {"1": "01", "2": "02", "3": "03", "4": "04"}),
    ],
)
def test_codes_of_a_resident_become_theirs(key: str, theirs: str, values: Mapping[str, str]) -> None:
    assert {ours: sent(key, theirs, ours) for ours in values} == values


@pytest.mark.parametrize(
    ("key", "theirs", "values"),
    [
        ("FWBM", "ZT", {"1": "1", "2": "2", "4": "9"}),
        ("PDA", "4:FX", {"1": "1", "4": "4", "5": "9", "9": "9"}),
        (
            "SZZ",
            "出租用途*",
            {"01": "宿舍", "02": "住房", "03": "店面", "05": "仓库", "06": "工厂、工场", "99": "其他"},
        ),
        ("ZLBA", "rentType", {"1": "1", "2": "2", "3": "3"}),
        ("ZLBA", "lessee.idType", {"111": "1", "414": "2", "155": "3", "156": "4"}),
        ("AQSC", "placeKind", {"01": "1", "02": "2", "03": "3", "04": "4"}),
        ("AQSC", "orgHazard", {"01": "ZA01", "02": "XF01"}),
    ],
)
def test_codes_of_a_flat_become_theirs(key: str, theirs: str, values: Mapping[str, str]) -> None:
    assert {ours: sent(key, theirs, ours, Kind.HOUSING) for ours in values} == values


@pytest.mark.parametrize(
    ("codes", "wg", "szz", "pda", "aqsc"),
    [
        (["00"], "00", "安全", "00", []),
        (["03"], "03", "一般", "03", ["MD01"]),
        (["02", "01"], "01", "严重", "02,01", ["ZA01", "XF01"]),
        (["01", "04"], "04", "严重", "01,04", ["XF01", "WH01"]),
        (["99", "05"], "05", "一般", "99,05", ["QT99", "CR01"]),
    ],
)
def test_hidden_dangers_are_said_in_four_ways(codes: list[str], wg: str, szz: str, pda: str, aqsc: list[str]) -> None:
    assert sent("WG", "hazardType", codes, Kind.HOUSING) == wg
    assert sent("SZZ", "隐患等级*", codes, Kind.HOUSING) == szz
    assert sent("PDA", "10:YH", codes, Kind.HOUSING) == pda
    assert sent("AQSC", "hazards[].type", codes, Kind.HOUSING) == aqsc


LISTED = [
    (key, row["name"], row["note"].split("/"))
    for key in ("SZZ", "GZZ", "ZZSB")
    for row in TARGETS[key]["fields"]
    if row["note"].count("/") >= 2 and "…" not in row["note"] and "“" not in row["note"] and "text" not in row["note"]
]


@pytest.mark.parametrize(("key", "theirs", "words"), LISTED)
def test_every_code_of_ours_becomes_one_of_their_words_or_is_refused(key: str, theirs: str, words: list[str]) -> None:
    row = row_named(key, theirs)
    codes = table(FIELDS[row.source].table or "")

    for code in codes.items:
        try:
            said = row.value({row.source: code.code, "age": 40})
        except Inexpressible as refused:
            assert refused.field == row.source
        else:
            assert said in words, code
