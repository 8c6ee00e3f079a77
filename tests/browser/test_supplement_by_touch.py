"""Uploading what a department asked for with a finger: the chosen file stays while the page looks again by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import User
from gridapp.registry import attachments
from gridapp.registry.models import Attachment, Record
from tests.conftest import OpenPage, SignIn, Until
from tests.files import GPS, exif, jpeg, pdf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIGNATURE = "attachment.lease_signature"
SMALLEST = 44


class Server:
    url: str


@pytest.fixture
def returned(flat: Record) -> Record:
    """A flat that came back for want of the page with the signature, while other deliveries are on their way."""
    Delivery.objects.filter(record=flat, target__key="FWBM").update(
        status=Status.RETURNED, due_at=None, reason="补正:缺少出租人签字页", reason_code="BZ01", fields=[SIGNATURE]
    )
    other = Delivery.objects.filter(record=flat).exclude(target__key="FWBM").first()
    assert other is not None
    Delivery.objects.filter(pk=other.pk).update(
        status=Status.SUBMITTED, hold="", waits_for="", ticket="T1", due_at=None
    )
    return flat


def photo(content: bytes) -> FilePayload:
    return FilePayload(name="签字页.jpg", mimeType="image/jpeg", buffer=content)


def test_a_chosen_file_stays_while_the_page_looks_again_and_goes_out_with_a_tap(
    on_tablet: Page, live_server: Server, returned: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{returned.id}/")
    field = page.get_by_label("补充：出租人签字页")
    field.set_input_files(photo(jpeg(exif(6))))

    for _ in range(2):
        page.wait_for_event("response", lambda response: "/deliveries/" in response.url)
    expect(field).to_have_js_property("files.length", 1)
    page.get_by_role("button", name="上传，重新推送").tap()

    expect(page.get_by_role("status").filter(has_text="已补充“出租人签字页”")).to_be_visible()
    row = Attachment.objects.get(record=returned)
    assert (row.media_type, row.name) == ("image/jpeg", SIGNATURE)
    content = attachments.fetch([returned.id], {SIGNATURE})[returned.id][SIGNATURE].content
    assert not any(word in content for word in (GPS, b"Exif"))


def test_it_is_large_enough_for_a_finger_and_named_for_who_does_not_see(
    on_tablet: Page, live_server: Server, returned: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{returned.id}/")

    boxes = [
        page.get_by_label("补充：出租人签字页").bounding_box(),
        page.get_by_role("button", name="上传，重新推送").bounding_box(),
    ]

    assert [box is not None and min(box["height"], box["width"]) >= SMALLEST for box in boxes] == [True, True]
    described = page.get_by_label("补充：出租人签字页").get_attribute("aria-describedby") or ""
    assert "不超过 5MB" in page.locator(f"#{described.split()[0]}").inner_text()


def test_it_works_without_a_script_and_says_what_is_wrong_beside_the_field(
    open_page: OpenPage, sign_in: SignIn, worker: User, live_server: Server, returned: Record
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, worker)
    page.goto(f"{live_server.url}/records/{returned.id}/")

    page.get_by_label("补充：出租人签字页").set_input_files(photo(b"<html>"))
    page.get_by_role("button", name="上传，重新推送").tap()
    wrong = page.locator("form.wrong .error").inner_text()
    page.get_by_label("补充：出租人签字页").set_input_files(photo(pdf()))
    page.get_by_role("button", name="上传，重新推送").tap()

    assert "不是PDF，也不是JPEG图片" in wrong
    expect(page.get_by_role("status").filter(has_text="已补充")).to_be_visible()
    assert Attachment.objects.get(record=returned).media_type == "application/pdf"


def test_a_photo_waits_for_a_session_that_ended_to_begin_again(
    on_tablet: Page, live_server: Server, returned: Record, until: Until
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{returned.id}/")
    expect(page.locator("html")).to_have_attribute("data-tablet", "ready")  # it knows whose photo it would be
    page.get_by_label("补充：出租人签字页").set_input_files(photo(jpeg()))
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="上传，重新推送").tap()
    expect(page.locator("[data-photo] [data-when=waits]")).to_be_visible()
    page.get_by_role("link", name="登录", exact=True).tap()
    page.get_by_label("用户名").fill("worker")
    page.get_by_label("密码").fill("一次录入-2026")
    page.get_by_role("button", name="登录").tap()

    expect(page.locator("[data-strip]")).to_be_hidden()
    until(lambda: Attachment.objects.filter(record=returned, name=SIGNATURE).exists())


def test_a_scan_that_is_too_large_is_answered_and_not_cut_off(
    on_tablet: Page, live_server: Server, returned: Record
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{returned.id}/")

    scan = FilePayload(name="签字页.pdf", mimeType="application/pdf", buffer=pdf(size=12 * 1024 * 1024))
    page.get_by_label("补充：出租人签字页").set_input_files(scan)
    page.get_by_role("button", name="上传，重新推送").tap()

    expect(page.locator("form.wrong .error")).to_contain_text("超过5MB")


def test_a_photo_of_many_megabytes_is_made_small_first(on_tablet: Page, live_server: Server, returned: Record) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{returned.id}/")
    expect(page.locator("html")).to_have_attribute("data-tablet", "ready")  # it knows whose photo it would be

    page.get_by_label("补充：出租人签字页").set_input_files(photo(jpeg() + b"x" * (12 * 1024 * 1024)))
    page.get_by_role("button", name="上传，重新推送").tap()

    expect(page.get_by_role("status").filter(has_text="已补充“出租人签字页”")).to_be_visible()
    assert Attachment.objects.get(record=returned).size < 400 * 1024
