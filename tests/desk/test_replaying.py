"""A form that waited is the same form: entered as its page enters it, merged, in conflict, or set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from gridapp import registry
from gridapp.desk import draft as drafts
from gridapp.desk.replaying import Waited, replay
from gridapp.org.models import Area, User
from gridapp.registry import set_aside
from gridapp.registry.entries import Entered
from gridapp.registry.models import Building, Entry, Record, Residency, SetAside
from tests import factories
from tests.desk.cast import GRID, HOUSING, OTHER_GRID
from tests.desk.tablets import MADE_AT, a_form

NEW_RESIDENT, NEW_HOUSING = "/entries/new/resident/", "/entries/new/housing/"
Filled = Callable[..., dict[str, Any]]


def waited(path: str, form: dict[str, Any], made_at: str = MADE_AT) -> Waited:
    said = {"path": path, "form": urlencode(form, doseq=True), "made_at": made_at}
    return Waited.read(said, UUID(form["entry_id"]))


def replayed(path: str, form: dict[str, Any], by: User) -> Entered | SetAside:
    return replay(waited(path, form), by=by)


def saved(path: str, form: dict[str, Any], by: User) -> Entered:
    came = replayed(path, form, by)
    assert isinstance(came, Entered)
    return came


def aside(path: str, form: dict[str, Any], by: User) -> SetAside:
    came = replayed(path, form, by)
    assert isinstance(came, SetAside)
    return came


def correction(record: Record, **fields: Any) -> dict[str, Any]:
    """What the page of a correction posts: every field as it stands there, and what was changed."""
    return {"entry_id": str(uuid4()), "base_version": str(record.version), "act": "correct", **_shown(record), **fields}


def _shown(record: Record) -> dict[str, Any]:
    return drafts.raw(registry.views.view(record, on=timezone.localdate()), record.kind)


def elsewhere(record: Record, by: User, **fields: Any) -> None:
    """Somebody else's correction, which comes first."""
    record.refresh_from_db()
    saved(f"/records/{record.id}/correct/", correction(record, **fields), by)
    record.refresh_from_db()


def test_the_page_and_the_outbox_make_the_same_entry(desk: Client, worker: User, form_of: Filled) -> None:
    form = form_of()

    online = desk.post(NEW_RESIDENT, form)
    later = saved(NEW_RESIDENT, form, worker)

    assert online.status_code == 302
    assert not later.is_new


def test_what_was_replayed_may_be_posted_again(desk: Client, worker: User, form_of: Filled) -> None:
    form = form_of(hukou_address="测试路1号\n2楼")
    first = saved(NEW_RESIDENT, form, worker)

    again = desk.post(NEW_RESIDENT, form | {"hukou_address": "测试路1号\r\n2楼", "another": "yes"})

    assert first.is_new
    assert again.status_code == 302
    assert Entry.objects.filter(record__kind="resident").count() == 1


def test_each_of_the_six_forms_is_entered(
    worker: User, flat: Record, building: Building, resident: Record, form_of: Filled
) -> None:
    place = {"building": building.code, "floor": "4", "room_no": "402"}
    home = saved(NEW_HOUSING, a_form(**place, **HOUSING), worker).record
    about = f"/records/{resident.id}"
    there = {"residency.start_date": "20250601", "residency.residency_kind": "2"}
    gone = {"residency.end_date": "20260601", "residency.end_reason": "1"}

    made = [
        saved(NEW_RESIDENT, form_of(id_number=factories.id_number(date(1990, 1, 1)), phone="13912345679"), worker),
        saved(f"{about}/verify/", a_form(), worker),
        saved(f"{about}/correct/", correction(resident, occupation="焊工"), worker),
        saved(f"{about}/move/", a_form(housing=str(home.id), **there), worker),
        saved(f"{about}/move-out/", a_form(**gone), worker),
    ]

    assert [one.entry.action for one in made] == ["create", "verify", "correct", "move", "close"]


def test_a_doubt_does_not_hold_it_back_and_stays_unconfirmed(desk: Client, worker: User, form_of: Filled) -> None:
    form = form_of(name="甲")

    asked = desk.post(NEW_RESIDENT, form)
    came = saved(NEW_RESIDENT, form, worker)

    assert asked.status_code == 422
    assert came.is_new


def test_the_same_form_is_known_again_after_the_record_went_on(
    worker: User, resident: Record, building: Building
) -> None:
    path, form = f"/records/{resident.id}/correct/", correction(resident, occupation="焊工")
    first = saved(path, form, worker)
    elsewhere(resident, worker, occupation="电工", phone="13987654321")

    again = saved(path, form, worker)

    assert (again.is_new, again.entry) == (False, first.entry)
    assert not SetAside.objects.exists()


def test_and_after_it_left_the_workers_grid(worker: User, resident: Record) -> None:
    path, form = f"/records/{resident.id}/correct/", correction(resident, occupation="焊工")
    first = saved(path, form, worker)
    worker.areas.set(Area.objects.filter(code=OTHER_GRID))

    again = replayed(path, form, User.objects.get(pk=worker.pk))

    assert isinstance(again, Entered)
    assert again.entry == first.entry


def test_what_others_did_not_touch_is_merged(worker: User, resident: Record) -> None:
    form = correction(resident, occupation="焊工")
    elsewhere(resident, worker, hukou_address="测试路2号")

    came = saved(f"/records/{resident.id}/correct/", form, worker)

    document = came.record.document()
    assert (document["occupation"], document["hukou_address"]) == ("焊工", "测试路2号")


