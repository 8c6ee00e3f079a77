"""While a new resident is typed: who is on file already, for certain or perhaps, and the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gridapp import dictionary
from gridapp.desk import opening, recent, rooms
from gridapp.desk.draft import Draft
from gridapp.org import scope
from gridapp.org.access import entering, user_of
from gridapp.org.models import User
from gridapp.registry import alike
from gridapp.registry.alike import Why
from gridapp.registry.models import Record, Residency

REASONS: dict[str, str | Promise] = {
    Why.NAME_AND_BIRTH: _("姓名和出生日期相同"),
    Why.NAME_AND_PHONE: _("姓名和电话相同"),
    Why.NEARLY_THE_NUMBER: _("证件号码只差一位"),
}


@dataclass(frozen=True)
class Match:
    """Somebody on file. `home`: where they live now, "" if nowhere; `move`: the form that moves them to the home at
    hand, "" where they live there already or may not be moved by this user."""

    record: Record
    title: str
    marks: str
    home: str
    why: str | Promise = ""
    lives_here: bool = False
    move: str = ""


@dataclass(frozen=True)
class Alike:
    """`known`: has this very document. `perhaps`: whom the worker is asked about."""

    known: Match | None
    perhaps: list[Match]


def found(draft: Draft, *, by: User) -> Alike | None:
    """Who is on file like the new resident of a draft; None for anything else. Five statements at most."""
    if draft.kind != "resident" or draft.record is not None:
        return None
    view, _refusals = draft.judged(on=timezone.localdate())
    own = {name: value for name, value in view.items() if "." not in name}
    known = alike.same_document(own, by=by)
    if known is not None:
        return Alike(_matches(draft, [(known, "")], by)[0], [])
    others = alike.perhaps(own, by=by, entry_id=draft.entry_id)
    return Alike(None, _matches(draft, [(one.record, REASONS[one.why]) for one in others], by))


@entering
@require_POST
def not_same(request: HttpRequest) -> HttpResponse:
    """不是同一人: kept with the entry that is being typed, so that it is not asked again."""
    user = user_of(request)
    draft = opening.new(request, user, "resident")
    record = opening.record_or_404(opening.identifier(request.POST.get("alike")) or uuid4(), user)
    alike.tell_apart(record, draft.entry_id, by=user)
    return render(request, "desk/alike.html", {"alike": found(draft, by=user)})


def _matches(draft: Draft, people: Sequence[tuple[Record, str | Promise]], by: User) -> list[Match]:
    homes = _homes([record.id for record, _why in people])
    on = timezone.localdate()
    return [_match(draft, record, why, homes.get(record.id), by, on) for record, why in people]


def _match(draft: Draft, record: Record, why: str | Promise, living: Residency | None, by: User, on: date) -> Match:
    here = draft.housing.id if draft.housing else None
    lives_here = living is not None and living.housing_id == here
    may_move = here and living and not lives_here and scope.allows(by, record.grid_code)
    return Match(
        record,
        recent.title(record, on=on),
        _marks(record.document(), on),
        rooms.housing_label(living.housing) if living else "",
        why,
        lives_here,
        f"{reverse('desk:move', args=[record.id])}?housing={here}" if may_move else "",
    )


def _marks(document: dict[str, Any], on: date) -> str:
    """What tells two people of one name apart, masked: document number and phone."""
    child = dictionary.under_14(dictionary.derive(document, on=on, home_city=""), on)
    shown = (dictionary.mask(name, document.get(name), child=child) for name in ("id_number", "phone"))
    return " · ".join(text for text in shown if text)


def _homes(ids: Sequence[UUID]) -> dict[UUID, Residency]:
    """Where they live: the main home counts. One statement."""
    living = Residency.objects.filter(resident__in=ids, is_open=True).select_related("housing__building")
    return {one.resident_id: one for one in living.order_by("is_primary", "created_at")} if ids else {}
