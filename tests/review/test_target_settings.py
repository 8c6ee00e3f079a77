"""The settings of a target as a page: rendered from its connector, secrets written and never read, everything filed."""

from __future__ import annotations

import logging
import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connectors.plain_json.sandbox import PlainReceiver
from gridapp.catalogue.models import Target, TargetChange, TargetOfficer
from gridapp.delivery.models import Backfill
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record
from tests.review.settled import ACT, PAGE, TOKEN, As, do, now

CHINESE = re.compile("[一-龥]+")
QUERIES = 18
OTHERS = ["worker", "supervisor", "officer", "auditor"]
ACTS = ["save", "hours", "check", "try", "ask", "withdraw", "disable", "name", "release", "fill"]
pytestmark = pytest.mark.usefixtures("plain")


def filled(**changed: str) -> dict[str, str]:
    return {"url": "http://127.0.0.1:9/records", "token": "", "key_from": "", "success": "ok", **changed}


def filed(row: Target) -> list[tuple[str, list[str]]]:
    return [(one.what, one.names) for one in TargetChange.objects.filter(target=row).order_by("pk")]


@pytest.mark.parametrize("role", OTHERS)
def test_only_administrators_set_anything(as_: As, named: User, plain: Target, role: str) -> None:
    client = as_(role)

    answers = [client.get(PAGE).status_code, *(client.post(ACT, {"act": act}).status_code for act in ACTS)]

    assert answers == [403] * len(answers)
    assert filed(plain) == []


def test_strangers_and_other_sites_do_nothing(client: Client, people: dict[str, User], plain: Target) -> None:
    assert client.get(PAGE).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["administrator"])

    assert strict.post(ACT, {"act": "save", **filled(url="http://127.0.0.1:8/")}).status_code == 403
    assert now(plain).settings()["url"] == "http://127.0.0.1:9/records"


def test_what_is_not_there_is_not_found(as_: As) -> None:
    client = as_("administrator")

    assert client.get("/review/targets/NONE/settings/").status_code == 404
    assert client.post(ACT, {"act": "burn"}).status_code == 404
    assert client.get(ACT).status_code == 405


def test_the_form_asks_what_the_connector_asks_and_shows_no_secret(as_: As) -> None:
    page = as_("administrator").get(PAGE).content.decode()

    for label in ("接口地址", "访问令牌", "成功标志(ok 或 2xx)"):
        assert label in page
    assert 'value="http://127.0.0.1:9/records"' in page
    assert re.search(r'<input[^>]*type="password"[^>]*name="token"', page)
    assert "已设置，不显示" in page
    assert TOKEN not in page
    assert all(f'value="{act}"' in page for act in ("save", "check", "try", "hours", "name", "ask"))


def test_a_secret_left_empty_stays_and_a_new_one_is_written_and_never_read(
    as_: As, plain: Target, caplog: pytest.LogCaptureFixture
) -> None:
    client = as_("administrator")
    caplog.set_level(logging.INFO)

    said = do(client, "save", **filled(url="http://127.0.0.1:8/records"))
    kept = now(plain).settings()
    again = do(client, "save", **filled(url="http://127.0.0.1:8/records", token="another-secret"))

    assert "已保存" in said
    assert (kept["url"], kept["token"]) == ("http://127.0.0.1:8/records", TOKEN)
    assert now(plain).settings()["token"] == "another-secret"
    assert filed(plain) == [("settings", ["url"]), ("settings", ["token"])]
    assert "接口地址" in again.partition('id="changes-title"')[2]
    assert not any(secret in text for secret in (TOKEN, "another-secret") for text in (said, again, caplog.text))


def test_a_secret_that_is_not_compulsory_can_be_emptied(as_: As, plain: Target) -> None:
    do(as_("administrator"), "save", **filled(), **{"forget-token": "yes"})

    assert now(plain).settings()["token"] == ""


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [({"url": " "}, "请填写"), ({"url": "x" * 9000}, "太长"), ({"success": "o\x00k"}, "无法识别的字符")],
)
def test_what_cannot_be_kept_is_said_beside_the_field_and_nothing_is_saved(
    as_: As, plain: Target, changed: dict[str, str], complaint: str
) -> None:
    answer = as_("administrator").post(ACT, {"act": "save", **filled(token="typed-just-now"), **changed})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page and 'aria-invalid="true"' in page
    assert "typed-just-now" not in page
    assert now(plain).settings()["token"] == TOKEN
    assert filed(plain) == []


def test_nothing_changed_files_nothing(as_: As, plain: Target) -> None:
    assert "没有改动" in do(as_("administrator"), "save", **filled())
    assert filed(plain) == []


def test_another_place_switches_it_off_another_password_does_not(as_: As, plain: Target) -> None:
    client = as_("administrator")
    Target.objects.filter(pk=plain.pk).update(enabled=True)

    do(client, "save", **filled(token="renewed"))
    after_a_password = now(plain).enabled
    unsure = client.post(ACT, {"act": "save", **filled(url="http://127.0.0.1:7/")})
    after_unsure = now(plain)
    said = do(client, "save", sure="yes", **filled(url="http://127.0.0.1:7/"))

    assert after_a_password
    assert (unsure.status_code, after_unsure.enabled) == (422, True)
    assert after_unsure.settings()["url"] == "http://127.0.0.1:9/records"
    assert "已停用" in said
    assert (now(plain).enabled, now(plain).settings()["url"]) == (False, "http://127.0.0.1:7/")


