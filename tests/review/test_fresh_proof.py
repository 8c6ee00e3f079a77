"""Sensitive acts of every role: where the last proof is too old they ask for one and do nothing till then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.org import devices
from gridapp.org.models import OpenSession, User

As = Callable[..., Client]
NONE = "6f2f4f0e-0000-4000-8000-000000000000"
GRID = "990101001001001"
ACTS = [
    ("supervisor", "/review/accounts/new/"),
    ("supervisor", "/review/accounts/{worker}/"),
    ("supervisor", "/review/accounts/{worker}/act/"),
    ("security", "/review/accounts/{worker}/act/"),
    ("supervisor", "/review/accounts/bulk/"),
    ("supervisor", "/review/accounts/bulk/preview/"),
    ("supervisor", "/review/accounts/bulk/apply/"),
    ("supervisor", f"/review/areas/{GRID}/hand-over/"),
    ("security", f"/review/areas/{GRID}/hand-over/"),
    ("administrator", "/review/targets/PAPER/settings/act/"),
    ("administrator", "/review/targets/PAPER/enabling/decide/"),
    ("administrator", "/review/lanes/PAPER/act/"),
    ("supervisor", "/review/exports/new/"),
    ("supervisor", f"/review/exports/{NONE}/decide/"),
    ("supervisor", f"/review/exports/{NONE}/file/"),
    ("security", "/review/tokens/new/"),
    ("security", "/review/tokens/1/revoke/"),
    ("supervisor", f"/review/devices/{NONE}/"),
    ("security", "/factor/new/"),
    ("worker", "/factor/act/"),
]
LOOKING = ["/review/accounts/new/", "/review/accounts/bulk/", f"/review/areas/{GRID}/hand-over/"]


@pytest.fixture
def stale(as_: As, people: dict[str, User], paper: Any) -> Callable[[str], Client]:
    """A browser in which that person signed in half an hour ago."""

    def client(name: str) -> Client:
        made = as_(name)
        OpenSession.objects.filter(user=people[name]).update(started_at=timezone.now() - timedelta(minutes=30))
        return made

    return client


@pytest.fixture
def password(people: dict[str, User]) -> str:
    for user in people.values():
        user.set_password("a long pass phrase")
        user.save(update_fields=["password"])
    return "a long pass phrase"


@pytest.mark.parametrize(("who", "path"), ACTS)
def test_a_sensitive_act_asks_for_a_proof_and_keeps_what_was_typed(
    who: str, path: str, stale: Callable[[str], Client], people: dict[str, User]
) -> None:
    answer = stale(who).post(path.format(worker=people["worker"].pk), {"act": "typed-before", "why": "写好的原因"})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "请再证明是您本人" in page
    assert 'name="act" value="typed-before"' in page and "写好的原因" in page


@pytest.mark.parametrize(("who", "path"), ACTS)
def test_who_has_just_signed_in_is_not_asked(who: str, path: str, as_: As, people: dict[str, User], paper: Any) -> None:
    answer = as_(who).post(path.format(worker=people["worker"].pk), {"act": "typed-before"})

    assert "请再证明是您本人" not in answer.content.decode()


@pytest.mark.parametrize("path", LOOKING)
def test_the_page_of_an_act_leads_to_the_proof_and_back(path: str, stale: Callable[[str], Client]) -> None:
    client = stale("supervisor")

    plain, part = (
        client.get(path),
        client.get(path, headers={"hx-request": "true", "hx-current-url": f"http://t{path}"}),
    )

    assert plain["Location"].startswith("/prove/?next=%2Freview%2F")
    assert part["HX-Redirect"].startswith("/prove/?next=%2Freview%2F")


def test_looking_at_an_account_asks_for_nothing(stale: Callable[[str], Client], people: dict[str, User]) -> None:
    assert stale("supervisor").get(f"/review/accounts/{people['worker'].pk}/").status_code == 200


def test_after_the_proof_the_act_is_done_as_it_was_typed(as_: As, people: dict[str, User], password: str) -> None:
    client = as_("supervisor")
    OpenSession.objects.filter(user=people["supervisor"]).update(started_at=timezone.now() - timedelta(minutes=30))
    path = f"/review/accounts/{people['worker'].pk}/act/"

    wrong = client.post(path, {"act": "close", "why": "离职", "again-proof": "not-mine"})
    before = User.objects.get(pk=people["worker"].pk).is_active
    done = client.post(path, {"act": "close", "why": "离职", "again-proof": password})

    assert (wrong.status_code, before, done.status_code) == (422, True, 302)
    assert not User.objects.get(pk=people["worker"].pk).is_active


def test_a_lost_tablet_is_not_wiped_by_an_open_page(stale: Callable[[str], Client], people: dict[str, User]) -> None:
    device_id = uuid4()
    devices.seen(device_id, user=people["worker"], session_key="", waiting=0, oldest=None)

    stale("supervisor").post(f"/review/devices/{device_id}/", {"act": "lost"})

    assert not devices.is_lost(device_id)
