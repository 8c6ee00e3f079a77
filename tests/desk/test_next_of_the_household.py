"""Several people of one flat, one after the other: the next begins in the household of the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from gridapp.registry.models import Household, Record, Residency

NEW = "/entries/new/resident/"
NUMBER = "990100001"
HEAD = {"residency__relation_to_head": "02", "household__household_no": NUMBER}
SPOUSE = {"id_number": "990101199202290029", "name": "测试乙", "phone": "13912345601"}
Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def after(desk: Client, form_of: Filled) -> str:
    """Where the worker is after saving the head of a household, to enter the next of them."""
    return str(desk.post(NEW, form_of(another="yes", **HEAD))["Location"])


def posted(form_of: Filled, page: Any, **changed: Any) -> dict[str, Any]:
    """What the browser sends of an opened form."""
    return {**form_of(**{**SPOUSE, **changed}), **dict(page.context["page"].hidden)}


def test_the_household_is_known_by_a_masked_number_and_the_relation_is_asked(desk: Client, after: str) -> None:
    page = desk.get(after)

    shown = {
        one.name: one for group in page.context["page"].groups for one in (*group.questions, *group.folded) if one.shown
    }
    assert "与刚录入的测试甲同一户" in page.content.decode()
    assert shown["residency.relation_to_head"].value == ""
    assert shown["household.household_no"].held
    assert NUMBER not in page.content.decode()


def test_the_next_person_is_of_the_same_household(desk: Client, form_of: Filled, after: str) -> None:
    form = posted(form_of, desk.get(after), residency__relation_to_head="10")

    saved = desk.post(NEW, form)

    assert saved.status_code == 302
    assert Household.objects.count() == 1
    assert set(Residency.objects.values_list("household", flat=True)) == {Household.objects.get().pk}


def test_of_two_households_of_a_flat_it_is_the_one_of_the_person_before(desk: Client, form_of: Filled) -> None:
    desk.post(NEW, form_of(**{**HEAD, "household__household_no": "990100009"}))
    other = {"id_number": "990101199003070015", "name": "测试丙", "phone": "13912345602"}
    second = desk.post(NEW, form_of(another="yes", **other, **HEAD))["Location"]

    desk.post(NEW, posted(form_of, desk.get(second), residency__relation_to_head="10"))

    before = Residency.objects.get(resident=UUID(second.rpartition("=")[2]))
    assert Residency.objects.filter(household=before.household).count() == 2
    assert Household.objects.count() == 2


def test_another_number_is_another_household(desk: Client, form_of: Filled, after: str) -> None:
    own = {"residency__relation_to_head": "02", "household__household_no": "990100002"}

    desk.post(NEW, posted(form_of, desk.get(after), **own))

    assert Household.objects.count() == 2


def test_a_form_with_an_error_stays_with_the_household(desk: Client, form_of: Filled, after: str) -> None:
    form = posted(form_of, desk.get(after), phone="123")

    page = desk.post(NEW, form)

    assert page.status_code == 422
    assert dict(page.context["page"].hidden)["after"] == after.rpartition("=")[2]


def test_the_live_check_counts_the_household_in(desk: Client, form_of: Filled, after: str) -> None:
    form = posted(form_of, desk.get(after), hukou_division="990101")

    checked = desk.post("/entries/check/resident/", form).context["check"]

    assert "residency.relation_to_head" in checked.asked
    assert not any("household-household_no" in lack.id for one in checked.targets for lack in one.missing)


@pytest.mark.parametrize("who", ["nobody", "not-a-number", "of-another-flat", "of-another-grid"])
def test_nobody_who_does_not_live_there_lends_a_household(
    desk: Client, client: Client, other_worker: Any, flat: Record, after: str, who: str
) -> None:
    person = after.rpartition("=")[2]
    strange = {"nobody": str(flat.id), "not-a-number": "x'\0", "of-another-flat": person, "of-another-grid": person}
    if who == "of-another-flat":
        Residency.objects.update(is_open=False)
    browser = desk
    if who == "of-another-grid":
        client.force_login(other_worker)
        browser = client

    page = browser.get(NEW, {"housing": str(flat.id), "after": strange[who]})

    if who == "of-another-grid":
        assert page["Location"] == reverse("desk:choose", args=["resident"])
    else:
        assert page.context["page"].housemate == ""


def test_the_relation_is_offered_by_age_and_sex_and_not_filled_in(desk: Client, form_of: Filled, after: str) -> None:
    child = {"id_number": "99010120190601003X", "name": "测试丁", "residency__start_date": "20190701"}
    opened = desk.get(after)

    wife = desk.post("/entries/check/resident/", posted(form_of, opened)).content.decode()
    son = desk.post("/entries/check/resident/", posted(form_of, opened, **child)).content.decode()
    chosen = posted(form_of, opened, residency__relation_to_head="10")

    assert 'data-fill="10">配偶' in wife
    assert 'data-fill="20">子' in son
    assert 'data-fill="10">' not in desk.post("/entries/check/resident/", chosen).content.decode()
