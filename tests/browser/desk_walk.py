"""All pages of the desk one after the other, with something and with nothing on them, in whatever language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from gridapp.org import suggestions
from gridapp.org.models import User
from gridapp.registry.models import Building, Record
from tests.browser.fitness import Walk
from tests.conftest import SignIn

MAIN = "main button.main"


@dataclass(frozen=True)
class Cast:
    worker: User
    stranger: User
    supervisor: User
    building: Building
    flat: Record
    resident: Record


def nobody(walk: Walk) -> None:
    """Before anybody has signed in."""
    walk.open("/login/")
    walk.look("login")
    walk.page.locator(MAIN).tap()
    expect(walk.page.locator(".summary")).to_be_focused()
    walk.look("login-refused")
    for name in ("notice", "complaints"):
        walk.open(f"/{name}/")
        walk.look(f"{name}-public")


def nothing_yet(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    """A worker on the first day: no building, no entry, nothing to do."""
    sign_in(walk.page, cast.stranger)
    for name, path in (("home", "/"), ("work", reverse("desk:work")), ("choose", "/entries/choose/resident/")):
        walk.open(path)
        walk.look(f"{name}-empty")


def looking_around(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    """Everything that only shows."""
    suggestions.answer(
        suggestions.suggest("户号要填两遍，能不能只填一遍？", by=cast.worker, suggestion_id=uuid4(), page="desk:home"),
        "已改，谢谢。",
        by=cast.supervisor,
    )
    sign_in(walk.page, cast.worker)
    walk.open("/")
    walk.look("home")
    for name, query in (("found", "301"), ("not-found", "没有这个人")):
        walk.page.locator("#q").fill(query)
        expect(walk.page.locator("#hits > *").first).to_be_visible()
        walk.look(f"home-{name}")
    places = f"/entries/choose/resident/?building={cast.building.code}"
    pages = {
        "work": reverse("desk:work"),
        "choose-building": "/entries/choose/resident/",
        "choose-room": places,
        "choose-floor": f"{places}&floor=3",
        "housing-record": f"/records/{cast.flat.id}/",
        "record": f"/records/{cast.resident.id}/",
        "notice": "/notice/",
        "practice": "/practice/",
        "complaints": "/complaints/",
        "password": "/password/",
        "sessions": "/sessions/",
        "tablet": "/tablet/",
        "diagnosis": "/diag/",
        "offline": "/offline/",
    }
    for name, path in pages.items():
        walk.open(path)
        walk.look(name)
    whole_values(walk, cast)
    walk.page.goto(f"{walk.url}/complaints/")
    walk.page.locator(MAIN).tap()
    expect(walk.page.locator(".summary")).to_be_focused()
    walk.look("complaints-refused")
    walk.open("/nothing/", status=404)
    walk.look("not-there")


def whole_values(walk: Walk, cast: Cast) -> None:
    """Asked for without a reason, and with one."""
    walk.open(f"/records/{cast.resident.id}/")
    walk.page.locator("#whole summary").tap()
    walk.page.locator("#whole button").tap()
    expect(walk.page.locator("#whole .banner")).to_be_visible()
    walk.look("whole-refused")
    walk.page.locator("#whole details").evaluate("one => { one.open = true; }")  # a look may have folded it
    walk.page.locator("#whole-why").select_option("visit")
    walk.page.locator("#whole button").tap()
    expect(walk.page.locator("#whole dl")).to_be_visible()
    walk.look("whole")


def forms(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    """Every form as it opens."""
    sign_in(walk.page, cast.worker)
    new = f"/entries/new/resident/?housing={cast.flat.id}"
    opened = {
        "resident": new,
        "resident-next": f"{new}&after={cast.resident.id}",
        "housing": f"/entries/new/housing/?building={cast.building.code}&floor=4&room_no=402",
        "correct": f"/records/{cast.resident.id}/correct/",
        "move-choose": f"/records/{cast.resident.id}/move/",
        "move": f"/records/{cast.resident.id}/move/?housing={cast.flat.id}",
        "move-out": f"/records/{cast.resident.id}/move-out/",
        "shell-resident": "/shell/resident/",
        "shell-housing": "/shell/housing/",
    }
    for name, path in opened.items():
        walk.open(path)
        walk.look(name)


def filling_in(walk: Walk, sign_in: SignIn, cast: Cast) -> None:
    """A form that is refused, filled in, doubted, and carried over the end of the session."""
    page = walk.page
    sign_in(page, cast.worker)
    new = f"/entries/new/resident/?housing={cast.flat.id}"
    walk.open(new)
    page.locator(MAIN).tap()
    expect(page.locator(".summary")).to_be_focused()
    walk.look("resident-refused")
    walk.open(new)
    _fill(page)
    walk.look("resident-filled")
    page.locator(MAIN).tap()
    expect(page.locator(".summary.ask")).to_be_focused()
    walk.look("resident-doubted")
    page.context.clear_cookies(name="sessionid")
    page.locator(MAIN).tap()
    expect(page.locator("#main input[type=password]")).to_be_visible()
    walk.look("kept")


def _fill(page: Page) -> None:
    """Somebody of 104, which is asked about, from elsewhere, so that most of the form comes into sight."""
    page.locator("#f-id_number").fill("990101192202280013")
    page.locator("#f-name").fill("测试乙")
    for name, value in (("ethnicity", "01"), ("residency.residency_kind", "2")):
        page.locator(f'.chip:has([name="{name}"][value="{value}"])').tap()
    page.locator("#f-residency-start_date").fill((timezone.localdate() - timedelta(days=5)).strftime("%Y%m%d"))
    page.locator("#f-phone").fill("13912345679")
    page.locator("#f-hukou_division").fill("440305")
    page.locator("#f-hukou_address").focus()
    expect(page.locator('[data-field="inflow_reason"]')).to_be_visible()
