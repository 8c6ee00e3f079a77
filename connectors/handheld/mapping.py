"""What the handheld system is told: one line a record, columns parted by "|", everything in GBK."""

from __future__ import annotations

from datetime import time

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, Window, is_in, not_
from gridapp.contract.formats import (
    UNPADDED_DATE,
    chain,
    division_text,
    encodable,
    exactly,
    free_of,
    in_ranges,
    joined,
    label,
    translate,
    yes_no,
)

SEX = {"1": "男", "2": "女"}
EDUCATION = in_ranges((10, 33, "4"), (40, 63, "3"), (70, 73, "2"), (80, 83, "1"), (90, 90, "1"))
# 90 未说明 has no code there and the column may stay empty.
MARITAL = {"10": "1", "20": "2", "21": "2", "22": "2", "23": "2", "40": "3", "30": "4", "90": ""}
# They know no subsidised housing (our 5): it is let, so 租住. A hut on a building site (our 6) is none of theirs.
RESIDENCY = {"1": "1", "2": "2", "3": "3", "4": "4", "5": "2", "6": "9", "9": "9"}
HOUSE_FORM = {"1": "1", "2": "2", "3": "3", "4": "4", "5": "9", "6": "9", "7": "9", "8": "9", "9": "9"}

separable = free_of("|", "\r", "\n")
text = chain(separable, encodable("gbk"))
flag = yes_no("Y", "N")
dangers = joined(",")


RESIDENT = Layout(
    rows=(
        Row("@op", "1:CZ", required=ALWAYS, note="1新增 2修改 3注销 4核实"),
        Row("name", "2:XM", text, ALWAYS),
        Row("sex", "3:XB", translate(SEX), ALWAYS),
        Row("id_number", "4:SFZH", exactly(15, 18), ALWAYS),
        Row("birth_date", "5:CSNY", UNPADDED_DATE, ALWAYS),
        Row("ethnicity", "6:MZ", label("ethnicity", without="族"), ALWAYS),
        Row("education", "7:WHCD", EDUCATION),
        Row("marital_status", "8:HF", translate(MARITAL)),
        Row("phone", "9:DH", required=ALWAYS),
        Row("hukou_division", "10:HJ", division_text(), ALWAYS),
        Row("hukou_address", "11:HJXZ", chain(separable, encodable("gbk", 60)), ALWAYS),
        Row("housing.housing_code", "12:FWBM", required=ALWAYS),
        Row("residency.start_date", "13:RZRQ", UNPADDED_DATE, ALWAYS),
        Row("residency.residency_kind", "14:JZFS", translate(RESIDENCY), ALWAYS),
        Row("inflow_reason", "15:SY", label("inflow_reason"), offered=is_in("resident_category", "LD")),
        Row("housing.is_rental", "16:CZW", flag, ALWAYS),
        Row("housing.hidden_danger_types", "17:YH", dangers),
        Row("@time", "18:SJ", required=ALWAYS, note="2024/1/31 9:05:00"),
        Row("@worker", "19:GH", required=ALWAYS, note="工号"),
    ),
    # They key on an 18-digit number, which a birth certificate or an "other" document does not have.
    applies=not_(is_in("id_type", "117", "990")),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.VERIFY, Action.CLOSE}),
)

HOUSING = Layout(
    rows=(
        Row("@op", "1:CZ", required=ALWAYS, note="F1新增 F2修改 F3注销 F4核实"),
        Row("housing.housing_code", "2:FWBM", required=ALWAYS),
        Row("housing.address", "3:DZ", chain(separable, encodable("gbk", 100)), ALWAYS),
        Row("housing.house_form", "4:FX", translate(HOUSE_FORM), ALWAYS),
        Row("housing.is_rental", "5:CZW", flag, ALWAYS),
        Row("housing.rental_rooms", "6:JS"),
        Row("housing.occupant_count", "7:RS", required=ALWAYS),
        Row("housing.owner_name", "8:FD", text, ALWAYS),
        Row("housing.owner_phone", "9:FDDH", separable, ALWAYS),
        Row("housing.hidden_danger_types", "10:YH", dangers),
        Row("housing.security_letter_signed", "11:ZRS", flag, ALWAYS),
        Row("@time", "12:SJ", required=ALWAYS, note="2024/1/31 9:05:00"),
        Row("@worker", "13:GH", required=ALWAYS, note="工号"),
    ),
    applies=is_in("housing.is_rental", True),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.VERIFY, Action.CLOSE}),
)

PROFILE = Profile(
    key="PDA",
    slug="handheld",
    zh="PDA采集系统",
    en="Handheld collection system",
    owner="市网格管理办/公安 联合",
    owner_en="City grid management office with the police",
    basis="本省平安建设条例；GB/T 31000-2015；本市流动人口和出租屋管理规定",
    basis_en="Provincial regulations on public safety; GB/T 31000-2015; city rules on residents and rented housing",
    purpose="网格日常采集和走访核实",
    purpose_en="Daily collection and visits in the grid",
    layouts={Kind.RESIDENT: RESIDENT, Kind.HOUSING: HOUSING},
    needs=("FWBM",),
    window=Window(opens=time(6, 30), closes=time(22, 30)),
    channel="HTTP 报文(GBK)",
    channel_en="GBK text packets over HTTP",
    position=4,
)
