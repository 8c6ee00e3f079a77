"""A department asks for a file: the page asks the worker for it, there and nowhere else, and says what was wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import OpenSession, User
from gridapp.registry.models import Attachment, Record
from tests.desk.cast import PASSWORD
from tests.files import exif, jpeg, pdf

SIGNATURE, PROOF = "attachment.lease_signature", "attachment.ownership_proof"


@pytest.fixture
def returned(flat: Record) -> Delivery:
    """The flat comes back for want of two files. (This department asks for none; the page does not care who asks.)"""
    row = Delivery.objects.get(record=flat, target__key="FWBM")
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.RETURNED,
        due_at=None,
        reason="补正:缺少出租人签字页",
        reason_code="BZ01",
        fields=[SIGNATURE, PROOF],
    )
    return Delivery.objects.get(pk=row.pk)


def page_of(client: Client, record: Record, part: str = "", **headers: str) -> str:
    return client.get(f"/records/{record.id}/{part}", headers=headers).content.decode()


def upload(
    client: Client, record: Record, content: bytes | None, name: str = SIGNATURE, **more: str
) -> tuple[int, str, str]:
    """(status, page, where to go on)"""
    posted: dict[str, object] = {"name": name, **more}
    if content is not None:
        posted["file"] = SimpleUploadedFile("扫描件.jpg", content)
    answer = client.post(f"/records/{record.id}/attachments/", posted)
    return answer.status_code, answer.content.decode(), answer.get("Location", "")


def test_nothing_is_asked_for_where_no_department_asks(desk: Client, flat: Record, resident: Record) -> None:
    pages = [page_of(desk, flat), page_of(desk, resident), page_of(desk, flat, "correct/")]

    assert not any('type="file"' in page for page in pages)


def test_each_file_that_is_asked_for_has_a_field_beside_the_returned_delivery(
    desk: Client, flat: Record, returned: Delivery
) -> None:
    for page in (page_of(desk, flat), page_of(desk, flat, "deliveries/")):
        assert page.count('type="file"') == page.count('accept="application/pdf,image/jpeg"') == 2
        assert page.count(f'action="/records/{flat.id}/attachments/" enctype="multipart/form-data"') == 2
        assert "补充：出租人签字页" in page
        assert "补充：村委证明或权属证明" in page
        assert "这一项不能在这里改" not in page


def test_a_chosen_file_outlives_the_looks_of_the_page(desk: Client, flat: Record, returned: Delivery) -> None:
    forms = re.findall(r'<form class="field" id="([^"]+)"[^>]* hx-preserve="true"', page_of(desk, flat, "deliveries/"))

    assert forms == ["s-FWBM-0", "s-FWBM-1"]


def test_the_field_is_there_in_english_too(desk: Client, flat: Record, returned: Delivery) -> None:
    page = page_of(desk, flat, **{"Accept-Language": "en"})

    assert "Add: Page signed by the lessor" in page
    assert "Upload and send again" in page


def test_who_only_reads_is_not_asked(client: Client, auditor: User, flat: Record, returned: Delivery) -> None:
    client.force_login(auditor)

    assert 'type="file"' not in page_of(client, flat)
    assert upload(client, flat, pdf())[0] == 403


def test_a_file_is_kept_and_the_delivery_goes_out_again(desk: Client, flat: Record, returned: Delivery) -> None:
    status, _, onward = upload(desk, flat, jpeg(exif()))

    returned.refresh_from_db()
    row = Attachment.objects.get(record=flat)
    assert (status, onward) == (302, f"/records/{flat.id}/")
    assert (row.name, row.media_type, row.size) == (SIGNATURE, "image/jpeg", len(jpeg()))
    assert "已补充“出租人签字页”，正在重新推送。" in page_of(desk, flat)


def test_what_is_on_record_is_named_and_not_shown(desk: Client, flat: Record, returned: Delivery) -> None:
    before = page_of(desk, flat)
    upload(desk, flat, pdf())

    page = page_of(desk, flat)

    assert "<h2>附件</h2>" not in before
    assert re.search(r"<dt>出租人签字页</dt><dd>PDF \d+.字节 · 王秀英 · ", page)
    assert Attachment.objects.get().sha256 not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "没有选择“出租人签字页”的文件，请选择文件后再上传"),
        (b"", "没有选择“出租人签字页”的文件"),
        (b"<html>", "不是PDF，也不是JPEG图片"),
        (jpeg()[:-5], "不完整，打不开"),
        (pdf(size=5 * 1024 * 1024 + 1), "超过5MB，请降低扫描分辨率"),
        (pdf(size=7 * 1024 * 1024), "超过5MB，请降低扫描分辨率"),
    ],
)
def test_what_is_wrong_with_a_file_stands_beside_its_field(
    desk: Client, flat: Record, returned: Delivery, content: bytes | None, said: str
) -> None:
    status, page, _ = upload(desk, flat, content)

    wrong = re.findall(r'<form class="field wrong" id="s-FWBM-0".*?</form>', page, re.DOTALL)
    assert status == 422
    assert len(wrong) == 1
    assert said in wrong[0]
    assert 'aria-invalid="true" data-focus' in wrong[0]
    assert 'class="field" id="s-FWBM-1"' in page
    assert not Attachment.objects.exists()


def test_what_nobody_asked_for_is_said_on_top(desk: Client, flat: Record, returned: Delivery) -> None:
    status, page, _ = upload(desk, flat, pdf(), "attachment.hazard_photo")

    assert status == 422
    assert "目前没有系统要求补“隐患照片”" in page


def test_the_same_upload_twice_is_one(desk: Client, flat: Record, returned: Delivery) -> None:
    first, second = (upload(desk, flat, pdf())[0] for _ in range(2))

    assert (first, second) == (302, 302)
    assert Attachment.objects.count() == 1


def test_a_record_of_another_grid_is_not_found(client: Client, other_worker: User, flat: Record) -> None:
    client.force_login(other_worker)

    assert upload(client, flat, pdf())[0] == 404


def test_a_link_adds_nothing(desk: Client, flat: Record) -> None:
    assert desk.get(f"/records/{flat.id}/attachments/").status_code == 405


def test_an_expired_session_asks_for_the_file_once_more_and_goes_on(
    desk: Client, flat: Record, returned: Delivery
) -> None:
    OpenSession.objects.all().delete()

    status, page, _ = upload(desk, flat, pdf())
    again = {"again-username": "worker", "again-password": PASSWORD}
    after, _, onward = upload(desk, flat, pdf(), **again)

    assert status == 401
    assert f'name="name" value="{SIGNATURE}"' in page
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'文件请再选一次</label><input class="input" type="file" id="again-file" name="file"', page)
    assert (after, onward) == (302, f"/records/{flat.id}/")
    assert Attachment.objects.count() == 1


def test_nothing_of_a_file_is_written_to_a_disk(
    desk: Client, flat: Record, returned: Delivery, tmp_path: Path, settings: object
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "not there")  # type: ignore[attr-defined]

    assert upload(desk, flat, pdf(size=5 * 1024 * 1024))[0] == 302
