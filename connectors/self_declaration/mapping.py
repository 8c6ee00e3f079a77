"""What the self-declaration platform is told of a tenant or dormitory resident on behalf of landlord or employer."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, all_of, is_in, known
from gridapp.contract.formats import (
    ISO_DATE,
    chain,
    characters,
    division_and,
    exactly,
    label,
    mobile,
    one_of,
    translate,
    translate_or,
)

DOCUMENT = {
    "111": "SFZ", "155": "GAJZZ", "156": "TWJZZ", "414": "HZ", "553": "YJJL", "516": "HXZ", "511": "TBZ", "117": "CSZM",
}  # fmt: skip
# Subsidised housing (5) is let, so RENT; a hut on a building site (6) is none of theirs.
LIVING = {"1": "OWN", "2": "RENT", "3": "DORM", "4": "BORROW", "5": "RENT", "6": "OTHER", "9": "OTHER"}
LEAVING = {
    "1": "MOVE", "2": "LEAVE_CITY", "3": "DEATH", "4": "DUP", "5": "OTHER", "6": "OTHER", "7": "LEAVE_CITY",
    "9": "OTHER",
}  # fmt: skip
STAYING = {
    "01": "WORK", "02": "FARM", "03": "BUSINESS", "04": "STUDY", "05": "MARRY", "06": "FAMILY", "07": "MEDICAL",
    "08": "RELATIVE", "09": "TRANSFER", "99": "OTHER",
}  # fmt: skip

MOVED_OUT = known("residency.end_date")

RESIDENT = Layout(
    rows=(
        Row("@id", "requestId", required=ALWAYS, note="24小时内幂等"),
        Row("housing.housing_code", "houseCode", exactly(25), ALWAYS),
        Row("housing.owner_name", "lessorName", required=ALWAYS),
        Row("housing.owner_id_number", "lessorIdNo", note="SM4"),
        Row("housing.owner_phone", "lessorMobile", mobile, ALWAYS),
        Row("name", "residentName", characters(20, 2), ALWAYS),
        Row("id_type", "idType", translate_or(DOCUMENT, "OTHER"), ALWAYS),
        Row("id_number", "idNo", required=ALWAYS, note="SM4"),
        Row("sex", "gender", chain(one_of("1", "2"), int), ALWAYS),
        Row("birth_date", "birthday", ISO_DATE, ALWAYS),
        Row("ethnicity", "nation", label("ethnicity")),
        Row("phone", "mobile", required=ALWAYS, note="SM4"),
        Row("hukou_division", "domicileCode", exactly(6), ALWAYS),
        Row(
            "hukou_address",
            "domicileAddress",
            required=ALWAYS,
            whole=division_and("hukou_division", "hukou_address"),
            reads=("hukou_division", "hukou_address"),
        ),
        Row("residency.residency_kind", "liveType", translate(LIVING), ALWAYS),
        Row("residency.start_date", "checkInDate", ISO_DATE, ALWAYS),
        Row("residency.end_date", "checkOutDate", ISO_DATE, MOVED_OUT),
        Row("residency.end_reason", "leaveReason", translate(LEAVING), MOVED_OUT),
        Row("inflow_reason", "stayReason", translate(STAYING), ALWAYS),
        Row("@worker", "agentName", required=ALWAYS, note="代申报人"),
    ),
    applies=all_of(is_in("resident_category", "LD", "JW"), is_in("residency.residency_kind", "2", "3", "5")),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CLOSE}),
)

PROFILE = Profile(
    key="ZZSB",
    slug="self_declaration",
    zh="自主申报系统",
    en="Self-declaration platform",
    owner="市公安局(业主/用人单位居住登记申报平台)",
    owner_en="City public security bureau, platform for landlords and employers",
    basis="深圳经济特区居住证条例第12条(或本市相应规定)",
    basis_en="Shenzhen Residence Permit Regulations, article 12, or the local equivalent",
    purpose="业主或用人单位七日内申报入住、搬离，网格员代申报",
    purpose_en="Declaration of move-in and move-out within seven days, by the grid worker on behalf of the landlord",
    layouts={Kind.RESIDENT: RESIDENT},
    needs=("FWBM",),
    gives={"declareNo": "ZZSB.declareNo"},
    channel="REST/JSON 接口，结果回调",
    channel_en="REST/JSON interface with callback",
    position=3,
)
