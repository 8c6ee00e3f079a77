"""Every page × every role × own and another grid; every page in both languages; a bounded number of statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern
from pytest_django import DjangoAssertNumQueries

from gridapp import sealing
from gridapp.delivery import sheets
from gridapp.delivery.models import Attempt, Delivery, Evidence, Sheet, Status
from gridapp.delivery.submit import submit
from gridapp.org import devices
from gridapp.org.models import Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Record, SetAside
from tests.setting_aside import collision

As = Callable[..., Client]
ROLES = ["worker", "supervisor", "officer", "administrator", "security", "auditor"]
EVERYBODY, DECIDING = set(ROLES), {"supervisor"}
OPERATING = {"supervisor", "administrator"}
KEEPING = {"supervisor", "security"}
SEEING_TARGETS = EVERYBODY - {"worker", "security"}
OVERSEEING = SEEING_TARGETS - {"officer"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
FILES = {"a workbook", "a picture"}
CHINESE = re.compile("[一-龥]+")
SAID_IN_CHINESE = re.compile(
    r"中文|S省/S市/\S*|测试\S*|第.网格|李强|王秀英|芳草园|\d+号|\d+栋|\d+单元|\d+室|陈审|等待超时|等待导出到导入模板|广东省深圳市南山区|台账"
)
"""Names of places and people, and what departments said."""


@pytest.fixture
def sheet(waiting: dict[str, Delivery], people: dict[str, User]) -> Sheet:
    """The flat stands in a workbook of the supervisor's."""
    row = waiting["housing"]
    one = next(one for one in sheets_targets() if one.target.key == "PAPER")
    made = sheets.export(one, row.record.kind, by=people["supervisor"])  # type: ignore[arg-type]
    assert made is not None
    return made


def sheets_targets() -> Any:
    from gridapp.catalogue.targets import targets

    return targets()


@pytest.fixture
def doubt(resident: Record) -> Delivery:
    """The resident's delivery to a system that cannot be asked."""
    row = Delivery.objects.get(record=resident, target__key="PDA")
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.UNCERTAIN, due_at=None, hold="", waits_for="", sent_generation=1, sent_version=1,
        sent_digest=b"x" * 20, reason="等待超时", generation=1,
    )  # fmt: skip
    return row


READING: dict[str, tuple[set[str], Callable[..., str]]] = {
    "the systems": (EVERYBODY, lambda **_: "/review/targets/"),
    "one system": (EVERYBODY, lambda **_: "/review/targets/PAPER/"),
    "the table": (EVERYBODY, lambda **_: "/review/coverage/?kind=resident"),
    "a preview": (EVERYBODY - {"security"}, lambda resident, **_: f"/review/records/{resident.pk}/targets/PAPER/"),
    "what its department sees": (SEEING_TARGETS, lambda **_: "/review/targets/PAPER/side/"),
    "comparisons": (SEEING_TARGETS, lambda **_: "/review/targets/PAPER/reconciliations/"),
    "what waits": (SEEING_TARGETS, lambda **_: "/review/byhand/"),
    "a queue": (SEEING_TARGETS, lambda **_: "/review/byhand/PAPER/"),
    "a card": (SEEING_TARGETS, lambda waiting, **_: f"/review/byhand/PAPER/{waiting['resident'].pk}/"),
    "reports": (OVERSEEING, lambda **_: "/review/reports/"),
    "doubts": (SEEING_TARGETS, lambda **_: "/review/uncertain/"),
    "causes": (OVERSEEING, lambda **_: "/review/causes/"),
    "a cause": (OVERSEEING, lambda **_: "/review/causes/one/?target=LB&status=returned&code=incomplete"),
    "codes of a system": (OVERSEEING, lambda **_: "/review/targets/LB/codes/"),
    "conflicts": (OVERSEEING, lambda **_: "/review/conflicts/"),
    "objections": (EVERYBODY, lambda **_: "/review/objections/"),
    "entries": (OVERSEEING, lambda resident, **_: f"/review/records/{resident.pk}/history/"),
    "tablets": (KEEPING, lambda **_: "/review/devices/"),
    "ledgers": (DECIDING, lambda **_: "/review/ledgers/"),
    "areas": (OPERATING, lambda **_: "/review/areas/"),
    "an area": (OPERATING, lambda **_: "/review/areas/990101001/"),
    "a grid": (OPERATING, lambda **_: "/review/areas/990101001001001/"),
    "a hand-over": (KEEPING, lambda **_: "/review/areas/990101001001001/hand-over/"),
    "codes of grids": (OPERATING, lambda **_: "/review/areas/codes/"),
    "accounts": (KEEPING, lambda **_: "/review/accounts/"),
    "a new account": (KEEPING, lambda **_: "/review/accounts/new/"),
    "many accounts": (KEEPING, lambda **_: "/review/accounts/bulk/"),
    "a search": (DECIDING, lambda **_: "/review/search/"),
    "the audit": ({"auditor"}, lambda **_: "/review/audit/"),
    "exports": (OVERSEEING, lambda **_: "/review/exports/"),
    "pictures": (SEEING_TARGETS, lambda **_: "/review/byhand/PAPER/pictures/"),
    "a picture": (SEEING_TARGETS, lambda picture, **_: f"/review/byhand/PAPER/pictures/{picture.pk}/"),
    "a workbook": (DECIDING, lambda sheet, **_: f"/review/byhand/PAPER/sheets/{sheet.pk}/"),
}


