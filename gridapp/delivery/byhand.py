"""What waits for a clerk, the card they copy it from, and what they say came of it.

A person's word counts like a department's: it is settled the same way, and the attempt names who gave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Count, F, QuerySet

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue import officers, recoding, targets
from gridapp.catalogue.targets import Configured
from gridapp.catalogue.wording import name_of
from gridapp.contract import Action, AlreadyThere, Delivered, Kind, Layout, Parcel, Rejected
from gridapp.dictionary import under_14
from gridapp.org import scope
from gridapp.org.models import User

from . import clock, concerned, preview, wake
from .claim import Claimed
from .dispatch import prepare
from .masks import Mask
from .models import Delivery, Hold, Status
from .preview import Shown
from .retrying import after_deadlock
from .settle import Owned, Settled, settle
from .transitions import move
from .views import views
from .wishes import action_for

Answer = Delivered | AlreadyThere | Rejected


@dataclass(frozen=True, slots=True)
class Queue:
    """The deliveries of one target that wait for a clerk. `out`: rows that stand in workbooks not answered yet."""

    one: Configured
    waiting: int
    out: int


@dataclass(frozen=True, slots=True)
class Card:
    """One delivery to be filled by hand. `asks`: the numbers the target gives for it, their name -> ours.

    `fields`: canonical name -> label of what can be sent back to the worker.
    """

    delivery: Delivery
    action: str
    lines: tuple[Shown, ...]
    asks: Mapping[str, str]
    fields: Mapping[str, str]


def mine(by: User) -> QuerySet[Delivery]:
    """The deliveries of somebody's areas, at targets that they see, that wait for a clerk."""
    return concerned.moves(by).filter(officers.condition(by), status=Status.MANUAL)


def queues(by: User) -> list[Queue]:
    """Every target with something to fill by hand in somebody's areas, in the order of pages. Two statements."""
    waiting = dict(mine(by).values_list("target").annotate(Count("pk")).order_by())
    handed_in = Delivery.objects.filter(officers.condition(by), status=Status.SUBMITTED, ticket__startswith="sheet-")
    out = dict(scope.within(handed_in, by, "record__grid_code").values_list("target").annotate(Count("pk")).order_by())
    return [
        Queue(one, waiting.get(one.target.pk, 0), out.get(one.target.pk, 0))
        for one in targets.targets()
        if one.target.pk in waiting or one.target.pk in out
    ]


def waiting(one: Configured, by: User) -> QuerySet[Delivery]:
    """What waits at one target, longest first, each with its record and building."""
    return mine(by).filter(target=one.target).select_related("record__building").order_by("changed_at", "pk")


def later(one: Configured, by: User) -> int:
    """How many more wait for the target's hours: nobody can fill them in before."""
    held = Delivery.objects.filter(target=one.target, status=Status.HELD, hold=Hold.WINDOW)
    return scope.within(held, by, "record__grid_code").count()


def parcel_of(row: Delivery, one: Configured) -> Parcel | None:
    """The parcel of one delivery as it is wanted now; None where its record does not open."""
    batch = prepare([in_hand(row)], one, on=clock.day(clock.now()), goes_out=False).batch
    return batch[0] if batch else None


def card(row: Delivery, one: Configured, *, full: bool, lang: str) -> Card:
    """The copy-card of one delivery, masked unless `full`. Raises sealing.Unsealable."""
    on = clock.day(clock.now())
    layout = one.profile.layouts[Kind(row.record.kind)]
    view = recoding.told(views([row.record], on=on)[row.record_id], recoding.sent(one.changes))
    mask = None if full else Mask(layout, view, child=under_14(view, on))
    parcel = parcel_of(row, one)
    return Card(
        row,
        in_hand(row).action,
        preview.card(parcel, one, mask=mask, lang=lang) if parcel else (),
        {theirs: name_of(ours, lang) for theirs, ours in _gives(one, row).items()},
        _returnable(layout, lang),
    )


