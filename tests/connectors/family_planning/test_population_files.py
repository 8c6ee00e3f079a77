"""The connector and the register over a real file server: what only shows between them."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from connectors import cast
from connectors.family_planning.connector import THEIR_CLOCK, counts_for
from gridapp.contract import Action, Conflict, Delivered, Misconfigured, NotYet, Rejected
from tests.connectors.family_planning.office import Office, kinds, woman

# --- Good days -------------------------------------------------------------------------------------------------------


def test_who_is_taken_has_their_number_and_others_get_it(office: Office) -> None:
    (came,) = office.decided(woman())

    (held,) = office.register.store.table("residents").values()
    assert came == Delivered(held["QYRKBM"], {"JS.QYRKBM": held["QYRKBM"]})


def test_a_file_is_named_after_district_day_and_number(office: Office) -> None:
    office.at = datetime.combine(datetime.now(THEIR_CLOCK).date(), time(9), THEIR_CLOCK)
    office.send(woman(1))
    office.send(woman(2))

    day = f"{office.at:%Y%m%d}"
    assert office.files() == [
        f"QYRK_990101_{day}_{number}{ending}" for number in ("0001", "0002") for ending in (".ok", ".xml.zip")
    ]


@pytest.mark.parametrize(("clock", "day"), [(time(7), 30), (time(19, 59, 59), 30), (time(20), 31), (time(20, 59), 31)])
def test_what_comes_after_eight_in_the_evening_counts_for_the_next_day(clock: time, day: int) -> None:
    assert counts_for(datetime.combine(date(2024, 3, 30), clock, THEIR_CLOCK)) == date(2024, 3, day)


def test_a_change_follows_the_person(office: Office) -> None:
    (first,) = office.decided(woman())
    assert isinstance(first, Delivered)

    (later,) = office.decided(
        woman(key=7, action=Action.CHANGE, reference=first.reference, changed={"phone": "13912349999"})
    )

    assert later == first
    (held,) = office.register.store.table("residents").values()
    assert held["LXDH"] == "13912349999"


def test_a_child_under_its_mothers_number_is_the_same_child_when_it_has_its_own(office: Office) -> None:
    mother = {"guardian_id_number": cast.mother(5)["id_number"], "guardian_name": "李秀英", "guardian_relation": "52"}
    born = {"birth_date": date(2024, 3, 10), "age": 0, "marital_status": "10", **mother}
    named = {**born, "id_type": "111", "id_number": cast.document_number(date(2024, 3, 10), 3, sex="2")}
    (first,) = office.decided(woman(changed={**born, "id_type": "117", "id_number": "A123456789"}))
    assert isinstance(first, Delivered)
    assert list(office.register.store.table("residents")) == [f"{mother['guardian_id_number']}-1"]

    (later,) = office.decided(woman(key=7, action=Action.CHANGE, reference=first.reference, changed=named))

    assert later == first
    assert list(office.register.store.table("residents")) == [named["id_number"]]


@pytest.mark.parametrize("reason", ["2", "3", "7"])
def test_who_has_left_or_died_is_taken_out(office: Office, reason: str) -> None:
    (first,) = office.decided(woman())
    assert isinstance(first, Delivered)
    gone = {"residency.end_reason": reason, "marital_status": "90"}  # what no longer fits keeps nobody there

    (came,) = office.decided(woman(key=7, action=Action.CLOSE, reference=first.reference, changed=gone))

    assert isinstance(came, Delivered)
    assert office.register.store.table("residents") == {}


def test_five_thousand_go_in_one_file_and_two_of_them_come_back(office: Office) -> None:
    crowd = [woman(number % 499, key=number, changed={"id_number": number_of(number)}) for number in range(5000)]
    office.register.faults.script(number_of(7), "R03")
    office.register.faults.script(number_of(4711), "R04")

    came = office.decided(*crowd)

    assert len(office.files()) == 2
    assert {place: type(one) for place, one in enumerate(came) if not isinstance(one, Delivered)} == {
        7: Rejected,
        4711: Conflict,
    }
    assert len(office.register.store.table("residents")) == 4998


def number_of(number: int) -> str:
    """More people than a day has numbers for: that of the mother, and which child."""
    return f"{cast.mother(number % 499)['id_number']}-{number // 499}"


# --- Answers that do not fit ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["return_short", "return_foreign", "half"])
def test_a_return_that_does_not_fit_is_nobodys_yes_and_the_batch_goes_once_more(office: Office, fault: str) -> None:
    office.register.faults.set(fault, times=1)
    assert kinds(office.decided(woman(1), woman(2), woman(3))) == ["Unknown"] * 3

    again = office.decided(woman(1), woman(2), woman(3))

    assert kinds(again) == ["Delivered"] * 3
    assert len(office.register.store.table("residents")) == 3


def test_the_order_of_a_return_does_not_matter(office: Office) -> None:
    office.register.faults.set("return_shuffled")
    office.register.faults.script(woman(1).fields["id_number"], "R03")

    assert kinds(office.decided(woman(1), woman(2), woman(3))) == ["Rejected", "Delivered", "Delivered"]


def test_when_they_have_put_a_good_return_there_reading_back_finds_it(office: Office) -> None:
    office.register.faults.set("return_short", times=1)
    office.decided(woman(1), woman(2))
    assert kinds(office.read_back(woman(1), woman(2))) == ["Unknown", "Unknown"]

    (bad,) = office.register.site.down.iterdir()
    bad.write_bytes(office.register.answer(bad.name.removesuffix("_RET.xml")))

    assert kinds(office.read_back(woman(1), woman(2))) == ["Delivered", "Delivered"]


def test_a_conflict_that_was_settled_goes_through_under_the_same_key(office: Office) -> None:
    office.register.store.put("other_districts", woman().fields["id_number"], {})
    assert kinds(office.decided(woman())) == ["Conflict"]

    office.register.store.remove("other_districts", woman().fields["id_number"])

    assert kinds(office.decided(woman())) == ["Delivered"]


# --- Files that are refused -------------------------------------------------------------------------------------------


def test_a_file_refused_once_goes_again_whole(office: Office) -> None:
    office.register.faults.set("error_in_200", times=1)
    refused = office.decided(woman(1), woman(2))
    assert [(type(one), one.code) for one in refused if isinstance(one, NotYet)] == [(NotYet, "R09")] * 2

    assert kinds(office.decided(woman(1), woman(2))) == ["Delivered", "Delivered"]
    assert len(office.files()) == 4


def test_with_a_wrong_file_key_two_files_are_refused_and_then_nobody_sends_until_it_is_right(office: Office) -> None:
    right = office.settings
    office.settings = {**right, "file_key": "0" * 32}
    for _ in range(2):
        assert kinds(office.decided(woman())) == ["NotYet"]

    with pytest.raises(Misconfigured, match="R09"):
        office.send(woman())
    office.settings = right

    assert kinds(office.decided(woman())) == ["Delivered"]


@pytest.mark.parametrize(
    ("setting", "value"), [("file_key", "secret"), ("division", "99010"), ("up", "/elsewhere"), ("host_key", "")]
)
def test_a_setting_that_cannot_be_is_the_operators_and_is_not_quoted(office: Office, setting: str, value: str) -> None:
    office.settings = {**office.settings, setting: value}

    with pytest.raises(Misconfigured) as raised:
        office.send(woman())

    assert not value or value not in str(raised.value)
    assert office.files() == []
