"""Two tablets, one field: the supervisor sees both values, takes one or a third, and only who is concerned is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm, set_aside
from gridapp.registry.models import Entry, Record, SetAside
from tests.arrived import all_arrived
from tests.desk.cast import GRID
from tests.setting_aside import collision

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
OLD, FIRST, SECOND, THIRD = "13912345678", "13912340002", "13912340003", "13912340004"


def correct(by: User, record: Record, **fields: object) -> Entry:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    form = EntryForm(uuid4(), Record.Kind(record.kind), Entry.Action.CORRECT, GRID, named, record=record.pk)
    return submit(form, by=by).entry


@pytest.fixture
def met(worker: User, people: dict[str, User], resident: Record) -> SetAside:
    """The supervisor changed the phone; the worker's tablet, a version behind, brings another one and a new trade."""
    correct(people["supervisor"], resident, phone=FIRST)
    return collision(worker, resident, phone=SECOND, occupation="电工")


def known(record: Record) -> dict[str, object]:
    return Record.objects.get(pk=record.pk).document()


def decide(client: Client, row: SetAside, **posted: object) -> tuple[int, str]:
    assert row.record is not None
    version = Record.objects.get(pk=row.record.pk).version
    told = {"version": str(version)} | {name.replace("__", "-"): value for name, value in posted.items()}
    response = client.post(f"/review/conflicts/{row.pk}/", told, follow=True)
    return response.status_code, response.content.decode()


def test_both_values_stand_side_by_side_with_whose_they_are(as_: As, met: SetAside, resident: Record) -> None:
    page = as_("supervisor").get("/review/conflicts/").content.decode()

    assert all(phone in page for phone in (OLD, FIRST, SECOND))
    assert "测试supervisor" in page
    assert "王秀英" in page
    assert "按第 1 版改的，现在是第 2 版" in page
    assert "电工" in page
    assert f'href="/records/{resident.pk}/"' in page


def test_who_does_not_decide_sees_them_masked_and_nothing_to_press(as_: As, met: SetAside) -> None:
    page = as_("auditor").get("/review/conflicts/").content.decode()

    assert not any(phone in page for phone in (OLD, FIRST, SECOND))
    assert "139****0003" in page
    assert f"/review/conflicts/{met.pk}/" not in page


def test_who_sees_them_in_full_is_written_down(
    as_: As, met: SetAside, people: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="gridapp.review.conflicts"):
        as_("supervisor").get("/review/conflicts/")

    assert f"user {people['supervisor'].pk} saw the conflicts {met.pk} in full" in caplog.text
    assert SECOND not in caplog.text


@pytest.mark.parametrize(
    ("choice", "other", "phone"), [("ours", "", FIRST), ("theirs", "", SECOND), ("other", THIRD, THIRD)]
)
def test_what_was_chosen_is_a_correction_in_the_name_of_who_decided(
    as_: As, met: SetAside, resident: Record, people: dict[str, User], choice: str, other: str, phone: str
) -> None:
    status, page = decide(as_("supervisor"), met, choice__phone=choice, other__phone=other)

    assert (status, "已定" in page) == (200, True)
    assert (known(resident)["phone"], known(resident)["occupation"]) == (phone, "电工")
    latest = Entry.objects.filter(record=resident).latest("number")
    assert (latest.by, latest.action) == (people["supervisor"], "correct")
    met.refresh_from_db()
    assert (met.settled_by, met.settled_as) == (people["supervisor"], "decided")
    assert set_aside.opened(met).form["phone"] == SECOND
    assert "没有要定的冲突" in page


def test_only_the_systems_concerned_are_told(as_: As, worker: User, people: dict[str, User], resident: Record) -> None:
    correct(people["supervisor"], resident, phone=FIRST)
    row = collision(worker, resident, phone=SECOND)
    rows = all_arrived(resident)

    decide(as_("supervisor"), row, choice__phone="theirs")

    told = set(rows.exclude(status=Status.DELIVERED).values_list("target__key", flat=True))
    generations = set(rows.filter(target__key__in=told).values_list("generation", flat=True))
    assert told
    assert told < set(rows.values_list("target__key", flat=True))
    assert generations == {max(generations)}


def test_what_holds_already_is_told_to_nobody(as_: As, worker: User, people: dict[str, User], resident: Record) -> None:
    correct(people["supervisor"], resident, phone=FIRST)
    row = collision(worker, resident, phone=SECOND)
    before = sorted(Delivery.objects.values_list("pk", "generation", "wanted_digest"))

    decide(as_("supervisor"), row, choice__phone="ours")

    assert sorted(Delivery.objects.values_list("pk", "generation", "wanted_digest")) == before
    assert Record.objects.get(pk=resident.pk).version == 2