def _gives(one: Configured, row: Delivery) -> dict[str, str]:
    """The numbers that the target gives for this kind of record, their name -> ours."""
    kind, profile = Kind(row.record.kind), one.profile
    return {theirs: ours for theirs, ours in profile.gives.items() if profile.gives_for.get(ours, kind) == kind}


def _returnable(layout: Layout, lang: str) -> dict[str, str]:
    names = dict.fromkeys(name for row in layout.content_rows for name in row.inputs)
    return {name: name_of(name, lang) for name in names}


def in_hand(row: Delivery) -> Claimed:
    """A row as a lane would hold it after claiming it, though no lane does."""
    wanted, held = _plain(row.wanted_digest), _plain(row.held_digest)
    return Claimed(
        row.pk, row.record_id, row.wanted_version, wanted, row.generation, held, row.reference, row.attempts + 1,
        row.maybe_sent,
    )  # fmt: skip


def action_sent(row: Delivery) -> Action:
    """What the target was asked to do with what it was sent last."""
    return action_for(_plain(row.sent_digest), _plain(row.held_digest))


def _plain(digest: bytes | memoryview | None) -> bytes | None:
    return None if digest is None else bytes(digest)


def filled(row: Delivery, one: Configured, *, numbers: Mapping[str, str], generation: int, by: User) -> bool:
    """A person has filled it in. `numbers`: those the target gave, by its own names; "" for its number of the record.

    False where the delivery is no longer what the person saw (`generation`): changed, or done by somebody else.
    """
    reference, given = numbers.get("", ""), _gives(one, row)
    gives = {ours: numbers[theirs] for theirs, ours in given.items() if numbers.get(theirs)}
    if len(given) == 1 and reference:
        gives = dict.fromkeys(given.values(), reference)
    return _said(row, one, Delivered(reference, gives), generation=generation, by=by)


def there_already(row: Delivery, one: Configured, *, numbers: Mapping[str, str], generation: int, by: User) -> bool:
    """A person has seen that the target holds it. As `filled` otherwise."""
    return _said(row, one, AlreadyThere(numbers.get("", "")), generation=generation, by=by)


def sent_back(row: Delivery, one: Configured, *, reason: str, field: str, generation: int, by: User) -> bool:
    """A person has found something wrong with it: the worker's move. As `filled` otherwise."""
    told = Rejected("by_hand", reason, (field,) if field else ())
    return _said(row, one, told, generation=generation, by=by)


def _told(row: Delivery, one: Configured) -> int | None:
    """The set of fields that the person had before them to type."""
    claimed = prepare([in_hand(row)], one, on=clock.day(clock.now())).claimed
    return claimed[0].told if claimed else None


@after_deadlock
def _said(row: Delivery, one: Configured, outcome: Answer, *, generation: int, by: User) -> bool:
    moved = move(outcome, attempts=row.attempts, resend_safe=True)
    if isinstance(outcome, Delivered):
        moved = replace(moved, code="said")
    word = type(outcome).__name__.lower()
    told = _told(row, one) if isinstance(outcome, Delivered) else None
    settled = Settled(
        row.pk, row.record_id, moved, word, in_hand(row).action, str(Status.MANUAL), generation, told=told
    )
    with transaction.atomic():
        # What the person has typed over there is what is wanted now, as if a lane had taken it there.
        taken = Delivery.objects.filter(pk=row.pk, status=Status.MANUAL, generation=generation).update(
            sent_version=F("wanted_version"),
            sent_digest=F("wanted_digest"),
            sent_generation=F("generation"),
        )
        if not taken:
            return False
        settle([settled], source=one.target.key, owned=Owned.STANDING, started_at=clock.now(), by=by.pk)
        note(Act.FILLED, by=by.pk, about=f"record:{row.record_id}", target=one.target.key, outcome=word)
        wake.after_commit([one.target.pk])
    return True
