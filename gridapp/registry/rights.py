"""权利请求: what a resident may ask of us (PIPL 44–50), lodged at the counter or the door, decided in its time.

Nothing is changed here: what is put right is a correction through the one door, what is deleted goes by `tombstones`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.contract import working_days_after
from gridapp.org import scope
from gridapp.org.models import User

from .models import Entry, Objection, Record, Residency, RightsRequest, Tombstone

Kind = RightsRequest.Kind
Status = RightsRequest.Status

LONGEST = 500
"""Characters of what they say, and of the answer."""
SHORTEST = 4
SOON = timedelta(days=4)
"""So long before it is due a request is shown as urgent: with a weekend in it, two working days."""
LAWS: Mapping[str, str | Promise] = {
    "residence": _("本人仍在本地居住，依照居住登记的规定必须登记（《居住证暂行条例》）。"),
    "duty": _("国家机关履行法定职责所必需（《个人信息保护法》第十三条、第三十四条）。"),
    "case": _("有关的异议、案件、复议或诉讼还没有办完，期间必须保存。"),
    "archive": _("法律、行政法规规定的保存期限还没有届满（《个人信息保护法》第四十七条、《档案法》）。"),
    "identity": _("不能确认提出人就是本人或者有权代为提出的人（《个人信息保护法》第五十条）。"),
}
"""What forbids what is asked for, in plain words."""
_WRONGFUL = (Tombstone.Why.UNLAWFUL, Tombstone.Why.ERROR)


SEEN = [one for one in RightsRequest.Seen.choices if one[0] != RightsRequest.Seen.PERIOD]
"""What somebody who stands there can show."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody who stands there wants. `text`: their words; `contact`: how they are told."""

    kind: str
    seen: str
    text: str
    contact: str

    def lacks(self, record: Record) -> list[str]:
        """What has to be said before it can be lodged: "kind", "seen", "text", "contact"."""
        wrong = {
            "kind": self.kind not in {code for code, _word in kinds_of(record)},
            "seen": self.seen not in {code for code, _word in SEEN},
            "text": not SHORTEST <= len(self.text) <= LONGEST,
            "contact": not SHORTEST <= len(self.contact) <= 100,
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]


def kinds_of(record: Record) -> list[tuple[str, str | Promise]]:
    """What can be asked for. A home is not deleted: others live there, and it stays when they are gone."""
    return [one for one in Kind.choices if one[0] != Kind.DELETE or record.kind == Record.Kind.RESIDENT]


@transaction.atomic
def lodge(request_id: UUID, record: Record, wish: Wish, *, by: User) -> RightsRequest:
    """Keeps it, once: the same id again gives the row that is there. Raises ValueError where the wish `lacks`."""
    if (known := RightsRequest.objects.filter(pk=request_id).first()) is not None:
        return known
    if (lacks := wish.lacks(record)) or not scope.may_enter(by):
        raise ValueError(f"a request says its {' and '.join(lacks)}")
    return file(request_id, record, wish, by=by)


def file(request_id: UUID, record: Record, wish: Wish, *, by: User) -> RightsRequest:
    """The row of it, due in its time. Runs inside the caller's transaction, who has looked at the wish."""
    now = timezone.now()
    due = working_days_after(timezone.localdate(now), settings.RIGHTS_DAYS)
    row = RightsRequest(id=request_id, record=record, kind=wish.kind, seen=wish.seen, grid_code=record.grid_code)
    row.lodged_by, row.lodged_at, row.due_on = by, now, due
    _seal(row, {"wish": wish.text, "contact": wish.contact, "reason": ""})
    row.save(force_insert=True)
    note(Act.RIGHT_LODGED, by=by.pk, about=f"record:{record.pk}", request=str(row.pk), kind=wish.kind, seen=wish.seen)
    return row