def test_both_can_be_put_aside_with_a_reason(as_: As, met: SetAside, resident: Record) -> None:
    entries = Entry.objects.count()

    nothing_said = decide(as_("supervisor"), met, act="drop", reason=" ")
    status, page = decide(as_("supervisor"), met, act="drop", reason="两边都不对，等居民回来")

    assert (nothing_said[0], "请写明为什么" in nothing_said[1]) == (422, True)
    assert (status, "已放下" in page) == (200, True)
    assert (Entry.objects.count(), known(resident)["phone"]) == (entries, FIRST)
    met.refresh_from_db()
    assert met.settled_as == "dropped"
    assert set_aside.opened(met).reason == "两边都不对，等居民回来"


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({}, "请选一个"),
        ({"choice__phone": "neither"}, "请选一个"),
        ({"choice__phone": "other"}, "请填写另一个值"),
        ({"choice__phone": "other", "other__phone": "123"}, "手机"),
    ],
)
def test_what_cannot_be_decided_so_is_said_beside_the_field(
    as_: As, met: SetAside, resident: Record, posted: dict[str, str], said: str
) -> None:
    status, page = decide(as_("supervisor"), met, **posted)

    assert status == 422
    assert said in page.partition('class="field wrong"')[2]
    assert known(resident)["phone"] == FIRST
    met.refresh_from_db()
    assert met.settled_at is None


def test_a_code_is_typed_by_its_name(as_: As, worker: User, people: dict[str, User], resident: Record) -> None:
    correct(people["supervisor"], resident, ethnicity="03")
    row = collision(worker, resident, ethnicity="08")

    page = as_("supervisor").get("/review/conflicts/").content.decode()
    decide(as_("supervisor"), row, choice__ethnicity="other", other__ethnicity="满族")

    assert '<option value="满族">' in page
    assert known(resident)["ethnicity"] == "11"


def test_several_codes_are_ticked(as_: As, worker: User, people: dict[str, User], flat: Record) -> None:
    danger = {"housing__hidden_danger_types": ["01"], "housing__hidden_danger_note": "楼道堆放电动车"}
    correct(people["supervisor"], flat, **danger)
    row = collision(worker, flat, housing__hidden_danger_types=["02"])

    decide(
        as_("supervisor"),
        row,
        **{"choice-housing.hidden_danger_types": "other", "other-housing.hidden_danger_types": ["01", "02"]},
    )

    assert known(flat)["housing.hidden_danger_types"] == ["01", "02"]


def test_it_is_decided_once(as_: As, met: SetAside, resident: Record) -> None:
    decide(as_("supervisor"), met, choice__phone="theirs")

    _, page = decide(as_("chief"), met, choice__phone="ours")

    assert "刚才有变化" in page
    assert known(resident)["phone"] == SECOND


def test_a_record_that_changed_since_the_page_was_drawn_is_looked_at_again(
    as_: As, met: SetAside, resident: Record, worker: User
) -> None:
    correct(worker, resident, phone=THIRD)

    page = (
        as_("supervisor")
        .post(f"/review/conflicts/{met.pk}/", {"version": "2", "choice-phone": "ours"}, follow=True)
        .content.decode()
    )

    assert "刚才有变化" in page
    assert THIRD in page
    assert known(resident)["phone"] == THIRD
    met.refresh_from_db()
    assert met.settled_at is None


def test_a_conflict_that_settled_itself_can_be_closed(
    as_: As, worker: User, people: dict[str, User], resident: Record
) -> None:
    correct(people["supervisor"], resident, phone=FIRST)
    row = collision(worker, resident, phone=SECOND)
    correct(people["supervisor"], resident, phone=SECOND)

    page = as_("supervisor").get("/review/conflicts/").content.decode()
    decide(as_("supervisor"), row, act="drop", reason="已经一致")

    assert "两边已经一致" in page
    assert not set_aside.conflicts(people["supervisor"]).exists()


def test_what_others_put_in_is_not_listed(as_: As, met: SetAside, areas: dict[str, Area]) -> None:
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(stranger)

    page = client.get("/review/conflicts/").content.decode()
    client.post(f"/review/conflicts/{met.pk}/", {"version": "2", "choice-phone": "theirs"})

    assert "没有要定的冲突" in page
    met.refresh_from_db()
    assert met.settled_at is None


def test_many_conflicts_cost_no_more_statements(
    as_: As, worker: User, resident: Record, flat: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    correct(worker, resident, phone=FIRST)
    for number in range(8):
        collision(worker, resident, phone=f"1391234100{number}")
    client = as_("supervisor")
    client.get("/review/conflicts/")

    with django_assert_max_num_queries(12):
        page = client.get("/review/conflicts/").content.decode()

    assert page.count('aria-labelledby="case-title-') == 5
    assert "第 1 页，共 2 页" in page
