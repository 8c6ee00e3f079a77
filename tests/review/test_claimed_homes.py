"""Two grids claim one person, on the pages: what each supervisor sees and may do; and pages within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry import objections
from gridapp.registry.models import Objection, Record, Residency
from gridapp.registry.objections import Source
from tests.arrived import all_arrived
from tests.desk.cast import OTHER_GRID
from tests.review.objecting_cast import do

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
OLD = "13912345678"


def generations(record: Record) -> dict[str, int]:
    return dict(Delivery.objects.filter(record=record).values_list("target__key", "generation"))


@pytest.fixture
def sides(both: dict[str, User]) -> dict[str, Client]:
    """The browsers of the two."""
    made = {name: Client(headers={"accept-language": "zh-hans"}) for name in both}
    for name, client in made.items():
        client.force_login(both[name])
    return made


def test_both_supervisors_see_both_homes_and_one_gives_way(
    sides: dict[str, Client], claimed: Objection, resident: Record, far_flat: Record
) -> None:
    path = f"/review/objections/{claimed.pk}/"
    all_arrived(resident)
    before = generations(resident)
    for client in sides.values():
        page = client.get(path).content.decode()
        assert str(claimed.pk) in client.get("/review/objections/").content.decode()
        assert all(text in page for text in ("301", "202", "王秀英", "李强", "2024-03-10", "2024-04-01"))

    _, not_yet = do(sides["second"], claimed, "uphold", "一直住这边")
    status, page = do(sides["first"], claimed, "uphold", "房东证实三月底已搬走", ends="1")

    claimed.refresh_from_db()
    person = Record.objects.get(pk=resident.pk)
    told = {key for key, after in generations(resident).items() if after > before[key]}
    assert "刚才有变化" in not_yet
    assert (status, claimed.status, person.grid_code) == (200, "upheld", OTHER_GRID)
    assert {"JZDJ", "WG"} <= told
    assert all(text in page for text in ("301", "202", "王秀英", "搬离", "房东证实三月底已搬走"))
    assert "301" in sides["second"].get(path).content.decode()
    lost = Residency.objects.exclude(housing=far_flat).get(resident=resident)
    assert (lost.is_open, lost.is_contested) == (False, False)


def test_what_lost_is_read_in_the_entries(
    as_: As, sides: dict[str, Client], claimed: Objection, resident: Record
) -> None:
    do(sides["second"], claimed, "keep", "原来登记的对", ends="5")

    page = as_("supervisor").get(f"/review/records/{resident.pk}/history/").content.decode()

    assert all(text in page for text in ("王秀英", "李强", "测试second", "2024-03-10", "2024-04-01", "登记错误"))
    assert OLD not in page
    assert as_("worker").get(f"/review/records/{resident.pk}/history/").status_code == 403


def test_many_objections_cost_no_more_statements(
    as_: As, resident: Record, raised: Objection, people: dict[str, User], claimed: Objection,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(12):
        said: dict[str, Any] = {"source": Source.RESIDENT, "reason": "测试", "by": people["supervisor"]}
        objections.lodge(uuid4(), resident, "phone", f"1391234100{number % 10}", **said)
    client = as_("supervisor")
    client.get("/review/objections/")

    with django_assert_max_num_queries(9):
        client.get("/review/objections/")
    for row in (raised, claimed):
        with django_assert_max_num_queries(21):  # the last one notes who looked at whom
            client.get(f"/review/objections/{row.pk}/")


def test_another_grid_is_not_there(sides: dict[str, Client], raised: Objection, resident: Record) -> None:
    client, record = sides["second"], f"/review/records/{resident.pk}"
    paths = [f"/review/objections/{raised.pk}/", f"{record}/objection/", f"{record}/history/"]

    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    assert client.post(f"/review/objections/{raised.pk}/act/", {"act": "accept"}).status_code == 404
    assert str(raised.pk) not in client.get("/review/objections/?which=decided").content.decode()


def test_the_pages_are_complete_in_english(as_: As, raised: Objection, claimed: Objection, resident: Record) -> None:
    client = as_("supervisor", language="en")
    paths = [f"/review/objections/{row.pk}/" for row in (raised, claimed)]
    paths += [f"/review/records/{resident.pk}/objection/?field=phone", f"/review/records/{resident.pk}/history/"]

    pages = [client.get(path).content.decode() for path in paths]

    names = r"中文|测试\S*|王秀英|李强|芳草园|\d+[号栋单元室]+|单元|\S*[省市区]\S*|号码换了|打新号码|路\d号"
    for page in pages:
        said = re.sub(names, "", re.sub(r"<[^>]+>", "\n", page))
        assert re.findall("[一-龥]+", said) == []
