"""Exports as pages: asked for below a search, agreed to, fetched, and what a supervisor of elsewhere sees of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Export, ExportPart, Record
from gridapp.review.export_tasks import expire_exports, make_exports
from tests.exporting import column, read

As = Callable[..., Client]
LIST = "/review/exports/"
State = Export.State


def ask(client: Client, **asked: str) -> Export:
    response = client.post(f"{LIST}new/", {"purpose": "春季走访核对", **asked})
    assert response.status_code == 302, response.content.decode()
    return Export.objects.latest("asked_at")


def fetch(client: Client, export: Export) -> bytes:
    response = client.post(f"{LIST}{export.pk}/file/")
    assert response.status_code == 200
    return response.getvalue()


@pytest.fixture
def second(areas: dict[str, Area]) -> Client:
    """Another supervisor of the street."""
    user = create_account("second", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]])
    client = Client()
    client.force_login(user)
    return client


def test_what_was_found_is_exported_and_fetched_once(
    as_: As, resident: Record, flat: Record, caplog: pytest.LogCaptureFixture
) -> None:
    client = as_("supervisor")
    export = ask(client, q="测试甲")
    assert "正在制作" in client.get(LIST).content.decode()

    make_exports()
    with caplog.at_level(logging.INFO, "gridapp.registry"):
        content = fetch(client, export)
    again = client.post(f"{LIST}{export.pk}/file/", follow=True).content.decode()

    assert column(content, "姓名") == ["测试甲"]
    assert "春季走访核对" in read(content)[0][0]
    assert f"fetched export {export.pk}" in caplog.text
    assert "每份一次" in again
    assert "已下载" in again


def test_the_file_has_a_name_without_content_and_is_not_kept_by_the_browser(as_: As, resident: Record) -> None:
    client = as_("supervisor")
    export = ask(client, q="测试甲")
    make_exports()

    response = client.post(f"{LIST}{export.pk}/file/")

    assert response["Content-Disposition"] == f'attachment; filename="{export.short_id}.xlsx"'
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({}, "resident"),
        ({"kind": "resident", "rental": "yes"}, "resident"),
        ({"kind": "housing"}, "housing"),
        ({"rental": "yes"}, "housing"),
    ],
)
def test_a_workbook_is_of_one_kind(asked: dict[str, str], kind: str, as_: As, resident: Record, flat: Record) -> None:
    assert ask(as_("supervisor"), **asked).kind == kind
    make_exports()
    assert Export.objects.get().rows == 1


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"purpose": ""}, "请写明用途"),
        ({"purpose": "用"}, "请写明用途"),
        ({"purpose": "春季走访核对", "numbers": "1"}, "请写明理由"),
        ({"purpose": "春季走访核对", "children": "1", "reason": " "}, "请写明理由"),
    ],
)
def test_without_a_purpose_nothing_is_made_and_nothing_typed_is_lost(
    posted: dict[str, str], said: str, as_: As, resident: Record
) -> None:
    response = as_("supervisor").post(f"{LIST}new/", {"q": "测试甲", **posted})

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert 'value="测试甲"' in page
    assert "numbers" not in posted or 'name="numbers" value="1" checked' in page
    assert not Export.objects.exists()


def test_a_large_one_is_made_when_somebody_else_agrees(
    as_: As, second: Client, resident: Record, settings: Settings
) -> None:
    settings.EXPORT_ALONE_ROWS = 0
    client = as_("supervisor")
    export = ask(client)
    make_exports()
    assert not ExportPart.objects.exists()
    assert 'value="agree"' not in client.get(LIST).content.decode(), "not by oneself"

    own = client.post(f"{LIST}{export.pk}/decide/", {"act": "agree"}, follow=True).content.decode()
    seen = second.get(LIST).content.decode()
    second.post(f"{LIST}{export.pk}/decide/", {"act": "agree"})
    make_exports()

    assert "不由您批准" in own
    assert "春季走访核对" in seen
    assert 'value="agree"' in seen
    assert "下载（只有一次）" not in second.get(LIST).content.decode()
    assert column(fetch(client, export), "姓名") == ["测试甲"]


def test_numbers_in_full_say_why_to_who_agrees(as_: As, second: Client, resident: Record) -> None:
    export = ask(as_("supervisor"), numbers="1", reason="公安要求核对")

    assert "公安要求核对" in second.get(LIST).content.decode()
    second.post(f"{LIST}{export.pk}/decide/", {"act": "refuse"})

    make_exports()
    assert "没有批准" in as_("supervisor").get(LIST).content.decode()
    assert not ExportPart.objects.exists()


def test_another_area_sees_nothing_of_it(as_: As, areas: dict[str, Area], resident: Record) -> None:
    export = ask(as_("supervisor"), numbers="1", reason="公安要求核对")
    user = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    stranger = Client()
    stranger.force_login(user)

    assert "春季走访核对" not in stranger.get(LIST).content.decode()
    assert stranger.post(f"{LIST}{export.pk}/decide/", {"act": "agree"}).status_code == 404
    assert stranger.post(f"{LIST}{export.pk}/file/").status_code == 404


def test_an_export_holds_what_its_owner_may_see_when_it_is_made(
    as_: As, people: dict[str, User], areas: dict[str, Area], resident: Record
) -> None:
    export = ask(as_("supervisor"))
    people["supervisor"].areas.set([areas["990101001002001"]])

    make_exports()

    assert len(read(fetch(as_("supervisor"), export))) == 2, "the mark and the headings"


def test_an_area_that_came_later_was_not_agreed_to(
    as_: As, people: dict[str, User], areas: dict[str, Area], resident: Record
) -> None:
    people["supervisor"].areas.set([areas["990101001002001"]])
    ask(as_("supervisor"))
    people["supervisor"].areas.set([areas["990101"]])

    make_exports()

    assert Export.objects.get().rows == 0


def test_a_decision_is_one_of_two(as_: As, second: Client, resident: Record) -> None:
    export = ask(as_("supervisor"), numbers="1", reason="公安要求核对")

    assert second.post(f"{LIST}{export.pk}/decide/", {"act": "perhaps"}).status_code == 404
    assert Export.objects.get().state == State.WAITING


def test_the_clock_makes_nothing_where_nothing_is_wanted(db: None) -> None:
    make_exports()
    expire_exports()

    assert not Export.objects.exists()


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_costs_the_same_however_long(
    number: int, as_: As, resident: Record, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_("supervisor")
    for _ in range(number):
        ask(client, area="990101001")

    with django_assert_num_queries(8):
        client.get(LIST)


@pytest.mark.parametrize("role", ["worker", "officer", "auditor"])
def test_who_decides_nothing_neither_searches_nor_exports(role: str, as_: As, resident: Record) -> None:
    export = ask(as_("supervisor"))
    make_exports()
    client = as_(role)

    looked = client.get("/review/search/").status_code
    posted = [
        client.post(path, {"purpose": "春季走访核对", "name": "出租屋", "act": "agree"}).status_code
        for path in (
            "/review/search/", "/review/search/save/", f"{LIST}new/", f"{LIST}{export.pk}/decide/",
            f"{LIST}{export.pk}/file/",
        )
    ]  # fmt: skip

    assert {looked, *posted} == {403}
    assert client.get(LIST).status_code == (200 if role == "auditor" else 403)
    assert "/review/search/" not in client.get("/review/targets/").content.decode()
    assert Export.objects.get().state == State.READY


def test_an_auditor_reads_who_took_what_and_why(as_: As, resident: Record) -> None:
    ask(as_("supervisor"), q="测试甲")
    make_exports()

    page = as_("auditor").get(LIST).content.decode()

    assert all(word in page for word in ("春季走访核对", "测试supervisor", "可以下载"))
    assert "<button" not in page.split('id="title"')[1].split("</section>")[0]
    assert LIST in as_("auditor").get("/review/targets/").content.decode()
