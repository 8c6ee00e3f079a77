"""Practising: marked on every page, with people whose numbers pass and who do not exist; never in the real register."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from django.test import Client

from gridapp import dictionary
from gridapp.desk import practice

TODAY = date(2026, 11, 22)


def test_made_up_people_pass_every_check_and_are_as_old_as_they_say() -> None:
    for seed in range(50):
        for one in practice.people(Random(seed), on=TODAY):
            fields = {"id_type": "111", "id_number": one.number, "name": one.name, "phone": one.phone}
            checked = dictionary.validate(fields, on=TODAY, practice=True)
            view = dictionary.derive(checked.values, on=TODAY, home_city="9901")
            assert not checked.refusals
            assert f"{view['age']} 岁" in str(one.who)
            assert one.number.startswith("990101")


def test_their_numbers_are_refused_in_a_real_register() -> None:
    one = practice.people(Random(1), on=TODAY)[0]

    refused = dictionary.validate({"id_type": "111", "id_number": one.number}, on=TODAY, practice=False).refusals

    assert [refusal.field for refusal in refused] == ["id_number"]


def test_every_page_of_a_place_to_practise_says_so(desk: Client, client: Client, flat: object) -> None:
    for page in (desk.get("/"), desk.get("/review/targets/"), client.get("/login/")):
        assert "练习环境" in page.content.decode()


def test_the_real_register_leads_to_where_people_practise(desk: Client, settings: Any) -> None:
    settings.PRACTICE, settings.PRACTICE_URL = False, "https://practice.example.test/"

    page = desk.get("/practice/").content.decode()

    assert 'href="https://practice.example.test/"' in page
    assert "练习环境" not in page
    assert "990101" not in page


def test_without_one_it_says_whom_to_ask(desk: Client, settings: Any) -> None:
    settings.PRACTICE = False

    assert "请联系管理员" in desk.get("/practice/").content.decode()
