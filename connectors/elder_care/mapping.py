"""What the elder care system is told: who is old, how they live, whom to call. No health, no bank account."""

from __future__ import annotations

from datetime import time

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, Window, all_of, any_of, at_least, is_in, known
from gridapp.contract.formats import ISO_DATE, exactly, first_known, label, translate

SEX = {"1": "男", "2": "女"}
LIVING = {"1": "01", "2": "02", "3": "03", "4": "04"}
GONE = is_in("residency.end_reason", "2", "3", "7")
PHONE = ("phone", "guardian_phone")

RESIDENT = Layout(
    rows=(
        Row("name", "xm", required=ALWAYS),
        Row("id_number", "sfzh", required=ALWAYS),
        Row("sex", "xb", translate(SEX), ALWAYS),
        Row("birth_date", "csrq", ISO_DATE, ALWAYS),
        Row("ethnicity", "mz", label("ethnicity")),
        Row("hukou_division", "hjqh", required=ALWAYS),
        Row("housing.division_code", "xzqh", exactly(12), ALWAYS),
        Row("housing.address", "jzdz", required=ALWAYS),
        Row("phone", "lxdh", required=ALWAYS, whole=first_known(PHONE), reads=PHONE, stands=any_of(*map(known, PHONE))),
        Row("care_living_mode", "jzzk", translate(LIVING), ALWAYS),
        Row("guardian_name", "jjlxr", required=ALWAYS, note="紧急联系人"),
        Row("guardian_phone", "jjlxdh", required=ALWAYS),
        Row("death_date", "swrq", ISO_DATE, known("death_date")),
    ),
    applies=any_of(
        all_of(at_least("age", 60), is_in("resident_category", "HJ")),
        all_of(at_least("age", 65), at_least("residency.months", 6)),
    ),
    closes=GONE,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="MZYL",
    slug="elder_care",
    zh="养老服务/高龄津贴系统",
    en="Elder care system",
    owner="市民政局",
    owner_en="City civil affairs bureau",
    basis="老年人权益保障法",
    basis_en="Law on Protection of the Rights of the Elderly",
    purpose="养老服务上门核实和高龄津贴提醒",
    purpose_en="Home visits and old-age allowances",
    layouts={Kind.RESIDENT: RESIDENT},
    gives={"LNRBH": "MZYL.LNRBH"},
    window=Window(opens=time(8), closes=time(22)),
    channel="SOAP/XML 接口(网关)",
    channel_en="SOAP/XML interface behind a gateway",
    position=14,
)
