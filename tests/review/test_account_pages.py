"""The pages of accounts: made one by one and from a workbook, changed, closed, given a new first password."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter  # type: ignore[import-untyped] # has no stubs
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridapp.org.models import AccountChange, Area, Role, User
from gridapp.org.staff import create_account
from tests.factories import UserFactory

As = Callable[..., Client]
GRID, OTHER_GRID = "990101001001001", "990101001002001"
FORM = {"username": "zhang_san", "name": "张测试", "role": "worker", "area": [GRID], "areas": "", "staff_no": "W9"}
HEADINGS = ["用户名", "姓名", "角色", "区域代码", "工号", "身份证号"]


def text_of(response: Any) -> str:
    return str(response.content.decode())


def workbook(*rows: list[str]) -> SimpleUploadedFile:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile("账号.xlsx", written.getvalue())


def kept_in(response: Any) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', text_of(response))
    assert found
    return found[1]


def test_a_new_account_signs_in_with_the_password_that_was_shown(as_: As) -> None:
    answer = as_("supervisor").post("/review/accounts/new/", FORM)

    shown = re.search(r'<dd class="digits">([a-z0-9-]{14})</dd>', text_of(answer))
    assert shown
    client = Client()
    assert client.login(username="zhang_san", password=shown[1])
    assert client.get("/")["Location"] == "/password/"
    assert "no-store" in answer["Cache-Control"]


def test_what_is_wrong_stands_beside_its_field(as_: As) -> None:
    answer = as_("supervisor").post(
        "/review/accounts/new/", FORM | {"role": "administrator", "area": [], "areas": "990101002001001", "name": ""}
    )

    page = text_of(answer)
    assert answer.status_code == 422
    assert "不能高于您自己的角色" in page and "没有这个区域" in page and "请填写姓名" in page
    assert 'value="zhang_san"' in page
    assert 'value="administrator"' not in page
    assert not User.objects.filter(username="zhang_san").exists()


def test_an_account_is_changed_and_its_page_says_what_was_done(as_: As, people: dict[str, User]) -> None:
    client, worker = as_("supervisor"), people["worker"]
    path = f"/review/accounts/{worker.pk}/"

    done = client.post(path, FORM | {"name": "王测试", "area": [GRID], "areas": OTHER_GRID, "why": "调岗"})
    page = text_of(client.get(path))

    worker.refresh_from_db()
    assert done.status_code == 302
    assert worker.first_name == "王测试"
    assert worker.username == "worker"
    assert set(worker.areas.values_list("code", flat=True)) == {GRID, OTHER_GRID}
    assert "王秀英 → 王测试" in page and "调岗" in page


def test_closed_and_opened_again(as_: As, people: dict[str, User]) -> None:
    client, worker = as_("supervisor"), as_("worker")
    path = f"/review/accounts/{people['worker'].pk}/act/"

    client.post(path, {"act": "close", "why": "离职"})
    out = worker.get("/")
    client.post(path, {"act": "reopen"})

    assert out.status_code == 302 and out["Location"].startswith("/login/")
    assert User.objects.get(pk=people["worker"].pk).is_active
    assert client.post(path, {"act": "wipe"}).status_code == 404
    assert list(AccountChange.objects.order_by("pk").values_list("act", flat=True)) == ["closed", "reopened"]


def test_a_reset_password_ends_the_session_and_has_to_be_changed(as_: As, people: dict[str, User]) -> None:
    worker, path = as_("worker"), f"/review/accounts/{people['worker'].pk}/act/"

    answer = as_("supervisor").post(path, {"act": "password"})

    assert re.search(r'<dd class="digits">[a-z0-9-]{14}</dd>', text_of(answer))
    assert worker.get("/")["Location"].startswith("/login/")
    assert User.objects.get(pk=people["worker"].pk).must_change_password


def test_accounts_of_others_above_and_of_oneself_are_not_there(
    as_: As, people: dict[str, User], areas: dict[str, Area]
) -> None:
    wide = create_account("wide", name="测试", role=Role.WORKER, areas=[areas["990101"]])
    client = as_("supervisor")

    for one in (people["administrator"], people["auditor"], people["supervisor"], people["officer"], wide):
        path = f"/review/accounts/{one.pk}/"
        answers = [client.get(path), client.post(path, FORM), client.post(f"{path}act/", {"act": "close"})]
        assert [answer.status_code for answer in answers] == [404] * 3, one.username
    assert not AccountChange.objects.exists()


@pytest.mark.parametrize("role", ["worker", "officer", "auditor"])
def test_who_only_reads_sees_no_accounts(as_: As, people: dict[str, User], role: str) -> None:
    client, pk = as_(role), people["other_worker"].pk
    paths = ["accounts/", "accounts/new/", "accounts/bulk/", "accounts/bulk/workbook/", f"accounts/{pk}/"]
    posts = [
        "accounts/new/",
        f"accounts/{pk}/",
        f"accounts/{pk}/act/",
        "accounts/bulk/preview/",
        "accounts/bulk/apply/",
    ]

    assert [client.get(f"/review/{path}").status_code for path in paths] == [403] * len(paths)
    assert [client.post(f"/review/{path}", FORM).status_code for path in posts] == [403] * len(posts)


def test_found_by_name_number_and_grid(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")

    pages = {
        asked: text_of(client.post("/review/accounts/", {"q": asked})) for asked in ("王秀", "other", GRID, "没有")
    }

    assert {asked: ("王秀英" in page, "李强" in page) for asked, page in pages.items()} == {
        "王秀": (True, False),
        "other": (False, True),
        GRID: (True, False),
        "没有": (False, False),
    }


def test_who_is_looked_for_stands_in_no_address_on_any_page_of_those_found(as_: As) -> None:
    for number in range(120):
        UserFactory.create(username=f"many{number:03}", first_name="钱多", areas=[GRID])
    client = as_("supervisor")

    pages = [client.post("/review/accounts/", {"q": "钱多", "page": page}) for page in ("1", "2", "3", "x")]
    asked_by_address = client.get("/review/accounts/", {"q": "钱多"})

    assert [len(page.context["rows"]) for page in pages] == [50, 50, 20, 50]
    assert all("q=" not in page.content.decode() for page in pages)
    assert "王秀英" in text_of(asked_by_address), "what the address says is not looked for"


def test_many_accounts_are_seen_row_by_row_and_then_made(as_: As) -> None:
    client = as_("supervisor")
    file = workbook(
        HEADINGS,
        ["zhang_san", "张测试", "网格员", GRID, "W9", "990101199202290010"],
        ["worker", "重名", "网格员", GRID, "", ""],
        ["li_si", "李测试", "管理员", GRID, "", ""],
        ["wang_wu", "王测试", "网格员", f"{GRID} {OTHER_GRID}", "", ""],
        ["wang_wu", "又一个", "网格员", GRID, "", ""],
        ["zhao_liu", "赵测试", "督导", "990101", "", ""],
    )

    looked = client.post("/review/accounts/bulk/preview/", {"table": file})
    none_yet = User.objects.filter(username="zhang_san").exists()
    done = client.post("/review/accounts/bulk/apply/", {"kept": kept_in(looked)})
    again = client.post("/review/accounts/bulk/apply/", {"kept": kept_in(looked)})

    page = text_of(looked)
    assert "6 行，其中 2 行可以新建" in page
    assert "已经有人用了" in page and "出现了两次" in page and "没有这个区域" in page
    assert "990101199202290010" not in page
    assert not none_yet
    passwords = dict(re.findall(r'<th scope="row">(\w+)</th>.*?<b class="digits">([a-z0-9-]{14})</b>', text_of(done)))
    assert set(passwords) == {"zhang_san", "wang_wu"}
    assert Client().login(username="wang_wu", password=passwords["wang_wu"])
    assert User.objects.get(username="zhang_san").id_number == "990101199202290010"
    assert "已新建 0 个账号" in text_of(again)


def test_a_number_that_excel_has_rounded_is_no_document(as_: As) -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ["zhang_san", "张测试", "网格员", GRID, "W9", 990101199202290010])

    answer = as_("supervisor").post(
        "/review/accounts/bulk/preview/", {"table": SimpleUploadedFile("账号.xlsx", written.getvalue())}
    )

    assert "其中 0 行可以新建" in text_of(answer)
    assert "身份证号码不对" in text_of(answer)


def test_the_template_can_be_filled_in(as_: As) -> None:
    client = as_("supervisor")
    book = client.get("/review/accounts/bulk/workbook/").content

    rows = python_calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    looked = client.post("/review/accounts/bulk/preview/", {"table": SimpleUploadedFile("账号.xlsx", book)})

    assert rows[0] == HEADINGS
    assert "1 行，其中 1 行可以新建" in text_of(looked)


def test_a_list_costs_the_same_for_many(as_: As) -> None:
    client = as_("supervisor")

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get("/review/accounts/")
        return len(found)

    few = cost()
    UserFactory.create_batch(20, areas=[GRID])

    assert cost() == few <= 12


def test_in_english(as_: As, people: dict[str, User]) -> None:
    page = text_of(as_("supervisor", language="en").get(f"/review/accounts/{people['worker'].pk}/"))

    assert "Reset the password" in page
    assert "What was done to this account" in page
