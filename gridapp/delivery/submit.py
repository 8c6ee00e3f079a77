"""The one door: an entry becomes records and deliveries in one transaction, then the lanes are woken."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.contract import Kind
from gridapp.org.models import User
from gridapp.registry.entries import Entered, EntryForm, enter

from . import wake
from .models import Rank
from .plan import plan
from .retrying import after_deadlock


@after_deadlock
def submit(form: EntryForm, *, by: User) -> Entered:
    """Enters and plans. Its time does not depend on how many targets there are to call or how they feel today.

    Raises what registry's enter raises; then nothing at all is written.
    """
    with transaction.atomic():
        entered = enter(form, by=by)
        planned([entered])
        if entered.is_new:
            entry, record = entered.entry, entered.record
            told = f"{record.kind} {entry.action}"
            note(Act.ENTERED, by=by.pk, about=f"record:{record.pk}", entry=str(entry.pk), did=told)
    return entered


def planned(entered: Sequence[Entered], *, rank: Rank = Rank.ENTERED) -> None:
    """Plans what these entries changed, all at once; part of the transaction that made them.

    `rank`: behind whatever is entered at a door stands what nobody waits for.
    """
    fresh = [one for one in entered if one.is_new]
    if fresh:
        housing = any(one.record.kind == Kind.HOUSING for one in fresh)
        ids = dict.fromkeys(id_ for one in fresh for id_ in (one.record.id, *one.others))
        done = plan(ids, residents=housing, rank=rank)
        wake.after_commit(done.due)
