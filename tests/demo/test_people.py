"""The made-up people: valid by every rule of the dictionary, never twice the same, and nobody who could live."""

from __future__ import annotations

from datetime import date
from random import Random

from gridapp import dictionary
from gridapp.demo.people import People, Resident, employer, leased_to, owned_by

ON = date(2025, 1, 1)


def households(seed: int = 1, count: int = 60) -> list[list[Resident]]:
    people = People(Random(seed), on=ON)
    return [people.household("望月路1号1栋101室", renting=number % 2 == 0) for number in range(count)]


def everybody() -> list[Resident]:
    return [one for home in households() for one in home]


def test_the_same_seed_gives_the_same_people() -> None:
    assert households(seed=3) == households(seed=3)
    assert households(seed=3) != households(seed=4)


def test_what_a_worker_would_type_of_them_is_refused_nowhere_and_doubted_nowhere() -> None:
    for one in everybody():
        typed = {**one.fields, **one.residency, **one.household}
        checked = dictionary.validate(typed, on=ON, practice=True)

        assert (checked.refusals, checked.doubts) == ((), ()), one.name


def test_documents_are_of_the_division_that_does_not_exist_and_none_is_given_twice() -> None:
    numbers = [one.fields["id_number"] for one in everybody()]

    assert len(set(numbers)) == len(numbers)
    assert {number[:6] for number in numbers} == {"990101"}


def test_every_grown_person_has_a_phone_of_their_own_that_shows_it_is_made_up() -> None:
    phones = [one.fields["phone"] for one in everybody() if "guardian_id_number" not in one.fields]

    assert len(set(phones)) == len(phones)
    assert {phone[2:8] for phone in phones} == {"990101"}


def test_every_home_has_one_head_and_children_have_a_guardian_there() -> None:
    for home in households():
        heads = [one for one in home if one.residency["residency.relation_to_head"] == "02"]
        guardians = {one.fields["guardian_id_number"] for one in home if "guardian_id_number" in one.fields}

        assert len(heads) == 1
        assert guardians <= {one.fields["id_number"] for one in home}


def test_tenants_come_from_elsewhere_and_owners_are_registered_where_they_live() -> None:
    tenants, owners = households()[0], households()[1]

    assert all(dictionary.is_known_division(one.fields["hukou_division"]) for one in tenants)
    assert all(one.fields["hukou_division"] != "990101" for one in tenants)
    assert {one.fields["hukou_address"] for one in owners} == {"望月路1号1栋101室"}


def test_names_that_old_systems_stumble_over_are_among_them() -> None:
    names = {one.name for one in everybody()}

    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert any("·" in name for name in names)


def test_employers_have_credit_codes_with_the_right_check_character() -> None:
    codes = {employer(number)["employer_uscc"] for number in range(5)}

    assert len(codes) == 5
    for code in codes:
        checked = dictionary.validate({"employer_uscc": code}, on=ON, practice=True)
        assert checked.refusals == ()


def test_a_lease_and_an_owner_are_what_a_flat_takes() -> None:
    tenant = households()[0][0]
    flat = {**leased_to(tenant, 1500), **owned_by(tenant.fields)}

    checked = dictionary.validate(flat, on=ON, practice=True)

    assert checked.refusals == ()
