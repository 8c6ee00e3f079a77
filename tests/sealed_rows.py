"""Rows of which one column or another is sealed, as few as a look at every sealed column needs."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from gridapp import sealing
from gridapp.api.models import Answered
from gridapp.catalogue.models import Target
from gridapp.delivery.models import Archive, CauseAct, CauseNote
from gridapp.org.models import ApiToken, Factor, User
from gridapp.registry.exports_kept import Export, ExportPart, SavedSearch
from gridapp.registry.models import Ledger, LedgerFile, LedgerPart, LedgerRow, Record, RightsRequest
from gridapp.webhooks.models import Endpoint


def made(model: type[models.Model], **columns: Any) -> models.Model:
    """A row whose seal is bound to the id that it is given."""
    row = model._base_manager.create(sealed=b"", **columns)
    type(row)._base_manager.filter(pk=row.pk).update(sealed=sealing.seal(b"seen", bound_to=getattr(row, "bound_to")))  # noqa: B009
    return row


def searched(by: User) -> None:
    """A search that is kept, and an export with a file."""
    made(SavedSearch, owner=by)
    export = made(Export, by=by, kind="housing", state=Export.State.READY)
    made(ExportPart, export=export, number=1, rows=1)


def said_of_a_cause(target: Target, by: User) -> None:
    """A remark, and the reason why all of it went back."""
    cause = {"target": target, "status": "conflict", "code": "22", "by": by}
    made(CauseNote, **cause)
    made(CauseAct, **cause, act="back", begins_at=timezone.now())


def known_to_machines(user: User) -> None:
    """The secret of somebody's authenticator, an answer kept for repetition, and an address with two secrets."""
    token = ApiToken.objects.create(user=user, digest=b"d", scopes=[], expires_at=timezone.now())
    made(Answered, token=token, key=b"k", request=b"r", made_at=timezone.now())
    factor = Factor(user=user)
    factor.sealed_secret = sealing.seal(b"seen", bound_to=factor.bound_to)
    factor.save()
    address = Endpoint(name="x", url="https://x.test", events=[], user=user, made_by=user)
    address.sealed_secret = sealing.seal(b"seen", bound_to=address.bound_to)
    address.sealed_former = sealing.seal(b"seen before", bound_to=address.bound_to)
    address.save()


def asked_for(person: Record, by: User) -> None:
    """What a resident asked for, and a package of receipts that nobody has fetched yet."""
    today = timezone.localdate()
    made(
        RightsRequest, record=person, kind="access", grid_code=person.grid_code, seen="card", lodged_by=by,
        lodged_at=timezone.now(), due_on=today,
    )  # fmt: skip
    package = made(Archive, by=by, area_code=person.grid_code, first=today, last=today, state="ready")
    sealed = sealing.seal(b"seen", bound_to=getattr(package, "bound_to"))  # noqa: B009
    Archive.objects.filter(pk=package.pk).update(sealed_package=sealed)


def handed_in(by: User) -> None:
    """A ledger with what is sealed of it at one time or another."""
    ledger = made(Ledger, owner=by, kind="resident")
    made(LedgerFile, ledger=ledger, number=0)
    made(LedgerPart, ledger=ledger, number=0)
    made(LedgerRow, ledger=ledger, number=2, why="wrong")


def answered(*rows: models.Model) -> None:
    """With an answer beside what they hold."""
    for row in rows:
        answer = sealing.seal(b"seen", bound_to=getattr(row, "bound_to"))  # noqa: B009
        type(row)._base_manager.filter(pk=row.pk).update(sealed_answer=answer)
