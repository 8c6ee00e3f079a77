"""What 物业安保系统 receives of a resident of an estate: our field, their field, their form, required when."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, all_of, is_in, known
from gridapp.contract.formats import characters, date_as, digits, translate_or

CERTIFICATES = {"111": "IC", "155": "HMT", "156": "HMT", "414": "PP"}
GENDERS = {"1": "先生", "2": "女士"}

RESIDENT = (
    Row("@id", "serial", required=ALWAYS),
    Row("@op", "op", required=ALWAYS),
    Row("name", "holder.name", characters(30), required=ALWAYS),
    Row("id_type", "holder.certType", translate_or(CERTIFICATES, "ETC"), required=ALWAYS),
    Row("id_number", "holder.certNo", characters(30), required=ALWAYS),
    Row("sex", "holder.title", translate_or(GENDERS, "住户"), required=ALWAYS),
    Row("phone", "holder.tel", digits, required=ALWAYS),
    Row("housing.estate_name", "flat.estate", characters(40), required=ALWAYS),
    Row("housing.building_no", "flat.building", characters(20), required=ALWAYS),
    Row("housing.unit_no", "flat.unit", characters(20)),
    Row("housing.room_no", "flat.room", characters(10), required=ALWAYS),
    Row("residency.start_date", "since", date_as("{:%Y/%m/%d}"), required=ALWAYS),
)

PROFILE = Profile(
    key="WYAB",
    slug="property_security",
    zh="物业安保系统",
    en="Property security",
    owner="物业服务企业(受街道委托)",
    owner_en="Property managers, on behalf of the sub-district",
    basis="物业管理条例第四十六条",
    basis_en="Regulation on Property Management, article 46",
    purpose="办理小区门禁卡",
    purpose_en="Access cards of gated estates",
    layouts={
        Kind.RESIDENT: Layout(
            RESIDENT,
            applies=all_of(known("housing.estate_name"), is_in("residency.residency_kind", "1", "2")),
            closes=ALWAYS,
            actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
        )
    },
    gives={"passNo": "WYAB.passNo"},
    channel="REST/JSON 接口（请求签名）",
    channel_en="REST/JSON interface, signed requests",
    position=200,
)
