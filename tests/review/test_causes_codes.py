"""The codes of a department as a page: what was written down, by whom, how it ends; for who oversees all to change."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue import recoding
from gridapp.catalogue.code_changes import CodeChange
from gridapp.catalogue.models import Target
from gridapp.delivery import causes_acting, gates
from gridapp.delivery.models import Attempt, CauseAct, Delivery
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from tests.delivery.renumbering import census, failing  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
CODES = "/review/targets/CENSUS/codes/"
NEW = {"field": "ethnicity", "to MZ 03": "N3", "sure": "yes"}
CHINESE = re.compile("[一-龥]+")


@pytest.mark.parametrize(
    ("role", "looks", "changes"),
    [("worker", 403, 403), ("officer", 403, 403), ("auditor", 200, 403), ("supervisor", 200, 403),
     ("administrator", 200, 302)],
)  # fmt: skip
def test_who_may(as_: As, census: Target, role: str, looks: int, changes: int) -> None:  # noqa: F811
    client = as_(role)

    answers = [client.get(CODES).status_code, client.post(f"{CODES}change/", NEW).status_code]
    ended = client.post(f"{CODES}end/", {"change": "1"}).status_code

    assert (*answers, ended) == (looks, changes, changes)
    assert CodeChange.objects.exists() == (changes == 302)


@pytest.fixture
def head(areas: dict[str, Area]) -> Client:
    """A supervisor of the whole district."""
    client = Client()
    user = create_account("head", name="测试总督导", role=Role.SUPERVISOR, areas=[areas["990101"]])
    client.force_login(user)
    return client


def test_a_supervisor_of_the_whole_district_changes_codes(head: Client, census: Target) -> None:  # noqa: F811
    offered = head.get(CODES, {"field": "ethnicity"}).content.decode()
    head.post(f"{CODES}change/", NEW)
    row = CodeChange.objects.get()
    head.post(f"{CODES}end/", {"change": row.pk})

    assert "记下新代码" in offered and "负责全区的督导填写" not in offered
    row.refresh_from_db()
    assert (row.becomes, row.made_by.username) == ("N3", "head")
    assert row.ended_by is not None and row.ended_by.username == "head"


def test_from_a_cause_they_change_them_as_well_and_end_the_pause(
    head: Client,
    people: dict[str, User],
    failing: Callable[..., list[Delivery]],  # noqa: F811
    census: Target,  # noqa: F811
) -> None:
    failing(3, by=people["worker"])
    Target.objects.filter(pk=census.pk).update(paused_at=timezone.now(), paused_why=gates.REJECTIONS)
    named = {"target": "CENSUS", "status": "returned", "code": "R07", "field": "ethnicity"}

    page = head.post("/review/causes/code/", {**named, "to MZ 03": "N3", "sure": "yes", "resumes": "yes"}, follow=True)
    CauseAct.objects.update(begins_at=timezone.now())
    causes_acting.go_on(5)

    assert "3 条，马上开始" in page.content.decode()
    assert set(Attempt.objects.values_list("outcome", "by__username")) == {("recoded", "head")}
    assert Target.objects.get(pk=census.pk).paused_at is None


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_whoever_may_not_reads_them_and_is_told_who_may(as_: As, census: Target, head: Client, role: str) -> None:  # noqa: F811
    User.objects.filter(username__in=("administrator", "head")).update(password="chosen")
    User.objects.create(username="nobody", first_name="测试导入", role=Role.ADMINISTRATOR, staff_no="N-1", password="!")
    page = as_(role).get(CODES, {"field": "ethnicity"}).content.decode()

    assert "由管理员或负责全区的督导填写：" in page
    assert "测试administrator" in page and "测试总督导" in page
    assert 'id="new-title"' not in page and "测试导入" not in page
    assert "测试supervisor" not in re.sub(r"<header.*?</header>", "", page, flags=re.DOTALL)


def test_a_new_code_is_written_down_and_ends_again(as_: As, census: Target, people: dict[str, User]) -> None:  # noqa: F811
    client = as_("administrator")
    offered = client.get(CODES, {"field": "ethnicity"}).content.decode()

    kept = client.post(f"{CODES}change/", NEW, follow=True).content.decode()
    row = CodeChange.objects.get()
    over = client.post(f"{CODES}end/", {"change": row.pk}, follow=True).content.decode()
    again = client.post(f"{CODES}end/", {"change": row.pk}, follow=True).content.decode()

    assert "现在送的是 A3" in offered and "回族" in offered
    assert "03 → N3" in kept and "测试administrator" in kept and "一分钟内" in kept
    assert "恢复为对照表里的代码" in over and "停用" in over
    assert "已经处理过了" in again
    row.refresh_from_db()
    assert (row.made_by, row.ended_by) == (people["administrator"], people["administrator"])


def test_what_is_wrong_is_said_and_what_is_no_code_not_found(as_: As, census: Target) -> None:  # noqa: F811
    client = as_("administrator")

    unsure = client.post(f"{CODES}change/", NEW | {"sure": ""})
    other = client.post(f"{CODES}change/", NEW | {"field": "name"})

    assert (unsure.status_code, "请先勾选确认" in unsure.content.decode()) == (422, True)
    assert other.status_code == 404
    assert not CodeChange.objects.exists()


def test_a_change_of_another_system_is_left_alone(as_: As, census: Target, people: dict[str, User]) -> None:  # noqa: F811
    (row,) = recoding.change(census, "ethnicity", {("MZ", "03"): "N3"}, by=people["administrator"])

    as_("administrator").post("/review/targets/BOOKS/codes/end/", {"change": row.pk})

    assert CodeChange.objects.get().ended_at is None


def test_it_is_complete_in_english_at_one_price(
    as_: As,
    census: Target,  # noqa: F811
    people: dict[str, User],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for code in ("01", "03", "05"):
        recoding.change(census, "ethnicity", {("MZ", code): f"N{code}"}, by=people["administrator"])
    client = as_("administrator", language="en")
    client.get(CODES)

    with django_assert_num_queries(5):
        page = client.get(CODES, {"field": "ethnicity"}).content.decode()

    assert CHINESE.findall(re.sub(r"中文|测试\S*", "", re.sub(r"<[^>]+>", "\n", page))) == []
