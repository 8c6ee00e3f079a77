"""A department asks for a file, the worker adds it, and it goes to those who declare it and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    NEVER,
    Action,
    Attachment,
    Capabilities,
    Connector,
    Delivered,
    Kind,
    Layout,
    Outcome,
    Parcel,
    Profile,
    Rejected,
    Row,
)
from gridapp.delivery import lane
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.supplement import supplement
from gridapp.org.models import User
from gridapp.registry.models import Attachment as Kept
from gridapp.registry.models import Entry, Record
from gridapp.registry.refusals import OutOfScope, Refused
from tests import factories
from tests.factories import act, submit
from tests.files import jpeg, pdf

pytestmark = pytest.mark.django_db(transaction=True)
SIGNATURE, PROOF = "attachment.lease_signature", "attachment.ownership_proof"
OWNER = Row("housing.owner_name", "FZ")


def profile(key: str, *rows: Row) -> Profile:
    layout = Layout(rows=(OWNER, *rows), actions=frozenset(Action))
    return Profile(key, key.lower(), key, key, owner="测试", basis="测试", layouts={Kind.HOUSING: layout})


class Filing(Connector):
    """Wants the page with the signature."""

    profile = profile("FILING", Row(SIGNATURE, "signature", offered=NEVER), Row(PROOF, "proof", offered=NEVER))
    capabilities = Capabilities(batch=10, batch_is_one_call=True, resend_safe=True, deadline=20)
    seen: ClassVar[list[Parcel]] = []

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        type(self).seen.extend(parcels)
        return [
            Delivered("F1") if SIGNATURE in one.attachments else Rejected("BZ01", "补正:缺少出租人签字页", (SIGNATURE,))
            for one in parcels
        ]


class Ledger(Connector):
    """Knows of no attachments."""

    profile = profile("LEDGER")
    capabilities = Filing.capabilities
    seen: ClassVar[list[Parcel]] = []

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        type(self).seen.extend(parcels)
        return [Delivered("L1") for _ in parcels]


@pytest.fixture(autouse=True)
def served(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Configured]]:
    settings.LANE_LINGER = 0
    speaking = (Filing, Ledger)
    rows = [Target.objects.create(key=one.profile.key, connector=one.profile.slug, enabled=True) for one in speaking]
    found = [Configured(row, one.profile, one) for row, one in zip(rows, speaking, strict=True)]
    monkeypatch.setattr(configured_targets, "targets", lambda: found)
    monkeypatch.setattr(
        configured_targets, "target", lambda target_id: next(one for one in found if one.target.pk == target_id)
    )
    yield found
    for one in speaking:
        one.seen.clear()


@pytest.fixture
def worker(db: None) -> User:
    return factories.cast().worker


@pytest.fixture
def home(worker: User) -> Record:
    return factories.flat(worker)


def told(home: Record, served: list[Configured]) -> dict[str, Delivery]:
    """Everybody is told what is due; where each stands then."""
    with transaction.atomic():
        plan([home.id])
    for one in served:
        lane.serve(one.target.pk)
    return {row.target.key: row for row in Delivery.objects.filter(record=home).select_related("target")}


def test_the_file_that_was_asked_for_goes_out_and_only_to_who_declares_it(
    worker: User, home: Record, served: list[Configured]
) -> None:
    before = told(home, served)
    assert (before["FILING"].status, before["FILING"].fields) == (Status.RETURNED, [SIGNATURE])
    assert before["LEDGER"].status == Status.DELIVERED

    added = supplement(home.id, SIGNATURE, pdf(), by=worker)
    waiting = Delivery.objects.get(target__key="FILING")
    after = told(home, served)

    assert waiting.status == Status.WAITING
    assert (after["FILING"].status, after["FILING"].held_version) == (Status.DELIVERED, added.record.version)
    assert [dict(parcel.attachments) for parcel in Filing.seen] == [
        {},
        {SIGNATURE: Attachment("application/pdf", pdf())},
    ]
    assert Filing.seen[1].fields[SIGNATURE] == added.attachment.sha256
    assert Filing.seen[0].key != Filing.seen[1].key
    assert (len(Ledger.seen), Ledger.seen[0].attachments) == (1, {})


def test_another_file_may_follow_and_is_told_as_a_change(worker: User, home: Record, served: list[Configured]) -> None:
    told(home, served)
    supplement(home.id, SIGNATURE, pdf(), by=worker)
    told(home, served)

    supplement(home.id, SIGNATURE, jpeg(), by=worker)
    told(home, served)

    assert Filing.seen[-1].action == Action.CHANGE
    assert Filing.seen[-1].attachments[SIGNATURE] == Attachment("image/jpeg", jpeg())


def test_the_same_file_again_sends_nothing(worker: User, home: Record, served: list[Configured]) -> None:
    told(home, served)
    supplement(home.id, SIGNATURE, pdf(), by=worker)
    told(home, served)

    again = supplement(home.id, SIGNATURE, pdf(), by=worker)
    told(home, served)

    assert not again.is_new
    assert len(Filing.seen) == 2


@pytest.mark.parametrize("name", [PROOF, "attachment.hazard_photo"])
def test_nobody_puts_on_record_what_no_department_asked_for(
    worker: User, home: Record, served: list[Configured], name: str
) -> None:
    told(home, served)

    with pytest.raises(Refused) as refused:
        supplement(home.id, name, pdf(), by=worker)

    assert [(one.field, one.code) for one in refused.value.refusals] == [(name, "not_asked_for")]
    assert (Kept.objects.count(), Entry.objects.filter(record=home).count()) == (0, 1)
    assert Record.objects.get(pk=home.pk).version == 1


def test_what_is_refused_leaves_the_delivery_as_it_was(worker: User, home: Record, served: list[Configured]) -> None:
    told(home, served)

    with pytest.raises(Refused):
        supplement(home.id, SIGNATURE, b"<html>", by=worker)

    assert Delivery.objects.get(target__key="FILING").status == Status.RETURNED


def test_a_record_of_another_grid_is_none(home: Record, served: list[Configured]) -> None:
    told(home, served)
    stranger = User.objects.get(username="other_worker")

    with pytest.raises(OutOfScope):
        supplement(home.id, SIGNATURE, pdf(), by=stranger)


def test_contents_are_read_for_those_who_have_one_in_a_single_statement(
    worker: User, home: Record, served: list[Configured]
) -> None:
    filing = served[:1]

    def statements() -> list[str]:
        submit(worker, act(home, "change", owner_name=f"房主{len(Filing.seen)}甲"))
        with CaptureQueriesContext(connection) as queries:
            told(home, filing)
        return [query["sql"] for query in queries if "sealed FROM registry_attachment" in query["sql"]]

    told(home, served)
    without = statements()
    supplement(home.id, SIGNATURE, pdf(), by=worker)
    told(home, served)

    assert without == []
    assert len(statements()) == 1
