"""Where the people of one building work: who shares a dormitory mostly shares an employer (derivation D14)."""

from __future__ import annotations

from collections import Counter

from gridapp.registry.models import Record, Residency

LOOKED_AT = 40
"""The people who moved in last; opening more documents than this would be felt."""

SHOWN = 4


def of_building(housing: Record) -> list[tuple[str, str]]:
    """(unified social credit code, name) of employers there, the commonest first. One statement.

    The home must be one that the user may see: a building lies within one grid.
    """
    there = Residency.objects.filter(housing__building=housing.building_id, is_open=True)
    found: Counter[tuple[str, str]] = Counter()
    for one in there.select_related("resident").order_by("-created_at")[:LOOKED_AT]:
        known = one.resident.document()
        if known.get("employer_uscc") and known.get("employer_name"):
            found[known["employer_uscc"], known["employer_name"]] += 1
    return [employer for employer, _number in found.most_common(SHOWN)]
