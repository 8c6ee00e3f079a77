"""What the form of a new person offers beside its fields because of who lives there: a tap each, never by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import dictionary
from gridapp.desk import employers, household
from gridapp.desk.draft import Draft
from gridapp.desk.questions import Choice, Pick
from gridapp.registry import homes
from gridapp.registry.models import Record, Residency

LOOKED_AT = 40
"""The people who moved into the building last; opening more documents than this would be felt."""

VISIT = timedelta(hours=3)
"""Whoever was entered in this building within it was entered on this visit."""

DISTRICT = 6
"""Digits of a grid's code that are its district's: firms registered there have them in their number."""


def picks(draft: Draft) -> dict[str, list[Pick]]:
    """Employers of the building, each with its code and its name in one tap; since when whoever came before lives here;
    how the numbers of the district's own firms and of the family's identity cards begin.
    """
    if draft.kind != "resident" or draft.record is not None or draft.housing is None:
        return {}
    there = _neighbours(draft.housing)
    known = [one.resident.document() for one in there]
    before = known[0] if there and timezone.now() - there[0].created_at < VISIT else {}
    offered = {"employer_uscc": _employers(known, before, draft.grid_code[:DISTRICT])}
    if home := str(draft.lends.get("hukou_division") or ""):
        offered["id_number"] = [Pick(home, fill=home, why=_("家人户籍地，号码多半这样开头"), begins=True)]
    started = str(homes.document(there[0]).get("residency.start_date") or "") if before else ""
    if started and draft.housemate is None:
        offered["residency.start_date"] = [Pick(started, fill=started, why=_("沿用上一条"))]
    return offered


def _neighbours(home: Record) -> list[Residency]:
    """Who lives in the building, the latest first. One statement; a building lies within one grid."""
    there = Residency.objects.filter(housing__building=home.building_id, is_open=True)
    return list(there.select_related("resident", "household").order_by("-created_at")[:LOOKED_AT])


def _employers(known: list[dict[str, Any]], before: dict[str, Any], district: str) -> list[Pick]:
    found = employers.commonest(known)
    last = (before.get("employer_uscc"), before.get("employer_name"))
    found.sort(key=lambda one: one != last)
    picks = [
        Pick(name, fill=code, also=f"employer_name={name}", why=_("沿用上一条") if (code, name) == last else "")
        for code, name in found[: employers.SHOWN]
    ]
    kinds = (("91", _("本区企业")), ("92", _("本区个体户")))
    return picks + [Pick(f"{kind}{district}", fill=f"{kind}{district}", why=why, begins=True) for kind, why in kinds]


def takes(draft: Draft) -> dict[str, list[Choice]]:
    """What the next of a household may have in common with the one before."""
    if not draft.lends:
        return {}
    name = str(draft.lends.get("name", ""))
    name = name[:1] + "**" if dictionary.under_14(draft.lends, timezone.localdate()) else name
    words = {
        "hukou": _("户籍与%(name)s相同") % {"name": name},
        "phone": _("与%(name)s用同一个电话") % {"name": name},
        "guardian": _("监护人是%(name)s") % {"name": name},
    }
    return {
        household.ASKED_AT[one]: [Choice(one, words[one], one in draft.taken)] for one in household.offered(draft.lends)
    }
