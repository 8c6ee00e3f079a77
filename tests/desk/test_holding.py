"""What a lost tablet still hands in: neither filed nor lost until somebody decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.desk.session import owner
from gridapp.org import devices
from gridapp.org.models import Area, Device, HeldBack, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Entry
from tests.desk.signing import Signing
from tests.desk.tablets import sealed

pytestmark = pytest.mark.usefixtures("bound")
Form = Callable[..., dict[str, Any]]


def test_what_waits_on_a_lost_tablet_is_held_back_and_neither_filed_nor_lost(
    tablet: Signing, supervisor: User, form_of: Form
) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)

    told = tablet.client.get("/session/", headers={"x-waiting": "1"})
    answer = tablet.hand_in(envelope)
    tablet.hand_in(envelope)
    wiped = tablet.client.get("/session/", headers={"x-waiting": "0"})

    assert told.json()["hand_in"] is True
    assert "Clear-Site-Data" not in told
    assert (answer.status_code, answer.json()["state"], answer.json()["id"]) == (202, "held", form["entry_id"])
    assert "Clear-Site-Data" in wiped
    assert HeldBack.objects.count() == 1
    assert form["id_number"] not in str(HeldBack.objects.get().envelope)
    assert not Entry.objects.filter(id=form["entry_id"]).exists()


def test_a_supervisor_takes_it_and_it_is_the_workers_entry(tablet: Signing, supervisor: User, form_of: Form) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(envelope)
    client = Client()
    client.force_login(supervisor)

    page = client.get("/held/").content.decode()
    client.post("/held/", {"device": tablet.name, "act": "take"})

    assert "1 条待定" in page
    assert Entry.objects.get(id=form["entry_id"]).by == tablet.user
    assert HeldBack.objects.get().said == "saved"
    assert "没有待定的" in client.get("/held/").content.decode()


def test_a_supervisor_puts_it_away(tablet: Signing, supervisor: User, form_of: Form) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(envelope)
    client = Client()
    client.force_login(supervisor)

    client.post("/held/", {"device": tablet.name, "act": "drop"})

    assert (HeldBack.objects.get().said, Entry.objects.filter(id=form["entry_id"]).exists()) == ("dropped", False)


def test_a_form_made_up_for_somebody_elsewhere_is_not_filed(
    tablet: Signing, supervisor: User, form_of: Form, areas: dict[str, Area]
) -> None:
    far = Area.objects.create(code="990101002002001", name="别的网格")
    stranger = create_account("far", name="远", role=Role.WORKER, areas=[far])
    form = form_of()
    made_up = sealed(form["entry_id"], "{}", tablet.said["key"]) | {"owner": owner(stranger)}
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(made_up)
    client = Client()
    client.force_login(supervisor)

    client.post("/held/", {"device": tablet.name, "act": "take"})

    assert HeldBack.objects.get().said == "owner"
    assert not Entry.objects.filter(id=form["entry_id"]).exists()


def test_nobody_hands_in_for_a_tablet_that_is_not_lost_or_was_never_let_in(
    tablet: Signing, worker: User, supervisor: User, form_of: Form
) -> None:
    unknown = Signing(worker)
    unknown.show()
    devices.report_lost(Device.objects.get(pk=unknown.name).pk, by=supervisor)

    answers = [tablet.hand_in(tablet.envelope(form_of())), unknown.hand_in(unknown.envelope(form_of()))]
    told = unknown.client.get("/session/", headers={"x-waiting": "3"})

    assert [one.status_code for one in answers] == [401, 401]
    assert "Clear-Site-Data" in told
    assert not HeldBack.objects.exists()


def test_time_to_hand_in_ends(tablet: Signing, supervisor: User, settings: Any) -> None:
    settings.HAND_IN_MINUTES = 60
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    Device.objects.filter(pk=tablet.name).update(told_at=timezone.now() - timedelta(minutes=61))

    told = tablet.client.get("/session/", headers={"x-waiting": "3"})

    assert "hand_in" not in told.json()
    assert "Clear-Site-Data" in told
