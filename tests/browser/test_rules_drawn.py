"""What the tablet works out by itself looks like what the server answers: the same fields, systems, words, offers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridapp.registry.models import Record

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES_ARE_KEPT = """() => new Promise((done) => {
    const judges = () => gridapp.tablet.judges().then(done);
    const look = async () => ((await gridapp.store.kept("rules")) ? judges() : setTimeout(look, 50));
    look();
})"""
SEEN = """() => ({
    fields: [...document.querySelectorAll("[data-field]:not([hidden])")].map((one) => one.dataset.field),
    wrong: [...document.querySelectorAll(".field.wrong .error")].map((one) => one.textContent),
    panel: document.querySelector("#readiness").innerText.trim().split(/\\s*\\n\\s*/),
    links: [...document.querySelectorAll("#readiness a")].map((one) => one.getAttribute("href")),
    derived: document.querySelector("#derived").innerText,
    ready: document.querySelector("#ready-count").innerText,
    offered: document.querySelector("#found-hukou_division").innerText.trim(),
})"""


class Server:
    url: str


def type_and_leave(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"#f-{name}").fill(value)
        page.locator(f"#f-{name}").blur()


def test_the_form_looks_the_same_with_and_without_the_net(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}")
    page.evaluate(RULES_ARE_KEPT)

    page.context.set_offline(True)
    type_and_leave(page, phone="1391234567", name="测试甲")
    type_and_leave(page, id_number="990101199202290010")
    expect(page.locator("#derived")).to_contain_text("1992-02-29")
    expect(page.locator("#found-hukou_division")).to_contain_text("测试区")
    alone: dict[str, Any] = page.evaluate(SEEN)
    page.context.set_offline(False)
    with page.expect_response(lambda answer: "/entries/check/" in answer.url):
        page.locator("#f-id_number").dispatch_event("change")
    expect(page.locator("#no-answer")).to_be_hidden()
    told: dict[str, Any] = page.evaluate(SEEN)

    assert alone == told
    assert "ethnicity" in alone["fields"]
    assert alone["wrong"] == ["电话号码不对，手机填11位号码；座机填区号加号码，如0755-12345678"]
    assert len(alone["links"]) > 5
