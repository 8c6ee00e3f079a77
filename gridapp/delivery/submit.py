"""The one door: an entry becomes records and deliveries in one transaction, then the lanes are woken."""

from __future__ import annotations

from django.db import transaction

from gridapp.contract import Kind
from gridapp.org.models import User
from gridapp.registry.entries import Entered, EntryForm, enter

from . import wake
from .plan import plan
from .retrying import after_deadlock


@after_deadlock
def submit(form: EntryForm, *, by: User) -> Entered:
    """Enters and plans. Its time does not depend on how many targets there are to call or how they feel today.

    Raises what registry's enter raises; then nothing at all is written.
    """
    with transaction.atomic():
        entered = enter(form, by=by)
        if entered.is_new:
            housing = entered.record.kind == Kind.HOUSING
            planned = plan([entered.record.id, *entered.others], residents=housing)
            wake.after_commit(planned.due)
    return entered