def reader(name: str) -> str:
    """Who reads a page: a supervisor where they may."""
    return max(READING[name][0] & {"supervisor", "auditor"})


WRITING: dict[str, tuple[Callable[..., str], dict[str, str]]] = {
    "a preview in full": (lambda resident, **_: f"/review/records/{resident.pk}/targets/PAPER/", {}),
    "say": (lambda waiting, **_: f"/review/byhand/PAPER/{waiting['resident'].pk}/say/", {"act": "filled"}),
    "export": (lambda **_: "/review/byhand/PAPER/export/?kind=resident", {}),
    "answer": (lambda sheet, **_: f"/review/byhand/PAPER/sheets/{sheet.pk}/answer/", {}),
    "settle an answer": (lambda sheet, **_: f"/review/byhand/PAPER/sheets/{sheet.pk}/answer/settle/", {"act": "apply"}),
    "withdraw": (lambda sheet, **_: f"/review/byhand/PAPER/sheets/{sheet.pk}/withdraw/", {}),
    "decide": (lambda doubt, **_: f"/review/uncertain/{doubt.pk}/", {"act": "arrived"}),
    "report lost": (lambda lost, **_: f"/review/devices/{lost}/", {"act": "lost"}),
    "decide a conflict": (lambda met, **_: f"/review/conflicts/{met.pk}/", {"act": "drop", "reason": "测试"}),
}


@pytest.fixture
def met(people: dict[str, User], resident: Record) -> SetAside:
    """Two phones for the resident: one in the record, one on the worker's tablet."""
    form = EntryForm(
        uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, resident.grid_code, {"phone": "13912340002"}, resident.pk
    )
    submit(form, by=people["supervisor"])
    return collision(people["worker"], resident, phone="13912340003")


@pytest.fixture
def lost(people: dict[str, User]) -> UUID:
    """The worker's tablet, on which something waits."""
    device_id = uuid4()
    devices.seen(device_id, user=people["worker"], session_key="", waiting=2, oldest=timedelta(days=2))
    return device_id


@pytest.fixture
def picture(waiting: dict[str, Delivery]) -> Evidence:
    """What was seen when the resident was filled in."""
    made = Evidence(delivery=waiting["resident"], version=1)
    made.sealed = sealing.seal(PNG, bound_to=made.bound_to)
    made.save()
    return made


@pytest.fixture
def about(
    resident: Record, met: SetAside, waiting: dict[str, Delivery], sheet: Sheet, doubt: Delivery, lost: UUID,
    officer: User, picture: Evidence,
) -> dict[str, Any]:  # fmt: skip
    """The officer is named for the ledger."""
    return {"resident": resident, "waiting": waiting, "sheet": sheet, "doubt": doubt, "met": met, "lost": lost} | {
        "picture": picture
    }


@pytest.fixture
def stranger(people: dict[str, User], areas: dict[str, Any]) -> Client:
    """A supervisor of another grid."""
    user = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(user)
    return client


def test_a_picture_is_shown_as_it_was_sealed_and_kept_nowhere(as_: As, picture: Evidence) -> None:
    answer = as_("supervisor").get(f"/review/byhand/PAPER/pictures/{picture.pk}/")

    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_look(role: str, as_: As, about: dict[str, Any]) -> None:
    client = as_(role)

    answers = {name: client.get(path(**about)).status_code for name, (_, path) in READING.items()}

    assert answers == {name: 200 if role in may else 403 for name, (may, _) in READING.items()}


@pytest.mark.parametrize("role", sorted(EVERYBODY - DECIDING - KEEPING))
def test_who_only_reads_decides_nothing(role: str, as_: As, about: dict[str, Any]) -> None:
    client = as_(role)
    before = sorted(Delivery.objects.values_list("pk", "status", "ticket")), Attempt.objects.count()

    answers = {name: client.post(path(**about), posted).status_code for name, (path, posted) in WRITING.items()}

    assert answers == dict.fromkeys(WRITING, 403)
    assert (sorted(Delivery.objects.values_list("pk", "status", "ticket")), Attempt.objects.count()) == before


@pytest.mark.parametrize("name", WRITING)
def test_who_decides_may(name: str, as_: As, about: dict[str, Any]) -> None:
    path, posted = WRITING[name]

    assert as_("supervisor").post(path(**about), posted).status_code in {200, 302, 422}


