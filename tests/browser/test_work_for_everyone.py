"""The worker's list, a form set aside and the conflicts, with something on them: fit for every eye and finger."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse_lazy
from django.utils import timezone
from playwright.sync_api import expect

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Record, Residency, SetAside
from gridapp.registry.refusals import refusal
from tests.browser.fitness import Walk
from tests.conftest import OpenPage, SignIn
from tests.desk.cast import GRID, RESIDENT
from tests.setting_aside import collision, kept

WORK = reverse_lazy("desk:work")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


@pytest.fixture
def aside(worker: User, flat: Record) -> SetAside:
    """A new resident whose phone and document number were mistyped."""
    wrong = [refusal("phone", "missing"), refusal("id_number", "document_taken")]
    form = {**RESIDENT, "housing": str(flat.pk), "phone": "1391"}
    return kept(worker, "/entries/new/resident/", form, grid_code=GRID, refusals=wrong)


@pytest.fixture
def met(worker: User, resident: Record) -> SetAside:
    """Three fields that collide: one typed, one of a short table, one of a long one; and one that does not."""
    for name, value in (("phone", "13912340002"), ("marital_status", "20"), ("ethnicity", "03")):
        correct(worker, resident, name, value)
    return collision(worker, resident, phone="13912340003", marital_status="10", ethnicity="08", occupation="电工")


def correct(worker: User, record: Record, name: str, value: str) -> None:
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, GRID, {name: value}, record.pk)
    submit(form, by=worker)


@pytest.fixture
def sent_back(resident: Record) -> None:
    told = {"status": Status.RETURNED, "due_at": None, "hold": "", "waits_for": ""}
    rows = Delivery.objects.filter(record=resident)
    rows.filter(target__key="JZDJ").update(
        **told, reason_code="3102", reason="联系电话是空号，请核实后重新报送", fields=["phone"]
    )
    rows.filter(target__key="WG").update(**told, reason_code="incomplete", fields=["hukou_type", "education"])
    rows.filter(target__key="PDA").update(**told | {"status": Status.FAILED})
    Residency.objects.update(verified_at=timezone.now() - timedelta(days=120))


@pytest.fixture(params=["zh", "en"])
def walk(request: pytest.FixtureRequest, open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    language = "en" if request.param == "en" else "zh-hans"
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    return Walk(page, live_server.url, request.param)


@pytest.mark.usefixtures("sent_back")
def test_the_worker_s_pages(walk: Walk, sign_in: SignIn, worker: User, aside: SetAside, met: SetAside) -> None:
    sign_in(walk.page, worker)

    for name, path in (
        ("work-full", str(WORK)),
        ("work-returned", f"{WORK}returned/"),
        ("work-stale", f"{WORK}stale/"),
        ("set-aside", f"/set-aside/{aside.pk}/"),
        ("set-aside-conflict", f"/set-aside/{met.pk}/"),
    ):
        walk.open(path)
        walk.look(name)

    assert walk.found == []


def test_the_conflicts(walk: Walk, sign_in: SignIn, areas: dict[str, Area], met: SetAside) -> None:
    page = walk.page
    sign_in(page, create_account("supervisor", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]]))

    walk.open("/review/conflicts/")
    walk.look("conflicts")
    page.locator("main button.main").first.tap()
    expect(page.locator(".field.wrong").first).to_be_visible()
    walk.look("conflicts-refused")

    assert walk.found == []


def test_what_was_sent_back_opens_the_form_at_the_field(
    open_page: OpenPage, sign_in: SignIn, live_server: Server, worker: User, resident: Record, sent_back: None
) -> None:
    tablet = open_page(service_workers="block")
    sign_in(tablet, worker)
    tablet.goto(f"{live_server.url}{WORK}")

    tablet.get_by_role("link", name="联系电话是空号").tap()

    expect(tablet.locator("#f-phone")).to_be_focused()
    expect(tablet.locator('[data-field="phone"] .doubt')).to_contain_text("联系电话是空号")
