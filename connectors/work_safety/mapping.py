"""What the work safety system is told of rented housing with hidden dangers or many tenants: one event."""

from __future__ import annotations

from decimal import Decimal

from gridapp.contract import ALWAYS, NEVER, Action, Kind, Layout, Profile, Row, View, all_of, any_of, is_in, known
from gridapp.contract.formats import characters, translate

from .coordinates import shifted

USE = {"01": "RES", "02": "COM", "03": "OFF", "04": "IND", "05": "STO", "06": "MIX", "99": "OTH"}
DANGER = {"01": "XF01", "02": "ZA01", "03": "MD01", "04": "WH01", "05": "CR01", "99": "QT99"}
PLACE = {"01": "1", "02": "2", "03": "3", "04": "4"}
# Trap of the standard: in the table for premises 01 is public order and 02 is fire, the other way round than for
# housing. They have nothing for 04 劳资纠纷, and 00 无 is no hazard.
PREMISES_DANGER = {"00": "", "01": "ZA01", "02": "XF01", "03": "MD01", "04": "QT99", "99": "QT99"}

IN_DANGER = is_in("housing.hidden_danger_types", *DANGER)
SMALL_PLACE = is_in("premises.place_type", *PLACE)
PLACES = Decimal("0.00000001")
POSITION = ("housing.longitude", "housing.latitude")
LOCATED = all_of(*map(known, POSITION))


def hazards(codes: list[str]) -> list[str]:
    """Their code of each hidden danger; 00 无 is none."""
    their = translate(DANGER)
    return [their(code) for code in codes if code != "00"]


def _position(view: View) -> tuple[float, float] | None:
    longitude, latitude = (view.get(name) for name in POSITION)
    return shifted(float(longitude), float(latitude)) if longitude and latitude else None


def longitude(view: View) -> str | None:
    place = _position(view)
    return str(Decimal(place[0]).quantize(PLACES)) if place else None


def latitude(view: View) -> str | None:
    place = _position(view)
    return str(Decimal(place[1]).quantize(PLACES)) if place else None


HOUSING = Layout(
    rows=(
        Row("@id", "eventId", required=ALWAYS, note="uuid"),
        Row("@op", "eventType", required=ALWAYS, note="PLACE_UPSERT / HAZARD_REPORT / PLACE_CLOSE"),
        Row("housing.housing_code", "houseCode", required=ALWAYS),
        Row("housing.address", "addr", required=ALWAYS),
        # Theirs are GCJ-02; ours, sent as they are, land half a kilometre off and come back as AQ-1002.
        Row("housing.longitude", "lng", required=ALWAYS, whole=longitude, reads=POSITION, stands=LOCATED),
        Row("housing.latitude", "lat", required=ALWAYS, whole=latitude, reads=POSITION, stands=LOCATED),
        Row("housing.building_use", "useKind", translate(USE), ALWAYS),
        Row("housing.rental_mode", "rentMode"),
        Row("housing.rental_rooms", "rooms"),
        Row("housing.occupant_count", "occupants", required=ALWAYS),
        Row("housing.owner_name", "ownerName", required=ALWAYS),
        Row("housing.owner_phone", "ownerTel", required=ALWAYS),
        Row("housing.hidden_danger_types", "hazards[].type", hazards, IN_DANGER),
        Row("housing.hidden_danger_note", "hazards[].desc", characters(500, 5), IN_DANGER),
        Row("premises.uscc", "uscc", required=SMALL_PLACE),
        Row("premises.name", "placeName", required=SMALL_PLACE),
        Row("premises.place_type", "placeKind", translate(PLACE), SMALL_PLACE),
        Row("premises.safety_hazard_type", "orgHazard", translate(PREMISES_DANGER), SMALL_PLACE),
        Row("@time", "occurTime", required=ALWAYS, note="毫秒时间戳"),
        Row("@worker", "reporter", required=ALWAYS),
        # Never asked at the door: only where they send a report back for want of it (AQ-2001).
        Row("attachment.hazard_photo", "hazardPhoto", offered=NEVER, note="AQ-2001 时附"),
    ),
    applies=any_of(
        all_of(is_in("housing.is_rental", True), any_of(IN_DANGER, is_in("housing.rental_mode", "2", "4", "6"))),
        SMALL_PLACE,
    ),
    closes=ALWAYS,
    actions=frozenset({Action.CREATE, Action.CHANGE, Action.CLOSE}),
)

PROFILE = Profile(
    key="AQSC",
    slug="work_safety",
    zh="安全生产系统(隐患排查)",
    en="Work safety system",
    owner="市/区应急管理局(三小场所、出租屋消防协同消防救援)",
    owner_en="City and district emergency management bureau, with the fire service",
    basis="安全生产法；消防法；本市出租屋消防管理规定",
    basis_en="Work Safety Law; Fire Protection Law; city rules on fire safety of rented housing",
    purpose="出租屋和三小场所隐患排查",
    purpose_en="Hidden dangers in rented housing and small places",
    layouts={Kind.HOUSING: HOUSING},
    needs=("FWBM",),
    gives={"placeId": "AQSC.placeId", "hazardNo": "AQSC.hazardNo"},
    channel="消息队列",
    channel_en="Message queue",
    position=7,
)
