"""Every operation × every role × own and another grid: what is not yours is not there, and who reads does not write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gridapp.catalogue.targets import seed
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests import factories
from tests.api.conftest import ClientOf, Stored
from tests.api.description import DescribedClient

ROLES = ["worker", "other_worker", "supervisor", "officer", "administrator", "auditor", "anonymous"]
ENTERING = {"worker", "other_worker", "supervisor"}
SEES = {
    "ours": {"worker", "supervisor", "administrator", "auditor"},
    "theirs": {"other_worker", "supervisor", "administrator", "auditor"},
}
"""The factories' supervisor has the sub-district, so both grids. An officer, named for no system, sees no record."""

Do = Callable[[DescribedClient, Record, Record], Any]
"""With a client, a flat and a resident of the grid it is about."""


def post(body: Callable[[Record, Record], dict[str, Any]]) -> Do:
    return lambda client, flat, person: client.post("/api/v1/entries/", body(flat, person))


def entry_of(record: Record) -> str:
    return f"/api/v1/entries/{Entry.objects.filter(record=record).latest('number').id}/"


READING: dict[str, Do] = {
    "the resident": lambda client, flat, person: client.get(f"/api/v1/records/{person.id}/"),
    "the flat": lambda client, flat, person: client.get(f"/api/v1/records/{flat.id}/"),
    "the resident's entry": lambda client, flat, person: client.get(entry_of(person)),
    "the flat's entry": lambda client, flat, person: client.get(entry_of(flat)),
    "a preview of the flat": lambda client, flat, person: client.get(f"/api/v1/records/{flat.id}/targets/WG/preview/"),
    "a preview of the resident": lambda client, flat, person: client.get(
        f"/api/v1/records/{person.id}/targets/WG/preview/"
    ),
}
ACTING: dict[str, Do] = {
    "change": post(lambda flat, person: factories.act(person, "change", phone=factories.phone())),
    "correct": post(lambda flat, person: factories.act(person, "correct", phone=factories.phone())),
    "verify": post(lambda flat, person: factories.act(person, "verify")),
    "close": post(lambda flat, person: factories.act(person, "close", residency__end_reason="1")),
    "change the flat": post(lambda flat, person: factories.act(flat, "change", floor_area="77")),
    "verify the flat": post(lambda flat, person: factories.act(flat, "verify")),
}
CREATING: dict[str, Do] = {
    "a resident": post(lambda flat, person: factories.resident_body(flat)),
    "a flat": post(
        lambda flat, person: factories.flat_body(factories.BuildingFactory.create(grid_code=flat.grid_code))
    ),
}


@pytest.fixture(params=["ours", "theirs"])
def place(request: pytest.FixtureRequest, accounts: dict[str, User]) -> tuple[str, Record, Record]:
    """Which grid, and a flat and a resident there."""
    seed()
    by = accounts["worker" if request.param == "ours" else "other_worker"]
    flat = factories.flat(by)
    return request.param, flat, factories.resident(by, flat)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", READING)
def test_reading(operation: str, role: str, place: tuple[str, Record, Record], client_of: ClientOf) -> None:
    grid, flat, person = place

    answer = READING[operation](client_of(role), flat, person)

    expected = 401 if role == "anonymous" else 200 if role in SEES[grid] else 404
    assert answer.status_code == expected
    assert answer.status_code == 200 or str(person.id) not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", [*ACTING, *CREATING])
def test_writing(
    operation: str, role: str, place: tuple[str, Record, Record], client_of: ClientOf, stored: Stored
) -> None:
    grid, flat, person = place
    do = ACTING.get(operation) or CREATING[operation]

    answer = do(client_of(role), flat, person)

    # Another grid is no id of anything: naming it is refused, as a mistyped one is.
    expected = 401 if role == "anonymous" else 403 if role not in ENTERING else 201 if role in SEES[grid] else 422
    assert answer.status_code == expected, answer.content.decode()
    if expected == 422:
        assert [one["field"] for one in answer.json()["errors"]] == ["grid_code"]
    if expected != 201:
        assert stored()["Entry"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize("operation", ACTING)
def test_acting_on_another_grids_record_as_if_in_ones_own_finds_nothing(
    operation: str, client_of: ClientOf, accounts: dict[str, User], stored: Stored
) -> None:
    far = factories.flat(accounts["other_worker"])
    person = factories.resident(accounts["other_worker"], far)
    far.grid_code = person.grid_code = factories.GRID  # as the bodies will say

    answer = ACTING[operation](client_of("worker"), far, person)

    assert answer.status_code == 404
    assert stored()["Entry"] == 2


@pytest.mark.django_db
def test_moving_a_resident_to_another_grids_flat_or_to_none_reads_the_same(
    client_of: ClientOf, accounts: dict[str, User], home: Record, far_home: Record
) -> None:
    person = factories.resident(accounts["worker"], home)
    worker = client_of("worker")

    there = worker.post("/api/v1/entries/", factories.act(person, "move", housing=str(far_home.id)))
    nowhere = worker.post(
        "/api/v1/entries/", factories.act(person, "move", housing=factories.act(person, "move")["id"])
    )

    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert there.json() == nowhere.json()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("asked", ["测试甲", "测试路", "csj", "{phone}", "{code}"])
def test_a_search_finds_only_what_is_ones_own(
    asked: str, role: str, client_of: ClientOf, accounts: dict[str, User]
) -> None:
    phone, found_by = factories.phone(), {}
    for grid, name in (("ours", "worker"), ("theirs", "other_worker")):
        flat = factories.flat(accounts[name])
        person = factories.resident(accounts[name], flat, phone=phone)
        code = f"{flat.building_id}000301"
        Record.objects.filter(pk=flat.pk).update(housing_code=code)
        words = {"phone": phone, "code": code}
        found_by[grid] = {str(flat.id), str(person.id)}

    answer = client_of(role).post("/api/v1/records/search/", {"q": asked.format(**words), "limit": 100})

    if role == "anonymous":
        assert answer.status_code == 401
        return
    hits = {one["id"] for one in answer.json()["results"]}
    allowed = set().union(*(ids for grid, ids in found_by.items() if role in SEES[grid]))
    assert hits <= allowed
    assert hits or role == "officer" or (asked == "{code}" and role == "worker")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["targets/", "targets/WG/", "coverage/"])
def test_the_catalogue_is_everybodys_who_is_signed_in(path: str, role: str, client_of: ClientOf) -> None:
    seed()

    answer = client_of(role).get(f"/api/v1/{path}")

    # An officer, named for no system, finds none.
    theirs = 404 if role == "officer" and "WG" in path else 200
    assert answer.status_code == (401 if role == "anonymous" else theirs)
