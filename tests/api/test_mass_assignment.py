"""What the product decides itself nobody sends it: every column of every table is tried in every place of a body."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.forms.models import model_to_dict

from gridapp.org.models import User
from gridapp.registry.forms import _KEYS
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import ClientOf, Stored
from tests.api.description import DescribedClient

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/entries/"
COLUMNS = sorted(
    {
        name
        for label in ("org", "registry", "delivery", "catalogue")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    - _KEYS
)
SAMPLE = ["is_staff", "is_superuser", "role", "held_digest", "identity", "sealed"]
PLACES = ["the entry itself", "fields", "residency", "household"]


def with_all(body: dict[str, Any], place: str) -> dict[str, Any]:
    sent = dict.fromkeys(COLUMNS, "1")
    if place == "the entry itself":
        return body | sent
    known = body.get(place) or {}
    return body | {place: {**{name: value for name, value in sent.items() if name not in known}, **known}}


@pytest.mark.parametrize("place", PLACES)
def test_what_the_product_sets_itself_cannot_be_sent(
    place: str, worker: DescribedClient, accounts: dict[str, User], home: Record, stored: Stored
) -> None:
    before, account = stored(), model_to_dict(accounts["worker"])

    answer = worker.post(ENTRIES, with_all(factories.resident_body(home), place))

    assert answer.status_code == 422
    if place == "the entry itself":
        assert set(SAMPLE) <= {one["field"] for one in answer.json()["errors"]}
    assert stored() == before
    assert model_to_dict(User.objects.get(pk=accounts["worker"].pk)) == account


@pytest.mark.parametrize("name", SAMPLE)
@pytest.mark.parametrize("place", PLACES[1:])
def test_each_of_them_alone_is_refused_by_name(
    place: str, name: str, worker: DescribedClient, home: Record, stored: Stored
) -> None:
    before, body = stored(), factories.resident_body(home)

    answer = worker.post(ENTRIES, body | {place: {**(body.get(place) or {}), name: "1"}})

    assert answer.status_code == 422
    assert [one["field"].rpartition(".")[2] for one in answer.json()["errors"]] == [name]
    assert stored() == before


@pytest.mark.parametrize("name", ["is_superuser", "by", "status", "target", "changed_at", "version", "scopes"])
@pytest.mark.parametrize("act", ["pause", "resume", "retry"])
def test_an_act_on_a_lane_takes_nothing_but_what_it_says(
    name: str, act: str, client_of: ClientOf, live_targets: dict[str, Any]
) -> None:
    sent = {"why": "测试", name: "1"} if act == "pause" else {name: "1"}

    answer = client_of("administrator").post(f"/api/v1/lanes/WG/{act}/", sent)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == name
