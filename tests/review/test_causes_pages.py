"""Causes as pages: who sees them, what they say, what each form does; the same price for many as for few."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.code_changes import CodeChange
from gridapp.catalogue.models import Target
from gridapp.delivery import causes_acting, gates
from gridapp.delivery.models import Attempt, CauseAct, CauseNote, Delivery, Status
from gridapp.org.models import Role, User
from gridapp.org.staff import create_account
from tests.delivery.renumbering import census, failing  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
ROLES = ["worker", "supervisor", "officer", "administrator", "auditor"]
LIST, ONE = "/review/causes/", "/review/causes/one/"
NAMED = {"target": "CENSUS", "status": "returned", "code": "R07", "field": "ethnicity"}
CHINESE = re.compile("[一-龥]+")
POSTS: dict[str, dict[str, str]] = {
    "act": {"act": "retry", "sure": "yes"},
    "code": {"to MZ 03": "N3", "sure": "yes"},
    "stop": {"wanted": "1"},
    "say": {"act": "remark", "text": "测试"},
}


@pytest.fixture
def returned(failing: Callable[..., list[Delivery]], people: dict[str, User]) -> list[Delivery]:  # noqa: F811
    """Three residents whom the census refused."""
    return failing(3, by=people["worker"])


def post(client: Client, form: str, **told: str) -> tuple[int, str]:
    response = client.post(f"/review/causes/{form}/", {**NAMED, **told}, follow=True)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_who_may_look(as_: As, returned: list[Delivery], role: str) -> None:
    client = as_(role)

    answers = [client.get(path, NAMED).status_code for path in (LIST, ONE)]

    assert answers == [403 if role in {"worker", "officer"} else 200] * 2


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_something(as_: As, returned: list[Delivery], role: str) -> None:
    may = {"supervisor": {"act", "stop", "say"}, "administrator": set(POSTS)}.get(role, set())

    answers = {
        form: as_(role).post(f"/review/causes/{form}/", NAMED | told).status_code for form, told in POSTS.items()
    }

    assert answers == {form: 302 if form in may else 403 for form in POSTS}
    assert CauseAct.objects.exists() == bool(may)


def test_a_list_says_what_it_is_whose_move_and_until_when(as_: As, returned: list[Delivery]) -> None:
    page = as_("supervisor").get(LIST).content.decode()

    assert page.count("data-cause=") == 1
    assert all(said in page for said in ("人口普查", "民族代码不存在", "请网格员修改", "3 条", "期限"))
    assert "target=CENSUS&amp;status=returned&amp;code=R07&amp;field=ethnicity" in page
    assert "data-cause=" not in as_("supervisor").get(LIST, {"target": "BOOKS"}).content.decode()


def test_of_many_the_first_are_listed_and_the_page_says_so(
    as_: As,
    returned: list[Delivery],
    failing: Callable[..., list[Delivery]],  # noqa: F811
    people: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "只列出" not in as_("supervisor").get(LIST).content.decode()
    failing(1, by=people["worker"], reason_code="R99")
    monkeypatch.setattr("gridapp.delivery.causes.LISTED", 1)

    page = as_("supervisor").get(LIST).content.decode()

    assert page.count("data-cause=") == 1
    assert "只列出前 1 条" in page


def test_a_cause_says_it_with_examples(as_: As, returned: list[Delivery]) -> None:
    page = as_("supervisor").get(ONE, NAMED).content.decode()

    assert all(said in page for said in ("民族代码不存在", "民族", "请网格员修改", "测试甲"))
    assert f"/review/records/{returned[0].record_id}/targets/CENSUS/" in page
    assert "请管理员或负责全区的督导在这一页填上新代码" in page
    assert 'action="/review/causes/code/"' not in page


def test_what_is_over_is_said_and_shows_nothing(as_: As, returned: list[Delivery]) -> None:
    Delivery.objects.filter(target__key="CENSUS").update(status=Status.CANCELLED)

    page = as_("supervisor").get(ONE, NAMED).content.decode()

    assert "现在一条也没有了" in page
    assert 'action="/review/causes/act/"' not in page


@pytest.mark.parametrize(
    "named",
    [
        {"target": "NONE"}, {"status": "delivered"}, {"status": ""}, {"code": "x" * 65}, {"field": "x\0"},
    ],
)  # fmt: skip
def test_what_is_no_cause_is_not_found(as_: As, returned: list[Delivery], named: dict[str, str]) -> None:
    assert as_("supervisor").get(ONE, NAMED | named).status_code == 404


def test_another_area_sees_and_does_nothing(people: dict[str, User], areas: Any, returned: list[Delivery]) -> None:
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(stranger)

    pages = client.get(LIST).content.decode() + client.get(ONE, NAMED).content.decode()
    client.post("/review/causes/act/", {**NAMED, "act": "retry", "sure": "yes"})
    causes_acting.go_on(1)

    assert "测试甲" not in pages and "3 条" not in pages
    assert {row.status for row in Delivery.objects.filter(target__key="CENSUS")} == {Status.RETURNED}


@pytest.mark.parametrize(("role", "statements"), [("supervisor", 14), ("administrator", 18)])
def test_many_cost_no_more_statements(
    as_: As,
    returned: list[Delivery],
    failing: Callable[..., list[Delivery]],  # noqa: F811
    people: dict[str, User],
    role: str,
    statements: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_(role)
    client.get(ONE, NAMED)
    with django_assert_num_queries(statements):
        client.get(ONE, NAMED)
    with django_assert_num_queries(11):
        client.get(LIST)

    failing(12, by=people["worker"])
    for number in range(4):
        failing(2, by=people["worker"], reason_code=f"R1{number}")
    with django_assert_num_queries(statements):
        client.get(ONE, NAMED)
    with django_assert_num_queries(11):
        client.get(LIST)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"act": "retry"}, "请先勾选确认"),
        ({"act": "back", "sure": "yes"}, "请写明退回的原因"),
        ({"act": "back", "sure": "yes", "reason": "长" * 201}, "不要超过 200 字"),
    ],
)
def test_what_is_not_sure_is_not_done(as_: As, returned: list[Delivery], told: dict[str, str], said: str) -> None:
    Delivery.objects.filter(target__key="CENSUS").update(status=Status.CONFLICT)
    client = as_("supervisor")

    response = client.post("/review/causes/act/", {**NAMED, "status": "conflict", **told})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not CauseAct.objects.exists()


def test_what_is_not_offered_is_not_done(as_: As, returned: list[Delivery]) -> None:
    for act in ("arrived", "back", "recode", "burn", ""):
        assert post(as_("administrator"), "act", act=act, sure="yes")[0] == 404

    assert not CauseAct.objects.exists()


def test_all_of_it_is_sent_again_with_progress(
    as_: As, returned: list[Delivery], people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_("supervisor")

    _, begun = post(client, "act", act="retry", sure="yes")
    part = client.get(ONE, NAMED, headers={"hx-request": "true", "hx-target": "acts"})
    CauseAct.objects.update(begins_at=timezone.now())
    causes_acting.go_on(5)
    over = client.get(ONE, NAMED, headers={"hx-request": "true", "hx-target": "acts"})

    assert "3 条，马上开始" in begun and "撤回" in begun
    assert "hx-trigger" in part.content.decode() and "<html" not in part.content.decode()
    assert "HX-Refresh" not in part and over["HX-Refresh"] == "true"
    assert "已完成，处理了 3 条" in over.content.decode() and "hx-trigger" not in over.content.decode()
    assert set(Attempt.objects.values_list("outcome", "by")) == {("retried", people["supervisor"].pk)}


def test_a_second_thing_waits_for_the_first_and_the_first_can_be_taken_back(as_: As, returned: list[Delivery]) -> None:
    client = as_("supervisor")
    post(client, "act", act="retry", sure="yes")

    _, second = post(client, "act", act="cancel", sure="yes")
    _, back = post(client, "stop", wanted=str(CauseAct.objects.get().pk))
    _, again = post(client, "stop", wanted=str(CauseAct.objects.get().pk))

    assert "还没有做完" in second
    assert "已撤回，什么都没有改" in back
    assert "不能再撤回" in again


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"sure": "yes"}, "请至少填一个新代码"),
        ({"sure": "yes", "to MZ 03": "A3"}, "请至少填一个新代码"),
        ({"to MZ 03": "N3"}, "请先勾选确认"),
        ({"sure": "yes", "to MZ 03": "N" * 65}, "代码太长"),
        ({"sure": "yes", "to XM 03": "N3"}, "请至少填一个新代码"),
    ],
)
def test_codes_are_checked(as_: As, returned: list[Delivery], told: dict[str, str], said: str) -> None:
    status, page = post(as_("administrator"), "code", **told)

    assert (status, said in page) == (422, True)
    assert not CodeChange.objects.exists()


def test_an_administrator_writes_down_the_new_code(as_: As, returned: list[Delivery], people: dict[str, User]) -> None:
    client = as_("administrator")
    before = client.get(ONE, NAMED).content.decode()

    _, page = post(client, "code", sure="yes", **{"to MZ 03": "N3"})

    assert "现在送的是 A3" in before and "这里有 3 条" in before and "回族" in before
    assert "3 条，马上开始" in page and "已改过" in page and "现在送的是 N3" in page
    assert CodeChange.objects.get().made_by == people["administrator"]
    assert CauseAct.objects.get().act == "recode"


@pytest.mark.parametrize(("why", "offered"), [(gates.REJECTIONS, True), ("对方升级", False)])
def test_the_pause_for_rejecting_too_much_can_end_with_it(
    as_: As,
    returned: list[Delivery],
    census: Target,  # noqa: F811
    why: str,
    offered: bool,
) -> None:
    Target.objects.filter(pk=census.pk).update(paused_at=timezone.now(), paused_why=why)
    client = as_("administrator")

    page = client.get(ONE, NAMED).content.decode()
    post(client, "code", sure="yes", resumes="yes", **{"to MZ 03": "N3"})

    assert ("改好后恢复推送" in page) is offered
    assert CauseAct.objects.get().resumes is offered


def test_remarks_and_whose_it_is(as_: As, returned: list[Delivery], people: dict[str, User]) -> None:
    client = as_("supervisor")

    empty = post(client, "say", act="remark", text=" ")[1]
    post(client, "say", act="remark", text="已打电话问过")
    nobody = post(client, "say", act="give", to=str(people["worker"].pk))[1]
    _, page = post(client, "say", act="give", to=str(people["administrator"].pk))

    assert "请写下内容" in empty and "请选择交给谁" in nobody
    assert "已打电话问过" in page and "交给测试administrator" in page
    assert "已交给测试administrator" in client.get(LIST).content.decode()
    assert CauseNote.objects.count() == 2


def test_the_pages_are_complete_in_english(as_: As, returned: list[Delivery]) -> None:
    client = as_("administrator", language="en")
    post(client, "say", act="remark", text="asked by phone")
    post(client, "act", act="retry", sure="yes")
    CauseAct.objects.update(begins_at=timezone.now() - timedelta(seconds=1))
    causes_acting.go_on(1)
    again = {"status": Status.RETURNED, "reason_code": "R07", "fields": ["ethnicity"], "due_at": None}
    Delivery.objects.filter(target__key="CENSUS").update(**again)

    for path in (LIST, ONE):
        page = client.get(path, NAMED).content.decode()
        said = re.sub(r"中文|测试\S*|民族代码不存在|王秀英", "", re.sub(r"<[^>]+>", "\n", page))
        assert CHINESE.findall(said) == [], path
