"""Whatever goes wrong is a problem document: in the right language, with a way on, and without anybody's values."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from gridapp.api import problems
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import ClientOf
from tests.api.description import DescribedClient

FIELDS = {"field", "code", "message", "message_zh", "message_en", "remedy", "remedy_zh", "remedy_en"}
SOME_ID = "5b3c8a52-6d0e-4b1b-9a55-0b7c4f1e2a10"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v2/entries/",
        "/api/v1/entries",
        "/api/v1/records/1/",
        "/api/v1/records/..%2f..%2fadmin/",
        "/api/v1/records/%00/",
        f"/api/v1/records/{SOME_ID.upper()}/",
        f"/api/v1/records/{SOME_ID}/deliveries/",
        "/api/schema/swagger-ui/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_not_there_is_not_found_for_everybody(path: str, method: str, client_of: ClientOf) -> None:
    for name in ("worker", "anonymous"):
        answer = client_of(name).generic(method, path)

        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["code"] == "not_found"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/entries/", "POST"),
        (f"/api/v1/entries/{SOME_ID}/", "GET, HEAD"),
        ("/api/v1/records/search/", "POST"),
        (f"/api/v1/records/{SOME_ID}/", "GET, HEAD"),
        ("/api/v1/targets/", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_another_method_is_not_allowed(path: str, allowed: str, method: str, worker: DescribedClient) -> None:
    method = "PUT" if method in allowed else method

    answer = worker.generic(method, path, headers={"x-http-method-override": allowed[:4].strip(",")})

    assert answer.status_code == 405
    assert answer["Allow"] == allowed
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title"),
    [
        (None, "找不到"),
        ("zh-CN", "找不到"),
        ("zh-Hans,en;q=0.5", "找不到"),
        ("fr", "找不到"),
        ("en", "There is no such thing"),
        ("en-GB,zh;q=0.1", "There is no such thing"),
        ("\x00" * 400, "找不到"),
    ],
)
def test_the_language_is_the_clients_and_chinese_by_default(
    language: str | None, title: str, client_of: ClientOf
) -> None:
    client = client_of("worker", **({"accept-language": language} if language else {}))

    problem = client.get(f"/api/v1/records/{SOME_ID}/").json()

    assert problem["title"].startswith(title)
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert [set(one) for one in problem["errors"]] == [FIELDS]
    assert problem["errors"][0]["message_zh"].startswith("找不到")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/problem+json, */*;q=0.1", 200),
        ("text/html", 406),
        ("a/b;" * 3000, 406),
    ],
)
def test_answers_are_json_or_nothing(accept: str, status: int, worker: DescribedClient) -> None:
    answer = worker.get("/api/v1/targets/", headers={"accept": accept})

    assert answer.status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
def test_the_unexpected_says_nothing_but_a_number(
    debug: bool, worker: DescribedClient, home: Record, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = debug
    Record.objects.filter(pk=home.pk).update(sealed=b"not sealed by us: 13912345670")

    answer = worker.get(f"/api/v1/records/{home.id}/")

    problem = answer.json()
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "errors", "instance"}
    assert "Traceback" not in answer.content.decode()
    logged = "\n".join(line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR)
    assert problem["instance"] in logged
    assert "13912345670" not in answer.content.decode() + logged


def test_an_exceptions_own_words_reach_neither_answer_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    request = Request(APIRequestFactory().get("/"))
    try:
        raise ValueError("duplicate key value (id_number)=(990101199003071233)")
    except ValueError as error:
        answer = problems.handler(error, {"request": request})

    assert answer.status_code == 500
    assert "99010119900307" not in str(answer.data) + caplog.text
    assert "test_problems.py" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("deadlock detected"), 503, "busy"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (exceptions.ParseError("at 990101199003071233"), 400, "malformed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_passes_by_itself_says_when_to_try_again(error: Exception, status: int, code: str) -> None:
    answer = problems.handler(error, {"request": Request(APIRequestFactory().get("/"))})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    assert "99010119900307" not in str(answer.data)


def test_every_problem_is_worded_in_both_languages_with_a_remedy() -> None:
    words = {"line": 1, "column": 2, "expected": "x", "method": "PUT", "most": 256, "count": 3, "wait": 5, "scope": "x"}

    written = [problems.document(code, "phone", words=words) for code in problems.CODES]

    texts = [error[name] for one in written for error in one["errors"] for name in FIELDS - {"field", "code"}]
    assert all(texts)
    assert not [text for text in texts if "{" in text]


@pytest.mark.django_db
def test_a_refusal_of_the_registry_speaks_the_clients_language(
    client_of: ClientOf, accounts: dict[str, User], home: Record
) -> None:
    body = factories.resident_body(home, phone="13800000000")

    chinese = client_of("worker").post("/api/v1/entries/", body).json()
    english = client_of("worker", **{"accept-language": "en"}).post("/api/v1/entries/", body).json()

    assert chinese["errors"][0]["message"] == english["errors"][0]["message_zh"]
    assert english["errors"][0]["message"] == chinese["errors"][0]["message_en"]
    assert english["title"].isascii()
    assert not chinese["title"].isascii()


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "status"), [("", 200), (SOME_ID, 404)])
def test_head_is_get_without_a_body(place: str, status: int, worker: DescribedClient, home: Record) -> None:
    answer = worker.head(f"/api/v1/records/{place or home.id}/")

    assert answer.status_code == status
    assert answer.content == b""
