"""What the form of a new person offers beside its fields because of who lives there: a tap each, never by itself."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import dictionary
from gridapp.desk import employers, household
from gridapp.desk.draft import Draft
from gridapp.desk.questions import Choice, Pick


def picks(draft: Draft) -> dict[str, list[Pick]]:
    """Employers of the building, each with its code and its name in one tap."""
    if draft.kind != "resident" or draft.record is not None or draft.housing is None:
        return {}
    found = employers.of_building(draft.housing)
    return {"employer_uscc": [Pick(name, fill=code, also=f"employer_name={name}") for code, name in found]}


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
