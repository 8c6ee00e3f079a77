"""The handbook's golden cases G1 and G10, as a worker types them."""

from __future__ import annotations

from typing import Any

BUILDING = "9901010010010000001"


def flat(**fields: Any) -> dict[str, Any]:
    """G10: a new rental room without a code, let in shares, fire danger, tenancy known."""
    return {
        "kind": "housing",
        "action": "create",
        "fields": {
            "building_code": BUILDING, "floor_no": 3, "room_no": "301", "house_form": "2", "housing_status": "1",
            "ownership_kind": "1", "owner_type": "1", "owner_id_type": "111", "owner_id_number": "99010119380815004X",
            "owner_name": "测试房主", "owner_phone": "13912345670", "owner_address": "测试路9号", "floor_area": "45.5",
            "is_rental": True, "rental_use": "02", "rental_mode": "2", "rental_rooms": 3,
            "hidden_danger_types": ["01"], "hidden_danger_note": "楼道堆放电动车", "security_letter_signed": True,
            "lessee_id_number": "990101199202290010", "lessee_name": "测试甲", "lessee_phone": "13912345678", **fields,
        },
        "tenancy": {
            "lessee_id_type": "111", "lease_start": "2024-03-10", "lease_end": "2027-03-09", "monthly_rent": "1500",
        },
    }  # fmt: skip


def resident(housing: str, **fields: Any) -> dict[str, Any]:
    """G1: a man of 32 from elsewhere, employed, renting."""
    return {
        "kind": "resident",
        "action": "create",
        "fields": {
            "id_type": "111", "id_number": "990101199202290010", "name": "测试甲", "ethnicity": "01",
            "phone": "13912345678", "native_place": "430102", "marital_status": "20", "political_status": "13",
            "education": "30", "occupation_category": "60000", "occupation": "焊工", "employer_name": "测试电子厂",
            "employer_uscc": "9199010100000001AQ", "hukou_division": "430102", "hukou_address": "测试大道128号",
            "hukou_type": "1", "inflow_reason": "01", "inflow_date": "2024-03-01", **fields,
        },
        "housing": housing,
        "residency": {
            "residency_kind": "2", "start_date": "2024-03-10", "relation_to_owner": "5", "relation_to_head": "02",
        },
    }  # fmt: skip
