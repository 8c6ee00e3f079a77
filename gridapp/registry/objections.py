"""异议: a department, another grid or a resident says that a value is wrong. 受理 → 核实 → 维持 or 更正, in its time.

Nothing is changed here: what is put right is a correction through the one door, made by who decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.contract import working_days_after
from gridapp.dictionary import COMPUTED, FIELDS
from gridapp.org import scope
from gridapp.org.models import Role, User

from . import forms, homes
from .checks import judged_changes
from .documents import stored
from .models import Objection, Record, Residency
from .refusals import refuse

Source = Objection.Source
Status = Objection.Status

HOME = "residency.housing"
"""The field of an objection by which another grid claims that a person lives there."""
TERMS: Mapping[str, int] = {Source.DEPARTMENT: 10, Source.GRID: 5, Source.RESIDENT: 15}
"""Working days until it is decided. Handbook 2.11, rule 3 (another grid: 5) and section 9 (a resident: 15); a
department's are ours."""
OPEN = (Status.RAISED, Status.ACCEPTED, Status.CHECKED)
_BEFORE: Mapping[str, tuple[Status, ...]] = {
    Status.ACCEPTED: (Status.RAISED,),
    Status.REFUSED: (Status.RAISED,),
    Status.CHECKED: (Status.ACCEPTED, Status.CHECKED),
    Status.UPHELD: (Status.CHECKED,),
    Status.KEPT: (Status.CHECKED,),
    Status.OVER: OPEN,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to an objection: the status it led to, when, by whom, and their words."""

    act: str
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """What is sealed of an objection. `claimed`, `was`: JSON values; `contact`: how who raised it is told."""

    claimed: Any
    was: Any
    contact: str
    steps: tuple[Step, ...]


def may_raise(user: User) -> bool:
    """Who writes records, and departments' officers; auditors only read."""
    return scope.may_enter(user) or (user.is_active and user.role == Role.OFFICER)


def open_to(kind: str) -> list[str]:
    """The fields that can be objected to: what is entered, not what follows from it."""
    taken = forms.taken(Record.Kind(kind)) - {*COMPUTED, *homes.ENDED}
    return [name for name, one in FIELDS.items() if name in taken and one.collected and one.type != "reference"]


def known(record: Record) -> dict[str, Any]:
    """Canonical name -> value as entered: the record's own, and of a resident those of where they live."""
    if record.kind == Record.Kind.HOUSING:
        return record.document()
    living = homes.of(record)
    return {**record.document(), **homes.document(living[0] if living else None)}


def lodge(
    objection_id: UUID,
    record: Record,
    field: str,
    claimed: Any,
    *,
    source: str,
    reason: str,
    by: User,
    target: str = "",
    contact: str = "",
) -> Objection:
    """Keeps it, once: the same id again gives the row that is there. `claimed`: as it was typed; "" that there is none.

    Raises Refused where the value is none, or is what the record says already.
    """
    if (known_already := Objection.objects.filter(pk=objection_id).first()) is not None:
        return known_already
    if field not in open_to(record.kind):
        refuse(field, "unknown_field")
    before = known(record)
    judged = judged_changes(before, {field: claimed}, on=timezone.localdate())
    value = stored(judged).get(field)
    if value == before.get(field):
        refuse(field, "says_so")
    areas = scope.prefixes(by)
    row = _new(objection_id, record, field, source=source, by=by, raised_in=areas[0] if areas else "")
    row.target = target
    _seal(row, Content(value, before.get(field), contact, (_step(Status.RAISED, by, reason),)))
    with transaction.atomic():
        kept, is_new = Objection.objects.get_or_create(
            id=row.id, defaults={one.attname: getattr(row, one.attname) for one in Objection._meta.concrete_fields}
        )
        if is_new:
            note(Act.OBJECTION_ACTED, by=by.pk, about=f"objection:{row.id}", did="lodged", field=field)
    return kept


def claim(person: Record, main: UUID, claimed: Residency, *, grid_code: str, by: User) -> Objection:
    """What another grid raises by entering a person who has a main home already. Not saved: goes with the entry."""
    row = _new(uuid4(), person, HOME, source=Source.GRID, by=by, raised_in=grid_code)
    row.residency = claimed
    _seal(row, Content(str(claimed.housing_id), str(main), "", (_step(Status.RAISED, by, ""),)))
    return row


def _new(objection_id: UUID, record: Record, field: str, *, source: str, by: User, raised_in: str) -> Objection:
    now = timezone.now()
    return Objection(
        id=objection_id,
        record=record,
        field=field,
        version=record.version,
        source=str(source),
        status=str(Status.RAISED),
        grid_code=record.grid_code,
        raised_in=raised_in,
        raised_by=by,
        raised_at=now,
        due_on=working_days_after(timezone.localdate(now), TERMS[source]),
    )


def seen_by(user: User) -> QuerySet[Objection]:
    """Those to records of the user's areas, those that came from there, and their own. A home that two grids claim is
    both grids' to the end, wherever the person is kept then."""
    rows = Objection.objects.select_related("record__building", "raised_by")
    if not (scope.may_read_records(user) or scope.may_see_targets(user)):
        return rows.none()
    ours = scope.condition(user, "record__grid_code") | scope.condition(user, "raised_in") | Q(raised_by=user)
    return rows.filter(ours | (scope.condition(user, "grid_code") & Q(field=HOME)))


def waiting(rows: QuerySet[Objection]) -> QuerySet[Objection]:
    """Not decided yet, due first."""
    return rows.filter(decided_at=None).order_by("due_on", "pk")


def decided(rows: QuerySet[Objection]) -> QuerySet[Objection]:
    """Decided, newest first."""
    return rows.filter(decided_at__isnull=False).order_by("-decided_at")


def to_check(user: User) -> QuerySet[Objection]:
    """What somebody who works there is to look at: taken up, or a person of theirs whom another grid claims."""
    wanted = Q(status=Status.ACCEPTED) | Q(status=Status.RAISED, field=HOME)
    return scope.within(Objection.objects.filter(wanted, decided_at=None), user, "record__grid_code")


@dataclass(frozen=True, slots=True)
class Tally:
    """`open`: not decided yet, `overdue` of them late; `untold`: decided, raised by the user, who has not seen it yet.
    `decided`, `in_time`: of the last 30 days."""

    open: int
    overdue: int
    untold: int
    decided: int
    in_time: int


def tally(rows: QuerySet[Objection], user: User, *, on: date) -> Tally:
    """The numbers of what somebody sees. One statement."""
    lately = Q(decided_at__gte=timezone.now() - timedelta(days=30)) & ~Q(status=Status.OVER)
    untold = Q(decided_at__isnull=False, told_at=None, raised_by=user) & ~Q(status=Status.OVER)
    counts = {
        "open": Q(decided_at=None),
        "overdue": Q(decided_at=None, due_on__lt=on),
        "untold": untold,
        "decided": lately,
        "in_time": lately & Q(decided_at__date__lte=F("due_on")),
    }
    counted = {name: Count("pk", filter=which) for name, which in counts.items()}
    return Tally(**rows.filter(Q(decided_at=None) | lately | untold).select_related(None).aggregate(**counted))


def is_overdue(row: Objection, on: date) -> bool:
    return row.is_open and row.due_on < on


def opened(row: Objection) -> Content:
    """What is sealed in a row. Raises sealing.Unsealable."""
    found: dict[str, Any] = sealing.unseal_json(row.sealed, bound_to=row.bound_to)
    steps = (Step(one["act"], datetime.fromisoformat(one["at"]), one["by"], one["text"]) for one in found["steps"])
    return Content(found["claimed"], found["was"], found["contact"], tuple(steps))


def handles(user: User, row: Objection) -> bool:
    """Takes it up and decides it: who decides where the record is kept."""
    return scope.may_decide(user) and scope.allows(user, row.record.grid_code)


def checks(user: User, row: Objection) -> bool:
    """Looks at the door whether it is so: who enters there; of a claimed home either grid says what it found."""
    there = scope.allows(user, row.record.grid_code) or (row.field == HOME and scope.allows(user, row.raised_in))
    return scope.may_enter(user) and there


def tells(user: User, row: Objection) -> bool:
    """Says that who raised it knows what came of it: they themselves, and for a resident who works there."""
    return row.raised_by_id == user.pk or (row.source == Source.RESIDENT and checks(user, row))


@transaction.atomic
def step(row: Objection, to: str, *, by: User, text: str = "", entry_id: UUID | None = None) -> bool:
    """The next status, with the words of who did it; False where somebody was faster. What is decided stays so."""
    before = OPEN if row.field == HOME else _BEFORE[to]  # two homes lie before who decides: nothing is asked for first
    locked = Objection.objects.select_for_update().filter(pk=row.pk, status__in=before).first()
    if locked is None:
        return False
    was = opened(locked)
    _seal(locked, Content(was.claimed, was.was, was.contact, (*was.steps, _step(to, by, text))))
    locked.status = to
    if to not in OPEN:
        locked.decided_at, locked.entry_id = timezone.now(), entry_id
    locked.save(update_fields=["sealed", "status", "decided_at", "entry_id"])
    note(Act.OBJECTION_ACTED, by=by.pk, about=f"objection:{row.pk}", did=str(to))
    return True


def tell(row: Objection) -> bool:
    """Who raised it knows what came of it. False where that was noted before, or nothing has come of it yet."""
    told = Objection.objects.filter(pk=row.pk, decided_at__isnull=False, told_at=None)
    return bool(told.update(told_at=timezone.now()))


def _seal(row: Objection, content: Content) -> None:
    steps = [{"act": str(one.act), "at": one.at, "by": one.by, "text": one.text} for one in content.steps]
    kept = {"claimed": content.claimed, "was": content.was, "contact": content.contact, "steps": steps}
    row.sealed = sealing.seal_json(kept, bound_to=row.bound_to)


def _step(act: str, by: User, text: str) -> Step:
    return Step(str(act), timezone.now(), by.display_name, text)