def test_another_grid_is_not_there(stranger: Client, about: dict[str, Any]) -> None:
    before = sorted(Delivery.objects.values_list("pk", "status", "ticket"))
    private = ["a preview", "a card", "a workbook", "a picture"]
    said_on_a_page = ["export", "decide", "decide a conflict", "report lost"]

    looked = {name: stranger.get(READING[name][1](**about)).status_code for name in private}
    done = {name: stranger.post(path(**about), posted).status_code for name, (path, posted) in WRITING.items()}
    lists = [
        stranger.get(path).content.decode()
        for path in ("/review/byhand/PAPER/", "/review/uncertain/", "/review/conflicts/", "/review/devices/")
    ]

    assert looked == dict.fromkeys(private, 404)
    # An export finds nothing of theirs, a doubt that is none of theirs is as good as over.
    assert done == dict.fromkeys(WRITING, 404) | dict.fromkeys(said_on_a_page, 302)
    assert not devices.is_lost(about["lost"])
    assert not any(name in page for page in lists for name in ("测试甲", "台账.json", "王秀英"))
    assert sorted(Delivery.objects.values_list("pk", "status", "ticket")) == before


def test_what_does_not_exist_is_not_found(as_: As, about: dict[str, Any]) -> None:
    client, resident = as_("chief"), about["resident"]
    absent = [
        "/review/targets/NONE/",
        f"/review/records/{resident.pk}/targets/NONE/",
        f"/review/records/{resident.pk}/targets/FWBM/",  # takes no residents
        f"/review/byhand/GZZ/{about['waiting']['resident'].pk}/",  # another system's delivery
        "/review/byhand/PAPER/999999/",
        f"/review/byhand/PAPER/{'9' * 30}/",
        "/review/byhand/PAPER/sheets/999999/",
    ]

    assert [client.get(path).status_code for path in absent] == [404] * len(absent)


def test_every_page_needs_a_session(client: Client, db: None) -> None:
    patterns = [one for one in get_resolver("gridapp.review.urls").url_patterns if isinstance(one, URLPattern)]
    given = {
        "export_id": "6f2f4f0e-0000-4000-8000-000000000000", "saved_id": "6f2f4f0e-0000-4000-8000-000000000000",
        "record_id": "6f2f4f0e-0000-4000-8000-000000000000", "key": "PAPER", "delivery_id": 1, "sheet_id": 1,
        "code": "990101001001001", "run_id": 1, "user_id": 1, "subscription_id": 1,
        "entry_id": "6f2f4f0e-0000-4000-8000-000000000000", "device_id": "6f2f4f0e-0000-4000-8000-000000000000",
        "ledger_id": "6f2f4f0e-0000-4000-8000-000000000000", "number": 1,
        "suggestion_id": "6f2f4f0e-0000-4000-8000-000000000000", "picture_id": 1, "period": "2026-11-21",
        **dict.fromkeys(("endpoint_id", "request_id", "archive_id", "objection_id"), UUID(int=1)), "token_id": 1,
    }  # fmt: skip

    for pattern in patterns:
        wanted = {name: given[name] for name in pattern.pattern.converters}
        response = client.get(reverse(f"review:{pattern.name}", kwargs=wanted))
        assert response.status_code == 302, pattern.name
        assert response["Location"].startswith("/login/?next="), pattern.name


@pytest.mark.parametrize("name", [name for name in READING if name not in FILES])
def test_every_page_is_complete_in_english(name: str, as_: As, about: dict[str, Any]) -> None:
    page = as_(reader(name), language="en").get(READING[name][1](**about)).content.decode()

    said = SAID_IN_CHINESE.sub("", re.sub(r"<[^>]+>", "\n", page))
    assert 'lang="en"' in page
    assert CHINESE.findall(said) == []


def without_a_script(page: str) -> str:
    """What is seen of a page where nothing is taken out of a template (one may hold another) or unhidden."""
    inner = r"<template(?:(?!<template).)*?</template>|<section[^>]* hidden>.*?</section>"
    left, gone = re.subn(inner, "", page, flags=re.DOTALL)
    return without_a_script(left) if gone else left


@pytest.mark.parametrize("name", [name for name in READING if name not in FILES])
def test_every_page_is_complete_without_a_script(name: str, as_: As, about: dict[str, Any]) -> None:
    page = as_(reader(name)).get(READING[name][1](**about)).content.decode()

    assert "hx-" not in re.sub(r"<meta[^>]*>", "", page)
    buttons = re.findall(r"<button(?![^>]*only-js)[^>]*>", without_a_script(page))
    assert all('type="button"' not in button for button in buttons), "a button that does nothing without a script"


@pytest.mark.parametrize("name", READING)
def test_every_page_asks_the_database_a_bounded_number_of_times(
    name: str, as_: As, about: dict[str, Any], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, path = as_(reader(name)), READING[name][1](**about)
    client.get(path)

    with django_assert_max_num_queries(24):
        client.get(path)


def test_pages_are_not_kept_by_the_browser(as_: As, about: dict[str, Any]) -> None:
    for name, (_, path) in READING.items():
        assert "no-store" in as_(reader(name)).get(path(**about))["Cache-Control"], name
