"""Entries as an integrator would send them; tests send them as they stand here, and so does docs/api.md."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

RESIDENT = {
    "id": "6f0c2a4e-3b1d-4c55-9a51-2d6f1f0e7a01",
    "kind": "resident",
    "action": "create",
    "grid_code": "990101001001001",
    "housing": "3d0a7c52-9a0e-4e0b-8d55-0b7c4f1e2a10",
    "fields": {
        "id_type": "111",
        "id_number": "990101199003071233",
        "name": "王小明",
        "ethnicity": "01",
        "phone": "13900001234",
    },
    "residency": {"residency_kind": "2", "start_date": "2024-03-15"},
}

ENTRIES = [OpenApiExample("resident", value=RESIDENT, request_only=True)]
