"""The handbook's golden cases as a worker types them today, so that ages and months come out as on their own day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .cases import BUILDING, flat, resident

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
CODED = f"{BUILDING}000777"

WANTED = {
    "G1": {"JZDJ", "ZZSB", "PDA", "LB", "WG", "SZZ", "GXPT"},
    "G3": {"JZDJ", "ZZSB", "PDA", "GZZ", "JS", "LB", "WG", "SZZ", "GXPT"},
    "G5": {"PDA", "GZZ", "WG", "GXPT", "MZYL"},
    "G7": {"JZDJ", "ZZSB", "PDA", "WG", "SZZ", "GXPT"},
    "G10": {"FWBM", "PDA", "GZZ", "AQSC", "WG", "SZZ", "GXPT", "ZLBA"},
    "G11": {"PDA", "GZZ", "WG", "SZZ", "GXPT"},
}
"""Case -> the departments that must know (handbook 4.15)."""


def _lived(**ago: int) -> str:
    return (TODAY - timedelta(**ago)).isoformat()


def homes(*, coded: bool = True) -> dict[str, dict[str, Any]]:
    """G10, which gets its code from FWBM, and G11, which has one unless told otherwise."""
    plain = flat(
        room_no="302", rental_mode="1", rental_rooms=1, hidden_danger_types=["00"], hidden_danger_note=None,
        housing_code=CODED if coded else None, owner_id_number="990101196503070018",
    )  # fmt: skip
    plain["fields"] = {name: value for name, value in plain["fields"].items() if value is not None}
    del plain["tenancy"]
    return {"G10": flat(), "G11": plain}


def people(housing: str) -> dict[str, dict[str, Any]]:
    """G1, G3, G5 and G7, living in one flat. G2 is G1 half a year later."""
    man = resident(housing, inflow_date=_lived(days=20), permit_type="01")
    man["residency"]["start_date"] = _lived(days=5)
    woman = resident(
        housing, id_number="990101199202290029", name="测试乙", phone="13912345601", occupation_category="40000",
        occupation="收银员", inflow_date="2022-08-20", children_count=1, permit_type="01",
    )  # fmt: skip
    woman["residency"]["start_date"] = "2022-09-01"
    old = resident(
        housing, id_number="99010119380815004X", name="测试丙", phone="13912345602", hukou_division="990101",
        hukou_address="测试路9号1栋301", marital_status="40", education="70", occupation_category="90200",
        occupation="退休", employer_name=None, employer_uscc=None, inflow_reason=None, inflow_date=None,
        care_living_mode="1", guardian_name="测试丁", guardian_relation="23",
        guardian_phone="13912345603", native_place="990101",
    )  # fmt: skip
    old["residency"] |= {
        "residency_kind": "1", "start_date": "1998-01-01", "relation_to_head": "01", "relation_to_owner": "1",
    }  # fmt: skip
    old["household"] = {"household_no": "990100001", "household_type": "1"}
    visitor = resident(
        housing, id_type="155", id_number="81000019900307151X", name="测试戊", phone="13912345604",
        hukou_division="810000", hukou_address="测试大道1号", native_place="810000", inflow_date=_lived(days=3),
        occupation_category="90100", occupation="学生", employer_name=None, employer_uscc=None, ethnicity="01",
        foreign_surname="CHAN", foreign_given_name="TAI MAN",
    )  # fmt: skip
    visitor["residency"]["start_date"] = _lived(days=1)
    entered = {"G1": man, "G3": woman, "G5": old, "G7": visitor}
    for one in entered.values():
        one["fields"] = {name: value for name, value in one["fields"].items() if value is not None}
    return entered
