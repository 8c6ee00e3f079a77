"""The whole way of a supplement: filed, sent back for want of a page, uploaded beside the delivery, filed with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from connectors.lease_filing.connector import LeaseFiling
from connectors.lease_filing.sandbox import LeaseOffice
from gridapp import registry
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.delivery import lane
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, attachments, views
from gridapp.registry.models import Record
from tests import factories
from tests.conftest import Until
from tests.files import GPS, exif, jpeg

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "9901010010010000001000301"


@pytest.fixture
def office() -> Iterator[LeaseOffice]:
    running = LeaseOffice()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def target(office: LeaseOffice, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The lease filing system, open round the clock, served by its own connector."""
    settings.LANE_LINGER = 0
    row = Target(key="ZLBA", connector="lease_filing", zh="房屋租赁备案系统", enabled=True, window={})
    row.seal_settings(office.settings())
    row.save()
    one = Configured(row, LeaseFiling.profile, LeaseFiling)
    monkeypatch.setattr(configured_targets, "targets", lambda: [one])
    monkeypatch.setattr(configured_targets, "target", lambda target_id: one if target_id == row.pk else None)
    return row


@pytest.fixture
def worker(db: None) -> User:
    return factories.cast().worker


@pytest.fixture
def flat(worker: User, target: Target) -> Record:
    building = factories.BuildingFactory.create(grid_code=factories.GRID)
    record = submit(EntryForm.parse(factories.flat_body(building, **factories.LEASE)), by=worker).record
    registry.receive(record, {"housing.housing_code": CODE}, source="FWBM")
    with transaction.atomic():
        plan([record.id])
    return record


def test_a_page_that_the_window_wants_reaches_it_from_the_record_page(
    flat: Record, target: Target, worker: User, office: LeaseOffice, until: Until
) -> None:
    def stands(status: str) -> bool:
        lane.serve(target.pk)
        return Delivery.objects.filter(record=flat, status=status).exists()

    until(lambda: stands(Status.RETURNED))
    desk = Client()
    desk.force_login(worker)
    page = desk.get(f"/records/{flat.id}/").content.decode()
    number = next(iter(office.store.table("cases").values()))["acceptNo"]

    photo = SimpleUploadedFile("签字页.jpg", jpeg(exif(6)))
    uploaded = desk.post(f"/records/{flat.id}/attachments/", {"name": "attachment.lease_signature", "file": photo})
    until(lambda: stands(Status.DELIVERED))

    delivery, (attachment,) = Delivery.objects.get(record=flat), attachments.of(flat)
    filing = office.store.table("filings")[CODE]
    assert "补正:缺少出租人签字页" in page
    assert "补充：出租人签字页" in page
    assert uploaded.status_code == 302
    assert (filing["filingNo"], filing["files"]) == (delivery.reference, {"leaseSignature": attachment.sha256})
    assert office.store.table("cases")[CODE]["acceptNo"] == number
    assert GPS not in attachments.fetch([flat.id], {attachment.name})[flat.id][attachment.name].content
    assert views.view(flat, on=date(2024, 3, 15))["ZLBA.filingNo"] == delivery.reference
    assert 'type="file"' not in desk.get(f"/records/{flat.id}/").content.decode()
    assert [line["action"] for line in office.ledger.lines() if line["action"] != "ask"] == ["file", "file"]
