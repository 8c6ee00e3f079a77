"""The register by itself: what it takes, how it refuses, what its return files say on good and bad days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.family_planning.sandbox import REASONS, PopulationRegister
from tests.conftest import Until
from tests.connectors.bad_archives import bad_archives
from tests.connectors.family_planning.drop import drop, returned, today, woman

Verdicts = dict[str, tuple[str, str]]


def verdicts(register: PopulationRegister, until: Until, batch: str) -> Verdicts:
    """LSH -> code and number of a return file; of one that was refused as a whole the code under ""."""
    until(lambda: returned(register, batch) is not None)
    root = returned(register, batch)
    assert root is not None and root.get("WJM") == batch
    if root.get("JG") is not None:
        return {"": (root.get("JG", ""), root.get("YY", ""))}
    return {rec.findtext("LSH", ""): (rec.findtext("JG", ""), rec.findtext("QYRKBM", "")) for rec in root}


def answered(register: PopulationRegister, until: Until, *records: dict[str, str], **bent: Any) -> Verdicts:
    return verdicts(register, until, drop(register, *records, **bent))


def code(register: PopulationRegister, until: Until, record: dict[str, str], **bent: Any) -> str:
    """The code for the one record of a file."""
    ((said, _),) = answered(register, until, record, **bent).values()
    return said


def test_who_is_taken_is_held_under_a_number(register: PopulationRegister, until: Until) -> None:
    said = answered(register, until, woman(1), woman(2))

    held = register.store.table("residents")
    assert {number: one["QYRKBM"] for number, one in held.items()} == {
        woman(place)["SFZH"]: said[woman(place)["LSH"]][1] for place in (1, 2)
    }
    assert {one[0] for one in said.values()} == {"0"}


def test_the_same_person_again_is_one_person_with_one_number(register: PopulationRegister, until: Until) -> None:
    (first,) = answered(register, until, woman(1)).values()

    (again,) = answered(register, until, woman(1, LXDH="13912340009"), number=2).values()

    assert again == first
    (held,) = register.store.table("residents").values()
    assert held["LXDH"] == "13912340009"


def test_a_child_that_gets_a_number_of_its_own_is_still_that_child(register: PopulationRegister, until: Until) -> None:
    under_its_mother = woman(1, SFZH=f"{woman(2)['SFZH']}-1")
    ((_, number),) = answered(register, until, under_its_mother).values()

    answered(register, until, woman(1, CZLX="2", QYRKBM=number), number=2)

    assert [(one["SFZH"], one["QYRKBM"]) for one in register.store.table("residents").values()] == [
        (woman(1)["SFZH"], number)
    ]


def test_who_has_gone_is_taken_out_and_who_was_never_there_is_no_error(
    register: PopulationRegister, until: Until
) -> None:
    answered(register, until, woman(1))
    gone = [{name: woman(place)[name] for name in ("LSH", "XM", "SFZH")} | {"CZLX": "3"} for place in (1, 2)]

    said = answered(register, until, *gone, number=2)

    assert [one[0] for one in said.values()] == ["0", "0"]
    assert register.store.table("residents") == {}


REFUSED = [
    ("R01", {"CSRQ": "19920228"}),
    ("R01", {"CSRQ": "19920230"}),
    ("R01", {"SFZH": "990101199202290020"}),
    ("R02", {"HYZK": None}),
    ("R02", {"HYZK": "9"}),
    ("R03", {"HJDXZQH": "110103000000"}),
]


@pytest.mark.parametrize(("said", "changed"), REFUSED)
def test_a_record_is_refused_by_their_own_table(
    register: PopulationRegister, until: Until, said: str, changed: dict[str, str | None]
) -> None:
    assert code(register, until, woman(1, **changed)) == said
    assert register.store.table("residents") == {}


@pytest.mark.parametrize("mother", [{}, {"MQSFZH": "x"}, {"MQXM": "x"}])
def test_a_small_child_needs_its_mother(register: PopulationRegister, until: Until, mother: dict[str, str]) -> None:
    born = f"{datetime.now(UTC) - timedelta(days=700):%Y%m%d}"
    child = woman(1, SFZH=f"{woman(2)['SFZH']}-1", CSRQ=born, HYZK="1", **mother)

    assert code(register, until, child) == "R05"
    assert code(register, until, {**child, "MQSFZH": "x", "MQXM": "y"}, number=2) == "0"


def test_another_districts_person_and_a_twin_under_the_mothers_number_are_theirs_already(
    register: PopulationRegister, until: Until
) -> None:
    register.store.put("other_districts", woman(1)["SFZH"], {})
    twins = [woman(place, SFZH=f"{woman(2)['SFZH']}-1", XM=f"双{place}") for place in (3, 4)]

    assert code(register, until, woman(1)) == "R04"
    assert [one[0] for one in answered(register, until, *twins, number=2).values()] == ["0", "R04"]


BENT: list[dict[str, Any]] = [
    {"marker": "QYRK_990101_20240315_0001.xml.zip,1,1,00\n"},
    {"marker": ""},
    {"says": 2},
    {"plain": b"<QYRK JLS='1'><REC>"},
    {"plain": b'<!DOCTYPE QYRK [<!ENTITY a "b">]><QYRK JLS="1"><REC><LSH>&a;</LSH></REC></QYRK>'},
    {"plain": b"<OTHER JLS='1'><REC/></OTHER>"},
    {"key": b"another key 1234"},
    {"content": b"no file at all"},
    {"content": b""},
    {"day": "20240315"},
    *({"packed": archive} for archive in bad_archives("QYRK.xml").values()),
]


@pytest.mark.parametrize("bent", BENT)
def test_a_file_that_is_not_as_agreed_is_refused_whole(
    register: PopulationRegister, until: Until, bent: dict[str, Any]
) -> None:
    assert answered(register, until, woman(1), **bent) == {"": ("R09", REASONS["R09"])}
    assert register.store.table("residents") == {}


@pytest.mark.parametrize(
    "changed", [{"XM": None}, {"XM": ""}, {"XB": "3"}, {"LSH": "short"}, {"NAME": "x"}, {"XJDXZQH": "990101"}]
)
def test_one_record_that_is_not_well_formed_spoils_the_file(
    register: PopulationRegister, until: Until, changed: dict[str, str | None]
) -> None:
    assert "" in answered(register, until, woman(1), woman(2, **changed))


def test_two_records_of_one_key_and_no_record_at_all_are_no_file(register: PopulationRegister, until: Until) -> None:
    assert "" in answered(register, until, woman(1), woman(2, LSH=woman(1)["LSH"]))
    assert "" in answered(register, until, number=2)


def test_a_file_counts_with_its_marker_and_not_before(register: PopulationRegister, until: Until) -> None:
    batch = f"QYRK_990101_{today()}_0001"
    (register.site.up / f"{batch}.xml.zip").write_bytes(b"in the writing")
    other = drop(register, woman(1), number=2)

    verdicts(register, until, other)

    assert returned(register, batch) is None


@pytest.mark.parametrize(
    ("fault", "said", "held"),
    [
        ("return_short", [1, 2], 3),
        ("return_shuffled", [3, 2, 1], 3),
        ("return_foreign", [1, 2, 3, None], 3),
        ("half", [1], 1),
        ("lose", [1, 2, 3], 0),
        ("duplicate", [1, 2, 3], 0),
        ("twice", [1, 2, 3], 6),
    ],
)
def test_a_bad_day_shows_in_the_return_file_or_in_the_register(
    register: PopulationRegister, until: Until, fault: str, said: list[int | None], held: int
) -> None:
    register.faults.set(fault)
    places = {woman(place)["LSH"]: place for place in (1, 2, 3)}

    came = answered(register, until, *(woman(place) for place in (1, 2, 3)))

    assert [places.get(key) for key in came] == said
    assert {one[0] for one in came.values()} == {"0"}
    assert register.store.sizes().get("residents", 0) == held


def test_outside_its_hours_the_clerk_rests(register: PopulationRegister, until: Until) -> None:
    register.faults.set("window_closed")

    batch = drop(register, woman(1))

    assert returned(register, batch) is None
    register.faults.clear()
    assert verdicts(register, until, batch)


def test_files_and_register_outlive_the_server(register: PopulationRegister, until: Until) -> None:
    batch = drop(register, woman(1))
    verdicts(register, until, batch)

    register.stop()
    register.start()

    assert returned(register, batch) is not None
    assert len(register.store.table("residents")) == 1


def test_its_time_is_half_a_day_and_a_thousandth_of_it_in_the_demo() -> None:
    slow = PopulationRegister(hurry=1000.0, own_time=True)

    assert all(1 < slow.waits() < 2 * 86.4 for _ in range(50))


def test_a_file_that_cannot_be_read_is_refused_and_the_next_is_answered(
    register: PopulationRegister, until: Until
) -> None:
    batch = f"QYRK_990101_{today()}_0001"
    (register.site.up / f"{batch}.xml.zip").mkdir()
    (register.site.up / f"{batch}.ok").write_text("")
    until((register.site.down / f"{batch}_RET.xml").exists)
    (register.site.up / f"{batch}.xml.zip").rmdir()

    assert code(register, until, woman(2), number=2) == "0"
