"""Canaries: made-up residents go through pages, API, lanes, calls and everything that breaks; no log line has them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Capabilities, Misconfigured, Parcel, Rejected, Unavailable
from gridapp.delivery import inbox, lane
from gridapp.delivery.models import Delivery
from gridapp.desk import looking
from gridapp.org import tokens
from tests import factories
from tests.api.test_callbacks import PROFILE, Calling, call
from tests.delivery.conftest import make_delivery, make_record, scripted  # noqa: F401 - fixtures

from .conftest import Heard

pytestmark = pytest.mark.django_db
NUMBER, PHONE, NAME, ROAD = "990101199203040017", "13912340000", "欧阳金丝雀", "金丝雀路8号"
CANARIES = (NUMBER, NUMBER[:14], PHONE, NAME, "欧阳", ROAD, quote(NAME), repr(NAME), ascii(NAME)[1:-1], quote(ROAD))
ALL = f"{NAME} {NUMBER} {PHONE} {ROAD}"
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _every_line_is_clean(heard: Heard) -> Any:
    yield
    assert [canary for canary in CANARIES if canary in heard.text] == []
    assert [line for line in heard.text.splitlines() if not json.loads(line)["message"]] == []


@pytest.fixture
def client() -> Client:
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(factories.cast().worker)
    return signed_in


def test_an_entry_by_the_api_and_one_that_is_refused(heard: Heard) -> None:
    worker = factories.cast().worker
    said = {"Authorization": f"Token {tokens.issue(worker)}"}
    flat = factories.flat(worker)
    whole = factories.resident_body(flat, name=NAME, phone=PHONE, hukou_address=ROAD)
    for body in (whole, {**whole, "id": "x" + ALL}, factories.resident_body(flat, name=NAME, id_number=NUMBER + "1")):
        Client(headers=said).post("/api/v1/entries/", json.dumps(body), content_type="application/json")
    Client(headers=said).post("/api/v1/entries/", f'{{"{ALL}": ', content_type="application/json")
    Client(headers=said).get(f"/api/v1/targets/?q={quote(NAME)}&{NUMBER}={PHONE}")
    for asked in ({"q": NAME}, {"q": NUMBER, ALL: PHONE}):
        Client(headers=said).post("/api/v1/records/search/", asked, content_type="application/json")

    assert [line["status"] for line in heard.about("gridapp.access")] == [201, 422, 422, 400, 400, 200, 400]


def test_bad_requests_of_all_kinds(heard: Heard, client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    client.get(f"/records/{quote(NAME)}/{NUMBER}/", {"q": ALL})
    client.get("/search/", {"q": ALL})
    client.get("/search/", headers={"Host": f"{NUMBER}.example"})
    client.post("/entries/new/resident/", {f"{NAME}{number}": ALL for number in range(9)})
    client.post("/login/", {"username": NAME, "password": NUMBER})
    client.generic("POST", "/entries/new/resident/", f"--{NAME}", content_type=f"multipart/form-data; boundary={PHONE}")
    client.cookies["sessionid"] = NUMBER
    client.get("/", {"q": ALL})
    Client(enforce_csrf_checks=True).post("/login/", {"username": NAME}, headers={"Referer": f"https://x/{PHONE}"})

    assert {404, 400, 403} <= {line["status"] for line in heard.about("gridapp.access")}
    assert "refused: DisallowedHost" in {line["message"] for line in heard.lines}


@pytest.mark.parametrize("error", [ValueError, SuspiciousOperation, PermissionError, UnicodeError])
def test_a_page_that_breaks(
    error: type[Exception], heard: Heard, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **told: Any) -> Any:
        try:
            raise KeyError(ALL)
        except KeyError as first:
            raise error(ALL) from first

    monkeypatch.setattr(looking, "render", broken)

    client.get("/search/", {"q": NAME}, headers={"X-Request-ID": NUMBER})

    assert any(line["level"] == "ERROR" for line in heard.lines)


def test_an_error_of_the_database_that_quotes_the_row(
    heard: Heard, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    def broken(*args: Any, **told: Any) -> Any:
        connection.cursor().execute("SELECT %s::int", [ALL])

    monkeypatch.setattr(looking, "render", broken)
    client.get("/search/", {"q": NAME})

    (line,) = [line for line in heard.lines if line["level"] == "ERROR"]
    assert "DataError" in line["error"]


@pytest.mark.parametrize(
    "answer",
    [
        ValueError(ALL),
        Unavailable(ALL, maybe_sent=False),
        Unavailable(ALL, maybe_sent=True),
        Misconfigured("HTTP 401", ALL),
        Rejected("bad", f"{ALL}\r\n2026 ERROR gridapp forged", ("name",)),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_a_connector_that_breaks_and_a_department_that_repeats_what_it_was_sent(
    answer: Any,
    heard: Heard,
    scripted: Any,  # noqa: F811 - a fixture
    make_delivery: Make,  # noqa: F811 - a fixture
    settings: Settings,
) -> None:
    settings.LANE_LINGER = 0
    make_delivery()

    def say(parcel: Parcel) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    scripted.script = staticmethod(say)
    lane.serve(scripted.target.pk)
    logging.getLogger("gridapp.delivery.lane").info("%s: the end", "TEST")

    assert heard.lines[-1]["target"] == "TEST"


def test_calls_that_are_forged_or_cannot_be_read(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Target.objects.create(key="CALLS", connector="calls", zh="测试", en="Test", enabled=True)
    row.seal_settings({"secret": "k1"})
    row.save()

    class Repeats(Calling):
        capabilities = Capabilities(calls_back=True)

        def notices(self, body: bytes) -> Any:
            raise ValueError(body.decode())

    one = Configured(row, PROFILE, Repeats)
    monkeypatch.setattr("gridapp.catalogue.targets.targets", lambda: [one])
    body = json.dumps([ALL], ensure_ascii=False).encode()
    forged = call(body, secret="k2", event=NUMBER)
    kept = call(body, event="E-7")
    inbox.read(one)

    assert (forged.status_code, kept.status_code) == (401, 202)
    assert any("cannot be read" in line["message"] and line["target"] == "CALLS" for line in heard.lines)


def test_a_name_with_line_breaks_makes_no_line_of_its_own(heard: Heard) -> None:
    before = timezone.now()
    ours = logging.getLogger("gridapp.delivery.lane")
    ours.warning("%s: one", "WG\r\n" + json.dumps({"level": "ERROR", "message": "forged"}))
    ours.warning("two")

    assert len(heard.text.splitlines()) == 2
    assert [line["level"] for line in heard.lines] == ["WARNING", "WARNING"]
    assert before <= timezone.now()
