"""Keys rotate: everything sealed opens with the newest key alone, whatever is written meanwhile; nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp import resealing, sealing
from gridapp.catalogue.models import Target
from gridapp.delivery.models import Callback, Delivery, Evidence, Sheet
from gridapp.org.models import Suggestion, User
from gridapp.org.staff import set_id_number
from gridapp.registry import attachments
from gridapp.registry.models import (
    Objection,
    Photo,
    Record,
    SetAside,
    Shown,
)
from gridapp.review.models import Subscription
from tests import factories
from tests.files import pdf
from tests.sealed_rows import answered, asked_for, handed_in, known_to_machines, made, said_of_a_cause, searched

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = "1:aes:" + "ab" * 32, "2:sm4:" + "cd" * 16
NOT_SEALED = {
    "registry.Record.identity",
    "registry.FormerDocument.identity",
    "registry.Tombstone.identity",
    "registry.Entry.digest",
    "delivery.Delivery.wanted_digest",
    "delivery.Delivery.sent_digest",
    "delivery.Delivery.held_digest",
    "org.ApiToken.digest",
    "catalogue.EnablingRequest.settings_digest",
    "api.Answered.key",
    "api.Answered.request",
    "org.KnownBrowser.name",
    "org.KnownBrowser.browser",  # of what a cookie holds, which is random
    "org.Throttled.subject",
    "org.User.person",
    "audit.Link.own",  # digests of what stands beside them: whoever checks the chain has no key of ours
    "audit.Link.digest",
    "audit.Stamp.token",  # what an authority signed, for everybody to read
    "org.DeviceKey.spki",  # a public key
}
"""Keyed digests, which are compared, never opened; and what is no secret."""


@pytest.fixture
def everything(settings: Settings) -> None:
    """At least one row with a sealed value of every kind, all with the old key."""
    settings.SEALING_KEYS = OLD
    cast = factories.cast()
    set_id_number(cast.worker, "990101199202290010")
    home = factories.flat(cast.worker)
    person = factories.resident(cast.worker, home, household__household_no="990100001")
    with transaction.atomic():
        attachments.add(home.id, "attachment.lease_signature", pdf(), by=cast.worker)
    target = Target(key="TEST", connector="x", zh="测试", en="Test")
    target.seal_settings({"password": "secret"})
    target.save()
    delivery = Delivery.objects.create(
        record=person, target=target, status="cancelled", wanted_version=1, wanted_digest=b"x"
    )
    made(Evidence, delivery=delivery, version=1)
    sheet = made(
        Sheet, target=target, kind="housing", name="x", media_type="x", rows=1, grid_code=home.grid_code,
        made_by=cast.worker,
    )  # fmt: skip
    made(Callback, target=target, event="E1", signed_at=timezone.now())
    Callback.objects.create(target=target, event="E2", signed_at=timezone.now(), sealed=b"")  # done with
    made(
        SetAside, entry_id=uuid4(), owner=cast.worker, grid_code=home.grid_code, kind="resident", action="create",
        made_at=timezone.now(),
    )  # fmt: skip
    made(
        Objection, record=person, field="phone", version=1, source="resident", grid_code=home.grid_code,
        raised_by=cast.worker, raised_at=timezone.now(), due_on=timezone.localdate(),
    )  # fmt: skip
    made(Photo, entry_id=uuid4(), number=1, owner=cast.worker, sha256="")
    handed_in(cast.supervisor)
    searched(cast.worker)
    reports = Subscription(user=cast.supervisor, area_code="990101001", every="day", language="en")
    reports.sealed_address = sealing.seal(b"seen", bound_to=reports.bound_to)
    reports.save()
    said_of_a_cause(target, cast.supervisor)
    asked_for(person, cast.worker)
    made(Shown, user=cast.worker, record_id=person.pk, fields=["phone"], why="other")
    known_to_machines(cast.supervisor)
    answered(made(Suggestion), sheet)


def plain() -> dict[str, list[bytes]]:
    """Column -> what its values hold, with the keys at hand. Raises sealing.Unsealable."""
    return {
        str(column): [
            sealing.unseal(sealed, bound_to=getattr(row, "bound_to")) if (sealed := getattr(row, column.name)) else b""  # noqa: B009
            for row in column.model._base_manager.order_by("pk")
        ]
        for column in resealing.columns()
    }


def reseal(**options: Any) -> str:
    said = StringIO()
    call_command("reseal", stdout=said, **options)
    return said.getvalue()


def left() -> int:
    return sum(map(resealing.remaining, resealing.columns()))


def binary_columns() -> Iterator[str]:
    """Of the tables that a database of ours has."""
    for model in apps.get_models():
        if model.__module__.startswith("gridapp.") and model._meta.managed:
            for field in model._meta.concrete_fields:
                if isinstance(field, models.BinaryField):
                    yield f"{model._meta.label}.{field.name}"


def test_every_column_of_bytes_is_sealed_anew_or_known_to_hold_no_seal() -> None:
    sealed = {str(column) for column in resealing.columns()}

    assert set(binary_columns()) - NOT_SEALED == sealed


def test_every_kind_of_sealed_value_is_in_these_tests(everything: None) -> None:
    assert {name for name, values in plain().items() if not any(values)} == set()


def test_everything_opens_with_the_new_key_alone_and_says_what_it_said(everything: None, settings: Settings) -> None:
    before = plain()
    settings.SEALING_KEYS = f"{OLD},{NEW}"

    reseal(slice=1)

    settings.SEALING_KEYS = NEW
    assert plain() == before
    assert left() == 0


def test_what_is_sealed_with_the_newest_key_is_not_touched(everything: None, settings: Settings) -> None:
    settings.SEALING_KEYS = f"{OLD},{NEW}"
    reseal()
    first = [bytes(row.sealed) for row in Record.objects.order_by("pk")]

    said = reseal()

    assert [bytes(row.sealed) for row in Record.objects.order_by("pk")] == first
    assert "sealed anew" not in said


def test_a_look_counts_and_changes_nothing(everything: None, settings: Settings) -> None:
    settings.SEALING_KEYS = f"{OLD},{NEW}"
    number = left()

    said = reseal(look=True)

    assert "registry.Attachment.sealed: 1 with an older key" in said
    assert left() == number > 0


def test_a_run_that_was_broken_off_goes_on(everything: None, settings: Settings) -> None:
    settings.SEALING_KEYS = f"{OLD},{NEW}"
    column = next(one for one in resealing.columns() if one.model is Record)
    next(resealing.reseal(column, size=1))
    assert resealing.remaining(column) == Record.objects.count() - 1

    reseal()

    assert left() == 0


def test_what_somebody_writes_meanwhile_wins(
    everything: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEALING_KEYS = f"{OLD},{NEW}"
    person = Record.objects.get(kind="resident")
    theirs = sealing.seal_json({"name": "测试乙"}, bound_to=person.bound_to)
    seal = sealing.seal

    def seal_late(content: bytes, *, bound_to: str) -> bytes:
        if bound_to == person.bound_to:  # between reading the row and writing it
            Record.objects.filter(pk=person.pk).update(sealed=theirs)
        return seal(content, bound_to=bound_to)

    monkeypatch.setattr(sealing, "seal", seal_late)
    reseal()

    person.refresh_from_db()
    assert bytes(person.sealed) == theirs


def elsewhere(act: Callable[[], Any]) -> None:
    """As another process, on a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    other.join()


def test_nobody_who_holds_a_row_is_waited_for(everything: None, settings: Settings) -> None:
    settings.SEALING_KEYS = f"{OLD},{NEW}"
    refused: list[str] = []

    def run() -> None:
        with pytest.raises(CommandError) as error:
            reseal()
        refused.append(str(error.value))

    with transaction.atomic():
        Record.objects.select_for_update().get(kind="resident")
        elsewhere(run)

    assert "1 values still need an older key, 0 of them do not open" in refused[0]
    reseal()
    assert left() == 0


def test_a_value_that_does_not_open_is_named_and_the_others_are_sealed_anew(
    everything: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    user = User.objects.get(username="worker")
    User.objects.filter(pk=user.pk).update(sealed_id_number=sealing.seal(b"990101199202290010", bound_to="user:other"))
    settings.SEALING_KEYS = f"{OLD},{NEW}"

    with pytest.raises(CommandError, match="1 values still need an older key, 1 of them do not open"):
        reseal()

    assert left() == 1
    assert f"org.User.sealed_id_number {user.pk} is not sealed anew" in caplog.text
    assert "990101199202290010" not in caplog.text