def test_a_connection_is_tested_in_words(as_: As, plain: Target, receiver: PlainReceiver) -> None:
    client = as_("administrator")
    unreached = do(client, "check")

    plain.seal_settings(dict(receiver.settings()))
    plain.save(update_fields=["sealed_settings"])
    well = do(client, "check")
    plain.seal_settings(receiver.settings() | {"token": "wrong"})
    plain.save(update_fields=["sealed_settings"])
    refused = do(client, "check")

    assert "连不上" in unreached
    assert "连接正常" in well
    assert "对方不认" in refused
    told = [one.why for one in TargetChange.objects.filter(target=plain).order_by("pk")]
    assert told == ["unreached", "well", "misconfigured"]
    listed = client.get(PAGE).content.decode().partition('id="changes-title"')[2]
    assert "连接正常" in listed and "misconfigured" not in listed
    assert len(receiver.ledger) == 0


def test_a_system_without_an_interface_cannot_be_tested(as_: As, paper: Target) -> None:
    answer = as_("administrator").post("/review/targets/PAPER/settings/act/", {"act": "check"}, follow=True)

    assert "没有可以测试的接口" in answer.content.decode()


def test_settings_that_do_not_open_are_asked_for_again(as_: As, plain: Target) -> None:
    Target.objects.filter(pk=plain.pk).update(sealed_settings=b"sealed with a lost key" * 3)
    client = as_("administrator")

    page = client.get(PAGE).content.decode()
    checked = do(client, "check")
    do(client, "save", **filled(token="new"))

    assert "还没有设置" in page
    assert "连接程序打不开" in checked
    assert now(plain).settings()["token"] == "new"


def test_a_record_is_tried_without_being_sent_and_its_name_stands_in_no_address(
    as_: As, plain: Target, resident: Record
) -> None:
    client = as_("administrator")

    page = client.post(ACT, {"act": "try", "q": "测试甲"}).content.decode()
    path = f"/review/records/{resident.pk}/targets/PLAIN/"

    assert f'href="{path}"' in page
    assert "13912345678" not in page
    assert "还没有送达过" in client.get(path).content.decode()
    assert "没有找到" in client.post(ACT, {"act": "try", "q": "没有这人"}).content.decode()
    assert not plain.deliveries.exists()


def test_an_officer_is_named_and_released_and_nobody_else_is(as_: As, plain: Target, people: dict[str, User]) -> None:
    client, user = as_("administrator"), people["officer"]

    refused = do(client, "name", user=people["worker"].pk)
    said = do(client, "name", user=user.pk)
    sees = as_("officer").get("/review/targets/PLAIN/").status_code
    do(client, "release", officer=TargetOfficer.objects.get(target=plain).pk)

    assert "没有指定" in refused
    assert "已指定" in said
    assert (sees, as_("officer").get("/review/targets/PLAIN/").status_code) == (200, 404)
    assert filed(plain) == [("officer", ["officer"]), ("no_officer", ["officer"])]


def test_a_back_fill_begins_and_tells_how_far_it_is(as_: As, plain: Target, resident: Record) -> None:
    client = as_("administrator")
    off = do(client, "fill", sure="yes")
    Target.objects.filter(pk=plain.pk).update(enabled=True)

    unsure = do(client, "fill")
    said = do(client, "fill", sure="yes")
    Backfill.objects.filter(target=plain).update(seen=1)
    part = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    Backfill.objects.filter(target=plain).update(finished_at=timezone.now())
    over = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()

    assert "没有启用" in off
    assert "请先勾选" in unsure
    assert "补报已开始" in said
    assert "已看 1 / 2" in part and 'hx-trigger="every 3s"' in part and "<html" not in part
    assert "完成" in over and "hx-get" not in over
    assert filed(plain) == [("backfill", [])]


def test_the_page_asks_as_often_for_many_as_for_few_and_is_complete_in_english(
    as_: As, areas: dict[str, Area], people: dict[str, User], plain: Target,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    client, by = as_("administrator", language="en"), people["administrator"]
    client.get(PAGE)
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)

    for number in range(5):
        user = create_account(f"o{number}", name=f"测试{number}", role=Role.OFFICER, areas=[areas["990101"]])
        TargetOfficer.objects.create(target=plain, user=user, named_by=by)
        TargetChange.objects.create(target=plain, what="settings", by=by, names=["url"])
        Backfill.objects.create(target=plain, why="asked", finished_at=timezone.now())
    with django_assert_num_queries(QUERIES):
        page = client.get(PAGE).content.decode()

    said = re.sub(r"中文|测试\S*", "", re.sub(r"<[^>]+>", "\n", page))
    assert CHINESE.findall(said) == []
