"""A form that came from a tablet and could not be saved: opened as it was typed, mended, saved once, or put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.utils.http import urlencode

from gridapp.desk import draft, entry_forms
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import set_aside
from gridapp.registry.models import Entry, Record, SetAside
from gridapp.registry.refusals import refusal
from tests.desk.cast import GRID
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
NEW = "/entries/new/resident/"
Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def aside(worker: User, form_of: Filled) -> SetAside:
    """A new resident of room 301 without the last character of the document number."""
    return waits(worker, form_of(id_number="99010119920229001"))


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]])


def waits(by: User, form: dict[str, Any], *, path: str = NEW) -> SetAside:
    """Set aside for what saving it says."""
    drafted = entry_forms.drafted(path, QueryDict(urlencode(form, doseq=True)), by=by)
    assert draft.save(drafted, by=by) is None
    told = {"refusals": drafted.refusals, "doubts": drafted.doubts, "record": drafted.record}
    return kept(by, path, form, grid_code=drafted.grid_code, entry_id=drafted.entry_id, **told)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def mended(page: str, form: dict[str, Any], **changed: str) -> dict[str, Any]:
    """What the browser posts: the new id that the page carries, and the form with what was put right."""
    new_id = page.split('name="entry_id" value="')[1][:36]
    return {**form, "entry_id": new_id, **changed}


def test_it_opens_as_it_was_typed_with_what_is_wrong_beside_the_field(desk: Client, aside: SetAside) -> None:
    response = desk.get(f"/set-aside/{aside.pk}/")

    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="99010119920229001"' in page
    assert 'value="13912345678"' in page
    assert 'aria-invalid="true"' in page
    assert 'href="#f-id_number"' in page
    assert "在平板上填的，还没有保存" in page
    assert f'name="entry_id" value="{aside.pk}"' not in page


def test_what_was_put_right_is_saved_under_a_new_id_and_waits_no_more(
    desk: Client, worker: User, aside: SetAside, form_of: Filled
) -> None:
    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()

    response = desk.post(f"/set-aside/{aside.pk}/", mended(page, form_of(), id_number="990101199202290010"))

    person = Record.objects.get(kind="resident")
    assert response["Location"] == f"/records/{person.pk}/"
    assert not Entry.objects.filter(id=aside.pk).exists()
    aside.refresh_from_db()
    assert (aside.settled_as, aside.settled_by) == ("entered", worker)
    assert desk.get(f"/set-aside/{aside.pk}/").status_code == 404


def test_what_is_still_wrong_is_said_and_nothing_is_stored(desk: Client, aside: SetAside, form_of: Filled) -> None:
    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()

    response = desk.post(f"/set-aside/{aside.pk}/", mended(page, form_of(), id_number="990101199202290011"))

    assert response.status_code == 422
    assert 'value="990101199202290011"' in response.content.decode()
    assert not Entry.objects.filter(record__kind="resident").exists()
    aside.refresh_from_db()
    assert aside.settled_at is None


def test_the_same_form_twice_is_one_entry(desk: Client, aside: SetAside, form_of: Filled) -> None:
    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()
    posted = mended(page, form_of())

    first, second = (desk.post(f"/set-aside/{aside.pk}/", posted) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 404)
    assert Record.objects.filter(kind="resident").count() == 1


def test_a_doubt_is_asked_once(desk: Client, worker: User, form_of: Filled) -> None:
    """A phone that looks wrong is no refusal; shown once, it is confirmed by saving again."""
    aside = kept(
        worker, NEW, form_of(), grid_code=GRID, doubts=[refusal("phone", "missing")]
    )  # any words do: they are kept as they were said

    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()

    assert 'name="confirmed" value="phone:missing"' in page
    assert "请再看一眼" in page


def test_a_correction_is_opened_about_its_record(desk: Client, worker: User, resident: Record) -> None:
    path = f"/records/{resident.pk}/correct/"
    form = {"entry_id": str(uuid4()), "base_version": "1", "act": "correct", "phone": "123"}
    aside = waits(worker, form, path=path)

    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()
    response = desk.post(f"/set-aside/{aside.pk}/", mended(page, form, phone="13912349999"))

    assert 'value="123"' in page
    assert response.status_code == 302
    assert Record.objects.get(pk=resident.pk).document()["phone"] == "13912349999"


def test_it_can_be_put_away(desk: Client, aside: SetAside) -> None:
    response = desk.post(f"/set-aside/{aside.pk}/", {"act": "drop"}, follow=True)

    assert "已放下" in response.content.decode()
    assert SetAside.objects.get(pk=aside.pk).settled_as == "dropped"
    assert not Record.objects.filter(kind="resident").exists()


def test_a_conflict_tells_its_worker_whose_move_it_is_and_takes_nothing(
    desk: Client, worker: User, resident: Record
) -> None:
    row = collision(worker, resident, phone="13912349999")

    page = desk.get(f"/set-aside/{row.pk}/").content.decode()
    posted = desk.post(f"/set-aside/{row.pk}/", {"act": "drop"})

    assert "由督导决定" in page
    assert "手机" in page
    assert "<textarea" not in page
    assert "/review/conflicts/" not in page
    assert posted.status_code == 200
    row.refresh_from_db()
    assert row.settled_at is None


def test_a_record_that_went_to_another_grid_is_not_opened(desk: Client, worker: User, resident: Record) -> None:
    form = {"entry_id": str(uuid4()), "base_version": "1", "act": "correct", "phone": "123"}
    aside = waits(worker, form, path=f"/records/{resident.pk}/correct/")
    Record.objects.update(grid_code="990101001002001")

    response = desk.get(f"/set-aside/{aside.pk}/")

    assert "不在您的网格里" in response.content.decode()
    assert desk.post(f"/set-aside/{aside.pk}/", {"act": "drop"}).status_code == 302


def test_a_tap_that_said_no_change_is_told_why_it_was_not_taken(desk: Client, worker: User, resident: Record) -> None:
    path, form = f"/records/{resident.pk}/verify/", {"entry_id": str(uuid4())}
    aside = kept(worker, path, form, record=resident, grid_code=GRID, refusals=[refusal("record", "closed")])

    page = desk.get(f"/set-aside/{aside.pk}/").content.decode()

    assert "档案已注销" in page
    assert f'href="/records/{resident.pk}/"' in page
    assert 'name="entry_id"' not in page
    assert desk.post(f"/set-aside/{aside.pk}/", {"act": "drop"}).status_code == 302


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        (Role.WORKER, GRID, 404),
        (Role.WORKER, "990101001002001", 404),
        (Role.SUPERVISOR, "990101001", 200),
        (Role.SUPERVISOR, "990101001002001", 404),
        (Role.ADMINISTRATOR, "990101", 403),
        (Role.OFFICER, "990101", 403),
        (Role.AUDITOR, "990101", 403),
    ],
)
def test_who_may_open_it(aside: SetAside, areas: dict[str, Area], role: Role, area: str, status: int) -> None:
    client = browser(create_account("somebody", name="某人", role=role, staff_no="S-1", areas=[areas[area]]))

    answers = {client.get(f"/set-aside/{aside.pk}/").status_code}
    answers.add(client.post(f"/set-aside/{aside.pk}/", {"act": "drop"}).status_code)

    assert answers == ({200, 302} if status == 200 else {status})
    assert (SetAside.objects.get(pk=aside.pk).settled_at is not None) == (status == 200)


def test_a_supervisor_may_mend_it_in_their_own_name(aside: SetAside, supervisor: User, form_of: Filled) -> None:
    client = browser(supervisor)
    page = client.get(f"/set-aside/{aside.pk}/").content.decode()

    client.post(f"/set-aside/{aside.pk}/", mended(page, form_of()))

    assert Entry.objects.get(record__kind="resident").by == supervisor


def test_what_does_not_exist_is_not_found(desk: Client) -> None:
    assert desk.get(f"/set-aside/{uuid4()}/").status_code == 404


def test_nothing_is_saved_when_somebody_was_faster(worker: User, aside: SetAside, form_of: Filled) -> None:
    """Settled between the look and the save: the entry is not made a second time."""
    first, second = browser(worker), browser(worker)
    page = first.get(f"/set-aside/{aside.pk}/").content.decode()
    with transaction.atomic():
        assert set_aside.settle(aside, worker)

    assert second.post(f"/set-aside/{aside.pk}/", mended(page, form_of())).status_code == 404
    assert not Record.objects.filter(kind="resident").exists()
