"""The interface description: valid, complete, open to everybody, and true."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from rest_framework.test import APIClient

from gridapp.api import examples
from gridapp.dictionary import FIELDS
from gridapp.org.models import Scope
from gridapp.registry import forms
from tests import factories
from tests.api.description import DescribedClient, described

OPERATIONS = {
    ("/api/v1/entries/", "post"): "enter",
    ("/api/v1/entries/{entry_id}/", "get"): "entry",
    ("/api/v1/records/search/", "post"): "search",
    ("/api/v1/records/{record_id}/", "get"): "record",
    ("/api/v1/records/{record_id}/attachments/", "post"): "supplement",
    ("/api/v1/records/{record_id}/targets/{key}/preview/", "get"): "preview",
    ("/api/v1/targets/", "get"): "targets",
    ("/api/v1/targets/{key}/", "get"): "target",
    ("/api/v1/objections/", "get"): "objections",
    ("/api/v1/coverage/", "get"): "coverage",
    ("/api/v1/changes/", "get"): "changes",
    ("/api/v1/webhooks/", "get"): "webhooks",
    ("/api/v1/webhooks/{endpoint_id}/test/", "post"): "test_webhook",
    ("/api/v1/webhooks/{endpoint_id}/replay/", "post"): "replay_webhook",
    ("/api/v1/lanes/", "get"): "lanes",
    ("/api/v1/lanes/{key}/pause/", "post"): "pause",
    ("/api/v1/lanes/{key}/resume/", "post"): "resume",
    ("/api/v1/lanes/{key}/reopen/", "post"): "reopen",
    ("/api/v1/lanes/{key}/retry/", "post"): "retry",
}


def test_it_is_valid_and_generated_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_it_names_every_operation_and_everything_that_one_may_answer() -> None:
    found = {
        (path, method): operation
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    }

    assert {place: one["operationId"] for place, one in found.items()} == OPERATIONS
    for one in found.values():
        assert {"400", "401", "403", "405", "429"} <= set(one["responses"])
        assert {"401", "405", "406", "500", "503"} <= set(one["responses"])
        assert one["security"] == [{"token": []}]
        problems = [answer["content"] for status, answer in one["responses"].items() if status >= "400"]
        assert one["x-scope"] in Scope.values
        assert all(set(content) == {"application/problem+json"} for content in problems)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "query"),
    [("*/*", ""), ("application/json", ""), ("application/yaml", ""), ("*/*", "?format=json"), ("*/*", "?format=yaml")],
)
def test_it_is_read_without_signing_in(accept: str, query: str) -> None:
    answer = APIClient(headers={"accept": accept, "authorization": "Token of-nobody"}).get(f"/api/schema/{query}")

    read: dict[str, Any] = yaml.safe_load(answer.content)
    assert answer.status_code == 200
    assert read["openapi"].startswith("3.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["lang=%00", "version=%0d%0aX-A:%201", "lang=" + "x" * 5_000, "format=../../etc/passwd"]
)
def test_odd_parameters_of_it_do_no_harm(query: str) -> None:
    answer = APIClient().get(f"/api/schema/?{query}")

    assert answer.status_code in {200, 404}


@pytest.mark.django_db
def test_it_speaks_both_languages() -> None:
    summaries = {
        language: APIClient(headers={"accept-language": language})
        .get("/api/schema/")
        .json()["paths"]["/api/v1/targets/"]["get"]["summary"]
        for language in ("zh-CN", "en")
    }

    assert summaries["zh-CN"] == "本区的目标系统"
    assert summaries["en"].isascii()


def test_an_entry_is_described_with_every_key_that_is_read_and_no_other() -> None:
    entry = described()["components"]["schemas"]["EntryRequest"]

    assert set(entry["properties"]) == forms._KEYS
    assert set(entry["required"]) == {"id", "kind", "action", "grid_code"}


def test_every_field_of_the_dictionary_that_is_entered_is_described() -> None:
    properties = described()["components"]["schemas"]["EntryRequest"]["properties"]

    assert {"name", "housing.room_no", "residency.start_date", "tenancy.lease_start"} <= set(
        properties["fields"]["properties"]
    )
    assert {"start_date", "relation_to_head"} <= set(properties["residency"]["properties"])
    assert not {"religion", "age", "is_key_attention"} & set(properties["fields"]["properties"])
    assert set(properties["fields"]["properties"]) < set(FIELDS)


@pytest.mark.django_db
def test_the_examples_are_taken_as_they_stand(worker: DescribedClient) -> None:
    flat, resident = examples.BODIES["housing"], examples.BODIES["resident"]
    factories.BuildingFactory.create(code=flat["fields"]["housing.building_code"], grid_code=flat["grid_code"])

    first = worker.post("/api/v1/entries/", flat)
    second = worker.post("/api/v1/entries/", resident | {"housing": first.json()["record"]})

    assert (first.status_code, second.status_code) == (201, 201)
