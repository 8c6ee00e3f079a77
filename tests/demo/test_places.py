"""The made-up district: a tree of areas, buildings in its grids, flats with the codes their office would give."""

from __future__ import annotations

from random import Random

from gridapp.demo import places


def test_the_areas_are_a_tree_by_their_codes_parents_first() -> None:
    codes = [one.code for one in places.areas()]

    assert len(codes) == 2 + 3 + 30
    for at, code in enumerate(codes[1:], start=1):
        assert any(code.startswith(parent) and len(parent) < len(code) for parent in codes[:at])


def test_every_area_has_a_name_in_both_languages() -> None:
    assert all(one.zh and one.en and one.zh != one.en for one in places.areas())


def test_every_grid_has_two_stairwells_whose_codes_are_their_own() -> None:
    buildings = list(places.buildings())

    assert {one.grid_code for one in buildings} == set(places.grid_codes())
    assert len({one.code for one in buildings}) == len(buildings) == 60
    assert all(len(one.code) == 19 and one.code.startswith(one.grid_code[:12]) for one in buildings)


def test_no_two_flats_share_a_code_or_an_address() -> None:
    flats = [flat for building in places.buildings() for flat in places.flats(building, Random(1))]

    assert len({flat.code for flat in flats}) == len({flat.address for flat in flats}) == len(flats) == 720
    assert {len(flat.code) for flat in flats} == {25}


def test_other_systems_have_codes_of_their_own_for_each_grid() -> None:
    police = [places.mapped_codes(code)["police_grid"] for code in places.grid_codes()]

    assert len(set(police)) == 30
    assert {len(code) for code in police} == {12}
    assert places.mapped_codes(places.grid_codes()[0])["provincial_grid"].endswith("/银杏社区/001网格")
