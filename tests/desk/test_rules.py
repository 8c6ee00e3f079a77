from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from gridapp.catalogue.models import Target
from gridapp.desk import rules
from gridapp.desk.draft import Action, Draft
from gridapp.dictionary import FIELDS
from gridapp.org.models import User
from gridapp.registry import views
from gridapp.registry.models import Record
from tests.desk.cast import RESIDENT

Filled = Callable[..., dict[str, Any]]
NAMED = ("name", "id_number", "phone", "hukou_address")
MOST_COMPRESSED = 24_000
"""Bytes: fetched once a day over a stairwell's signal."""


def fetched(client: Client, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(client.get("/rules/", headers=headers).content)
    return answer


def known_in(page: str) -> dict[str, Any]:
    found = re.search(r'data-known="([^"]*)"', page)
    assert found
    known: dict[str, Any] = json.loads(found[1].replace("&quot;", '"'))
    return known


def test_the_rules_are_not_for_strangers_and_a_script_is_told_so(client: Client, targets: None) -> None:
    answer = client.get("/rules/")

    assert (answer.status_code, answer.json()) == (401, {"ok": False, "reason": "signed_out"})


def test_the_rules_are_only_read(desk: Client) -> None:
    assert desk.post("/rules/").status_code == 405


def test_a_tablet_that_has_them_is_not_sent_them_again(desk: Client, targets: None) -> None:
    first = desk.get("/rules/")

    again = desk.get("/rules/", headers={"if-none-match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_they_are_sent_again_when_a_system_is_switched_off(desk: Client, targets: None) -> None:
    first = desk.get("/rules/")
    Target.objects.filter(key="WG").update(enabled=False)

    again = desk.get("/rules/", headers={"if-none-match": first["ETag"]})

    assert again.status_code == 200
    assert {one["key"] for one in again.json()["targets"] if not one["connected"]} >= {"WG"}


def test_they_are_sent_in_the_language_of_the_page(desk: Client, targets: None) -> None:
    zh = fetched(desk)
    desk.cookies["django_language"] = "en"
    en = fetched(desk)

    assert (zh["labels"]["phone"], en["labels"]["phone"]) == (FIELDS["phone"].zh, FIELDS["phone"].en)
    assert zh["words"]["phone_shape"].startswith("电话号码不对，")
    assert en["words"]["phone_shape"].startswith("This is not a phone number. ")
    assert (en["lacking"]["one"], en["lacking"]["other"]) != (zh["lacking"]["one"], zh["lacking"]["other"])


def test_they_are_small(desk: Client, targets: None) -> None:
    answer = desk.get("/rules/", headers={"accept-encoding": "gzip"})

    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < MOST_COMPRESSED
    assert json.loads(gzip.decompress(answer.content))["language"] == "zh"


def test_they_name_nobody(desk: Client, resident: Record, worker: User) -> None:
    text = desk.get("/rules/").content.decode()

    assert [said for said in (*map(RESIDENT.get, NAMED), worker.display_name) if str(said) in text] == []


def test_every_condition_pattern_and_word_that_is_named_is_sent(desk: Client, targets: None) -> None:
    sent = fetched(desk)

    for name, pattern in sent["patterns"].items():
        assert pattern.isascii(), name
    for field in sent["fields"].values():
        assert field.get("table") is None or field["table"] in sent["codes"]
    for kind in sent["kinds"].values():
        assert set(kind["names"]) <= sent["fields"].keys()


def test_a_form_says_what_it_knows_of_the_flat_and_nothing_that_is_sensitive(desk: Client, flat: Record) -> None:
    known = known_in(desk.get(f"/entries/new/resident/?housing={flat.id}").content.decode())

    assert known["view"]["housing.is_rental"] is True
    assert known["view"]["housing.address"].endswith("301室")
    assert (known["record"], known["place"]) == (False, {})


def test_of_a_person_it_says_what_is_there_and_not_what_it_is(desk: Client, resident: Record) -> None:
    page = desk.get(f"/records/{resident.id}/correct/").content.decode()
    known = known_in(page)

    assert {"id_number", "phone", "name", "hukou_address"} <= set(known["held"])
    assert known["view"]["age"] > 30
    assert known["record"] is True
    assert RESIDENT["id_number"] not in page
    assert RESIDENT["phone"] not in json.dumps(known)


def test_nothing_of_sensitivity_2_or_3_is_ever_told(resident: Record, flat: Record) -> None:
    for record in (resident, flat):
        view = views.view(record, on=record.created_at.date())
        draft = Draft(record.kind, Action.CORRECT, uuid4(), record=record, known=view)

        told = rules.known(draft)["view"]

        assert [name for name in told if name in FIELDS and FIELDS[name].sensitivity in {"S2", "S3"}] == []
        texts = {name for name in told if FIELDS[name].type in {"name", "text"}}
        assert texts <= {"housing.address", "housing.division_code", "housing.grid_code", "housing.housing_code"}


@pytest.mark.parametrize("kind", ["resident", "housing"])
def test_each_kind_has_its_own_fields_and_what_everybody_is_asked(desk: Client, targets: None, kind: str) -> None:
    sent = fetched(desk)["kinds"][kind]

    assert set(sent["always"]) <= set(sent["names"])
