"""What a plain JSON target receives of a resident: codes with their words, ISO dates, numbers as text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row
from gridapp.contract.formats import ISO_DATE, characters, division_text, label
from gridapp.contract.layout import Format


def _coded(table: str) -> Format:
    return _with_words(label(table))


def _with_words(words: Callable[[Any], Any]) -> Format:
    """A code and what it means, so that the other side needs no table of ours. Made once for each code."""
    return cache(lambda code: {"code": code, "label": words(code)})


RESIDENT = (
    Row("id_type", "idType", _coded("id_type"), required=ALWAYS),
    Row("id_number", "idNumber", required=ALWAYS),
    Row("name", "name", characters(50), required=ALWAYS),
    Row("former_name", "formerName"),
    Row("sex", "sex", _coded("sex"), required=ALWAYS),
    Row("birth_date", "birthDate", ISO_DATE),
    Row("ethnicity", "ethnicity", _coded("ethnicity")),
    Row("native_place", "nativePlace", _with_words(division_text())),
    Row("marital_status", "maritalStatus", _coded("marital_status")),
    Row("political_status", "politicalStatus", _coded("political_status")),
    Row("education", "education", _coded("education")),
    Row("occupation_category", "occupationCategory", _coded("occupation_category")),
    Row("occupation", "occupation"),
    Row("employer_name", "employer", characters(100)),
    Row("employer_uscc", "employerUscc"),
    Row("phone", "phone"),
    Row("hukou_division", "hukouDivision", _with_words(division_text())),
    Row("hukou_address", "hukouAddress", characters(80)),
    Row("hukou_type", "hukouType", _coded("hukou_type")),
    Row("resident_category", "residentCategory", _coded("resident_category")),
    Row("inflow_reason", "inflowReason", _coded("inflow_reason")),
    Row("residency.start_date", "livesHereSince", ISO_DATE),
    Row("residency.residency_kind", "residencyKind", _coded("residency_kind")),
    Row("residency.dwelling_type", "dwellingType", _coded("dwelling_type")),
    Row("residency.relation_to_owner", "relationToOwner", _coded("relation_to_owner")),
    Row("residency.relation_to_head", "relationToHead", _coded("family_relation")),
    Row("housing.housing_code", "housingCode"),
    Row("housing.address", "address", characters(200)),
    Row("housing.grid_code", "gridCode"),
)

PROFILE = Profile(
    key="JSON",
    slug="plain_json",
    zh="通用JSON接口",
    en="Plain JSON interface",
    owner="由接入方约定",
    owner_en="As agreed with the receiving office",
    basis="由接入方约定",
    basis_en="As agreed with the receiving office",
    purpose="示例连接器与压力测试的对端",
    purpose_en="Example for connector authors, counterpart of the bench",
    layouts={
        Kind.RESIDENT: Layout(RESIDENT, closes=ALWAYS, actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}))
    },
    channel="JSON 接口",
    channel_en="JSON over HTTP",
    listed=False,
)
