"""What a plan makes of entries, with the real tables of the district's systems and no department behind them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from connectors import cast
from gridapp.catalogue import profiles
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import seed
from gridapp.contract import Kind
from gridapp.delivery import replan
from gridapp.delivery.models import Delivery, Hold, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.submit import submit
from gridapp.delivery.wishes import Others, wish
from gridapp.org.models import Area, GridMapping, User
from gridapp.registry.entries import Entered
from gridapp.registry.forms import EntryForm
from gridapp.registry.models import Building, Record
from gridapp.registry.references import receive
from tests.stack.cases import BUILDING, flat, resident

GRID = "990101001001001"
CODE = BUILDING + "000301"
pytestmark = pytest.mark.django_db
Enter = Callable[[dict[str, Any]], Entered]


@pytest.fixture
def enter(db: None) -> Enter:
    for code in (GRID[:6], GRID[:9], GRID[:12], GRID):
        Area.objects.create(code=code, name="测试")
    GridMapping.objects.create(grid_id=GRID, system="police_grid", code="990101010101")
    Building.objects.create(
        code=BUILDING, grid_code=GRID, road="测试路", door_no="9号", building_no="1栋", floors=8, building_use="01",
        house_structure="3", longitude="114.05", latitude="22.55",
    )  # fmt: skip
    seed()
    Target.objects.filter(key__in=["FWBM", "JZDJ", "PDA", "WG"]).update(enabled=True, window={})
    worker = User.objects.create(username="worker", first_name="测试网格员", staff_no="W0001")
    worker.areas.add(Area.objects.get(pk=GRID))

    def act(raw: dict[str, Any]) -> Entered:
        return submit(EntryForm.parse({"id": str(uuid.uuid4()), "grid_code": GRID, **raw}), by=worker)

    return act


def _standing(entered: Entered) -> dict[str, str]:
    return dict(Delivery.objects.filter(record=entered.record).values_list("target__key", "status"))


def _arrives(entered: Entered) -> None:
    """Every target of the record holds what is wanted there."""
    for row in Delivery.objects.filter(record=entered.record):
        Delivery.objects.filter(pk=row.pk).update(
            status=Status.DELIVERED, due_at=None, hold="", held_digest=row.wanted_digest, reference="R1"
        )


def _coded(enter: Enter, **fields: Any) -> Entered:
    return enter(flat(housing_code=CODE, **fields))


def test_planning_again_changes_nothing(enter: Enter) -> None:
    home = _coded(enter)
    person = enter(resident(str(home.record.id)))

    with transaction.atomic():
        again = plan([home.record.id, person.record.id], residents=True)

    assert again.written == 0


def test_a_flat_that_has_its_code_needs_no_code(enter: Enter) -> None:
    assert _standing(_coded(enter)) == {"PDA": "waiting", "WG": "waiting"}


def test_a_new_flat_asks_for_its_code_and_everything_else_waits_for_it(enter: Enter) -> None:
    home = enter(flat())
    person = enter(resident(str(home.record.id)))

    waits = set(Delivery.objects.filter(status=Status.HELD).values_list("hold", "waits_for"))
    assert _standing(home) == {"FWBM": "waiting", "PDA": "held", "WG": "held"}
    assert _standing(person) == {"JZDJ": "held", "PDA": "held", "WG": "held"}
    assert waits == {(Hold.DEPENDENCY, "FWBM")}


def test_a_code_that_arrives_starts_everybody_who_waited(enter: Enter) -> None:
    home = enter(flat())
    person = enter(resident(str(home.record.id)))

    receive(home.record, {"housing.housing_code": CODE}, source="FWBM")
    with transaction.atomic():
        plan([home.record.id], residents=True)

    assert _standing(person) == {"JZDJ": "waiting", "PDA": "waiting", "WG": "waiting"}


def test_targets_that_are_not_connected_get_no_deliveries(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))

    assert set(_standing(person)) == {"JZDJ", "PDA", "WG"}


def test_what_is_missing_is_the_workers_and_named(enter: Enter) -> None:
    home = _coded(enter)
    person = enter(resident(str(home.record.id), education="", occupation=""))

    row = Delivery.objects.get(record=person.record, target__key="WG")
    assert (row.status, row.reason_code, row.fields) == (Status.RETURNED, "incomplete", ["education", "occupation"])
    assert _standing(person)["PDA"] == Status.WAITING


def test_a_name_that_one_target_cannot_write_is_a_clerks_there_and_goes_on_elsewhere(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id), name="测试㛃"))

    assert _standing(person) == {"JZDJ": "waiting", "PDA": "manual", "WG": "waiting"}


def test_a_grid_without_a_police_grid_is_the_operators(enter: Enter) -> None:
    GridMapping.objects.all().delete()

    person = enter(resident(str(_coded(enter).record.id)))

    assert _standing(person) == {"JZDJ": "failed", "PDA": "waiting", "WG": "waiting"}


def test_a_paused_target_holds_what_comes(enter: Enter) -> None:
    Target.objects.filter(key="PDA").update(paused_at=timezone.now(), paused_why="对方升级")

    home = _coded(enter)

    row = Delivery.objects.get(record=home.record, target__key="PDA")
    assert (row.status, row.hold, row.reason) == (Status.HELD, Hold.PAUSED, "对方升级")
    assert _standing(home)["WG"] == Status.WAITING


def test_a_correction_concerns_only_those_who_carry_the_field(enter: Enter) -> None:
    home = _coded(enter)
    person = enter(resident(str(home.record.id)))
    _arrives(home)
    _arrives(person)

    changed = {"kind": "resident", "action": "correct", "record": str(person.record.id)}
    enter({**changed, "fields": {"employer_name": "测试新厂"}})

    assert _standing(person) == {"JZDJ": "waiting", "PDA": "delivered", "WG": "waiting"}
    assert set(_standing(home).values()) == {"delivered"}


def test_a_change_taken_back_before_it_was_sent_is_told_to_nobody(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    _arrives(person)
    changed = {"kind": "resident", "action": "change", "record": str(person.record.id)}

    enter({**changed, "fields": {"phone": "13912345671"}})
    enter({**changed, "fields": {"phone": "13912345678"}})

    assert set(_standing(person).values()) == {"delivered"}


def test_still_lives_here_is_told_only_to_those_who_ask(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    _arrives(person)

    enter({"kind": "resident", "action": "verify", "record": str(person.record.id), "fields": {}})

    assert _standing(person) == {"JZDJ": "delivered", "PDA": "waiting", "WG": "delivered"}


def _leave(person: Entered) -> dict[str, Any]:
    return {
        "kind": "resident", "action": "close", "record": str(person.record.id), "fields": {},
        "residency": {"end_date": "2026-03-01", "end_reason": "2"},
    }  # fmt: skip


def test_someone_who_leaves_before_anything_was_sent_is_told_to_nobody(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))

    enter(_leave(person))

    assert set(_standing(person).values()) == {"cancelled"}


def test_someone_who_leaves_is_closed_where_they_are_known(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    _arrives(person)

    enter(_leave(person))

    rows = Delivery.objects.filter(record=person.record)
    assert {row.status for row in rows} == {Status.WAITING}
    assert {row.wanted_digest for row in rows} == {None}


def test_an_end_that_was_refused_is_told_again_when_somebody_corrects_it(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    _arrives(person)
    enter(_leave(person))
    Delivery.objects.filter(record=person.record).update(status=Status.RETURNED, due_at=None, reason_code="3102")

    again = enter(
        {"kind": "resident", "action": "correct", "record": str(person.record.id), "fields": {"phone": "13912345679"}}
    )

    rows = Delivery.objects.filter(record=person.record)
    assert {(row.status, row.wanted_digest) for row in rows} == {(Status.WAITING, None)}
    assert {row.wanted_version for row in rows} == {again.record.version}


def test_a_target_that_is_switched_off_misses_no_change(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    _arrives(person)
    Target.objects.filter(key="WG").update(enabled=False)

    changed = {"kind": "resident", "action": "change", "record": str(person.record.id)}
    enter({**changed, "fields": {"phone": "13912345671"}})

    row = Delivery.objects.get(record=person.record, target__key="WG")
    assert (row.status, row.hold, row.generation) == (Status.HELD, Hold.PAUSED, 2)


def test_a_grid_that_is_mapped_later_starts_what_waited_for_it(enter: Enter) -> None:
    GridMapping.objects.all().delete()
    person = enter(resident(str(_coded(enter).record.id)))
    before = replan.unmapped()

    GridMapping.objects.create(grid_id=GRID, system="police_grid", code="990101010101")
    after = replan.unmapped()

    assert (before, after) == (0, 1)
    assert _standing(person)["JZDJ"] == Status.WAITING


def test_a_change_while_it_is_on_its_way_waits_for_the_answer(enter: Enter) -> None:
    person = enter(resident(str(_coded(enter).record.id)))
    Delivery.objects.filter(record=person.record).update(
        status=Status.SENDING, due_at=None, token=uuid.uuid4(), lease_until="2099-01-01T00:00Z", maybe_sent=True
    )

    changed = {"kind": "resident", "action": "change", "record": str(person.record.id)}
    enter({**changed, "fields": {"phone": "13912345671"}})

    rows = Delivery.objects.filter(record=person.record)
    assert {(row.status, row.generation) for row in rows} == {(Status.SENDING, 2)}


def test_a_plan_reads_a_fixed_number_of_times(enter: Enter, django_assert_max_num_queries: Any) -> None:
    home = _coded(enter)
    people = [enter(resident(str(home.record.id)))]
    one = [record.pk for record in Record.objects.filter(pk__in=[home.record.id, *(p.record.id for p in people)])]

    with transaction.atomic(), django_assert_max_num_queries(9):
        plan(one, residents=True)


def test_a_number_for_the_flat_is_not_the_number_for_the_person() -> None:
    wg, szz = profiles.profiles()["grid_governance"], profiles.profiles()["provincial_governance"]
    view = {**cast.tenant(1), "permit_type": "01"}
    del view["WG.personId"]

    wanted = wish(view, Kind.RESIDENT, szz, Others.of({"WG": wg, "SZZ": szz}), ended=False)

    assert wanted is not None and wanted.block is not None
    assert (wanted.block.status, wanted.block.waits_for) == (Status.HELD, "WG")
