"""Ledgers as pages: handed in, columns settled, first rows tried, begun, what is left fetched and decided."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from python_calamine import load_workbook

from gridapp.delivery import ledgers as carrying
from gridapp.org.models import Role, User
from gridapp.org.staff import create_account
from gridapp.registry import ledgers
from gridapp.registry.ledgers_reading import LARGEST
from gridapp.registry.models import Entry, Ledger, LedgerRow, Record
from tests.desk.cast import GRID
from tests.registry.ledger_books import book, person

As = Callable[..., Client]
PAGE = "/review/ledgers/"


@pytest.fixture
def home_code(flat: Record) -> str:
    code = f"{flat.building_id}000301"
    Record.objects.filter(pk=flat.pk).update(housing_code=code)
    return code


def hand_in(client: Client, *rows: Sequence[Any], **more: str) -> Any:
    file = SimpleUploadedFile("台账.xlsx", book(*rows))
    answer = client.post(f"{PAGE}new/", {"ledger": file, **more})
    assert ledgers.read_next()
    return client.get(answer["Location"])


def say(client: Client, ledger: Ledger, act: str, **more: str) -> str:
    columns = {f"column-{number}": name for number, name in enumerate(ledger.fields)}
    posted = {"act": act, "kind": ledger.kind, **columns, **more}
    return page_of(client.post(f"{PAGE}{ledger.pk}/act/", posted, follow=True))


def page_of(answer: Any) -> str:
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def imported(client: Client, *rows: Sequence[Any]) -> Ledger:
    hand_in(client, *rows)
    ledger = Ledger.objects.latest("made_at")
    say(client, ledger, "start")
    carrying.go_on(60)
    ledger.refresh_from_db()
    return ledger


def test_a_ledger_from_the_file_to_the_last_row(as_: As, home_code: str) -> None:
    client, bad = as_("supervisor"), person(home_code, phone="12")

    tried = page_of(hand_in(client, person(home_code), bad))
    ledger = Ledger.objects.get()
    running = say(client, ledger, "start")
    carrying.go_on(60)
    done = page_of(client.get(f"{PAGE}{ledger.pk}/"))

    assert "将录入" in tried
    assert "有误，不录入" in tried
    assert bad[2] not in tried  # masked
    assert 'hx-trigger="load delay:3s"' in running
    assert "hx-trigger" not in done
    assert re.search(r"已录入</dt><dd>1<", done)
    assert Entry.objects.get(record__kind="resident").by.username == "supervisor"


def test_a_column_is_corrected_by_hand(as_: As, home_code: str) -> None:
    client = as_("supervisor")
    hand_in(client, person(home_code))
    ledger = Ledger.objects.get()

    without = say(client, ledger, "columns", **{"column-2": "", "column-8": "no such field"})
    refused = say(client, ledger, "start", **{"column-2": ""})
    ledger.refresh_from_db()
    again = say(client, ledger, "columns", **{"column-2": "id_number", "column-8": "id_number"})

    assert "还缺这些，不能开始" in without
    assert "还不能开始" in refused
    assert ledger.fields[2] == ledger.fields[8] == ""
    assert "将录入" in again
    ledger.refresh_from_db()
    assert (ledger.fields[2], ledger.fields[8], ledger.stage) == ("id_number", "", "columns")


def test_what_the_file_does_not_say_is_said_for_all_rows(as_: As, home_code: str) -> None:
    client = as_("supervisor")
    hand_in(client, person(home_code))
    ledger = Ledger.objects.get()

    asked = say(client, ledger, "columns", **{"column-4": ""})
    ledger.refresh_from_db()
    said = say(client, ledger, "columns", ethnicity="01")

    assert 'name="ethnicity"' in asked
    assert "将录入" in said


def test_the_wrong_rows_come_back_with_their_reasons_and_are_handed_in_again(
    as_: As, home_code: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, bad = as_("supervisor"), person(home_code, phone="12", name="=1+1")
    ledger = imported(client, person(home_code), bad)

    with caplog.at_level(logging.INFO, "gridapp.review"):
        answer = client.get(f"{PAGE}{ledger.pk}/errors/")

    lines = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert lines[1][:4] == ["原行号", "原因", "序号", "姓 名*"]
    assert lines[2][0] == "3"
    assert "=1+1" in lines[2]
    assert "电话号码不对" in str(lines[2][1])
    assert "fetched the wrong rows" in caplog.text
    again = SimpleUploadedFile("b.xlsx", answer.content)
    client.post(f"{PAGE}new/", {"ledger": again})
    ledgers.read_next()
    assert Ledger.objects.latest("made_at").fields[3:5] == ["name", "id_number"]
    assert "已删除 1 行。" in say(client, ledger, "forget")


def test_what_differs_is_decided_row_by_row(as_: As, home_code: str) -> None:
    client, rows = as_("supervisor"), [person(home_code), person(home_code)]
    imported(client, *rows)
    ledger = imported(client, *([*row[:3], f"1391234000{number}", *row[4:]] for number, row in enumerate(rows)))

    page = page_of(client.get(f"{PAGE}{ledger.pk}/"))
    taken = page_of(client.post(f"{PAGE}{ledger.pk}/rows/2/", {"act": "taken"}, follow=True))
    kept = page_of(client.post(f"{PAGE}{ledger.pk}/rows/3/", {"act": "kept"}, follow=True))
    over = page_of(client.post(f"{PAGE}{ledger.pk}/rows/3/", {"act": "kept"}, follow=True))

    assert f"档案 {rows[0][3]}，台账 13912340000" in page
    assert "以台账为准 1，保留档案 0" in taken
    assert "以台账为准 1，保留档案 1" in kept
    assert "已经处理过了" in over
    found = {record.document()["phone"] for record in Record.objects.filter(kind="resident")}
    assert found == {"13912340000", rows[1][3]}


def test_a_decision_that_is_refused_says_why(as_: As, home_code: str) -> None:
    client, row = as_("supervisor"), person(home_code)
    imported(client, row)
    ledger = imported(client, [*row[:3], "13912340000", *row[4:]])
    again = imported(client, [*row[:3], "13912340001", *row[4:]])
    client.post(f"{PAGE}{ledger.pk}/rows/2/", {"act": "taken"})

    answer = client.post(f"{PAGE}{again.pk}/rows/2/", {"act": "taken"})

    assert answer.status_code == 422
    assert "已被他人修改" in answer.content.decode()
    assert LedgerRow.objects.filter(ledger=again).exists()


def test_all_are_decided_at_once_when_somebody_is_sure(as_: As, home_code: str) -> None:
    client, row = as_("supervisor"), person(home_code)
    imported(client, row)
    ledger = imported(client, [*row[:3], "13912340000", *row[4:]])

    unsure = say(client, ledger, "keep_all")
    sure = say(client, ledger, "keep_all", sure="yes")
    carrying.go_on(60)

    assert "请先勾选确认" in unsure
    assert "正在处理 1 行" in sure
    ledger.refresh_from_db()
    assert (ledger.kept, ledger.undecided) == (1, 0)


def test_an_import_is_stopped(as_: As, home_code: str) -> None:
    client = as_("supervisor")
    hand_in(client, person(home_code))
    ledger = Ledger.objects.get()

    assert "已停止" in say(client, ledger, "drop")
    assert "已经结束了" in say(client, ledger, "drop")
    assert client.post(f"{PAGE}{ledger.pk}/act/", {"act": "dance"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (b"", {}, "请选择文件"),
        (b"no table", {}, "不是 Excel 或 CSV"),
        (b"x" * (LARGEST + 100_000), {}, "文件太大"),
        (b"a,b\n1,2", {"grid": "123"}, "网格代码是 15 位数字"),
        (b"a,b\n1,2", {"grid": "990102001001001"}, "网格代码是 15 位数字"),
    ],
    ids=["nothing", "no table", "too large", "no grid", "another's grid"],
)
def test_what_is_no_ledger_is_refused_and_says_why(
    as_: As, home_code: str, content: bytes, more: dict[str, str], said: str
) -> None:
    file = SimpleUploadedFile("a.csv", content)

    answer = as_("supervisor").post(f"{PAGE}new/", {"ledger": file, **more})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Ledger.objects.exists()


def test_a_ledger_may_be_larger_than_other_files(as_: As, home_code: str) -> None:
    rows = "\n".join(["姓名,备注", *["测试," + "注" * 2000] * 1200])

    answer = as_("supervisor").post(f"{PAGE}new/", {"ledger": SimpleUploadedFile("a.csv", rows.encode()), "grid": GRID})
    ledgers.read_next()

    assert answer.status_code == 302
    assert (Ledger.objects.get().rows, Ledger.objects.get().grid_code) == (1200, GRID)


def paths(ledger: Ledger) -> list[tuple[str, str, dict[str, str]]]:
    one = f"{PAGE}{ledger.pk}/"
    return [
        ("get", one, {}),
        ("get", f"{one}errors/", {}),
        ("post", f"{one}act/", {"act": "drop"}),
        ("post", f"{one}rows/2/", {"act": "kept"}),
    ]


@pytest.mark.parametrize("role", ["worker", "officer", "auditor"])
def test_who_does_not_decide_sees_no_ledger(role: str, as_: As, home_code: str) -> None:
    ledger = imported(as_("supervisor"), person(home_code, phone="12"))
    client = as_(role)

    answers = [getattr(client, how)(path, posted).status_code for how, path, posted in paths(ledger)]

    assert answers == [403] * 4
    assert client.post(f"{PAGE}new/", {}).status_code == 403


def test_another_area_sees_no_ledger(as_: As, home_code: str, areas: dict[str, Any]) -> None:
    ledger = imported(as_("supervisor"), person(home_code, phone="12"))
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(stranger)

    answers = [getattr(client, how)(path, posted).status_code for how, path, posted in paths(ledger)]

    assert answers == [404] * 4
    assert "台账.xlsx" not in page_of(client.get(PAGE))


def test_a_page_asks_the_same_number_of_questions_however_much_there_is(
    as_: As, home_code: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_("supervisor")
    small = imported(client, person(home_code, phone="12"))
    large = imported(client, *[person(home_code, phone="12") for _ in range(30)], person(home_code))

    counted = []
    for ledger in (small, large):
        with django_assert_num_queries(5):
            counted.append(client.get(f"{PAGE}{ledger.pk}/").status_code)
    with django_assert_num_queries(6):
        counted.append(client.get(PAGE).status_code)

    assert counted == [200] * 3


def test_the_part_that_is_asked_for_again_is_that_part(as_: As, home_code: str, people: dict[str, User]) -> None:
    ledger = imported(as_("supervisor"), person(home_code))

    part = page_of(as_("supervisor").get(f"{PAGE}{ledger.pk}/", headers={"HX-Request": "true"}))

    assert part.strip().startswith('<div id="progress"')
    assert "看结果" in part
