"""The page on which reports are subscribed to: by whom, where to, and what became of the mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from gridapp import sealing
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.review.models import Mailing, Subscription
from tests.desk.cast import OTHER_GRID
from tests.review.reporting import STREET

As = Callable[..., Client]
PAGE = "/review/reports/mail/"
WANTED = {"area": STREET, "every": "day", "address": "office@example.com"}
CHINESE = re.compile("[一-龥]+")


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "127.0.0.1", "grid@example.com"


def mail(state: str = "failed", *, problem: str = "address", code: int = 550) -> Mailing:
    """The last mail of the only subscription."""
    first = timezone.localdate() - timedelta(days=1)
    return Mailing.objects.create(
        subscription=Subscription.objects.get(), first=first, state=state, problem=problem, code=code, tries=1
    )


def test_somebody_subscribes_and_ends_it(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")

    page = client.post(PAGE, WANTED, follow=True).content.decode()
    row = Subscription.objects.get()

    assert (row.user, row.area_code, row.every, row.language) == (people["supervisor"], STREET, "day", "zh-hans")
    assert row.address == "office@example.com" and b"office" not in bytes(row.sealed_address)
    assert "office@example.com" in page and "测试街道 · 日报" in page
    client.post(f"{PAGE}{row.pk}/", {"act": "end"})
    assert Subscription.objects.get().ended_at is not None
    assert "office@example.com" not in client.get(PAGE).content.decode()
    client.post(PAGE, WANTED)
    assert Subscription.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"address": "office"}, "请填写邮件地址"),
        ({"address": "a@example.com\nBcc: b@example.com"}, "请填写邮件地址"),
        ({"address": "办公@example.com"}, "请填写邮件地址"),
        ({"address": ""}, "请填写邮件地址"),
        ({"area": "990102"}, "请选择区域"),
        ({"area": "990101"}, "请选择区域"),
        ({"area": "990101001001001"}, "请选择区域"),
        ({"every": "week"}, "请选择日报或月报"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    change: dict[str, str], said: str, as_: As, people: dict[str, User]
) -> None:
    answer = as_("supervisor").post(PAGE, WANTED | change)

    assert (answer.status_code, Subscription.objects.count()) == (422, 0)
    assert said in answer.content.decode()


def test_the_same_is_not_subscribed_to_twice(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")
    client.post(PAGE, WANTED)

    answer = client.post(PAGE, WANTED | {"address": "second@example.com"})

    assert (answer.status_code, Subscription.objects.count()) == (422, 1)
    assert "已经订阅" in answer.content.decode()


def test_mails_stay_in_the_domains_that_are_allowed(as_: As, people: dict[str, User], settings: Settings) -> None:
    settings.EMAIL_DOMAINS = ["example.org"]

    answer = as_("supervisor").post(PAGE, WANTED)

    assert answer.status_code == 422 and "example.org" in answer.content.decode()
    assert as_("supervisor").post(PAGE, WANTED | {"address": "office@EXAMPLE.org"}).status_code == 302


def test_where_no_mail_server_is_configured_nothing_is_offered(
    as_: As, people: dict[str, User], settings: Settings
) -> None:
    settings.EMAIL_HOST = ""
    client = as_("supervisor")

    page = client.get(PAGE).content.decode()

    assert "还没有设置邮件服务器" in page and 'name="address"' not in page
    assert client.post(PAGE, WANTED).status_code == 422
    assert not Subscription.objects.exists()


def test_what_failed_is_shown_with_its_reason_and_sent_again(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")
    client.post(PAGE, WANTED)
    row = mail()

    page = client.get(PAGE).content.decode()
    client.post(f"{PAGE}{row.subscription_id}/", {"act": "again", "mail": row.pk})

    assert "没有发出" in page and "邮件服务器不接受这个地址 (550)" in page
    assert Mailing.objects.get().state == Mailing.State.WAITING


def test_what_went_is_not_sent_again(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")
    client.post(PAGE, WANTED)
    row = mail("sent", problem="", code=0)

    for act in ("again", "now"):
        page = client.post(f"{PAGE}{row.subscription_id}/", {"act": act, "mail": row.pk}, follow=True).content.decode()
        assert "已经发过" in page

    assert Mailing.objects.get().state == Mailing.State.SENT


def test_the_latest_is_sent_at_once_where_somebody_wants_it(as_: As, people: dict[str, User]) -> None:
    client = as_("supervisor")
    client.post(PAGE, WANTED)

    client.post(f"{PAGE}{Subscription.objects.get().pk}/", {"act": "now"})

    row = Mailing.objects.get()
    assert (row.state, row.first) == (Mailing.State.WAITING, timezone.localdate() - timedelta(days=1))


def test_whose_subscriptions_one_sees(as_: As, people: dict[str, User], areas: dict[str, Area]) -> None:
    as_("supervisor").post(PAGE, WANTED)
    row = mail()
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas[OTHER_GRID]])
    client = Client()
    client.force_login(stranger)

    assert "测试supervisor" not in client.get(PAGE).content.decode()
    assert "测试supervisor" not in as_("auditor").get(PAGE).content.decode()
    assert client.post(f"{PAGE}{row.subscription_id}/", {"act": "end"}).status_code == 404
    page = as_("administrator").get(PAGE).content.decode()
    assert "测试supervisor" in page and "office@example.com" not in page
    assert as_("administrator").post(f"{PAGE}{row.subscription_id}/", {"act": "nothing"}).status_code == 404
    assert as_("administrator").post(f"{PAGE}{row.subscription_id}/", {"act": "end"}).status_code == 302


@pytest.mark.parametrize("role", ["worker", "officer"])
def test_who_may_not_subscribe(role: str, as_: As) -> None:
    assert [as_(role).get(PAGE).status_code, as_(role).post(PAGE, WANTED).status_code] == [403, 403]


def test_it_is_complete_in_english(as_: As, people: dict[str, User]) -> None:
    client = as_("administrator", language="en")
    client.post(PAGE, WANTED | {"area": STREET})
    mail()

    page = client.get(PAGE).content.decode()

    assert CHINESE.findall(re.sub(r"中文|测试\S*", "", re.sub(r"<[^>]+>", "\n", page))) == []


def test_it_asks_the_database_as_often_for_much_as_for_little(
    as_: As, people: dict[str, User], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_("administrator")
    client.post(PAGE, WANTED, follow=True)
    with django_assert_num_queries(7):
        client.get(PAGE)

    for every, area in (("month", STREET), ("day", "990101"), ("month", "990101")):
        row = Subscription(user=people["administrator"], area_code=area, every=every, language="en")
        row.sealed_address = sealing.seal(b"a@example.com", bound_to=row.bound_to)
        row.save()
        Mailing.objects.create(subscription=row, first=timezone.localdate(), state="sent")

    with django_assert_num_queries(7):
        client.get(PAGE)
