"""A code on a door through a camera: Chromium films a picture that the test has drawn."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from gridapp.registry import references
from gridapp.registry.models import Record
from tests.conftest import QUIET

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = "9901010010010000001000301"
# What `segno.make(CODE, error="m")` draws, version 1: no encoder is needed to test a reader.
MODULES = """
#######.#.##..#######
#.....#..###..#.....#
#.###.#.#..#..#.###.#
#.###.#.#.##..#.###.#
#.###.#..####.#.###.#
#.....#.#...#.#.....#
#######.#.#.#.#######
........###.#........
.#.#.####..#####.##.#
##.###..#..#.#.#.#.##
##.####.#.#.###..##..
#.####..#.#...##..#.#
.##.####.#.##...####.
........#...##.##..##
#######.#####...####.
#.....#.###..#.#.#.##
#.###.#...#..##...#.#
#.###.#.#.#...##...##
#.###.#..##.##.####.#
#.....#.#.##..####.#.
#######..##.#...###..
""".strip().splitlines()
DRAWN = """([modules, dark, light]) => {
  const [width, height, size] = [640, 480, 12];
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.fillStyle = light;
  pen.fillRect(0, 0, width, height);
  pen.translate(width / 2, height / 2);
  pen.rotate(0.12); // nobody holds a tablet straight
  pen.fillStyle = dark;
  modules.forEach((row, y) => [...row].forEach((one, x) => {
    if (one === "#") pen.fillRect((x - row.length / 2) * size, (y - modules.length / 2) * size, size + 0.5, size + 0.5);
  }));
  return pen.canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 }).then((blob) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(blob);
  }));
}"""


class Server:
    url: str


@pytest.fixture(scope="module")
def browser(browser_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera films a dim picture of the code. In place of the one that other tests have."""
    film = tmp_path_factory.mktemp("camera") / "door.mjpeg"
    camera = [
        "use-fake-device-for-media-stream",
        "use-fake-ui-for-media-stream",
        f"use-file-for-fake-video-capture={film}",
    ]
    with sync_playwright() as playwright:
        film.write_bytes(drawn(playwright.chromium, browser_path) * 10)
        arguments = [*QUIET, *(f"--{one}" for one in camera)]
        started = playwright.chromium.launch(executable_path=browser_path, args=arguments)
        yield started
        started.close()


def drawn(chromium: BrowserType, path: str) -> bytes:
    """One frame as JPEG: frames behind each other are what Chromium takes for a film."""
    started = chromium.launch(executable_path=path, args=QUIET)
    frame: str = started.new_page().evaluate(DRAWN, [MODULES, "#333", "#bbb"])
    started.close()
    return b64decode(frame)


@pytest.fixture
def coded(flat: Record) -> Record:
    """The flat has got the code that the camera sees."""
    references.receive(flat, {references.HOUSING_CODE: CODE}, source="FWBM")
    return flat


def test_the_camera_reads_the_code_and_the_home_opens(
    on_tablet: Page, live_server: Server, coded: Record, screenshots: Path
) -> None:
    page, asked = on_tablet, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/")
    page.wait_for_load_state("networkidle")
    assert not any("jsQR" in url for url in asked)

    page.get_by_role("button", name="扫码").tap()

    page.wait_for_url(f"**/records/{coded.id}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("301")
    assert any("jsQR" in url for url in asked)


def test_a_code_scanned_while_choosing_goes_on_with_the_person(
    on_tablet: Page, live_server: Server, coded: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/choose/resident/")

    page.get_by_role("button", name="扫码").tap()

    page.wait_for_url(f"**/entries/new/resident/?housing={coded.id}")
    expect(page.locator("#f-id_number")).to_be_visible()


def test_a_page_that_knows_the_rooms_itself_may_take_what_was_read(
    on_tablet: Page, live_server: Server, coded: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/")
    page.evaluate(
        """() => { window.read = new Promise((resolve) => document.addEventListener("gridapp:scanned", (event) => {
          event.preventDefault(); resolve(event.detail); })); }"""
    )

    page.get_by_role("button", name="扫码").tap()

    assert page.evaluate("() => window.read") == CODE
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url == f"{live_server.url}/"


def test_closing_lets_the_camera_go(on_tablet: Page, live_server: Server, flat: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/")
    # the decoder never comes: the picture stays on the screen
    page.route("**/jsQR*", lambda route: None)
    page.get_by_role("button", name="扫码").tap()
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("正在打开相机")

    page.get_by_role("button", name="关闭").tap()

    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("() => document.querySelector('video').srcObject") is None


def test_without_the_decoder_the_code_is_typed(
    on_tablet: Page, live_server: Server, coded: Record, screenshots: Path
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/")
    page.route("**/jsQR*", lambda route: route.abort())
    page.get_by_role("button", name="扫码").tap()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("请输入编码")
    expect(page.get_by_label("输入房屋编码后 8 位")).not_to_be_focused()  # else the keyboard covers the picture
    page.screenshot(path=screenshots / "scan.png")

    page.get_by_label("输入房屋编码后 8 位").fill("0100 0301")
    page.get_by_role("button", name="找房").tap()

    page.wait_for_url(f"**/records/{coded.id}/")
