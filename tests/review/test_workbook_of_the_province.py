"""Through the pages: 420 rows go to the province in its own workbook, three come back, each seen before it counts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from connectors.provincial_governance.sandbox import ProvincialPlatform
from gridapp.delivery.models import Attempt, Delivery, Sheet, Status
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.delivery.province import delivery_of, platform, supervisor, waiting_flats  # noqa: F401 - fixtures

ROWS, BAD = 420, (0, 199, 419)
WRONG = "所属网格必须为片组片格"
QUEUE = "/review/byhand/SZZ/"


def read(content: bytes) -> Sequence[Sequence[Any]]:
    """The rows of the first sheet, by a reader that is not what wrote them."""
    return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def content(response: Any) -> str:
    """What stands on a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def standing() -> dict[str, int]:
    rows = list(Delivery.objects.filter(target__key="SZZ").values_list("status", flat=True))
    return {status: rows.count(status) for status in set(rows)}


def test_three_bad_rows_of_420_come_back_and_417_are_there(
    client: Client,
    supervisor: User,  # noqa: F811
    platform: ProvincialPlatform,  # noqa: F811
) -> None:
    flats = waiting_flats(supervisor, ROWS)
    codes = {str(Record.objects.get(pk=flat.pk).housing_code): flat for flat in flats}
    client.force_login(supervisor)

    made = client.post(f"{QUEUE}export/?kind=housing", follow=True)
    sheet = Sheet.objects.get()
    fetched = client.get(f"{QUEUE}sheets/{sheet.pk}/")
    out = read(fetched.content)
    key = out[1].index("房屋编号*")
    bad = [str(out[2 + place][key]) for place in BAD]
    for code in bad:
        platform.faults.script(code, WRONG)
    came_back = platform.upload(fetched.content)
    answer = SimpleUploadedFile("导入结果.xls", came_back)
    looked = client.post(f"{QUEUE}sheets/{sheet.pk}/answer/", {"came_back": answer}, follow=True)
    before = standing()
    seen = re.findall(r'name="seen" value="(\w+)"', looked.content.decode())
    applied = client.post(f"{QUEUE}sheets/{sheet.pk}/answer/settle/", {"act": "apply", "seen": seen}, follow=True)

    assert f"已导出 {ROWS} 行" in content(made)
    assert {row[key] for row in out[2:]} == set(codes), "all 420, as texts"
    assert [row[key] for row in read(came_back)[2:]] == bad

    assert "还没有导入。确认后： 已入库 417，退回 3" in content(looked)
    shown = re.findall(r'<th scope="row" class="digits">(\d+)', looked.content.decode())
    assert [int(number) for number in shown] == [place + 1 for place in BAD]
    assert content(looked).count(WRONG) == len(BAD)
    assert before == {Status.SUBMITTED: ROWS}

    assert "结果已导入：已入库 417，退回 3。" in content(applied)
    assert standing() == {Status.DELIVERED: ROWS - len(BAD), Status.RETURNED: len(BAD)}
    returned = [delivery_of(codes[code]) for code in bad]
    assert all(row.status == Status.RETURNED and WRONG in row.reason for row in returned)
    assert Attempt.objects.filter(by=supervisor, outcome__in=("delivered", "rejected")).count() == ROWS
    assert sum(platform.store.sizes().values()) == ROWS - len(BAD)
