"""A photo of an identity card is posted to the desk: suggestions come back in the page's words, and nothing is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests.files import jpeg
from tests.ocr import drawing
from tests.ocr.drawing import PEOPLE
from tests.ocr.running import Running, reader, running  # noqa: F401 - fixtures

WHO = PEOPLE[3]


@pytest.fixture
def away(settings: Settings, tmp_path: Path) -> None:
    settings.CARD_READER = str(tmp_path / "nobody")


def photographed(number: str = "") -> bytes:
    return drawing.seen(drawing.front(WHO, number=number), "clean")


def post(client: Client, picture: bytes | None, **headers: str) -> tuple[int, dict[str, Any]]:
    sent = {} if picture is None else {"image": SimpleUploadedFile("card.jpg", picture)}
    answer = client.post("/entries/card/", sent, headers=headers)
    is_json = answer["Content-Type"].startswith("application/json")
    return answer.status_code, json.loads(answer.content) if is_json else {}


def test_no_card_is_asked_for_where_nobody_reads_them(desk: Client, flat: Record) -> None:
    page = desk.get(f"/entries/new/resident/?housing={flat.id}").content.decode()

    assert "data-card" not in page
    assert post(desk, photographed())[0] == 404


@pytest.mark.usefixtures("away")
def test_the_button_is_on_forms_of_people_alone(desk: Client, resident: Record, flat: Record) -> None:
    def page(path: str) -> str:
        return desk.get(path).content.decode()

    assert 'data-card="/entries/card/"' in page(f"/entries/new/resident/?housing={flat.id}")
    assert "data-card" not in page(f"/records/{flat.id}/correct/")
    assert "data-card" not in page(f"/records/{resident.id}/move-out/")


@pytest.mark.usefixtures("reader")
def test_every_value_comes_with_its_words_and_where_it_stands(desk: Client) -> None:
    status, told = post(desk, photographed())

    assert (status, told["refused"]) == (200, {})
    assert {name: (one["value"], one["shown"]) for name, one in told["fields"].items()} == {
        "id_number": (WHO.number, WHO.number),
        "name": ("阿依古丽·买买提", "阿依古丽·买买提"),
        "ethnicity": ("05", "维吾尔族"),
        "hukou_division": ("990101 测试省测试区", "990101 测试省测试区"),
        "hukou_address": ("测试街道测试路5号幸福里小区11栋1单元502",) * 2,
    }
    assert not any(one["confirmed"] for one in told["fields"].values())
    for one in told["fields"].values():
        crop = one["crop"]
        assert 0 <= crop["x"] < crop["x"] + crop["w"] <= 1
        assert 0 <= crop["y"] < crop["y"] + crop["h"] <= 1


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("language", "why"),
    [("zh-CN", "身份证号最后一位对不上，请对照证件重新输入"), ("en", "does not agree with the rest")],
)
def test_a_wrong_check_digit_is_not_offered_and_it_is_said_why(desk: Client, language: str, why: str) -> None:
    wrong = WHO.number[:17] + ("1" if WHO.number[17] != "1" else "2")

    status, told = post(desk, photographed(wrong), **{"Accept-Language": language})

    assert status == 200
    assert "id_number" not in told["fields"]
    assert why in told["refused"]["id_number"]["why"]
    assert told["refused"]["id_number"]["crop"]["w"] > 0.2


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("picture", "status", "said"),
    [
        (None, 422, "不是照片"),
        (b"%PDF-1.4", 422, "不是照片"),
        (jpeg(), 422, "没有看到身份证"),
        (b"\xff" * (5 * 1024 * 1024 + 1), 413, "照片太大"),
        (b"\xff" * (7 * 1024 * 1024), 413, "照片太大"),
    ],
)
def test_what_is_no_card_is_said_in_words(desk: Client, picture: bytes | None, status: int, said: str) -> None:
    answered, told = post(desk, picture)

    assert answered == status
    assert said in told["said"]


@pytest.mark.usefixtures("away")
def test_a_reader_that_is_away_keeps_nobody_from_typing(desk: Client, form_of: Callable[..., dict[str, Any]]) -> None:
    status, told = post(desk, photographed())

    assert status == 503
    assert "请直接填写" in told["said"]
    assert desk.post("/entries/new/resident/", form_of()).status_code == 302


@pytest.mark.usefixtures("away")
def test_who_may_not_enter_may_not_have_cards_read(client: Client, auditor: User) -> None:
    assert post(client, photographed())[0] == 401
    client.force_login(auditor)
    assert post(client, photographed())[0] == 403
    assert client.get("/entries/card/").status_code == 403


def test_nothing_of_a_card_is_kept_or_said(
    desk: Client,
    reader: Running,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "not there")
    caplog.set_level(logging.DEBUG)
    before = Entry.objects.count()

    status, _ = post(desk, photographed())
    post(desk, jpeg())

    assert status == 200
    assert Entry.objects.count() == before
    for told in (reader.said, caplog.text, " ".join(map(str, desk.session.items()))):
        assert WHO.number not in told
        assert WHO.name not in told
        assert "data:image" not in told
    assert reader.said.strip() == f"reads cards on {reader.socket}"
