"""What nobody types: values that follow from others on a day (handbook section 3: D1, D2, D6, D7, D9, D12, D15)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from .dates import whole_months
from .divisions import division_path
from .documents import birth_of, sex_of, years_between
from .holder import country_of, eighteen_of, id_type_of
from .places import without_division

View = Mapping[str, Any]

_OVERSEAS = frozenset({"155", "156", "511", "516", "553", "554"})
_DWELLING = {"1": "01", "2": "02", "3": "05", "4": "04", "5": "02", "6": "06", "9": "99"}
_RELATION = {"2": "5", "3": "7", "5": "5"}
_ADULT = 18
_PLAIN_NUMBER = re.compile("[0-9A-Za-z一二三四五六七八九十甲乙丙丁\\-]+")
_MARKS = re.compile(r"[\s,,.。、()()\-—–_/#]+")
_SAME_WORD = str.maketrans({"幢": "栋", "座": "栋", "棟": "栋", "號": "号"})
_SHORTEST_MATCH = 6  # characters; a shorter common end proves nothing


def derive(view: View, *, on: date, home_city: str) -> dict[str, Any]:
    """A new view with everything that follows from `view` on a day.

    `home_city`: the first digits of the division codes whose hukou counts as local ("9901", or two digits for a
    municipality). What is in the view stays, except what the identity number itself says.
    """
    derived = {name: value for name, value in view.items() if value is not None and value != "" and value != []}
    if "id_number" in derived or "name" in derived or "birth_date" in derived:
        _person(derived, on)
        _belonging(derived, home_city)
    _stay(derived, on)
    _place(derived)
    _consistency(derived)
    derived["tenancy.known"] = "tenancy.lease_start" in derived and "tenancy.lease_end" in derived
    return derived


def _person(view: dict[str, Any], on: date) -> None:
    """D1, D2, D15."""
    number = eighteen_of(view)
    view["id_number_is_18"] = number is not None
    if number:
        view.setdefault("id_type", "111")
        birth = birth_of(number)
        if birth:
            view["birth_date"] = birth
        if view["id_type"] != "553":
            view["sex"] = sex_of(number)
    born = view.get("birth_date")
    if born is None:
        return
    view["age"] = age = max(years_between(born, on), 0)
    view["age_on_31_august"] = max(years_between(born, date(on.year, 8, 31)), 0)
    for name, value in child_answers(age).items():
        view.setdefault(name, value)


def child_answers(age: int) -> dict[str, str]:
    """D15: what is true of every small child. Below 14: never married, no party; below 6: no schooling."""
    answers = {"marital_status": "10", "political_status": "13"} if age < 14 else {}
    return {**answers, "education": "90"} if age < 6 else answers


def _belonging(view: dict[str, Any], home_city: str) -> None:
    """Nationality, and D6's resident category; neither is guessed where the document and the hukou do not tell."""
    hukou, kind = view.get("hukou_division"), id_type_of(view)
    country = country_of(view) if "id_number" in view or kind == "117" else None
    if country is None and hukou and "nationality" not in view:
        country = "CHN"
    if country:
        view.setdefault("nationality", country)
    # A passport without a word on nationality or hukou is a foreigner's: Chinese residents show an identity card.
    if kind in _OVERSEAS or (kind == "414" and view.get("nationality") != "CHN"):
        view.setdefault("resident_category", "JW")
    elif kind == "117":
        view.setdefault("resident_category", "WL")
    elif hukou:
        view.setdefault("resident_category", "HJ" if hukou.startswith(home_city) else "LD")


def _stay(view: dict[str, Any], on: date) -> None:
    """Days and whole months of the residency, and D12."""
    start, end = view.get("residency.start_date"), view.get("residency.end_date")
    if start:
        until = min(end, on) if end else on
        view["residency.days"] = max((until - start).days, 0)
        view["residency.months"] = whole_months(start, until) if until >= start else 0
    kind = view.get("residency.residency_kind")
    if kind:
        view.setdefault("residency.dwelling_type", _DWELLING.get(kind, "99"))
        if relation := _relation_to_owner(view, kind):
            view.setdefault("residency.relation_to_owner", relation)


def _relation_to_owner(view: View, kind: str) -> str | None:
    """D12, only what follows: a child in a rented flat is no tenant, who lives in an own home may be a cousin."""
    if kind == "1":
        number = view.get("id_number")
        return "1" if number and number == view.get("housing.owner_id_number") else None
    return _RELATION.get(kind) if view.get("age", _ADULT) >= _ADULT else None


def _place(view: dict[str, Any]) -> None:
    """D7 and D9: division and building from the codes, the address from its parts."""
    code, grid = view.get("housing.housing_code", ""), view.get("housing.grid_code")
    issued = code[:1].isdigit()
    if grid or issued:
        view.setdefault("housing.division_code", (grid or code)[:12])
    if issued:
        view.setdefault("housing.building_code", code[:19])
    if "housing.address" not in view and (address := full_address(view)):
        view["housing.address"] = address


def full_address(view: View) -> str | None:
    """D9: the standard address from its parts, None while road, door number or room are unknown."""
    road, door = view.get("housing.road"), view.get("housing.door_no")
    room, division = view.get("housing.room_no"), view.get("housing.division_code")
    if not (road and door and room and division):
        return None
    floor = view.get("housing.floor_no")
    parts = [
        *division_path(division),
        road,
        _with(door, "号"),
        view.get("housing.estate_name") or "",
        _with(view.get("housing.building_no"), "栋"),
        _with(view.get("housing.unit_no"), "单元"),
        _floor(floor, room),
        _with(room, "室"),
    ]
    return "".join(parts)


def _with(part: str | None, word: str) -> str:
    """`12` -> `12号`; a part that already has a word of its own stays as it is."""
    if not part:
        return ""
    return f"{part}{word}" if _PLAIN_NUMBER.fullmatch(part) else part


def _floor(floor: int | None, room: str) -> str:
    """The floor, unless the room number already tells it: 3楼 301 is 301."""
    if floor is None or room.startswith(str(floor)):
        return ""
    return f"地下{-floor}层" if floor < 0 else f"{floor}层"


def _consistency(view: dict[str, Any]) -> None:
    """D6: does the person live where the hukou is? Left open where one of the two is unknown, or there is no hukou."""
    if "hukou_consistency" in view or view.get("resident_category") not in ("HJ", "LD"):
        return
    if view["resident_category"] == "LD":
        view["hukou_consistency"] = "02"
        return
    division, address = view.get("housing.division_code"), view.get("housing.address")
    if division and division[:6] != view["hukou_division"]:
        view["hukou_consistency"] = "02"
    elif address and view.get("hukou_address"):
        same = same_address(view["hukou_address"], address, view["hukou_division"])
        view["hukou_consistency"] = "01" if same else "02"


def same_address(one: str, other: str, division_code: str) -> bool:
    """Whether two addresses in one county are the same place: marks, 幢/座/栋 and a last 室 or 房 do not matter, and
    one of them may carry street and community in front."""
    first, second = sorted((_plain(one, division_code), _plain(other, division_code)), key=len)
    return first == second or (len(first) >= _SHORTEST_MATCH and second.endswith(first))


def _plain(address: str, division_code: str) -> str:
    bare = _MARKS.sub("", without_division(address, division_code)).translate(_SAME_WORD)
    return bare.removesuffix("室").removesuffix("房").upper()
