"""What the labour system is told of residents who work for an employer."""

from __future__ import annotations

import re
from datetime import time

from gridapp.contract import (
    ALWAYS,
    Action,
    Kind,
    Layout,
    MonthEnd,
    Profile,
    Row,
    View,
    Window,
    all_of,
    at_least,
    is_in,
    known,
    not_,
)
from gridapp.contract.formats import ISO_DATE, exactly, in_ranges, label, translate, translate_or

DOCUMENT = {"111": "01", "112": "01", "414": "02", "155": "03", "156": "04", "553": "05"}
SEX = {"1": "M", "2": "F"}
EDUCATION = in_ranges(
    (10, 10, "14"), (11, 13, "11"), (14, 19, "14"), (20, 28, "21"), (30, 33, "31"), (40, 49, "41"), (60, 63, "61"),
    (70, 73, "71"), (80, 83, "81"), (90, 90, "90"),
)  # fmt: skip
WORKING = is_in("occupation_category", "10000", "20000", "30000", "40000", "50000", "60000")
GONE = is_in("residency.end_reason", "2", "3", "7")

TOWN, VILLAGE = "10", "20"
COLLECTIVE = "2"
# 新村 is a housing estate and 村路 a street; both are in town.
VILLAGE_ADDRESS = re.compile(r"(?<!新)村(?!路|街|大道)(?!.*(?:社区|居委会))")


def town_or_village(view: View) -> str | None:
    """农业/非农业 was abolished in 2014 and they still ask: from the hukou address; a collective one is in town."""
    if not view.get("hukou_type") or not view.get("hukou_address"):
        return None
    if view["hukou_type"] == COLLECTIVE:
        return TOWN
    return VILLAGE if VILLAGE_ADDRESS.search(view["hukou_address"]) else TOWN


RESIDENT = Layout(
    rows=(
        Row("@id", "BAZ001", required=ALWAYS),
        Row("id_type", "AAC058", translate_or(DOCUMENT, "90"), ALWAYS),
        Row("id_number", "AAC147", required=ALWAYS),
        Row("name", "AAC003", required=ALWAYS),
        Row("sex", "AAC004", translate(SEX), ALWAYS),
        Row("birth_date", "AAC006", ISO_DATE, ALWAYS),
        Row("ethnicity", "AAC005", label("ethnicity"), ALWAYS),
        Row("education", "AAC011", EDUCATION),
        Row(
            "hukou_type",
            "AAC009",
            required=ALWAYS,
            whole=town_or_village,
            reads=("hukou_type", "hukou_address"),
            stands=all_of(known("hukou_type"), known("hukou_address")),
            note="10城镇 20农村",
        ),
        Row("phone", "AAE005", required=ALWAYS),
        Row("hukou_division", "AAC301", required=ALWAYS),
        Row("employer_uscc", "AAB003", exactly(18), ALWAYS),
        Row("employer_name", "AAB004", required=ALWAYS, note="与统一社会信用代码登记名称一致"),
        Row("occupation", "ACA112"),
        Row("housing.address", "AAE006", required=ALWAYS),
        Row("JZDJ.DJBH", "AAC161", required=is_in("resident_category", "LD"), note="居住登记编号"),
    ),
    applies=all_of(at_least("age", 16), not_(at_least("age", 65)), WORKING, known("employer_uscc")),
    closes=GONE,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="LB",
    slug="labour_security",
    zh="劳保系统(劳动用工/社保协管)",
    en="Labour and social security system",
    owner="市人力资源和社会保障局",
    owner_en="City human resources and social security bureau",
    basis="劳动合同法；社会保险法；就业促进法",
    basis_en="Labour Contract Law; Social Insurance Law; Employment Promotion Law",
    purpose="劳动用工登记和社会保险协管",
    purpose_en="Register of employment, for social insurance",
    layouts={Kind.RESIDENT: RESIDENT},
    needs=("JZDJ",),
    gives={"AAC001": "LB.AAC001"},
    # 月结: they close their books over the turn of the month and answer 201 meanwhile.
    window=Window(opens=time(7), closes=time(22), month_end=MonthEnd(time(18), time(12))),
    channel="REST/JSON 接口",
    channel_en="REST/JSON interface",
    position=8,
)
