"""Sessions: a new key each time, an end after doing nothing and after a day, ended from elsewhere, few at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.audit.models import Note
from gridapp.org import accounts, sessions
from gridapp.org.account_forms import Wanted
from gridapp.org.models import Ended, OpenSession, Role, User
from gridapp.org.session_store import SessionStore
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"
AGENT = "Mozilla/5.0 (Linux; Android 14; Tab) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.fixture
def cast() -> factories.Cast:
    return factories.cast()


def signed_in(user: User, **headers: str) -> Client:
    client = Client(headers={"user-agent": AGENT} | headers)
    assert client.post("/login/", {"username": user.username, "password": PASSWORD}).status_code == 302
    return client


def moved(**past: timedelta) -> None:
    """As if so much time had gone by since."""
    for row in OpenSession.objects.exclude(user=None):
        told = {name: getattr(row, name) - by for name, by in past.items()}
        OpenSession.objects.filter(pk=row.pk).update(**told)


def in_now(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_the_key_is_new_at_each_signing_in(cast: factories.Cast) -> None:
    client = Client()
    planted = SessionStore()
    planted["x"] = 1
    planted.create()
    client.cookies["sessionid"] = str(planted.session_key)

    client.post("/login/", {"username": "worker", "password": PASSWORD})

    mine = client.cookies["sessionid"].value
    thief = Client()
    thief.cookies["sessionid"] = str(planted.session_key)
    assert mine != planted.session_key
    assert in_now(client) and not in_now(thief)


def test_a_key_that_nobody_gave_out_is_not_taken_over(cast: factories.Cast) -> None:
    client = Client()
    client.cookies["sessionid"] = "chosenbythethief00000000000000000"

    client.post("/login/", {"username": "worker", "password": PASSWORD})

    assert client.cookies["sessionid"].value != "chosenbythethief00000000000000000"


def test_the_table_has_no_key_that_opens_anything(cast: factories.Cast) -> None:
    client = signed_in(cast.worker)
    key = client.cookies["sessionid"].value

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM org_opensession t")
        rows = [str(row) for (row,) in cursor.fetchall()]
    thief = Client()
    thief.cookies["sessionid"] = OpenSession.objects.get().pk

    assert rows and not any(key in row for row in rows)
    assert not in_now(thief)


def test_who_when_where_and_with_what_is_known(cast: factories.Cast) -> None:
    client = Client(headers={"user-agent": AGENT}, REMOTE_ADDR="192.0.2.7")
    client.cookies["tablet"] = "6f2f4f0e-1111-4000-8000-000000000001"

    client.post("/login/", {"username": "worker", "password": PASSWORD})

    row = OpenSession.objects.get()
    assert (row.user, row.agent, row.address) == (cast.worker, "Chrome 142 · Android", "192.0.2.7")
    assert row.short_device == "6F2F4F"


def test_signing_out_ends_it_for_a_copy_of_the_cookie_too(cast: factories.Cast) -> None:
    client, copy = signed_in(cast.worker), Client()
    key = client.cookies["sessionid"].value
    copy.cookies["sessionid"] = key
    assert in_now(copy)

    client.post("/logout/")

    copy.cookies["sessionid"] = key
    assert not in_now(copy)
    assert OpenSession.objects.get().ended_why == Ended.OUT


def _password(cast: factories.Cast) -> None:
    accounts.reset_password(cast.worker, by=cast.supervisor)


def _role(cast: factories.Cast) -> None:
    wanted = Wanted("worker", "李测试", Role.SUPERVISOR, (factories.GRID,), cast.worker.staff_no)
    accounts.change(cast.worker, wanted, by=cast.supervisor)


def _areas(cast: factories.Cast) -> None:
    wanted = Wanted("worker", "李测试", Role.WORKER, (factories.OTHER_GRID,), cast.worker.staff_no)
    accounts.change(cast.worker, wanted, by=cast.supervisor)


def _closed(cast: factories.Cast) -> None:
    accounts.close(cast.worker, by=cast.supervisor)


def _keeper(cast: factories.Cast) -> None:
    accounts.end_sessions(cast.worker, by=cast.supervisor)


@pytest.mark.parametrize(
    ("happens", "why", "said"),
    [
        (_password, Ended.PASSWORD, "密码改了"),
        (_role, Ended.RIGHTS, "角色或区域有变化"),
        (_areas, Ended.RIGHTS, "角色或区域有变化"),
        (_closed, Ended.CLOSED, "账号已停用"),
        (_keeper, Ended.KEEPER, "管理人员结束了"),
    ],
)
def test_what_ends_all_of_them_and_says_why(
    cast: factories.Cast, happens: Callable[[factories.Cast], None], why: Ended, said: str
) -> None:
    first, second = signed_in(cast.worker), signed_in(cast.worker)
    other = signed_in(cast.other_worker)

    happens(cast)

    assert not in_now(first) and not in_now(second)
    assert in_now(other)
    assert set(OpenSession.objects.filter(user=cast.worker).values_list("ended_why", flat=True)) == {why}
    assert said in first.get("/login/").content.decode()
    assert Note.objects.filter(act="session.ended", about=f"account:{cast.worker.pk}").count() == 1


def test_a_changed_name_ends_nothing(cast: factories.Cast) -> None:
    client = signed_in(cast.worker)
    wanted = Wanted("worker", "李新名", Role.WORKER, (factories.GRID,), cast.worker.staff_no)

    accounts.change(cast.worker, wanted, by=cast.supervisor)

    assert in_now(client)


def test_ones_own_change_of_password_ends_all_others(cast: factories.Cast) -> None:
    here, there = signed_in(cast.worker), signed_in(cast.worker)
    said = {"old_password": PASSWORD, "new_password1": "Spruce-7-forest", "new_password2": "Spruce-7-forest"}

    before = here.cookies["sessionid"].value
    here.post("/password/", said)

    assert in_now(here) and not in_now(there)
    assert here.cookies["sessionid"].value != before


@pytest.mark.parametrize(("who", "minutes"), [("worker", 120), ("supervisor", 30), ("administrator", 15)])
def test_doing_nothing_ends_it(cast: factories.Cast, who: str, minutes: int) -> None:
    client = signed_in(getattr(cast, who))

    moved(expire_date=timedelta(minutes=minutes - 1))
    still = in_now(client)
    moved(expire_date=timedelta(minutes=2))

    assert still
    assert not in_now(client)
    assert OpenSession.objects.get().ended_why == Ended.IDLE
    assert "太久没有操作" in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    ("asks", "counts"),
    [
        (lambda client: client.get("/"), True),
        (lambda client: client.get("/", headers={"sec-fetch-mode": "navigate"}), True),
        (lambda client: client.post("/complaints/new/", {}), True),
        (lambda client: client.get("/session/"), False),
        (lambda client: client.get("/", headers={"hx-request": "true"}), False),
        (lambda client: client.get("/", headers={"sec-fetch-mode": "cors"}), False),
        (lambda client: client.get("/rules/", headers={"x-tablet": "1"}), False),
    ],
)
def test_only_acts_of_people_keep_it_open(cast: factories.Cast, asks: Callable[[Client], Any], counts: bool) -> None:
    client, long_ago = signed_in(cast.worker), timezone.now() - timedelta(minutes=30)
    OpenSession.objects.update(seen_at=long_ago)

    asks(client)

    assert (OpenSession.objects.get().seen_at != long_ago) == counts


def test_an_act_begins_the_time_anew(cast: factories.Cast) -> None:
    client = signed_in(cast.supervisor)

    for _ in range(4):
        moved(expire_date=timedelta(minutes=29), seen_at=timedelta(minutes=29))
        assert in_now(client)


def test_after_twelve_hours_it_ends_whatever_one_does(cast: factories.Cast) -> None:
    client = signed_in(cast.worker)

    moved(started_at=timedelta(hours=11, minutes=59), seen_at=timedelta(minutes=5))
    still = in_now(client)
    left = OpenSession.objects.get().expire_date - timezone.now()
    moved(started_at=timedelta(minutes=1), expire_date=timedelta(minutes=1))

    assert still and left <= timedelta(minutes=1)
    assert not in_now(client)
    assert OpenSession.objects.get().ended_why == Ended.LIMIT
    assert "登录时间到了" in client.get("/login/").content.decode()


def test_neither_the_password_page_nor_another_key_makes_it_longer(cast: factories.Cast) -> None:
    client = signed_in(cast.worker)
    moved(started_at=timedelta(hours=11), expire_date=timedelta(hours=1))
    began = OpenSession.objects.get().started_at
    said = {"old_password": PASSWORD, "new_password1": "Spruce-7-forest", "new_password2": "Spruce-7-forest"}

    client.post("/password/", said)

    assert OpenSession.objects.get(ended_at=None).started_at == began


def test_of_too_many_the_newest_stays_and_the_older_is_told(cast: factories.Cast, settings: Any) -> None:
    settings.SESSIONS_AT_ONCE, settings.SESSIONS_AT_ONCE_ADMINISTRATORS = 3, 1
    workers = [signed_in(cast.worker) for _ in range(4)]
    administrators = [signed_in(cast.administrator) for _ in range(2)]

    assert [in_now(one) for one in workers] == [False, True, True, True]
    assert [in_now(one) for one in administrators] == [False, True]
    assert "在别处登录" in administrators[0].get("/login/").content.decode()


def test_what_is_signed_in_otherwise_has_a_row_too(cast: factories.Cast) -> None:
    client = Client()
    client.force_login(cast.worker)

    assert OpenSession.objects.get().user == cast.worker
    assert in_now(client)


def test_an_open_session_costs_one_statement(
    cast: factories.Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(cast.worker)
    store = SessionStore(client.cookies["sessionid"].value)

    with django_assert_num_queries(1):
        assert store.get("_auth_user_id") == str(cast.worker.pk)


def test_a_session_that_ended_meanwhile_is_not_written_again(cast: factories.Cast) -> None:
    client = signed_in(cast.worker)
    store = SessionStore(client.cookies["sessionid"].value)
    store["typed"] = 1
    sessions.end_all(cast.worker, why=Ended.KEEPER)

    with pytest.raises(UpdateError):
        store.save()

    assert OpenSession.objects.get().session_data == ""
