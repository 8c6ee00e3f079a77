"""A small cast of synthetic records for trying out connectors: people and flats of the test division 990101.

Everything the dictionary knows of them is filled in, so that any target finds what it asks for; whoever wants to show
what happens without something takes it out. Attachments are the smallest files of their kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gridapp.contract import Attachment, Kind

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ON = date(2024, 3, 15)
"""The day on which the cast is as it is here."""

View = dict[str, Any]

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xfe\0\x08sample" + b"\xff\xd9"

BUILDING = "9901010010010000001"
_FLAT: View = {
    "housing.building_code": BUILDING,
    "housing.division_code": BUILDING[:12],
    "housing.grid_code": f"{BUILDING[:12]}001",
    "housing.road": "测试路",
    "housing.door_no": "12号",
    "housing.estate_name": "安居苑",
    "housing.building_no": "3栋",
    "housing.unit_no": "2单元",
    "housing.floor_no": 10,
    "housing.house_form": "1",
    "housing.building_use": "01",
    "housing.house_structure": "3",
    "housing.floor_area": Decimal("35.50"),
    "housing.housing_status": "1",
    "housing.ownership_kind": "1",
    "housing.owner_type": "1",
    "housing.owner_id_type": "111",
    "housing.owner_name": "房东甲",
    "housing.owner_phone": "13912340000",
    "housing.owner_address": "测试路1号",
    "housing.is_rental": True,
    "housing.rental_use": "02",
    "housing.rental_mode": "2",
    "housing.rental_rooms": 2,
    "housing.occupant_count": 3,
    "housing.hidden_danger_types": ["01"],
    "housing.hidden_danger_note": "楼道堆放杂物",
    "housing.lessee_name": "租客乙",
    "housing.lessee_phone": "13912340001",
    "housing.security_letter_signed": True,
    "housing.longitude": Decimal("114.05000000"),
    "housing.latitude": Decimal("22.50000000"),
    "housing.last_visit_at": datetime(2024, 3, 14, 2, 30, tzinfo=UTC),
    "tenancy.known": True,
    "tenancy.lessee_id_type": "111",
    "tenancy.lease_start": date(2024, 3, 1),
    "tenancy.lease_end": date(2025, 2, 28),
    "tenancy.monthly_rent": Decimal("1500.00"),
    "mapped.police_grid": BUILDING[:12],
    "mapped.provincial_grid": "测试省/测试市/测试区/测试街道/测试社区/001网格",
}
_TENANT: View = {
    "id_type": "111",
    "id_number_is_18": True,
    "name": "测试甲",
    "former_name": "测试旧",
    "nationality": "CHN",
    "ethnicity": "01",
    "native_place": "430102",
    "marital_status": "20",
    "political_status": "13",
    "education": "30",
    "occupation_category": "60000",
    "occupation": "装配工",
    "employer_name": "测试电子厂",
    "employer_uscc": "9199010100000001AQ",
    "hukou_division": "430102",
    "hukou_type": "1",
    "resident_category": "LD",
    "hukou_consistency": "02",
    "inflow_reason": "01",
    "inflow_date": date(2022, 9, 1),
    "permit_type": "01",
    "permit_no": "RJ0012024000001",
    "permit_register_date": date(2022, 10, 8),
    "permit_expiry_date": date(2025, 10, 7),
    "residency.residency_kind": "2",
    "residency.dwelling_type": "02",
    "residency.start_date": date(2022, 9, 1),
    "residency.days": (ON - date(2022, 9, 1)).days,
    "residency.months": 18,
    "residency.is_primary": True,
    "residency.relation_to_owner": "5",
    "residency.relation_to_head": "02",
    "residency.verified_at": datetime(2024, 3, 14, 2, 30, tzinfo=UTC),
    "household.household_type": "1",
    "household.head_name": "测试甲",
    "guardian_name": "测试父",
    "guardian_relation": "51",
    "guardian_phone": "13912340002",
    "children_count": 1,
    "care_living_mode": "1",
}


def attachment(name: str) -> Attachment:
    """The file behind a canonical name: a JPEG for what is a photo, else a PDF, each with its name inside."""
    mark = f"% {name}\n".encode()
    photo = name.endswith("photo")
    return Attachment("image/jpeg", JPEG + mark) if photo else Attachment("application/pdf", PDF + mark)


def document_number(born: date, serial: int, *, sex: str) -> str:
    """A resident identity number of the test division; `serial` 0 to 498, `sex` 1 male or 2 female."""
    body = f"990101{born:%Y%m%d}{2 * serial + (1 if sex == '1' else 2):03d}"
    remainder = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[remainder]


def flat(number: int) -> View:
    """A rented flat with its code, its owner and a lease."""
    return {
        **_FLAT,
        "housing.housing_code": f"{BUILDING}{1000 + number:06d}",
        "housing.address": f"测试省测试市测试区测试路12号安居苑3栋2单元{1000 + number}室",
        "housing.room_no": str(1000 + number),
        "housing.ownership_cert_no": f"测(2020)第{number:07d}号",
        "housing.owner_id_number": document_number(date(1970, 5, 6), number, sex="1"),
        "housing.lessee_id_number": document_number(date(1992, 2, 28), number, sex="1"),
        "FWBM.BZDZ": f"测试路12号安居苑3栋2单元{1000 + number}室",
        "WG.houseId": f"H{number:010d}",
        "ZLBA.filingNo": f"BA{number:08d}",
    }


def uncoded_flat(number: int) -> View:
    """A flat that has no code yet, in a building that has one."""
    return {name: value for name, value in flat(number).items() if name != "housing.housing_code"}


def tenant(number: int, *, born: date = date(1992, 2, 29), sex: str = "1") -> View:
    """Somebody from elsewhere who works here and rents, with everything other departments have given so far."""
    lives_there = {name: value for name, value in flat(number).items() if not name.startswith("tenancy.")}
    return {
        **lives_there,
        **_TENANT,
        "id_number": document_number(born, number, sex=sex),
        "sex": sex,
        "birth_date": born,
        "age": ON.year - born.year - ((ON.month, ON.day) < (born.month, born.day)),
        "age_on_31_august": ON.year - born.year - ((born.month, born.day) > (8, 31)),
        "phone": f"1391235{number:04d}",
        "hukou_address": f"某街道某巷{number + 1}号",
        "household.household_no": f"{number:09d}",
        "guardian_id_number": document_number(date(1975, 1, 1), number, sex="1"),
        "JZDJ.RKBM": f"RK{number:010d}",
        "JZDJ.DJBH": f"99010120240315{number:06d}",
        "WG.personId": f"P{number:010d}",
    }


def mother(number: int) -> View:
    """A woman of 32 from elsewhere."""
    return tenant(number, sex="2")


def child(number: int) -> View:
    """A child who is about to go to school."""
    return {**tenant(number, born=date(2018, 6, 1)), "marital_status": "10", "education": "90"}


def elder(number: int) -> View:
    """A local woman of 85 who lives where she is registered."""
    local = {"resident_category": "HJ", "hukou_consistency": "01", "hukou_division": "990101"}
    return {**tenant(number, born=date(1938, 8, 15), sex="2"), **local, "occupation_category": "90200"}


CAST: dict[Kind, tuple[Callable[[int], View], ...]] = {
    Kind.RESIDENT: (tenant, mother, child, elder),
    Kind.HOUSING: (flat, uncoded_flat),
}


def of_kind(kind: Kind, number: int) -> Iterator[View]:
    """Everybody of that kind as record number so-and-so (0 to 498); the usual one comes first."""
    return (make(number) for make in CAST[kind])
