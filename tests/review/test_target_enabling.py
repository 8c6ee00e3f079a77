"""Switching a target on: a complete entry in the catalogue, one who asks, another who consents, both on file."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from gridapp.catalogue import settling_enabling
from gridapp.catalogue.models import EnablingRequest, Target, TargetChange, TargetOfficer
from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import backfill
from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.review.settled import DECIDE, ENABLING, PAGE, As, decide, do, now

Outcome = EnablingRequest.Outcome


def entry(user: User, **changed: object) -> dict[str, object]:
    return {"basis": "测试条例第三条", "purpose": "试接", "officer": user.pk, **changed}


def outcome() -> str:
    return EnablingRequest.objects.latest("pk").outcome


def filed(row: Target) -> list[tuple[str, str]]:
    return [(one.what, one.by.username) for one in TargetChange.objects.filter(target=row).order_by("pk")]


@pytest.fixture
def asked(as_: As, plain: Target, named: User) -> EnablingRequest:
    """The administrator has asked for it."""
    do(as_("administrator"), "ask", **entry(named))
    return EnablingRequest.objects.get()


def test_one_asks_another_consents_and_what_was_entered_before_is_filled_in(
    as_: As, second: Client, plain: Target, named: User, resident: Record
) -> None:
    said = do(as_("administrator"), "ask", **entry(named))
    alone = decide(as_("administrator"), "consent")
    before = now(plain).enabled

    done = decide(second, "consent")
    backfill.look()
    backfill.go_on(5)

    assert "已申请" in said
    assert "申请的人不能自己同意" in alone
    assert (before, now(plain).enabled) == (False, True)
    assert "已同意，已启用" in done
    assert filed(plain) == [("asked", "administrator"), ("consented", "second")]
    kept = EnablingRequest.objects.get()
    assert (kept.basis, kept.purpose, kept.officer, kept.outcome) == ("测试条例第三条", "试接", named, "consented")
    assert Delivery.objects.filter(target=plain, record=resident).exists()


def test_the_departments_own_officer_may_consent(as_: As, asked: EnablingRequest, plain: Target) -> None:
    client = as_("officer")
    side = client.get("/review/targets/PLAIN/side/").content.decode()

    said = decide(client, "consent")

    assert f'href="{ENABLING}"' in side
    assert "已启用" in said
    assert filed(plain)[-1] == ("consented", "officer")


@pytest.mark.parametrize(("role", "status"), [("worker", 403), ("supervisor", 404), ("auditor", 404)])
def test_nobody_else_sees_a_request_or_decides_it(
    as_: As, asked: EnablingRequest, plain: Target, role: str, status: int
) -> None:
    client = as_(role)

    looked = client.get(ENABLING).status_code
    client.post(DECIDE, {"act": "consent"})
    client.post(DECIDE, {"act": "refuse", "why": "测试"})

    assert looked == status
    assert (outcome(), now(plain).enabled) == (Outcome.WAITING, False)


def test_an_officer_of_another_system_finds_nothing(as_: As, asked: EnablingRequest, named: User) -> None:
    TargetOfficer.objects.filter(user=named).update(target=Target.objects.get(key="WG"))
    client = as_("officer")

    assert client.get(ENABLING).status_code == 404
    assert client.post(DECIDE, {"act": "consent"}).status_code == 404
    assert outcome() == Outcome.WAITING


def test_an_incomplete_entry_cannot_be_asked_for(as_: As, plain: Target, people: dict[str, User]) -> None:
    client = as_("administrator")
    nobody = do(client, "ask", **entry(people["officer"]))
    TargetOfficer.objects.create(target=plain, user=people["officer"])
    no_basis = do(client, "ask", **entry(people["officer"], basis=" "))
    no_purpose = do(client, "ask", **entry(people["officer"], purpose=""))
    somebody_else = do(client, "ask", **entry(people["supervisor"]))
    plain.seal_settings({})
    plain.save(update_fields=["sealed_settings"])
    no_settings = do(client, "ask", **entry(people["officer"]))

    assert "还没有指定部门专员" in nobody
    assert "请写明法律依据" in no_basis
    assert "请写明用途" in no_purpose
    assert "还没有指定部门专员" in somebody_else
    assert "设置还没有填全" in no_settings
    assert not EnablingRequest.objects.exists()


def test_consent_is_to_the_settings_that_were_asked_for(
    as_: As, second: Client, asked: EnablingRequest, plain: Target
) -> None:
    changed = {"url": "http://127.0.0.1:7/", "token": "", "key_from": "", "success": "ok"}

    do(as_("administrator"), "save", **changed)
    said = decide(second, "consent")

    assert outcome() == Outcome.OVERTAKEN
    assert "已经处理过了" in said
    assert not now(plain).enabled


def test_settings_that_changed_behind_the_page_are_seen(second: Client, asked: EnablingRequest, plain: Target) -> None:
    plain.seal_settings({**plain.settings(), "url": "http://127.0.0.1:7/"})
    plain.save(update_fields=["sealed_settings"])

    said = decide(second, "consent")

    assert "设置有改动" in said
    assert (outcome(), now(plain).enabled) == (Outcome.OVERTAKEN, False)


def test_a_refusal_says_why(as_: As, second: Client, asked: EnablingRequest, plain: Target) -> None:
    without = decide(second, "refuse", why="  ")
    said = decide(second, "refuse", why="协议还没有签")

    assert "请写明原因" in without
    assert "已记下：不同意" in said
    assert (outcome(), now(plain).enabled) == (Outcome.REFUSED, False)
    assert "协议还没有签" in as_("administrator").get(PAGE).content.decode()
    assert filed(plain)[-1] == ("refused", "second")


def test_a_request_is_taken_back_and_made_anew(as_: As, asked: EnablingRequest, named: User) -> None:
    client = as_("administrator")

    twice = do(client, "ask", **entry(named))
    said = do(client, "withdraw")
    over = do(client, "withdraw")
    do(client, "ask", **entry(named))

    assert "已有申请在等另一人同意" in twice
    assert "已撤回申请" in said
    assert "已经处理过了" in over
    assert EnablingRequest.objects.count() == 2


def test_it_is_switched_off_by_one_and_on_again_by_two(
    as_: As, second: Client, asked: EnablingRequest, plain: Target
) -> None:
    client = as_("administrator")
    decide(second, "consent")

    without = do(client, "disable", why="")
    said = do(client, "disable", why="系统下线")
    again = decide(second, "consent")

    assert "请写明原因" in without
    assert "已停用" in said
    assert "已经处理过了" in again
    assert not now(plain).enabled
    assert filed(plain)[-1] == ("disabled", "administrator")


def test_the_database_itself_refuses_one_person_alone(asked: EnablingRequest) -> None:
    for alone in (asked.asked_by, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            EnablingRequest.objects.filter(pk=asked.pk).update(outcome=Outcome.CONSENTED, decided_by=alone)


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_are_one_request(plain: Target, named: User, people: dict[str, User]) -> None:
    one = next(one for one in configured() if one.target.pk == plain.pk)
    told = settling_enabling.Entry("测试条例", "试接", named)
    at_once, reasons = Barrier(2), list[list[str]]()

    def ask() -> None:
        try:
            at_once.wait()
            reasons.append(settling_enabling.ask(one, told, by=people["administrator"]))
        finally:
            connection.close()

    both = [Thread(target=ask) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted(reasons) == [[], ["waiting"]]
    assert EnablingRequest.objects.count() == 1
