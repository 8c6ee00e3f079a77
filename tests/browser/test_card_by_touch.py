"""A card before the camera: compared with the photo piece by piece, taken over with a tap; and readers that type."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_django import Settings

from gridapp.ocr import asking
from gridapp.ocr.card import Reading
from gridapp.registry.models import Record
from tests.browser.fitness import Walk
from tests.ocr import drawing
from tests.ocr.drawing import PEOPLE
from tests.ocr.running import Running, reader, running  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHO = PEOPLE[3]
HAS_LETTERS = """canvas => { const shades = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  .filter((_, at) => at % 4 === 0); return Math.min(...shades) < 90 && Math.max(...shades) > 180; }"""


class Server:
    url: str


def photograph(page: Page, picture: bytes) -> None:
    with page.expect_file_chooser() as chosen:
        page.locator("[data-card-take]").tap()
    chosen.value.set_files([FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=picture)])


def open_form(page: Page, server: Server, flat: Record) -> None:
    page.goto(f"{server.url}/entries/new/resident/?housing={flat.id}")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each picture had that came to be read."""
    sizes: list[int] = []
    ask = asking.ask

    def weighed(picture: bytes) -> Reading:
        sizes.append(len(picture))
        return ask(picture)

    monkeypatch.setattr(asking, "ask", weighed)
    return sizes


@pytest.mark.usefixtures("reader")
def test_a_card_fills_the_form_value_by_value(
    on_tablet: Page, live_server: Server, flat: Record, screenshots: Path, sent: list[int]
) -> None:
    page = on_tablet
    taken = drawing.seen(drawing.front(WHO), "photo")
    open_form(page, live_server, flat)

    photograph(page, taken)

    rows = page.locator(".on-card li")
    expect(rows).to_have_count(5)
    page.screenshot(path=screenshots / "card.png")
    assert page.locator("#f-id_number").input_value() == ""
    assert all(canvas.evaluate(HAS_LETTERS) for canvas in page.locator(".on-card canvas").all())
    assert len(sent) == 1 and 20_000 < sent[0] < len(taken) / 2

    rows.filter(has_text=WHO.number).get_by_role("button", name="对").tap()
    expect(page.locator("#f-id_number")).to_have_value(WHO.number)
    expect(page.locator("#derived")).to_contain_text("2001-07-30")
    expect(page.locator("#f-name")).to_have_value("")
    page.get_by_role("button", name="全部对").tap()

    expect(page.locator("#f-name")).to_have_value(WHO.name)
    expect(page.get_by_label("维吾尔族")).to_be_checked()
    expect(page.locator("#f-hukou_division")).to_have_value("990101 测试省测试区")
    expect(page.locator("#f-hukou_address")).to_have_value("测试街道测试路5号幸福里小区11栋1单元502")
    expect(page.locator(".on-card")).to_be_hidden()
    expect(page.locator('[name="residency.residency_kind"]').first).to_be_focused()
    assert Record.objects.filter(kind="resident").count() == 0


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_read_stands_beside_the_photo_for_every_eye(
    on_tablet: Page, live_server: Server, flat: Record, language: str
) -> None:
    page = on_tablet
    code = {"zh": "zh-hans", "en": "en"}[language]
    page.context.add_cookies([{"name": "django_language", "value": code, "url": live_server.url}])
    open_form(page, live_server, flat)

    photograph(page, drawing.seen(drawing.front(WHO, number=misprinted(WHO.number)), "photo"))
    expect(page.locator(".on-card .error")).to_have_count(1)
    walk = Walk(page, live_server.url, language)
    walk.look("card-read")

    assert walk.found == []


def misprinted(number: str) -> str:
    """With another check digit."""
    return number[:17] + ("1" if number[17] != "1" else "2")


@pytest.mark.usefixtures("reader")
def test_what_was_not_read_leads_to_its_field(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    open_form(page, live_server, flat)

    photograph(page, drawing.seen(drawing.front(WHO, number=misprinted(WHO.number)), "clean"))

    row = page.locator(".on-card li").filter(has_text="身份证号最后一位对不上")
    expect(row).to_have_count(1)
    row.get_by_role("link", name="去填写").tap()
    expect(page.locator("#f-id_number")).to_be_focused()
    expect(page.locator("#f-id_number")).to_have_value("")
    page.get_by_role("button", name="全部对").tap()
    expect(page.locator("#f-name")).to_have_value(WHO.name)
    expect(page.locator("#f-id_number")).to_have_value("")


def test_a_reader_that_is_away_says_so_and_typing_goes_on(
    on_tablet: Page, live_server: Server, flat: Record, settings: Settings, tmp_path: Path
) -> None:
    page = on_tablet
    settings.CARD_READER = str(tmp_path / "nobody")
    open_form(page, live_server, flat)
    page.locator("#f-name").fill("测试甲")

    photograph(page, drawing.seen(drawing.front(WHO), "clean"))
    expect(page.locator("#card-said")).to_have_text("现在读不了身份证，请直接填写，不影响保存")
    page.context.set_offline(True)
    photograph(page, b"no picture")
    expect(page.locator("#card-said")).to_have_text("这不是照片，或照片已损坏，请再拍一张")

    expect(page.locator("#f-name")).to_have_value("测试甲")
    expect(page.get_by_role("button", name="拍身份证")).to_be_enabled()


def test_a_card_reader_that_types_needs_nothing_else(on_tablet: Page, live_server: Server, flat: Record) -> None:
    """Keyboard wedges type the number as fast as they can and press Enter."""
    page = on_tablet
    posted: list[str] = []
    page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else None)
    open_form(page, live_server, flat)
    page.locator("#f-id_number").focus()

    page.keyboard.type(WHO.number)
    page.keyboard.press("Enter")

    expect(page.locator("#f-id_number")).to_have_value(WHO.number)
    expect(page.locator("#f-name")).to_be_focused()
    expect(page.locator("#derived")).to_contain_text("2001-07-30")
    assert [url for url in posted if "/check/" not in url] == []
