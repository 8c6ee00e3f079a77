"""An entry refused because of what is there already: where the worker goes on instead of typing it again."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import registry
from gridapp.desk.draft import Draft
from gridapp.org.models import User
from gridapp.registry.identity import blind_identities
from gridapp.registry.models import Record

_ROOM = frozenset({"room_taken"})
_PERSON = frozenset({"lives_here", "lives_elsewhere", "document_taken"})
_CHANGED = frozenset({"changed_meanwhile"})


@dataclass(frozen=True)
class Onward:
    """A page to open instead, and what its link says."""

    href: str
    label: str | Promise


def onward(draft: Draft, *, by: User) -> Onward | None:
    """The record that stands in the way, if the user may open it; the newest content, if somebody else changed it."""
    codes = {one.code for one in draft.refusals}
    if codes & _CHANGED and draft.record:
        return Onward(reverse("desk:correct", args=[draft.record.id]), _("按最新内容重新填写"))
    wanted = _room(draft) if codes & _ROOM else _person(draft) if codes & _PERSON else None
    found = registry.visible(by).filter(wanted).first() if wanted else None
    return Onward(reverse("desk:record", args=[found.id]), _("打开已有的档案")) if found else None


def registered(draft: Draft, *, by: User) -> Record | None:
    """The open record of the very room that a form of a new home was opened for."""
    there = registry.visible(by).filter(building=draft.building, room_no=draft.room_no, closed_at=None)
    return there.first() if draft.building and draft.room_no else None


def _room(draft: Draft) -> Q:
    view, _refusals = draft.judged(on=timezone.localdate())
    building = draft.building or (draft.record.building if draft.record else None)
    return Q(building=building, room_no=view.get("housing.room_no", ""))


def _person(draft: Draft) -> Q | None:
    view, _refusals = draft.judged(on=timezone.localdate())
    identities = blind_identities(view.get("id_type", ""), view.get("id_number"))
    return Q(identity__in=identities) if identities else None
