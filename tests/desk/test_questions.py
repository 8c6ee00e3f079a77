from __future__ import annotations

import pytest

from gridapp import dictionary
from gridapp.catalogue import profiles
from gridapp.contract import Kind
from gridapp.desk import groups, questions
from gridapp.desk.questions import Shown

OF_THE_PLACE = {
    "road",
    "door_no",
    "estate_name",
    "building_no",
    "unit_no",
    "floor_no",
    "room_no",
    "housing_code",
    "address",
}
"""Chosen with the building and the room, or given by a department: never asked on the form."""
BY_ANOTHER_ACT = {"residency.end_date", "residency.end_reason", "death_date"}
ENTITIES = {Kind.RESIDENT: {"resident", "household", "residency"}, Kind.HOUSING: {"housing", "tenancy", "premises"}}


@pytest.mark.parametrize("kind", list(Kind))
def test_whatever_a_system_takes_has_its_place_on_the_form(kind: Kind) -> None:
    taken = {
        name
        for profile in profiles.district()
        if kind in profile.layouts
        for name in profile.layouts[kind].sources
        if name in dictionary.FIELDS
    }
    typed = {
        name
        for name in taken
        if dictionary.field(name).required in set("YTO") and dictionary.field(name).entity in ENTITIES[kind]
    }

    wanted = {name for name in typed if name.rpartition(".")[2] not in OF_THE_PLACE} - BY_ANOTHER_ACT
    assert wanted - set(groups.names(kind)) == set()


@pytest.mark.parametrize("kind", list(groups.GROUPS))
def test_no_field_stands_twice_on_a_form(kind: str) -> None:
    names = groups.names(kind)

    assert len(names) == len(set(names))
    assert set(groups.ALWAYS[kind]) <= set(names)


def test_a_short_table_is_shown_whole_and_a_long_one_begins_with_the_most_used() -> None:
    drawn = {one.name: one for group in questions.draw("resident", Shown({}, {"ethnicity"})) for one in group.questions}

    assert [choice.label for choice in drawn["inflow_reason"].choices][:2] == ["务工", "务农"]
    assert drawn["inflow_reason"].more == []
    assert drawn["ethnicity"].choices[0].label == "汉族"
    assert len(drawn["ethnicity"].choices) + len(drawn["ethnicity"].more) == 58


def test_what_was_chosen_is_never_folded_away() -> None:
    drawn = {
        one.name: one
        for group in questions.draw("resident", Shown({"ethnicity": "56"}, {"ethnicity"}))
        for one in group.questions
    }

    assert [choice.value for choice in drawn["ethnicity"].choices if choice.chosen] == ["56"]


def test_a_field_that_a_system_needs_is_not_called_optional() -> None:
    drawn = {
        one.name: one
        for group in questions.draw("resident", Shown({}, {"permit_type", "permit_no"}, needed={"permit_type"}))
        for one in group.questions
    }

    assert (drawn["permit_type"].optional, drawn["permit_type"].can_be_optional) == (False, True)
    assert (drawn["permit_no"].optional, drawn["permit_no"].can_be_optional) == (True, True)
    assert (drawn["name"].optional, drawn["name"].can_be_optional) == (False, False)


def test_nothing_is_shown_that_nobody_asks() -> None:
    drawn = questions.draw("resident", Shown({}, {"name"}))

    assert [one.name for group in drawn for one in (*group.questions, *group.folded) if one.shown] == ["name"]
    assert [group.key for group in drawn if group.shown] == ["person"]
