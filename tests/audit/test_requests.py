"""Every address that changes something leaves a note; so does who looks, who searches and who is turned away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from gridapp.audit import origin
from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.delivery.submit import submit
from gridapp.org import tokens
from gridapp.org.models import Role, User
from gridapp.registry import EntryForm
from gridapp.watch import witness
from tests.factories import BuildingFactory, Cast, UserFactory, cast, flat, flat_body, resident

SOME_ID = UUID("6f2f4f0e-0000-4000-8000-000000000000")
GIVEN = {"code": "990101001001001", "key": "PAPER", "period": "2026-11-21", "purpose": "resident", "kind": "resident"}
ASKED_BY_GET = {"desk:worker", "desk:manifest", "desk:shell", "desk:offline", "desk:diag", "desk:rules"}
"""Files of the tablet's shell: they take no posts, or answer one as they answer a look."""
PUBLIC = {"desk:notice", "desk:complaints", "desk:practice"}
"""Pages for everybody, which change nothing."""


def addresses(patterns: list[Any], space: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(name of an address, what it takes), of all that have a name."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = ":".join(filter(None, (space, one.namespace or "")))
            yield from addresses(one.url_patterns, inner)
        elif isinstance(one, URLPattern) and one.name:
            yield ":".join(filter(None, (space, one.name))), dict(one.pattern.converters)


def given(converters: dict[str, Any]) -> dict[str, Any]:
    kinds = {"UUIDConverter": SOME_ID, "IntConverter": 1}
    return {
        name: GIVEN.get(name) or kinds.get(type(converter).__name__, "some") for name, converter in converters.items()
    }


EVERY = dict(addresses(get_resolver().url_patterns))
PAGES = {name: takes for name, takes in EVERY.items() if name.startswith(("desk:", "review:"))}


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", sorted(PAGES.keys() - ASKED_BY_GET - PUBLIC - witness.SILENT))
def test_whatever_is_posted_to_a_page_is_noted(name: str, people: Cast) -> None:
    client = signed_in(people.administrator, raise_request_exception=False)

    client.post(reverse(name, kwargs=given(PAGES[name])), {"act": "something"})

    noted = Note.objects.order_by("id").last()
    assert noted is not None, name
    assert noted.by == people.administrator.pk
    assert noted.request_id != ""


def test_what_is_silent_is_an_address_that_there_is() -> None:
    assert {name for name in witness.SILENT if ":" in name} <= PAGES.keys()
    assert {*witness.LOOKS, *witness.POSTED} <= EVERY.keys()


def test_who_looks_at_a_record_is_noted(people: Cast) -> None:
    someone = resident(people.worker)

    signed_in(people.supervisor).get(f"/records/{someone.pk}/")

    noted = Note.objects.order_by("id").last()
    assert noted is not None
    assert (noted.act, noted.by, noted.about) == (Act.RECORD_SEEN, people.supervisor.pk, f"record:{someone.pk}")


def test_who_searches_is_noted_and_not_what_for(people: Cast) -> None:
    signed_in(people.worker).post("/search/", {"q": "王秀英"})

    noted = Note.objects.get(act=Act.SEARCHED)
    assert noted.by == people.worker.pk
    assert "王秀英" not in str(noted.what) + noted.about


def test_who_is_turned_away_from_another_grid_is_noted(people: Cast) -> None:
    someone = resident(people.worker)

    answer = signed_in(people.other_worker).get(f"/records/{someone.pk}/")

    noted = Note.objects.order_by("id").last()
    assert answer.status_code == 404
    assert noted is not None
    assert (noted.act, noted.result, noted.by) == (Act.TURNED_AWAY, "refused", people.other_worker.pk)
    assert noted.about == f"record:{someone.pk}"


def test_who_is_turned_away_by_role_is_noted(people: Cast) -> None:
    officer = UserFactory.create(username="officer", role=Role.OFFICER)

    signed_in(officer).get("/review/accounts/")

    noted = Note.objects.get(act=Act.TURNED_AWAY)
    assert (noted.by, noted.what["route"], noted.what["status"]) == (officer.pk, "review:accounts", 403)


def test_what_stands_in_an_address_is_not_repeated(people: Cast) -> None:
    signed_in(people.supervisor).get("/review/targets/11010519491231002X/")

    noted = Note.objects.get(act=Act.TURNED_AWAY)
    assert noted.about == ""
    assert "11010519491231002X" not in str(noted.what)


def test_a_form_that_is_entered_is_noted_once_as_what_it_is(people: Cast) -> None:
    body = flat_body(BuildingFactory.create())

    submit(EntryForm.parse(body), by=people.worker)
    submit(EntryForm.parse(body), by=people.worker)

    noted = Note.objects.get()
    assert (noted.act, noted.by, noted.what["did"]) == (Act.ENTERED, people.worker.pk, "housing create")


def test_a_refused_callback_is_noted_though_nobody_signed_in(db: None) -> None:
    request, here = RequestFactory().post("/callbacks/WG/"), origin.Origin(origin.WEB)
    request.resolver_match = resolve("/callbacks/WG/")

    with origin.coming_from(here):
        witness.witness(request, HttpResponse(status=401), here)

    noted = Note.objects.get(act=Act.CALL_REFUSED)
    assert (noted.by, noted.about, noted.result) == (None, "target:WG", "refused")


@pytest.mark.parametrize(
    ("behind", "forwarded", "remote", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (True, "203.0.113.9, 198.51.100.7", "127.0.0.1", "198.51.100.7"),
        (True, "", "192.0.2.1", "192.0.2.1"),
        (True, "not an address", "127.0.0.1", None),
        (False, "", "", None),
        (True, "2001:db8::1", "127.0.0.1", "2001:db8::1"),
    ],
)
def test_an_address_is_what_the_own_proxy_saw(
    behind: bool, forwarded: str, remote: str, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "_behind_proxy", behind)

    assert origin.address_of({"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": remote}) == address


def test_a_note_knows_the_request_and_its_address(people: Cast) -> None:
    client = signed_in(people.supervisor)

    client.get("/review/targets/NONE/", headers={"X-Request-ID": "a-test-of-notes"}, REMOTE_ADDR="192.0.2.44")

    noted = Note.objects.get(act=Act.TURNED_AWAY)
    assert (noted.request_id, noted.address, noted.process) == ("a-test-of-notes", "192.0.2.44", "web")


def test_what_the_api_enters_and_what_it_refuses_is_noted(people: Cast) -> None:
    token = tokens.issue(people.worker)
    someone = resident(people.supervisor, flat(people.other_worker))
    client = Client(headers={"Authorization": f"Token {token}"})

    entered = client.post("/api/v1/entries/", flat_body(BuildingFactory.create()), content_type="application/json")
    refused = client.get(f"/api/v1/records/{someone.pk}/")

    noted = list(Note.objects.filter(act__in=[Act.ENTERED, Act.TURNED_AWAY]).order_by("id").values_list("act", "by"))
    assert (entered.status_code, refused.status_code) == (201, 404)
    assert noted == [(Act.ENTERED, people.worker.pk), (Act.TURNED_AWAY, people.worker.pk)]
