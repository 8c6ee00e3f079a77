"""The outbox goes out: once, whoever sends it, whatever becomes of the answers."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from gridapp.registry.models import Record
from tests.browser.house import House, fill, flush, new_resident, ready, residents, said, save, store_one, waiting
from tests.factories import id_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STORED = "已存本机，联网后自动上传"
NO_SYNC = "delete ServiceWorkerRegistration.prototype.sync"


def test_an_answer_lost_twice_makes_no_second_record(tab: Page, house: House, flat: Record) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        if len(lost) <= 2:
            route.fetch()  # the server has it, its answer does not come back
            route.abort("connectionreset")
        else:
            route.continue_()

    tab.goto(new_resident(house, flat))
    ready(tab)
    tab.evaluate(NO_SYNC)  # the service worker's requests cannot be bent here
    fill(tab, id_number())
    tab.context.route("**/entries/new/resident/", lose)
    tab.context.route("**/outbox/", lose)
    save(tab)
    said(tab, STORED)
    said(tab, "已送达")

    assert len(lost) == 3
    assert house.asked("entries/new/resident/") + house.asked("outbox/") == [201, 200, 200]
    assert residents() == 1


def test_two_tabs_send_once(tab: Page, house: House, flat: Record) -> None:
    store_one(tab, house, flat)
    other = tab.context.new_page()
    other.goto(f"{house.url}/shell/resident/")
    expect(other.locator("[data-strip]")).to_contain_text("待上传 1")

    tab.context.set_offline(False)
    tab.evaluate("() => { gridapp.outbox.flush(); }")
    other.evaluate("() => { gridapp.outbox.flush(); }")

    expect(other.locator("[data-strip]")).to_be_hidden()
    said(tab, "已送达")
    assert house.asked("outbox/") == [201]


def test_the_page_of_a_hotspot_is_not_taken_for_the_server(tab: Page, house: House, flat: Record) -> None:
    def hotspot(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>Welcome to the station</h1>")

    tab.goto(new_resident(house, flat))
    ready(tab)
    tab.evaluate(NO_SYNC)
    fill(tab, id_number())
    for path in ("**/session/", "**/outbox/", "**/entries/new/resident/"):
        tab.context.route(path, hotspot)
    save(tab)

    said(tab, STORED)
    assert flush(tab) == "offline"
    assert waiting(tab) == 1


def queue(tab: Page, flat: Record, number: int) -> None:
    """So many people are entered, faster than by hand."""
    tab.evaluate(
        """async ([numbers, housing]) => {
          const session = await gridapp.store.kept("session");
          for (const number of numbers) {
            const id = crypto.randomUUID();
            const form = new URLSearchParams({ entry_id: id, housing, id_type: "111", id_number: number, name: "测试甲",
              ethnicity: "01", phone: "13912345678", "residency.residency_kind": "1",
              "residency.start_date": "20240310" });
            const content = { path: "/entries/new/resident/", form: String(form), made_at: new Date().toISOString() };
            await gridapp.outbox.add(id, content, "测**", session);
          }
        }""",
        [[id_number() for _ in range(number)], str(flat.id)],
    )


def test_one_entry_that_breaks_the_server_does_not_keep_the_others(tab: Page, house: House, flat: Record) -> None:
    asked: list[str] = []

    def break_over_the_first(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "")["id"])
        if asked[-1] == asked[0]:
            route.fulfill(status=500, content_type="text/html", body="<h1>500</h1>")
        else:
            route.continue_()

    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    tab.evaluate(NO_SYNC)
    queue(tab, flat, 3)
    tab.context.route("**/outbox/", break_over_the_first)

    tab.context.set_offline(False)

    expect(tab.locator("[data-strip]")).to_contain_text("待上传 1")
    assert residents() == 2
    assert waiting(tab) == 1


def test_fifty_entries_go_out_after_a_shift(tab: Page, house: House, flat: Record) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house, flat))
    queue(tab, flat, 50)
    expect(tab.locator("[data-strip]")).to_contain_text("待上传 50")

    tab.context.set_offline(False)

    expect(tab.locator("[data-strip]")).to_be_hidden(timeout=120_000)
    assert residents() == 50
    assert house.asked("outbox/") == [201] * 50
