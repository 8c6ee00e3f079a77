"""Systems that wait for each other's numbers are found before anybody waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gridapp.catalogue import checks, dependencies, profiles
from gridapp.contract import ALWAYS, Kind, Layout, Profile, Row


def system(key: str, *kinds: Kind, rows: tuple[Row, ...] = (), **columns: Any) -> Profile:
    layouts = dict.fromkeys(kinds or (Kind.RESIDENT,), Layout(rows=(Row("name", "XM"), *rows)))
    return Profile(key=key, slug=key.lower(), zh=key, en=key, owner="", basis="", layouts=layouts, **columns)


def needing(number: str, key: str, *kinds: Kind, **columns: Any) -> Profile:
    return system(key, *kinds, rows=(Row(number, "BH", required=ALWAYS),), **columns)


def test_the_systems_of_the_district_wait_for_nobody_in_a_ring() -> None:
    installed = list(profiles.profiles().values())

    assert dependencies.rings(installed) == []
    assert dependencies.ungiven(installed) == []


@pytest.mark.parametrize(
    ("systems", "rings"),
    [
        ([system("A"), system("B", needs=("A",))], []),
        ([system("A", needs=("B",)), system("B", needs=("A",))], [["A", "B"]]),
        ([system("C", needs=("A",)), system("A", needs=("B",)), system("B", needs=("C",))], [["A", "B", "C"]]),
        ([system("A", needs=("A",))], [["A"]]),
        ([needing("B.no", "A"), system("B", gives={"no": "B.no"}, needs=("A",))], [["A", "B"]]),
        ([needing("A.no", "A", gives={"no": "A.no"})], []),
        (
            [
                system("A", Kind.HOUSING, gives={"no": "A.no"}),
                system("B", needs=("A",), gives={"no": "B.no"}),
                system("A2", Kind.HOUSING, needs=("A",)),
            ],
            [],
        ),
        (
            [
                needing("B.person", "A", Kind.RESIDENT, gives={"no": "A.home"}, gives_for={"A.home": Kind.HOUSING}),
                needing("A.home", "B", Kind.HOUSING, gives={"no": "B.person"}, gives_for={"B.person": Kind.RESIDENT}),
            ],
            [],
        ),
    ],
    ids=["a row", "two", "three", "itself", "a number", "its own number", "different kinds", "kinds that never meet"],
)
def test_rings(systems: list[Profile], rings: list[list[str]]) -> None:
    assert dependencies.rings(systems) == rings


def test_a_system_or_a_number_that_is_not_here_is_named() -> None:
    found = dependencies.ungiven([system("A", needs=("GONE",)), needing("B.no", "C")])

    assert found == [("A", "GONE"), ("C", "B.no")]


def test_a_number_that_may_be_missing_is_missed_by_nobody() -> None:
    assert dependencies.ungiven([system("A", rows=(Row("B.no", "BH"),))]) == []


def test_the_check_names_ring_and_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    systems: Mapping[str, Profile] = {"a": system("A", needs=("B",)), "b": system("B", needs=("A", "GONE"))}
    monkeypatch.setattr(profiles, "profiles", lambda: systems)

    ring, missing = checks.nobody_waits_for_ever(None)

    assert (ring.id, missing.id) == ("gridapp.E010", "gridapp.W011")
    assert "A → B → A" in ring.msg
    assert "GONE" in missing.msg
    assert ring.hint


def test_the_district_as_it_is_passes() -> None:
    assert checks.nobody_waits_for_ever(None) == []
