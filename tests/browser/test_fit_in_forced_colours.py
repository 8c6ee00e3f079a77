"""With the colours that a device forces on pages, at twice the size: nothing is hidden, and every state is told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from gridapp.org import devices
from gridapp.registry.models import SetAside
from tests.browser.desk_walk import MAIN, Cast
from tests.browser.fitness import TOO_WIDE, picture
from tests.browser.test_fit_for_everyone import Server, cast  # noqa: F401 - a fixture
from tests.browser.test_work_for_everyone import aside, met, sent_back  # noqa: F401 - fixtures
from tests.conftest import OpenPage, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOWN = {"home", "resident", "record", "conflicts"}
ZOOMED = ViewportSize(width=400, height=640)
"""A tablet at 200 %: half the room, twice the dots."""
COVERED = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea, select')]
  .map(one => one.closest('.chip') ?? one)
  .filter(one => one.getClientRects().length && !one.matches('.skip'))
  .filter(one => {
    one.scrollIntoView({block: 'center', inline: 'center'});
    const box = one.getClientRects()[0];
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !top || !(one.contains(top) || top.contains(one));
  }).map(one => `covered ${one.outerHTML.slice(0, 80)}`)"""
ON_TOP_OF_EACH_OTHER = """() => {
  const held = one => one && (/sticky|fixed/.test(getComputedStyle(one).position) || held(one.parentElement));
  const texts = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const within = text.parentElement;
    if (!text.data.trim() || within.closest('.quiet, .matrix, .scroll') || held(within)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) if (box.width > 1) texts.push([text.data.trim().slice(0, 20), box]);
  }
  const over = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > Math.min(one.height, other.height) * .45;
  return texts.flatMap(([said, box], at) => texts.slice(at + 1).filter(([, other]) => over(box, other))
    .map(([also]) => `${said} lies on ${also}`));
}"""
EDGE = "(one, side) => getComputedStyle(one)[`border${side}Color`]"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(ZOOMED, device_scale_factor=2, forced_colors="active", service_workers="block")


def flaws(page: Page) -> list[str]:
    """Of the whole page, with everything open that can be opened."""
    over = page.evaluate(TOO_WIDE)
    page.evaluate("() => document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    return [
        *([f"{over} px over the edge"] if over else []),
        *page.evaluate(COVERED),
        *page.evaluate(ON_TOP_OF_EACH_OTHER),
    ]


def walked(page: Page, url: str, paths: dict[str, Any]) -> dict[str, list[str]]:
    """Name -> flaws, of the pages that have any."""
    found = {}
    for name, path in paths.items():
        page.goto(f"{url}{path}")
        picture(page, f"{name}-forced", only=SHOWN)
        found[name] = flaws(page)
    return {name: told for name, told in found.items() if told}


def shot(one: Locator) -> bytes:
    """What it looks like with nobody on it."""
    one.page.evaluate("() => document.activeElement.blur()")
    return one.screenshot(animations="disabled")


@pytest.mark.usefixtures("sent_back")
def test_nothing_hides_anything_from_a_worker(
    page: Page,
    sign_in: SignIn,
    live_server: Server,
    cast: Cast,  # noqa: F811
    aside: SetAside,  # noqa: F811
) -> None:
    sign_in(page, cast.worker)

    found = walked(
        page,
        live_server.url,
        {
            "home": "/",
            "work": "/work/",
            "choose": f"/entries/choose/resident/?building={cast.building.code}",
            "resident": f"/entries/new/resident/?housing={cast.flat.id}",
            "record": f"/records/{cast.resident.id}/",
            "aside": f"/set-aside/{aside.pk}/",
            "forbidden": "/review/lanes/",
        },
    )

    assert found == {}


def test_nothing_hides_anything_from_a_supervisor(
    page: Page,
    sign_in: SignIn,
    live_server: Server,
    cast: Cast,  # noqa: F811
    met: SetAside,  # noqa: F811
) -> None:
    devices.seen(uuid4(), user=cast.worker, session_key="", waiting=0, oldest=None)
    sign_in(page, cast.supervisor)

    names = ("targets", "coverage", "byhand", "uncertain", "conflicts", "suggestions", "devices")
    found = walked(page, live_server.url, {name: f"/review/{name}/" for name in names})

    assert found == {}
    tabs = page.locator(".tabs a")
    edges = {name: tabs.filter(has_text=name).evaluate(EDGE, "BlockEnd") for name in ("平板", "目标系统")}
    assert edges["平板"] != edges["目标系统"]


def test_every_state_is_told_without_colour(page: Page, sign_in: SignIn, live_server: Server, cast: Cast) -> None:  # noqa: F811
    sign_in(page, cast.worker)
    page.goto(f"{live_server.url}/entries/new/resident/?housing={cast.flat.id}")
    chosen, pressed = (
        page.locator(".chip:has([value='01'][name=ethnicity])"),
        page.get_by_role("button", name="强光模式"),
    )
    main, other = page.locator(MAIN), page.get_by_role("link", name="换一处")
    before = [shot(chosen), shot(pressed)]

    chosen.tap()
    pressed.tap()

    assert shot(chosen) != before[0]
    assert shot(pressed) != before[1]
    assert main.evaluate("one => getComputedStyle(one).backgroundColor") != other.evaluate(
        "one => getComputedStyle(one).backgroundColor"
    )
    main.tap()
    expect(page.locator(".summary")).to_be_focused()
    assert page.locator(".field.wrong .error").first.inner_text()
    assert flaws(page) == []
