"""What a tablet found out about itself is kept with it, and nothing else is."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from gridapp.org.models import Device, User
from gridapp.org.tablet_checks import CHECKS
from tests.desk.tablets import Tablet

FOUND = {name: ["yes", "12 ms"] for name in CHECKS}


def told(client: Client, checks: Any, token: str = "") -> Any:
    body = json.dumps({"checks": checks})
    return client.post("/diag/report/", body, content_type="application/json", headers={"x-csrftoken": token})


@pytest.fixture
def tablet(worker: User) -> Tablet:
    made = Tablet.of(worker, strict=True)
    made.session = made.client.get("/session/", headers={"x-device": str(uuid4())}).json()
    return made


def test_it_is_kept_with_the_tablet(tablet: Tablet) -> None:
    found = FOUND | {"sealing": ["no", "王秀英 13912345678"], "camera": ["spared", ""], "more": ["yes", ""]}

    assert told(tablet.client, found, tablet.session["csrf"]).json() == {"ok": True}

    device = Device.objects.get()
    assert device.tried == FOUND | {"sealing": ["no", ""], "camera": ["spared", ""]}
    assert device.tried_at is not None
    assert [str(one) for one in device.cannot] == ["能加密内容"]


@pytest.mark.parametrize("checks", [None, {}, FOUND | {"camera": ["perhaps", ""]}, FOUND | {"camera": "yes"}])
def test_what_is_no_result_is_not_kept(tablet: Tablet, checks: Any) -> None:
    assert told(tablet.client, checks, tablet.session["csrf"]).status_code == 400
    assert Device.objects.get().tried_at is None


def test_only_of_a_tablet_that_is_known_and_signed_in(tablet: Tablet, client: Client, worker: User) -> None:
    assert told(client, FOUND).status_code == 401
    client.force_login(worker)
    assert told(client, FOUND).status_code == 400
    assert told(tablet.client, FOUND).status_code == 403
