"""What a department asks for in addition, beside the delivery that it returned; the page works without a script.

A tablet without signal keeps the photo, sealed, and sends it later: the photo as a part of its own (desk.photos), then
the form, which is done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import registry, uploads
from gridapp.delivery.retrying import after_deadlock
from gridapp.delivery.supplement import supplement
from gridapp.desk import answers, form_page, looking, opening, questions
from gridapp.desk.replaying import OUT_OF_REACH, SAVED_ALREADY, Waited, keep
from gridapp.dictionary import ATTACHMENTS, Refusal
from gridapp.org.access import entering, from_tablet, user_of
from gridapp.org.models import User
from gridapp.registry import photos, scans, set_aside
from gridapp.registry.attachments import Act
from gridapp.registry.models import Entry, SetAside


@dataclass(frozen=True, slots=True)
class Supplemented:
    """A file that was sent from a tablet is the record's; `is_new` False: it was before."""

    entry_id: UUID
    record_id: UUID
    is_new: bool


@entering
@require_POST
def add(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One file for one name; what is wrong with it stands beside the field where it was chosen."""
    user = user_of(request)
    record = opening.record_or_404(record_id, user)
    name = _name(request.POST.get("name", ""))
    act = Act(opening.identifier(request.POST.get("entry_id")) or uuid4())
    try:
        added = supplement(record.id, name, uploads.read(request, "file"), by=user, act=act)
    except (registry.OutOfScope, registry.SameIdOtherContent):
        raise Http404 from None
    except registry.Refused as refused:
        wrong = {one.field: form_page.words(one) for one in refused.refusals}
        return looking.shown(request, record, wrong=wrong)
    label, onward = ATTACHMENTS[name].label(questions.language()), reverse("desk:record", args=[record.id])
    messages.success(request, _("已补充“%(label)s”，正在重新推送。") % {"label": label}, extra_tags="good")
    if from_tablet(request):
        return answers.told(act.entry_id, record.id, onward, is_new=added.is_new)
    return redirect(onward)


@after_deadlock
def replay(waited: Waited, record_id: UUID, *, by: User) -> Supplemented | SetAside:
    """The same form again gives the same answer, however often and however many at once: one waits for the other.

    What cannot be added, or whose photo never came, is set aside. Raises registry.OutOfScope where the id is another
    account's.
    """
    with transaction.atomic():
        photo = photos.find(waited.entry_id, 1, by=by)
        return set_aside.kept(waited.entry_id, by=by) or _added(waited, record_id, photo, by)


def _added(waited: Waited, record_id: UUID, photo: photos.Came | None, by: User) -> Supplemented | SetAside:
    name = _name(waited.posted.get("name", ""))
    if photo is not None and photo.content is None:
        return Supplemented(waited.entry_id, record_id, is_new=False)
    try:
        if photo is None and not Entry.objects.filter(id=waited.entry_id).exists():
            scans.refuse(name, "photo_missing")
        act = Act(waited.entry_id, opening.moment(waited.made_at))
        added = supplement(record_id, name, photo.content if photo else None, by=by, act=act)
    except registry.Refused as refused:
        return _aside(waited, record_id, refused.refusals, by)
    except registry.OutOfScope:
        return keep(waited, by, [OUT_OF_REACH])
    except registry.SameIdOtherContent as same:
        if same.entry.by_id != by.pk:
            raise registry.OutOfScope from None
        return _aside(waited, record_id, [SAVED_ALREADY], by)
    photos.use(waited.entry_id)
    return Supplemented(waited.entry_id, record_id, is_new=added.is_new)


def _aside(waited: Waited, record_id: UUID, refusals: Sequence[Refusal], by: User) -> SetAside:
    return keep(waited, by, refusals, record=registry.find(record_id, by=by))


def _name(said: str) -> str:
    return said.replace("\0", "")[:64]
