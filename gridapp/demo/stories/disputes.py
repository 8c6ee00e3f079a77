"""Values that somebody doubts: objections on their way, a person whom two grids claim, two forms about one phone."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone

from gridapp.delivery.submit import submit
from gridapp.registry import EntryForm, objections, set_aside
from gridapp.registry.models import Entry, Objection, Record, SetAside
from gridapp.registry.objections import Source, Status
from gridapp.registry.refusals import refusal

from . import FIRST, SECOND, Cast, flats_of, named, people_of

_PHONES = ("13990101097", "13990101098", "13990101099")


@transaction.atomic
def object_to(cast: Cast) -> None:
    """The police doubt an address, somebody has another phone, another grid knows of a new job."""
    worker, supervisor = cast["worker"], cast["supervisor"]
    tenant, mother, clerk = people_of(FIRST)[:3]
    if Objection.objects.filter(pk=named("address")).exists():
        return
    address = objections.lodge(
        named("address"), tenant, "hukou_address", "望月街道望月路88号", source=Source.DEPARTMENT, target="JZDJ",
        reason="与人口库登记的户籍地址不一致", by=cast["officer"],
    )  # fmt: skip
    overdue = timezone.localdate() - timedelta(days=2)
    Objection.objects.filter(pk=address.pk).update(due_on=overdue, raised_at=timezone.now() - timedelta(days=16))
    phone = objections.lodge(
        named("phone"), mother, "phone", _PHONES[0], source=Source.RESIDENT, reason="换了号码，收不到通知",
        contact=f"打新号码 {_PHONES[0]}", by=worker,
    )  # fmt: skip
    objections.step(phone, Status.ACCEPTED, by=supervisor, text="请上门核实")
    objections.step(phone, Status.CHECKED, by=worker, text="已当面核对，确为新号码")
    job = objections.lodge(
        named("job"), clerk, "occupation", "配送员", source=Source.GRID, reason="在我们网格的配送站上班",
        by=cast["worker2"],
    )  # fmt: skip
    objections.step(job, Status.REFUSED, by=supervisor, text="本人仍在原单位，兼职不改职业")


def claim(cast: Cast) -> None:
    """Somebody who lives in the first grid is entered in the second one, as living there."""
    person, flat = people_of(FIRST)[-1], flats_of(SECOND)[0]
    if Entry.objects.filter(id=named("claimed")).exists():
        return
    living = {
        "residency.residency_kind": "2",
        "residency.start_date": (timezone.localdate() - timedelta(days=9)).isoformat(),
        "residency.relation_to_head": "02",
        "residency.relation_to_owner": "5",
    }
    form = EntryForm(
        named("claimed"), Record.Kind.RESIDENT, Entry.Action.CREATE, SECOND, {**person.document(), **living},
        housing=flat.pk,
    )  # fmt: skip
    submit(form, by=cast["worker2"])


@transaction.atomic
def collide(cast: Cast) -> None:
    """The office has written down one phone, the worker's tablet comes back with another one."""
    worker, record = cast["worker"], people_of(FIRST)[4]
    if SetAside.objects.filter(pk=named("collided")).exists():
        return
    put_right = EntryForm(
        named("put right"), Record.Kind.RESIDENT, Entry.Action.CORRECT, FIRST, {"phone": _PHONES[1]}, record.pk
    )
    submit(put_right, by=cast["supervisor"])
    typed = {"base_version": str(record.version), "act": "correct", "phone": _PHONES[2]}
    set_aside.keep(
        named("collided"), path=f"/records/{record.pk}/correct/", form=urlencode(typed), by=worker,
        refusals=[refusal("phone", "changed_meanwhile")], doubts=[], is_conflict=True, record=record, grid_code=FIRST,
        made_at=timezone.now(),
    )  # fmt: skip