def seen_by(user: User) -> QuerySet[RightsRequest]:
    """Those of the user's areas; of a record that was deleted since, the area it was of."""
    if not scope.may_read_records(user):
        return RightsRequest.objects.none()
    rows = RightsRequest.objects.select_related("record__building", "lodged_by", "decided_by", "agreed_by")
    return scope.within(rows, user)


def waiting(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """Not answered yet, due first."""
    return rows.filter(ended_at=None).order_by("due_on", "pk")


def ended(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """Answered, newest first."""
    return rows.filter(ended_at__isnull=False).order_by("-ended_at")


@dataclass(frozen=True, slots=True)
class Tally:
    """`open`; of them `urgent`: due soon, and `overdue`; `answered` lately, of them `in_time`."""

    open: int
    urgent: int
    overdue: int


def tally(rows: QuerySet[RightsRequest], *, on: date) -> Tally:
    """The numbers of what somebody sees. One statement."""
    counts = {
        "open": Q(ended_at=None),
        "urgent": Q(ended_at=None, due_on__gte=on, due_on__lte=on + SOON),
        "overdue": Q(ended_at=None, due_on__lt=on),
    }
    counted = {name: Count("pk", filter=which) for name, which in counts.items()}
    return Tally(**rows.filter(ended_at=None).select_related(None).aggregate(**counted))


def urgency(row: RightsRequest, on: date) -> str:
    """ "overdue", "urgent" or ""."""
    if not row.is_open:
        return ""
    return "overdue" if row.due_on < on else "urgent" if row.due_on <= on + SOON else ""


def decides(user: User, row: RightsRequest) -> bool:
    """Who decides where the record is kept."""
    return scope.may_decide(user) and scope.allows(user, row.grid_code)


def may_agree(user: User, row: RightsRequest) -> bool:
    """The second person of a deletion."""
    return row.status == Status.AGREED and decides(user, row) and row.decided_by_id != user.pk


def holds(record: Record, ground: str) -> list[str]:
    """Codes of what forbids to delete the record now. What was never lawful is not kept by the duty to keep."""
    found = [] if record.kind == Record.Kind.RESIDENT else ["home"]
    if ground not in _WRONGFUL and Residency.objects.filter(resident=record, is_open=True).exists():
        found.append("residence")
    if Objection.objects.filter(record=record, decided_at=None).exists():
        found.append("case")
    return found


def correction(row: RightsRequest) -> Entry | None:
    """The newest entry since the request by which something was put right."""
    made = Entry.objects.filter(record=row.record_id, received_at__gt=row.lodged_at)
    return made.filter(action__in=(Entry.Action.CORRECT, Entry.Action.CHANGE)).order_by("-number").first()


@dataclass(frozen=True, slots=True)
class Decision:
    """`act`: done, refused or back. `reason`: for the resident, in plain words. `law`: what forbids it, `ground`: of a
    deletion."""

    act: str
    reason: str
    law: str = ""
    ground: str = ""

    def lacks(self, row: RightsRequest) -> list[str]:
        """What is still to be said: "act", "reason", "law", "ground", "holds", "correction"."""
        deletes = row.kind == Kind.DELETE and self.act == "done"
        wrong = {
            "act": self.act not in _LEADS_TO or row.status != Status.LODGED,
            "reason": not SHORTEST <= len(self.reason) <= LONGEST,
            "law": bool(self.law) and self.law not in LAWS,
            "ground": deletes and self.ground not in Tombstone.Why.values,
            "holds": deletes and bool(holds(row.record, self.ground)),
            "correction": row.kind == Kind.CORRECT and self.act == "done" and correction(row) is None,
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]


_LEADS_TO = {"done": Status.DONE, "refused": Status.REFUSED, "back": Status.TAKEN_BACK}


@transaction.atomic
def decide(row: RightsRequest, said: Decision, *, by: User) -> bool:
    """Files the decision; a deletion then waits for a second person. False where somebody was faster.

    Raises ValueError where the decision `lacks` something.
    """
    locked = RightsRequest.objects.select_for_update(of=("self",)).select_related("record").get(pk=row.pk)
    if locked.status != Status.LODGED or not decides(by, locked):
        return False
    if said.lacks(locked):
        raise ValueError(f"a decision lacks {' and '.join(said.lacks(locked))}")
    deletes = locked.kind == Kind.DELETE and said.act == "done"
    now, made = timezone.now(), correction(locked) if locked.kind == Kind.CORRECT else None
    locked.status = Status.AGREED if deletes else _LEADS_TO[said.act]
    locked.law, locked.ground = said.law if said.act == "refused" else "", said.ground if deletes else ""
    locked.decided_by, locked.decided_at = by, now
    locked.ended_at = None if deletes else now
    locked.entry_id = made.id if made and said.act == "done" else None
    _seal(locked, {**locked.said(), "reason": said.reason})
    locked.save(update_fields=["status", "law", "ground", "decided_by", "decided_at", "ended_at", "entry_id", "sealed"])
    told = {
        "request": str(locked.pk),
        "kind": locked.kind,
        "decision": said.act,
        "law": locked.law,
        "ground": locked.ground,
    }
    note(Act.RIGHT_DECIDED, by=by.pk, about=f"record:{locked.record_id}", **told)
    return True


@transaction.atomic
def agree(row: RightsRequest, *, agrees: bool, by: User) -> bool:
    """The second person of a deletion agrees, or sends it back to be decided anew. False where it is not theirs."""
    locked = RightsRequest.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not may_agree(by, locked):
        return False
    if agrees and holds(locked.record, locked.ground):
        return False
    if agrees:
        locked.status, locked.agreed_by, locked.agreed_at = Status.DELETING, by, timezone.now()
    else:
        locked.status, locked.decided_by, locked.decided_at = Status.LODGED, None, None
    locked.save(update_fields=["status", "agreed_by", "agreed_at", "decided_by", "decided_at"])
    decision = "agreed" if agrees else "sent back"
    note(Act.RIGHT_DECIDED, by=by.pk, about=f"record:{locked.record_id}", request=str(locked.pk), decision=decision)
    return True


def restricts(record_id: UUID) -> bool:
    """Whether the person's processing is restricted now."""
    return RightsRequest.objects.filter(record=record_id, kind=Kind.RESTRICT, status=Status.DONE).exists()


def restricted(record_ids: Iterable[UUID]) -> set[UUID]:
    """Those of them whose processing is restricted now. One statement."""
    granted = RightsRequest.objects.filter(kind=Kind.RESTRICT, status=Status.DONE, record__in=list(record_ids))
    return set(granted.values_list("record_id", flat=True))


def may_lift(user: User, row: RightsRequest) -> bool:
    """Who ends a restriction: whoever decides where the record is kept."""
    return row.kind == Kind.RESTRICT and row.status == Status.DONE and decides(user, row)


@transaction.atomic
def lift(row: RightsRequest, *, by: User) -> bool:
    """Ends a restriction. False where there is none, or it is not theirs to end."""
    locked = RightsRequest.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not may_lift(by, locked):
        return False
    locked.status = Status.LIFTED
    locked.save(update_fields=["status"])
    note(Act.RIGHT_DECIDED, by=by.pk, about=f"record:{locked.record_id}", request=str(locked.pk), decision="lifted")
    return True


def finish(record_id: UUID) -> None:
    """The record is deleted: what its requests said goes with it, that and how they were decided stays."""
    for row in RightsRequest.objects.filter(record=record_id):
        _seal(row, {"wish": "", "contact": "", "reason": ""})
        fields = ["sealed"]
        if row.status == Status.DELETING:
            row.status, row.ended_at = Status.DONE, timezone.now()
            fields += ["status", "ended_at"]
        row.save(update_fields=fields)


def _seal(row: RightsRequest, said: Mapping[str, str]) -> None:
    row.sealed = sealing.seal_json(dict(said), bound_to=row.bound_to)
