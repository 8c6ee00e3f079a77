"""What the grid governance system is told of residents and flats. Codes are GB/T 31000-2015, which are ours too."""

from __future__ import annotations

from gridapp.contract import ALWAYS, Action, Kind, Layout, Profile, Row, View, is_in, not_
from gridapp.contract.formats import COMPACT_DATE, characters, decimals, exactly, first, gravest, mobile

LOCAL = is_in("resident_category", "HJ")
FLOATING = is_in("resident_category", "LD")
RENTAL = is_in("housing.is_rental", True)

# Their page cuts an address at 80 and says so. We refuse beyond 80 instead: a cut address is another address, and the
# room number at its end is what goes first.
address = characters(80)


def not_watched(view: View) -> str | None:
    """Always 0: who is a "key person" is never collected at the door, so their compulsory flag carries nothing."""
    return "0" if view.get("resident_category") == "LD" else None


RESIDENT = Layout(
    rows=(
        Row("id_number", "identityNum", required=ALWAYS),
        Row("name", "personName", required=ALWAYS),
        Row("former_name", "usedName"),
        Row("sex", "personSex", required=ALWAYS, note="GB/T 2261.1"),
        Row("birth_date", "dateBirth", COMPACT_DATE, ALWAYS),
        Row("ethnicity", "nation", required=ALWAYS),
        Row("native_place", "nativeInfo", required=ALWAYS),
        Row("marital_status", "marriageFlag", required=ALWAYS),
        Row("political_status", "partyFlag", required=ALWAYS),
        Row("education", "educationBg", required=ALWAYS),
        Row("occupation_category", "vocationCode", exactly(5), ALWAYS),
        Row("occupation", "vocation", required=ALWAYS),
        Row("employer_name", "serviceAddr"),
        Row("phone", "contact", mobile, ALWAYS),
        Row("hukou_division", "registeredPlace", required=ALWAYS),
        Row("hukou_address", "registeredAddr", required=ALWAYS),
        Row("housing.division_code", "residence", first(6), ALWAYS),
        Row("housing.address", "residenceAddr", address, ALWAYS),
        Row("hukou_consistency", "rhyzbs", required=LOCAL),
        Row("household.household_no", "doorNo", characters(9), LOCAL),
        Row("residency.relation_to_head", "househeadRela", required=LOCAL),
        Row("inflow_reason", "intoCause", required=FLOATING, note="5.11"),
        Row("permit_type", "cardType", note="5.12", offered=FLOATING),
        Row("permit_no", "cardNo", characters(22), offered=FLOATING),
        Row("residency.dwelling_type", "residType", required=FLOATING, note="5.13"),
        Row(
            "is_key_attention",
            "ifImport",
            required=FLOATING,
            whole=not_watched,
            reads=("resident_category",),
            stands=FLOATING,
        ),
        Row("housing.housing_code", "houseCode", required=ALWAYS),
        Row("housing.grid_code", "gridCode", exactly(15), ALWAYS),
    ),
    # Birth certificates and "other" documents carry no number their identityNum could hold.
    applies=not_(is_in("id_type", "117", "990")),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

HOUSING = Layout(
    rows=(
        Row("housing.housing_code", "houseCode", required=ALWAYS),
        Row("housing.address", "houseAddr", address, ALWAYS),
        Row("housing.building_use", "constrPurpose", note="5.17"),
        Row("housing.floor_area", "constrArea", decimals(2, 8)),
        Row("housing.owner_id_type", "cardType", required=RENTAL, note="GA/T 517"),
        Row("housing.owner_id_number", "cardNo", characters(30), RENTAL),
        Row("housing.owner_name", "homeownerName", required=RENTAL),
        Row("housing.owner_phone", "homeownerMobile", required=RENTAL),
        Row("housing.owner_address", "homeownerAddr", characters(200), RENTAL),
        Row("housing.rental_use", "rentPurpose", required=RENTAL, note="5.18"),
        Row("housing.hidden_danger_types", "hazardType", gravest, RENTAL, note="5.19"),
        Row("housing.lessee_id_number", "lesseeIdno", required=RENTAL),
        Row("housing.lessee_name", "lesseeName", required=RENTAL),
        Row("housing.lessee_phone", "lesseeMobile", required=RENTAL),
        Row("housing.longitude", "lng", decimals(8)),
        Row("housing.latitude", "lat", decimals(8)),
        Row("housing.grid_code", "gridCode", exactly(15), ALWAYS),
    ),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="WG",
    slug="grid_governance",
    zh="网格系统(综治)",
    en="Grid governance system",
    owner="市委政法委/市网格管理办(全市社会管理工作网)",
    owner_en="City political and legal committee / grid management office",
    basis="本省平安建设条例；GB/T 31000-2015",
    basis_en="Provincial regulations on public safety; GB/T 31000-2015",
    purpose="网格基础台账：实有人口、实有房屋",
    purpose_en="The base ledger of the grid: who lives here and where",
    layouts={Kind.RESIDENT: RESIDENT, Kind.HOUSING: HOUSING},
    needs=("FWBM",),
    gives={"personId": "WG.personId", "houseId": "WG.houseId"},
    gives_for={"WG.personId": Kind.RESIDENT, "WG.houseId": Kind.HOUSING},
    channel="REST/JSON 接口",
    channel_en="REST/JSON interface",
    position=9,
)
