"""What the city's data sharing platform is told: only the fields of the approved catalogue entry, in GB codes."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, known
from gridapp.contract.formats import ISO_DATE, decimals, exactly, yes_no

ACTIONS = frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE})

RESIDENT = Layout(
    rows=(
        Row("@id", "TONG_ID", required=ALWAYS),
        Row("@op", "OP_FLAG", required=ALWAYS, note="I/U/D"),
        Row("@time", "SJGXSJ", required=ALWAYS, note="yyyy-MM-dd HH:mm:ss.SSS"),
        Row("@catalog", "ZYDM", required=ALWAYS, note="资源目录代码 307xxxxxxxx/000001"),
        Row("id_type", "ZJLX", required=ALWAYS),
        Row("id_number", "ZJHM", required=ALWAYS, note="SM4"),
        Row("name", "XM", required=ALWAYS),
        Row("sex", "XB", required=ALWAYS),
        Row("birth_date", "CSRQ", ISO_DATE, ALWAYS),
        Row("ethnicity", "MZ", required=ALWAYS),
        Row("hukou_division", "HJDQH", required=ALWAYS),
        Row("housing.division_code", "JZDQH", exactly(12), ALWAYS),
        Row("housing.housing_code", "FWBM", required=ALWAYS),
        Row("housing.address", "JZDZ", required=ALWAYS),
        Row("residency.start_date", "RZRQ", ISO_DATE),
        Row("residency.end_date", "BLRQ", ISO_DATE, offered=known("residency.end_date")),
        Row("@hash", "SM3HASH", required=ALWAYS, note="SM3"),
    ),
    closes=ALWAYS,
    actions=ACTIONS,
)

HOUSING = Layout(
    rows=(
        Row("@id", "TONG_ID", required=ALWAYS),
        Row("@op", "OP_FLAG", required=ALWAYS, note="I/U/D"),
        Row("@time", "SJGXSJ", required=ALWAYS),
        Row("@catalog", "ZYDM", required=ALWAYS),
        Row("housing.housing_code", "FWBM", required=ALWAYS),
        Row("housing.address", "FWDZ", required=ALWAYS),
        Row("housing.division_code", "XZQH", exactly(12), ALWAYS),
        Row("housing.building_use", "JZYT", note="5.17"),
        Row("housing.is_rental", "SFCZ", yes_no("1", "0"), ALWAYS),
        Row("housing.longitude", "JD", decimals(8)),
        Row("housing.latitude", "WD", decimals(8)),
        Row("@hash", "SM3HASH", required=ALWAYS),
    ),
    closes=ALWAYS,
    actions=ACTIONS,
)

PROFILE = Profile(
    key="GXPT",
    slug="data_sharing",
    zh="政务信息资源共享系统",
    en="Data sharing platform",
    owner="市政务服务和数据管理局(大数据局)",
    owner_en="City government services and data management bureau",
    basis="政务数据共享条例；国发〔2016〕51号",
    basis_en="Government Data Sharing Regulations; State Council document 2016 No. 51",
    purpose="人口和房屋基础信息归集，供各部门依目录共享",
    purpose_en="Base items of people and housing, shared between departments by catalogue",
    layouts={Kind.RESIDENT: RESIDENT, Kind.HOUSING: HOUSING},
    channel="前置库增量表",
    channel_en="Delta tables of a front-end database",
    position=11,
)