def test_what_both_touched_is_a_conflict_and_the_rest_is_saved(worker: User, resident: Record) -> None:
    form = correction(resident, occupation="焊工", hukou_address="测试路3号")
    elsewhere(resident, worker, hukou_address="测试路2号")

    row = aside(f"/records/{resident.id}/correct/", form, worker)

    resident.refresh_from_db()
    document = resident.document()
    assert (document["occupation"], document["hukou_address"]) == ("焊工", "测试路2号")
    assert (row.is_conflict, row.record, row.grid_code) == (True, resident, GRID)
    assert row.refusals == [["hukou_address", "changed_meanwhile"]]
    assert set_aside.opened(row).form["hukou_address"] == "测试路3号"
    assert Entry.objects.filter(id=row.entry_id).exists()


def test_a_conflict_sent_again_is_the_same_conflict(worker: User, resident: Record) -> None:
    path, form = f"/records/{resident.id}/correct/", correction(resident, occupation="焊工", hukou_address="测试路3号")
    elsewhere(resident, worker, hukou_address="测试路2号")

    first, again = aside(path, form, worker), aside(path, form, worker)

    assert first == again
    assert Entry.objects.filter(id=first.entry_id).count() == 1


def test_where_the_rest_does_not_stand_by_itself_all_of_it_waits(worker: User, resident: Record) -> None:
    record = resident
    form = correction(record, phone="123", hukou_address="测试路3号")
    elsewhere(record, worker, hukou_address="测试路2号")

    row = aside(f"/records/{record.id}/correct/", form, worker)

    assert [code for _field, code in row.refusals] != ["changed_meanwhile"]
    assert not row.is_conflict
    assert not Entry.objects.filter(id=row.entry_id).exists()


def test_other_content_under_a_known_id_is_set_aside_and_overwrites_nothing(worker: User, form_of: Filled) -> None:
    form = form_of()
    first = saved(NEW_RESIDENT, form, worker)

    row = aside(NEW_RESIDENT, form | {"phone": "13987654321"}, worker)

    first.record.refresh_from_db()
    assert (row.refusals, row.record) == ([["", "saved_already"]], first.record)
    assert first.record.document()["phone"] == "13912345678"


def test_a_record_out_of_reach_is_set_aside_without_naming_it(
    worker: User, other_worker: User, resident: Record
) -> None:
    row = aside(f"/records/{resident.id}/correct/", correction(resident, occupation="焊工"), other_worker)

    assert (row.record, row.grid_code, row.refusals) == (None, "", [["record", "out_of_reach"]])


def test_a_home_out_of_reach_is_set_aside(other_worker: User, form_of: Filled) -> None:
    row = aside(NEW_RESIDENT, form_of(), other_worker)

    assert (row.kind, row.refusals) == ("resident", [["housing", "no_place"]])


def test_a_home_entered_offline_is_known_by_its_entry(worker: User, building: Building, targets: None) -> None:
    home = a_form(building=building.code, floor="4", room_no="402", **HOUSING)
    flat = saved(NEW_HOUSING, home, worker).record

    person = a_form(
        housing=home["entry_id"], id_type="111", id_number="990101199202290010", name="测试甲", ethnicity="01",
        phone="13912345678", **{"residency.residency_kind": "2", "residency.start_date": "20240310"},
    )  # fmt: skip
    came = saved(NEW_RESIDENT, person, worker)

    assert Residency.objects.get(resident=came.record).housing == flat


def test_the_next_of_a_household_entered_offline_joins_it(worker: User, form_of: Filled) -> None:
    first = form_of(household__household_no="H1")
    mother = saved(NEW_RESIDENT, first, worker).record

    child = saved(
        NEW_RESIDENT,
        form_of(after=first["entry_id"], id_number=factories.id_number(date(1990, 1, 1)), phone="13912345679"),
        worker,
    ).record

    households = {one.household_id for one in Residency.objects.filter(resident__in=[mother, child])}
    assert len(households) == 1


@pytest.mark.parametrize(
    ("made_at", "believed"),
    [
        (MADE_AT, True),
        (MADE_AT[:19], True),
        ("1970-01-01T08:00:00+08:00", False),
        ("2999-01-01T00:00:00Z", False),
        ("2026-02-30T09:30:00Z", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("yesterday", False),
        ("", False),
    ],
    ids=["with its zone", "without", "never set", "far ahead", "no such day", "before all", "a word", "none"],
)
def test_a_clock_that_cannot_be_right_is_not_believed(
    worker: User, form_of: Filled, made_at: str, believed: bool
) -> None:
    came = replay(waited(NEW_RESIDENT, form_of(), made_at), by=worker)

    assert isinstance(came, Entered)
    assert (abs(timezone.now() - came.entry.made_at).total_seconds() > 60) is believed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=some.dictionaries(
        some.sampled_from(
            ["name", "id_number", "phone", "housing", "building", "floor", "room_no", "base_version", "after", "take",
             "confirmed", "made_at", "act", "for", "like", "hukou_division", "residency.start_date"]
        ),
        some.one_of(some.text(max_size=40), some.sampled_from(["\0", "9" * 30, "-1", "１２", "\ud800"])),
    ),
    path=some.sampled_from([NEW_RESIDENT, NEW_HOUSING, "correct", "move", "move-out", "verify"]),
)  # fmt: skip
def test_whatever_stands_in_a_form_there_is_an_answer(
    worker: User, flat: Record, resident: Record, building: Building, values: dict[str, str], path: str
) -> None:
    form = {"entry_id": str(uuid4()), "housing": str(flat.id), "building": building.code, **values}
    told = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    where = path if path.startswith("/") else f"/records/{resident.id}/{path}/"

    came = replay(
        Waited.read({"path": where, "form": urlencode(told), "made_at": ""}, UUID(form["entry_id"])), by=worker
    )

    assert isinstance(came, Entered | SetAside)
