"""A resident's request in words: what a page and a paper say of it, and the copy of their own data for a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import dictionary
from gridapp.catalogue import targets
from gridapp.delivery import deleting
from gridapp.dictionary import FIELDS
from gridapp.registry import objections, rights
from gridapp.registry.models import Entry, RightsRequest, Tombstone
from gridapp.registry.rights import LAWS, Kind, Status
from gridapp.review import disclosure_words, valued
from gridapp.review.opening import language

_OWN = ("resident", "residency")
"""Whose values are the person's own: those of the home and of the household are others' as well."""
_KEPT_BACK = {"is_key_attention", "residency.person", "residency.housing"}
"""What a law has us keep to ourselves (PIPL 18, 45), and links of ours that say nothing."""
_OF_OTHERS = ("guardian_",)


@dataclass(frozen=True)
class Shown:
    """`said`: what is sealed in the request, empty after a deletion. `law`: what forbids it, in words."""

    row: RightsRequest
    said: dict[str, Any]
    law: str
    ground: str
    urgency: str
    kept_by: list[str]
    untold: list[str]
    is_deleted: bool
    contact: str

    @property
    def hands_out(self) -> bool:
        """Whether the answer comes with the person's own data."""
        return self.row.status == Status.DONE and self.row.kind in (Kind.ACCESS, Kind.COPY)


def shown(row: RightsRequest) -> Shown:
    """One request in the language that is active."""
    stone = Tombstone.objects.filter(record_id=row.record_id).first()
    pending = deleting.untold(row.record_id) if row.status == Status.DELETING else (stone.untold if stone else [])
    return Shown(
        row=row,
        said=row.said(),
        law=str(LAWS.get(row.law, "")),
        ground=str(Tombstone.Why(row.ground).label) if row.ground else "",
        urgency=rights.urgency(row, timezone.localdate()),
        kept_by=_names(stone.kept_by if stone else []),
        untold=_names(pending),
        is_deleted=stone is not None and stone.purged_at is not None,
        contact=settings.COMPLAINTS_CONTACT,
    )


def _names(keys: list[str]) -> list[str]:
    """Systems and their offices, as the resident finds them."""
    english, known = language() == "en", {one.target.key: one for one in targets.targets()}
    names = []
    for key in keys:
        if (one := known.get(key)) is None:
            names.append(key)
            continue
        office = (one.profile.owner_en if english else "") or one.profile.owner
        names.append(f"{office} · {one.target.en if english else one.target.zh}")
    return names


def copy(row: RightsRequest) -> dict[str, Any]:
    """The person's own values in full, who entered when, and where they went; other people's are masked or left out."""
    record = row.record
    known = objections.known(record)
    entries = Entry.objects.filter(record=record).order_by("number")
    return {
        "request": row.number,
        "made_at": timezone.now().isoformat(),
        "values": [_value(name, value) for name, value in sorted(known.items()) if _is_own(name)],
        "entries": [{"action": str(one.action), "at": one.made_at.isoformat()} for one in entries],
        "disclosure": disclosure_words.ledger(record).as_json(),
        "note": _("不含其他人的信息，也不含法律规定应当保密的内容。"),
    }


def _is_own(name: str) -> bool:
    return name in FIELDS and FIELDS[name].entity in _OWN and name not in _KEPT_BACK


def _value(name: str, value: Any) -> dict[str, Any]:
    others = name.startswith(_OF_OTHERS)
    given = dictionary.mask(name, str(value)) if others and value else value
    return {
        "name": name,
        "label": valued.label(name),
        "value": given,
        "said": valued.said(name, value, full=not others),
    }
