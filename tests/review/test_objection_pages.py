"""异议 on its pages: raised, taken up, checked, decided; the right value goes out again, and who asked is told."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.catalogue import officers
from gridapp.catalogue.targets import targets
from gridapp.contract import Kind
from gridapp.delivery.models import Delivery
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, objections
from gridapp.registry.models import Entry, Objection, Record
from gridapp.registry.objections import Source
from tests.arrived import all_arrived
from tests.desk.cast import GRID
from tests.review.objecting_cast import NEW_PHONE as NEW
from tests.review.objecting_cast import do

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
OLD = "13912345678"


def known(record: Record) -> dict[str, Any]:
    return Record.objects.get(pk=record.pk).document()


def generations(record: Record) -> dict[str, int]:
    return dict(Delivery.objects.filter(record=record).values_list("target__key", "generation"))


def test_an_office_objects_and_the_right_value_goes_out_to_all_who_took_the_wrong_one(
    as_: As, officer: User, resident: Record, waiting: dict[str, Delivery], people: dict[str, User]
) -> None:
    office, supervisor = as_("officer"), as_("supervisor")
    path = f"/review/records/{resident.pk}/targets/PAPER/objection/"
    all_arrived(resident)
    form = office.get(f"{path}?field=phone").content.decode()
    posted = {"id": str(uuid4()), "field": "phone", "phone": NEW, "source": "department", "target": "PAPER"}
    office.post(path, posted | {"reason": "与办事记录不符"})
    row = Objection.objects.select_related("record").get()
    before = generations(resident)

    for act in ("accept", "check", "uphold"):
        status, page = do(supervisor, row, act)
        assert (status, "已记下" in page) == (200, True)

    row.refresh_from_db()
    takes = {
        one.target.key for one in targets()
        if Kind.RESIDENT in one.profile.layouts and "phone" in one.profile.layouts[Kind.RESIDENT].sources
    }  # fmt: skip
    told = {key for key, after in generations(resident).items() if after > before[key]}
    assert OLD not in form
    assert (row.target, row.source, row.raised_by) == ("PAPER", "department", officer)
    assert (row.status, row.entry_id) == ("upheld", Entry.objects.latest("number").id)
    assert (known(resident)["phone"], Entry.objects.latest("number").by) == (NEW, people["supervisor"])
    assert told
    assert told <= takes
    assert {"PAPER"} <= told
    assert "您提的异议有 1 件已有结果" in office.get("/review/objections/").content.decode()
    do(office, row, "told", "")
    row.refresh_from_db()
    assert row.told_at is not None


def test_both_values_stand_side_by_side_with_source_and_date(as_: As, raised: Objection) -> None:
    page = as_("supervisor").get(f"/review/objections/{raised.pk}/").content.decode()

    day = timezone.localtime(raised.raised_at).strftime("%Y-%m-%d")
    for side, value, by in ((1, OLD, "王秀英"), (2, NEW, "居民 · 测试supervisor")):
        said = re.search(rf'id="side-{side}".*?</section>', page, re.DOTALL)
        assert said
        assert all(text in said[0] for text in (value, by, day))
    assert "更正后会重新告诉" in page


def test_who_does_not_decide_sees_it_masked(as_: As, raised: Objection) -> None:
    for role in ("worker", "auditor"):
        page = as_(role).get(f"/review/objections/{raised.pk}/").content.decode()

        assert not any(phone in page for phone in (OLD, NEW, "打新号码"))
        assert "139****9999" in page


def test_who_saw_it_in_full_is_written_down(
    as_: As, raised: Objection, people: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="gridapp.review.objection_pages"):
        as_("supervisor").get(f"/review/objections/{raised.pk}/")

    assert f"user {people['supervisor'].pk} saw objection {raised.pk} in full" in caplog.text
    assert NEW not in caplog.text


def test_the_value_is_kept_and_nobody_is_told_but_who_asked(as_: As, raised: Objection, resident: Record) -> None:
    before = sorted(Delivery.objects.values_list("pk", "generation"))
    client = as_("supervisor")

    do(client, raised, "accept")
    do(as_("worker"), raised, "check", "上门看过，号码没有变")
    status, page = do(client, raised, "keep", "本人当面确认")

    raised.refresh_from_db()
    assert (status, raised.status) == (200, "kept")
    assert known(resident)["phone"] == OLD
    assert sorted(Delivery.objects.values_list("pk", "generation")) == before
    assert all(text in page for text in ("上门看过，号码没有变", "本人当面确认", "王秀英", "打新号码"))


def test_a_third_value_can_be_the_right_one(as_: As, raised: Objection, resident: Record) -> None:
    client = as_("supervisor")
    do(client, raised, "accept")
    do(client, raised, "check")

    wrong = do(client, raised, "uphold", phone="123")
    do(client, raised, "uphold", phone="13912348888")

    assert wrong[0] == 422
    assert known(resident)["phone"] == "13912348888"


def test_who_works_there_is_asked_to_look(as_: As, raised: Objection) -> None:
    before = as_("worker").get("/work/").content.decode()
    do(as_("supervisor"), raised, "accept")

    after = {name: as_(name).get("/work/").content.decode() for name in ("worker", "other_worker")}

    asked = "有 1 件异议请您上门核实"
    assert [asked in page for page in (before, after["worker"], after["other_worker"])] == [False, True, False]


@pytest.mark.parametrize(("act", "said"), [("refuse", "为什么不受理"), ("check", "核实的情况"), ("keep", "为什么维持")])
def test_what_was_found_is_written_down(as_: As, raised: Objection, act: str, said: str) -> None:
    client = as_("supervisor")
    if act != "refuse":
        do(client, raised, "accept")
    if act == "keep":
        do(client, raised, "check")
    was = Objection.objects.get(pk=raised.pk).status

    status, page = do(client, raised, act, " ")

    assert (status, said in page) == (422, True)
    assert Objection.objects.get(pk=raised.pk).status == was


def test_what_is_not_its_turn_is_not_done(as_: As, raised: Objection) -> None:
    for role, act in (("supervisor", "uphold"), ("worker", "accept"), ("auditor", "check"), ("worker", "told")):
        _, page = do(as_(role), raised, act)
        assert "刚才有变化" in page

    assert Objection.objects.get(pk=raised.pk).status == "raised"


def test_a_correction_made_meanwhile_is_not_overwritten(
    as_: As, raised: Objection, resident: Record, worker: User
) -> None:
    client, version = as_("supervisor"), Record.objects.get(pk=resident.pk).version
    do(client, raised, "accept")
    do(client, raised, "check")
    changed = {"phone": "13912347777"}
    submit(EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CHANGE, GRID, changed, resident.pk), by=worker)

    status, _ = do(client, raised, "uphold", version=str(version))

    assert status == 422
    assert known(resident)["phone"] == "13912347777"
    assert Objection.objects.get(pk=raised.pk).is_open


def test_overdue_ones_are_named_first(as_: As, raised: Objection) -> None:
    Objection.objects.filter(pk=raised.pk).update(due_on="2024-03-15")

    page = as_("supervisor").get("/review/objections/").content.decode()

    assert "超期，应在 2024-03-15 前办结" in page
    assert "超期 1 件" in page


def test_an_officer_sees_what_their_offices_raised_and_nothing_of_others(
    as_: As, officer: User, raised: Objection, resident: Record, people: dict[str, User]
) -> None:
    said: dict[str, Any] = {"source": Source.DEPARTMENT, "reason": "测试", "by": people["supervisor"]}
    other = objections.lodge(uuid4(), resident, "occupation", "电工", target="GZZ", **said)
    own = objections.lodge(uuid4(), resident, "phone", NEW, target="PAPER", **said)
    client = as_("officer")

    listed = client.get("/review/objections/").content.decode()
    page = client.get(f"/review/objections/{own.pk}/").content.decode()

    assert str(own.pk) in listed
    assert not any(str(one.pk) in listed for one in (other, raised))
    assert [client.get(f"/review/objections/{one.pk}/").status_code for one in (other, raised)] == [404, 404]
    assert set(re.findall(r'data-target="(\w+)"', page)) <= {"PAPER"}
    assert [one.target.key for one in officers.seen_by(officer)] == ["PAPER"]


def test_an_officer_objects_only_to_what_their_system_is_sent(
    as_: As, officer: User, resident: Record, waiting: dict[str, Delivery]
) -> None:
    client = as_("officer")
    posted = {"id": str(uuid4()), "field": "occupation", "occupation": "电工", "source": "department", "reason": "测试"}

    elsewhere = client.get(f"/review/records/{resident.pk}/objection/")
    other = client.get(f"/review/records/{resident.pk}/targets/GZZ/objection/")
    refused = client.post(f"/review/records/{resident.pk}/targets/PAPER/objection/", posted | {"target": "PAPER"})

    assert (elsewhere.status_code, other.status_code, refused.status_code) == (404, 404, 422)
    assert not Objection.objects.exists()


def test_a_worker_speaks_for_who_lives_there_and_for_no_office(as_: As, resident: Record) -> None:
    client, path = as_("worker"), f"/review/records/{resident.pk}/objection/"
    posted = {"id": str(uuid4()), "field": "phone", "phone": NEW, "reason": "本人说的"}

    refused = client.post(path, posted | {"source": "department", "target": "GZZ"})
    taken = client.post(path, posted | {"source": "resident"})

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert Objection.objects.get().source == "resident"


def test_a_value_that_is_none_is_said_beside_it(as_: As, resident: Record) -> None:
    posted = {"id": str(uuid4()), "field": "phone", "phone": "12", "reason": "测试", "source": "resident"}

    answer = as_("supervisor").post(f"/review/records/{resident.pk}/objection/", posted)

    assert answer.status_code == 422
    assert "手机" in answer.content.decode().partition('class="field wrong"')[2]


ROLES = ["worker", "supervisor", "officer", "administrator", "auditor"]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_what(
    as_: As, officer: User, raised: Objection, resident: Record, waiting: dict[str, Delivery], role: str
) -> None:
    client, record = as_(role), f"/review/records/{resident.pk}"
    paths = [f"/review/objections/{raised.pk}/", f"{record}/objection/", f"{record}/targets/PAPER/objection/"]

    answers = [client.get(path).status_code for path in paths]

    assert (
        answers
        == {
            "worker": [200, 200, 404],
            "supervisor": [200, 200, 200],
            "officer": [404, 404, 200],
            "administrator": [200, 404, 404],
            "auditor": [200, 404, 404],
        }[role]
    )
