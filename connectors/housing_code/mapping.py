"""What the housing code system is told of a flat: the levels of its address, its place, its form and use."""

from __future__ import annotations

from datetime import time

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, Window, any_of, known, not_
from gridapp.contract.formats import decimals, ending, exactly, one_of, translate, upper

HOUSE_FORM = {"1": "10", "2": "11", "3": "20", "4": "30", "5": "40", "6": "50", "7": "60", "8": "70", "9": "99"}
# Theirs knows no flat under renovation (our 3): it stands and will be used again, so 正常.
HOUSING_STATUS = {"1": "1", "2": "2", "3": "1", "4": "9"}


def storey(floor: int) -> str:
    """Floor number as they write it: 3, and B1 for the first basement (our -1)."""
    return f"B{-floor}" if floor < 0 else str(floor)


HOUSING = Layout(
    rows=(
        Row("housing.building_code", "LDBM", note="空：新楼栋"),
        Row("housing.division_code", "SQBM", exactly(12), ALWAYS),
        Row("housing.grid_code", "WGBM", exactly(15), ALWAYS),
        Row("housing.road", "JLX", required=ALWAYS),
        Row("housing.door_no", "MPH", ending("号"), ALWAYS),
        Row("housing.estate_name", "JZWMC"),
        Row("housing.building_no", "LDH", ending("栋", "座", "幢", "楼", "号")),
        Row("housing.unit_no", "DYH", ending("单元", "门")),
        Row("housing.floor_no", "LC", storey, ALWAYS),
        Row("housing.room_no", "FH", upper, ALWAYS),
        Row("housing.house_form", "FWLX", translate(HOUSE_FORM), ALWAYS),
        Row("housing.building_use", "FWYT", one_of("01", "02", "03", "04", "05", "06", "99"), ALWAYS),
        Row("housing.house_structure", "FWJG"),
        Row("housing.floor_area", "JZMJ", decimals(2)),
        Row("housing.longitude", "X", decimals(8), ALWAYS, note="CGCS2000"),
        Row("housing.latitude", "Y", decimals(8), ALWAYS, note="CGCS2000"),
        Row("housing.housing_status", "ZT", translate(HOUSING_STATUS), ALWAYS),
    ),
    # A temporary code (T + 24 digits) counts as none: the view leaves it out. A flat they coded for us stays theirs to
    # know, so that a changed address reaches them; one that came with its code they look after themselves.
    applies=any_of(not_(known("housing.housing_code")), known("FWBM.BZDZ")),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="FWBM",
    slug="housing_code",
    zh="房屋编码系统",
    en="Housing code system",
    owner="市网格管理办(原流管办/出租屋综管办)牵头，规划和自然资源局供楼栋数据",
    owner_en="City grid management office; buildings from the planning and natural resources bureau",
    basis="地名管理条例(2022)；本市地址管理规定",
    basis_en="Regulations on Geographical Names (2022); city address rules",
    purpose="为每套房屋申请唯一编码和标准地址",
    purpose_en="A unique code and a standard address for every housing unit",
    layouts={Kind.HOUSING: HOUSING},
    gives={"FWBM": "housing.housing_code", "LDBM": "housing.building_code", "BZDZ": "FWBM.BZDZ"},
    window=Window(closed_weekday=6, closed_from=time(2), closed_until=time(4)),
    channel="SOAP/XML 接口",
    channel_en="SOAP/XML interface",
    position=1,
)
