"""Every answer has an id that cannot be abused, and the access log says what was asked without what was in it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from gridapp.desk import looking
from gridapp.watch.requests import broke
from tests import factories

from .conftest import Heard

pytestmark = pytest.mark.django_db


def test_an_id_that_came_along_is_given_back() -> None:
    answer = Client().get("/login/", headers={"X-Request-ID": "edge-1.20261122_000017"})

    assert answer["X-Request-ID"] == "edge-1.20261122_000017"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "a" * 65,
        "two words here",
        "abcdefgh\r\nSet-Cookie: x=1",
        "abcdefgh\n",
        "王小明王小明王小明",
        "990101199203040017",
        "13912340000",
        "-begins-badly",
        "<script>alert",
    ],
)
def test_what_might_be_more_than_an_id_is_replaced(given: str) -> None:
    answer = Client().get("/login/", headers={"X-Request-ID": given})

    assert answer["X-Request-ID"] != given
    assert uuid.UUID(answer["X-Request-ID"]).version == 4


def test_each_request_has_its_own_id() -> None:
    names = {Client().get("/login/")["X-Request-ID"] for _ in range(3)}

    assert len(names) == 3


def test_the_access_log_names_where_an_address_leads_and_how_it_went(heard: Heard) -> None:
    worker = factories.cast().worker
    flat = factories.flat(worker)
    client = Client()
    client.force_login(worker)

    answer = client.get(reverse("desk:record", args=[flat.id]), {"from": "王小明"})

    (line,) = heard.about("gridapp.access")
    assert answer.status_code == 200
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["route"] == "records/<uuid:record_id>/"
    assert line["ids"] == {"record_id": str(flat.id)}
    assert line["request_id"] == answer["X-Request-ID"]
    assert line["milliseconds"] > 0
    assert "王小明" not in heard.text


def test_an_address_that_leads_nowhere_is_not_repeated(heard: Heard) -> None:
    Client().get("/residents/王小明/990101199203040017/?q=13912340000")

    assert "route" not in heard.about("gridapp.access")[0]
    assert heard.about("django.request")[0]["message"] == "404 no such page"
    assert "王小明" not in heard.text and "990101199203" not in heard.text


def test_pictures_and_styles_are_not_in_the_access_log(heard: Heard) -> None:
    Client().get("/static/app.css").close()

    assert heard.about("gridapp.access") == []


def test_what_breaks_has_its_id_on_the_page_and_in_the_log(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **told: Any) -> Any:
        raise ValueError("王小明 990101199203040017")

    monkeypatch.setattr(looking, "render", broken)
    client = Client(raise_request_exception=False)
    client.force_login(factories.cast().worker)

    answer = client.get("/search/", {"q": "王小明"})

    (line,) = [line for line in heard.lines if line["level"] == "ERROR"]
    assert answer.status_code == 500
    assert answer["X-Request-ID"] == line["request_id"]
    assert f"<code>{line['request_id']}</code>" in answer.content.decode()
    assert line["message"] == "500 search/"
    assert line["error"].startswith("ValueError < test_requests.py")
    assert "王小明" not in heard.text and "990101199203" not in heard.text


def test_outside_a_request_the_page_of_what_broke_names_no_number() -> None:
    page = broke(RequestFactory().get("/")).content.decode()

    assert "系统出了问题" in page
    assert "告诉管理员" not in page


def test_a_method_that_nobody_knows_is_not_repeated(heard: Heard) -> None:
    Client().generic("王小明", "/login/")

    assert heard.about("gridapp.access")[0]["method"] == "other"
    assert "王小明" not in heard.text
