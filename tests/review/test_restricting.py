"""限制处理: nothing new of the person goes out, whoever would send it, nobody sees a value whole; until it is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import deleting, operating, restricting
from gridapp.delivery.claim import claim
from gridapp.delivery.models import Delivery, Lane, Status
from gridapp.delivery.plan import outdated, plan
from gridapp.delivery.submit import submit
from gridapp.delivery.sweep import sweep
from gridapp.org.models import User
from gridapp.registry import EntryForm, rights, sight
from gridapp.registry.exported import exports_with
from gridapp.registry.models import Entry, Record, RightsRequest
from gridapp.registry.references import receive
from gridapp.registry.rights import Decision
from gridapp.registry.sight import Group, NotShown, Purpose
from tests.desk.cast import GRID
from tests.exporting import made, read, taken

As = Callable[..., Client]
Lodged = Callable[..., RightsRequest]
REASON = "已当面说明，暂不推送。"


def act(client: Client, row: RightsRequest, said: str) -> Any:
    return client.post(f"/review/rights/{row.pk}/act/", {"act": said, "reason": REASON}, follow=True)


def stands(record: Record) -> dict[str, tuple[str, str]]:
    return {one.target.key: (one.status, one.hold) for one in Delivery.objects.filter(record=record)}


@pytest.fixture(autouse=True)
def going_out(resident: Record, flat: Record, waiting: dict[str, Delivery]) -> None:
    """Their home has its number, so that one system waits for nothing else, at no hour; at another a clerk types."""
    Target.objects.update(window={})
    receive(flat, {"housing.housing_code": "9901010010010000012000301"}, source="FWBM")
    with transaction.atomic():
        plan([flat.pk], residents=True)


@pytest.fixture
def restricted(lodged: Lodged, people: dict[str, User]) -> RightsRequest:
    row = lodged("restrict")
    assert restricting.decide(row, Decision("done", REASON), by=people["supervisor"])
    return row


def corrected(record: Record, by: User) -> None:
    phone = {"phone": "13912340009"}
    submit(EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, GRID, phone, record.pk), by=by)


def test_what_waits_is_held_and_goes_on_when_it_is_lifted(
    as_: As, resident: Record, lodged: Lodged, people: dict[str, User]
) -> None:
    before, row, client = stands(resident), lodged("restrict"), as_("supervisor")
    assert {"waiting", "manual"} <= {status for status, _hold in before.values()}

    act(client, row, "done")
    during = stands(resident)
    page = client.get(f"/review/rights/{row.pk}/").content.decode()
    act(client, row, "lift")

    assert {key for key, one in during.items() if one == ("held", "restricted")} == {
        key for key, (status, _hold) in before.items() if status in {"waiting", "manual"}
    }
    assert "waiting" not in {status for status, _hold in during.values()}
    assert "解除限制" in page
    assert set(stands(resident)) == set(before)
    assert {key for key, one in stands(resident).items() if one == ("waiting", "")} == {
        key for key, (status, _hold) in before.items() if status in {"waiting", "manual"}
    }
    assert RightsRequest.objects.get().status == "lifted"
    decisions = Note.objects.filter(act=Act.RIGHT_DECIDED).order_by("id").values_list("what__decision", flat=True)
    assert list(decisions) == ["done", "lifted"]


def test_what_is_entered_meanwhile_is_kept_and_held(
    resident: Record, restricted: RightsRequest, worker: User, people: dict[str, User]
) -> None:
    corrected(resident, worker)

    assert "waiting" not in {status for status, _hold in stands(resident).values()}
    assert outdated([resident.pk]) == []  # a plan finds nothing to do, and ends no restriction
    version = Record.objects.get(pk=resident.pk).version
    restricting.lift(restricted, by=people["supervisor"])
    row = Delivery.objects.get(record=resident, target__key="PDA")
    assert (row.status, row.wanted_version) == (Status.WAITING, version)


def test_whoever_would_send_it_finds_it_held(resident: Record, restricted: RightsRequest, worker: User) -> None:
    row = Delivery.objects.get(record=resident, target__key="PDA")
    one = next(one for one in configured() if one.target.pk == row.target_id)
    assert operating.refusal(row, one) == "restricted"

    now = timezone.now()
    for status in ("waiting", "manual"):
        Delivery.objects.filter(pk=row.pk).update(
            status=status, hold="", due_at=now if status == "waiting" else None, reason_code=""
        )
        assert stands(resident)["PDA"] == ("held", "restricted")
    sweep()
    token = uuid4()
    Lane.objects.update_or_create(target_id=row.target_id, defaults={"token": token, "lease_until": now})
    assert claim(row.target_id, token=token, limit=50, lease=60)[1] == []


def test_the_pages_say_so_and_show_nothing_whole(
    as_: As, resident: Record, restricted: RightsRequest, people: dict[str, User]
) -> None:
    page = as_("worker").get(f"/records/{resident.pk}/").content.decode()

    assert "正在限制处理" in page
    assert "限制处理" in page.split('aria-labelledby="deliveries-title"')[1].split("</section>")[0]
    on, user = timezone.localdate(), people["supervisor"]
    assert sight.offered(user, resident, {"phone": "13912345678"}, on=on) == []
    with pytest.raises(NotShown):
        sight.show(resident, Group.PHONES, by=user, purpose=Purpose("visit", ""), on=on)
    restricting.lift(restricted, by=user)
    assert sight.show(resident, Group.PHONES, by=user, purpose=Purpose("visit", ""), on=on)


def test_that_somebody_left_is_still_told(
    resident: Record,
    sent: dict[str, Delivery],
    restricted: RightsRequest,
    lodged: Lodged,
    people: dict[str, User],
    second_supervisor: User,
) -> None:
    row = lodged("delete")
    rights.decide(row, Decision("done", REASON, ground="unlawful"), by=people["supervisor"])

    assert deleting.agree(RightsRequest.objects.get(pk=row.pk), agrees=True, by=second_supervisor)

    assert stands(resident)["JZDJ"] == ("waiting", "")
    assert Delivery.objects.get(record=resident, target__key="JZDJ").wanted_digest is None


def test_others_are_not_held(
    resident: Record, flat: Record, restricted: RightsRequest, people: dict[str, User]
) -> None:
    assert "restricted" not in {hold for _status, hold in stands(flat).values()}
    assert not rights.restricts(flat.pk)


def test_a_request_that_is_refused_or_open_holds_nothing(resident: Record, lodged: Lodged, as_: As) -> None:
    before, row = stands(resident), lodged("restrict")
    assert stands(resident) == before

    client = as_("supervisor")
    client.post(f"/review/rights/{row.pk}/act/", {"act": "refused", "reason": REASON, "law": "duty"})

    assert stands(resident) == before
    assert not rights.restricts(resident.pk)


@pytest.mark.parametrize("role", ["worker", "auditor", "officer"])
def test_nobody_else_lifts_it(as_: As, restricted: RightsRequest, role: str) -> None:
    assert act(as_(role), restricted, "lift").status_code == 403
    assert rights.restricts(restricted.record_id)


def test_an_export_leaves_them_out_and_says_how_many(
    as_: As, resident: Record, restricted: RightsRequest, people: dict[str, User]
) -> None:
    export = made(people["supervisor"])
    pages = [as_("supervisor").get("/review/exports/", headers={"accept-language": code}) for code in ("zh-hans", "en")]

    assert (export.state, export.rows, export.left_out, export.restricted) == ("ready", 0, 0, 1)
    assert "未含限制处理 1 人" in pages[0].content.decode()
    assert "1 person left out whose processing is restricted" in pages[1].content.decode()
    assert "不含限制处理的人" in read(taken(export))[0][0]


def test_a_file_with_them_is_not_handed_out_but_made_anew(
    as_: As, resident: Record, lodged: Lodged, people: dict[str, User]
) -> None:
    export, client = made(people["supervisor"]), as_("supervisor")
    assert export.rows == 1
    act(client, lodged("restrict"), "done")

    answer = client.post(f"/review/exports/{export.pk}/file/", follow=True)
    export.refresh_from_db()

    assert "文件正在重新制作" in answer.content.decode()
    assert (export.state, export.rows, export.fetched_at, export.parts.count()) == ("making", 0, None, 0)
    assert exports_with(resident.pk) == []


@pytest.mark.parametrize("number", [1, 3])
def test_who_is_restricted_is_asked_for_once(resident: Record, restricted: RightsRequest, number: int) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = rights.restricted([resident.pk, *(uuid4() for _one in range(number))])

    assert (found, len(asked)) == ({resident.pk}, 1)
