"""What the next person of a household probably is to its head: a tap beside the question, by age and sex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from gridapp import dictionary
from gridapp.desk import questions
from gridapp.desk.draft import Draft
from gridapp.desk.questions import Choice
from gridapp.dictionary import holder, kinship
from gridapp.registry import homes
from gridapp.registry.documents import typed
from gridapp.registry.models import Record, Residency

FIELD = "residency.relation_to_head"


def offered(draft: Draft) -> list[Choice]:
    """The likeliest relations, as long as none is chosen. Two statements, and none for whoever is not the next one."""
    if draft.housemate is None or draft.values.get(FIELD):
        return []
    view, _refusals = draft.judged(on=timezone.localdate())
    if holder.born(view) is None:
        return []
    family = _family(draft.housemate, draft.housing)
    heads = [one for one in family if one.get(FIELD) == kinship.HEAD]
    codes = kinship.likely(
        _known(view),
        _known(heads[0]) if heads else None,
        taken={str(one.get(FIELD)) for one in family},
        on=timezone.localdate(),
    )
    table = dictionary.table("family_relation")
    return [Choice(code, table.label(code, questions.language()), chosen=False) for code in codes]


def _family(housemate: Record, housing: Record | None) -> list[dict[str, Any]]:
    """Who lives in the household of somebody now: document and residency of each."""
    there = Residency.objects.filter(is_open=True, housing=housing)
    own = there.filter(resident=housemate).values("household")
    members = there.filter(household__in=own).select_related("resident", "household")
    return [typed({**one.resident.document(), **homes.document(one)}) for one in members]


def _known(view: Mapping[str, Any]) -> kinship.Known:
    return holder.born(view), holder.sex_of(view)
