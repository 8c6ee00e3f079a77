"""A photo that a department asked for, taken without the net: small, sealed on the tablet, arriving exactly once."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections, transaction
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from pytest_django import Settings

from connectors.lease_filing.sandbox import LeaseOffice
from gridapp import registry
from gridapp.catalogue.models import Target
from gridapp.delivery import lane
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, attachments
from gridapp.registry.models import Attachment, Building, Entry, Photo, Record, SetAside
from tests import factories
from tests.browser.fitness import Walk
from tests.browser.house import House, flush, ready, sign_in, waiting
from tests.browser.tablets import TOLD, NewTablet
from tests.conftest import QUIET, Until
from tests.files import GPS, exif, pdf, segment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIGNATURE = "attachment.lease_signature"
NO_SYNC = "delete ServiceWorkerRegistration.prototype.sync"  # the service worker's requests cannot be bent here
PART, WHOLE = "outbox/<uuid:entry_id>/photos/<int:number>/", "outbox/"
CODE = "9901010010010000001000301"
SEEN = b"written by a camera beside the picture"
LONGEST, MOST = 1600, 400 * 1024
NOISE = """async ([width, height]) => {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  const picture = pen.createImageData(width, height);
  const dots = new Uint32Array(picture.data.buffer);
  for (let at = 0, seed = 1; at < dots.length; at += 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    dots[at] = seed | 0xff000000;
  }
  pen.putImageData(picture, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""
FULL = """() => {
  const { put } = gridapp.store;
  gridapp.store.put = async () => { throw new DOMException("", "QuotaExceededError"); };
  return put;
}"""


@pytest.fixture
def returned(flat: Record) -> Record:
    """A flat that came back for want of the page with the signature."""
    Delivery.objects.filter(record=flat, target__key="FWBM").update(
        status=Status.RETURNED, due_at=None, reason="补正:缺少出租人签字页", reason_code="BZ01", fields=[SIGNATURE]
    )
    Delivery.objects.filter(record=flat).exclude(target__key="FWBM").update(
        status=Status.CANCELLED, hold="", waits_for="", due_at=None
    )
    return flat


@pytest.fixture
def tab(new_tablet: NewTablet, worker: User, returned: Record) -> Page:
    """The worker has the record open and goes where no signal is."""
    tab = new_tablet(worker, f"/records/{returned.id}/")
    tab.evaluate(NO_SYNC)
    tab.context.set_offline(True)
    return tab


def camera(tab: Page, width: int = 320, height: int = 240) -> bytes:
    """A photo with everything that a camera writes beside it, held upright while the camera lay on its side."""
    made = base64.b64decode(tab.evaluate(NOISE, [width, height]))
    return made[:2] + exif(6) + segment(0xFE, SEEN) + made[2:]


def choose(tab: Page, content: bytes, *, name: str = "签字页.jpg", kind: str = "image/jpeg") -> None:
    tab.get_by_label("补充：出租人签字页").set_input_files(FilePayload(name=name, mimeType=kind, buffer=content))
    tab.get_by_role("button", name="上传，重新推送").tap()


def said(tab: Page, words: str) -> None:
    expect(tab.locator("[data-photo] [data-when]:not([hidden])")).to_contain_text(words)


def kept(record: Record) -> bytes:
    """The attachment as departments are handed it."""
    return attachments.fetch([record.id], {SIGNATURE})[record.id][SIGNATURE].content


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height, as the frame header of a JPEG says."""
    at = 2
    while not 0xC0 <= jpeg[at + 1] <= 0xC2:
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    height, width = struct.unpack_from(">HH", jpeg, at + 5)
    return width, height


def test_answers_that_are_lost_make_no_second_attachment(tab: Page, house: House, returned: Record) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.url in lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.fetch()  # the server has it, its answer does not come back
            route.abort("connectionreset")

    tab.context.route("**/outbox/**", lose)
    choose(tab, camera(tab))
    said(tab, "已存本机")

    tab.context.set_offline(False)

    said(tab, "已送达，正在重新推送")
    assert (house.asked(PART, "PUT"), house.asked(WHOLE)) == ([201, 200], [201, 200])
    assert (Attachment.objects.count(), Entry.objects.filter(record=returned).count()) == (1, 2)


def test_a_photo_that_the_server_lost_is_asked_for_again(tab: Page, house: House, returned: Record) -> None:
    def hold(route: Route) -> None:
        route.abort("connectionreset")

    photo = camera(tab)
    tab.context.route("**/outbox/", hold)
    choose(tab, photo)
    said(tab, "已存本机")
    tab.context.set_offline(False)
    expect(tab.locator("[data-strip]")).to_contain_text("待上传 1")
    tab.evaluate(
        "async () => { while (!(await gridapp.outbox.all())[0].parts[0].sent_at) await gridapp.outbox.flush(); }"
    )

    Photo.objects.all().delete()
    tab.context.unroute("**/outbox/", hold)
    flush(tab)

    said(tab, "“出租人签字页”已送达，有需要补正的地方")
    tab.get_by_role("link", name="打开", exact=True).tap()
    expect(tab.get_by_text("“出租人签字页”的照片没有传上来，请打开档案，再拍一次，再上传")).to_be_visible()
    assert SetAside.objects.get().refusals == [[SIGNATURE, "photo_missing"]]
    tab.get_by_role("link", name="看档案").tap()
    choose(tab, photo)
    expect(tab.get_by_role("status").filter(has_text="已补充“出租人签字页”")).to_be_visible()


def test_a_scan_is_kept_as_it_is_and_what_does_not_fit_says_what_to_do(
    tab: Page, house: House, returned: Record
) -> None:
    walk = Walk(tab, house.url)
    for _ in range(2):
        choose(tab, pdf(), name="签字页.pdf", kind="application/pdf")
        said(tab, "已存本机")
        tab.evaluate("async () => gridapp.outbox.remove((await gridapp.outbox.all())[0].id)")
    choose(tab, pdf(size=800 * 1024), name="签字页.pdf", kind="application/pdf")
    said(tab, "这个文件太大，没有网络时存不下。请改用拍照")
    choose(tab, b"<html>")
    said(tab, "这张照片打不开，还没有存下。请再拍一次")
    photo = camera(tab)
    put = tab.evaluate_handle(FULL)
    choose(tab, photo)
    said(tab, "这台平板存满了，照片还没有存下。请到有网络的地方先把待上传的发出去")
    walk.look("offline-photo-full")
    assert waiting(tab) == 0
    expect(tab.get_by_label("补充：出租人签字页")).to_have_js_property("files.length", 1)

    put.evaluate("(put) => { gridapp.store.put = put; }")
    choose(tab, pdf(), name="签字页.pdf", kind="application/pdf")
    said(tab, "已存本机")
    walk.look("offline-photo")
    tab.context.set_offline(False)

    said(tab, "已送达")
    assert (Attachment.objects.get().media_type, kept(returned)) == ("application/pdf", pdf())
    assert walk.found == []


def test_nothing_of_a_photo_can_be_read_from_the_tablets_disk(
    browser: Browser, house: House, returned: Record, worker: User, browser_path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(folder, executable_path=browser_path, args=QUIET, **TOLD)
    sign_in(context, house, worker)
    tab = context.new_page()
    tab.goto(f"{house.url}/records/{returned.id}/")
    ready(tab)
    context.set_offline(True)
    choose(tab, camera(tab))
    said(tab, "已存本机")
    addresses = tab.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (one) => (await caches.open(one)).keys())))"
        ".flat().map((one) => new URL(one.url).pathname)"
    )
    context.close()

    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    databases = [content for path, content in files.items() if "IndexedDB" in path.parts]
    assert max(map(len, databases)) > 5000  # it is there
    assert [path for path, content in files.items() if SEEN in content or GPS in content] == []
    assert not any(b"JFIF" in content for content in databases)
    assert all(address.startswith(("/static/", "/shell/", "/offline/", "/diag/")) for address in addresses)


@pytest.fixture
def office() -> Iterator[LeaseOffice]:
    running = LeaseOffice()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def leased(building: Building, worker: User, targets: None, office: LeaseOffice, settings: Settings) -> Record:
    """A flat whose lease is to be filed, at an office that is open round the clock."""
    settings.LANE_LINGER = 0
    row = Target.objects.get(key="ZLBA")
    row.window = {}
    row.seal_settings(office.settings())
    row.save()
    record = submit(EntryForm.parse(factories.flat_body(building, **factories.LEASE)), by=worker).record
    registry.receive(record, {"housing.housing_code": CODE}, source="FWBM")
    with transaction.atomic():
        plan([record.id])
    return record


def test_a_photo_taken_without_the_net_reaches_the_department_that_asked_for_it(
    new_tablet: NewTablet, house: House, worker: User, leased: Record, office: LeaseOffice, until: Until
) -> None:
    target = Target.objects.get(key="ZLBA")

    def stands(status: str) -> bool:
        with ThreadPoolExecutor(1) as pool:  # a lane has an event loop of its own, and so has this thread's browser
            pool.submit(serve, target.pk).result()
        return Delivery.objects.filter(record=leased, target=target, status=status).exists()

    until(lambda: stands(Status.RETURNED))
    tab = new_tablet(worker, f"/records/{leased.id}/")
    tab.context.set_offline(True)
    choose(tab, camera(tab, 2400, 1800))
    said(tab, "“出租人签字页”已存本机，联网后自动上传")
    expect(tab.locator("[data-strip]")).to_contain_text("待上传 1")
    assert (waiting(tab), Photo.objects.count(), house.asked(PART, "PUT")) == (1, 0, [])

    tab.context.set_offline(False)

    said(tab, "“出租人签字页”已送达，正在重新推送")
    until(lambda: stands(Status.DELIVERED))
    photo, (attachment,) = kept(leased), attachments.of(leased)
    assert office.store.table("filings")[CODE]["files"] == {"leaseSignature": attachment.sha256}
    assert (house.asked(PART, "PUT"), house.asked(WHOLE), waiting(tab)) == ([201], [201], 0)
    assert house.asked("records/<uuid:record_id>/attachments/") == []
    assert bytes(Photo.objects.get().sealed) == b""
    assert len(photo) <= MOST
    assert (max(size(photo)), size(photo)[0] < size(photo)[1]) == (LONGEST, True)
    assert not any(word in photo for word in (GPS, SEEN, b"Exif"))


def serve(target_id: int) -> None:
    try:
        lane.serve(target_id)
    finally:
        connections.close_all()
