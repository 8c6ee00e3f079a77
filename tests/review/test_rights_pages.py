"""权利请求: lodged for whoever stands there, decided in time and in plain words, answered on paper and as a copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.contract import is_working_day
from gridapp.delivery.models import Delivery
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, rights
from gridapp.registry.models import Entry, Record, RightsRequest, Tombstone
from gridapp.registry.rights import Decision

As = Callable[..., Client]
Lodged = Callable[..., RightsRequest]
POSTED = {"kind": "access", "seen": "card", "text": "想知道给了谁", "contact": "到社区工作站自取", "checked": "yes"}
REASON = "已当面说明，清单交给了本人。"


def decide(client: Client, row: RightsRequest, **posted: str) -> Any:
    return client.post(f"/review/rights/{row.pk}/act/", {"act": "done", "reason": REASON} | posted)


def again(row: RightsRequest) -> RightsRequest:
    return RightsRequest.objects.get(pk=row.pk)


def test_a_worker_lodges_it_for_whoever_stands_there(as_: As, people: dict[str, User], resident: Record) -> None:
    answer = as_("worker").post(f"/review/records/{resident.pk}/rights/new/", POSTED | {"request_id": str(uuid4())})

    row = RightsRequest.objects.get()
    assert answer.status_code == 302
    assert (row.kind, row.seen, row.lodged_by, row.grid_code) == (
        "access", "card", people["worker"], resident.grid_code,
    )  # fmt: skip
    assert row.said()["wish"] == "想知道给了谁"
    assert Note.objects.filter(act=Act.RIGHT_LODGED, about=f"record:{resident.pk}").count() == 1


def test_the_same_form_twice_is_one_request(as_: As, resident: Record) -> None:
    posted = POSTED | {"request_id": str(uuid4())}

    for _ in range(2):
        as_("worker").post(f"/review/records/{resident.pk}/rights/new/", posted)

    assert RightsRequest.objects.count() == 1


@pytest.mark.parametrize("missing", ["kind", "seen", "text", "contact", "checked"])
def test_without_who_they_are_and_what_they_want_nothing_is_lodged(as_: As, resident: Record, missing: str) -> None:
    posted = {name: value for name, value in POSTED.items() if name != missing}

    answer = as_("worker").post(f"/review/records/{resident.pk}/rights/new/", posted)

    assert answer.status_code == 422
    assert f"right-{missing}" in answer.content.decode()
    assert not RightsRequest.objects.exists()


def test_it_is_due_in_fifteen_working_days(lodged: Lodged) -> None:
    row = lodged()

    days = [timezone.localdate(row.lodged_at) + timedelta(days=number) for number in range(1, 60)]
    assert row.due_on == [day for day in days if is_working_day(day)][14]


def test_the_page_says_in_how_many_days_it_is_due(as_: As, settings: Settings) -> None:
    settings.RIGHTS_DAYS = 11

    assert "11 个工作日内答复" in as_("supervisor").get("/review/rights/").content.decode()


def test_what_is_due_soon_and_what_is_late_is_said_before_anything_else(as_: As, lodged: Lodged) -> None:
    soon, late = lodged(), lodged("explain")
    RightsRequest.objects.filter(pk=soon.pk).update(due_on=timezone.localdate() + timedelta(days=2))
    RightsRequest.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))

    page = as_("supervisor").get("/review/rights/").content.decode()

    assert "超期 1 件" in page
    assert "快到期 1 件" in page
    assert page.index(f"right-{late.pk}") < page.index(f"right-{soon.pk}")
    board = as_("supervisor").get("/review/").content.decode()
    assert 'data-figure="rights-overdue" class="bad">1<' in board


def test_a_decision_needs_a_reason_in_plain_words(as_: As, lodged: Lodged) -> None:
    row = lodged()

    answer = decide(as_("supervisor"), row, reason="")

    assert answer.status_code == 422
    assert again(row).is_open


def test_who_decides_ends_it_with_a_reason(as_: As, people: dict[str, User], lodged: Lodged) -> None:
    row = lodged()

    decide(as_("supervisor"), row)

    done = again(row)
    assert (done.status, done.decided_by, done.is_open) == ("done", people["supervisor"], False)
    assert done.said()["reason"] == REASON
    assert Note.objects.get(act=Act.RIGHT_DECIDED).what["decision"] == "done"
    assert decide(as_("supervisor"), row).status_code == 422


@pytest.mark.parametrize("role", ["worker", "auditor", "officer"])
def test_nobody_else_decides(as_: As, lodged: Lodged, role: str) -> None:
    row = lodged()

    assert decide(as_(role), row).status_code == 403
    assert again(row).is_open


def test_a_refusal_names_the_law(as_: As, lodged: Lodged) -> None:
    row = lodged("restrict")

    decide(as_("supervisor"), row, act="refused", law="duty")

    page = as_("worker").get(f"/review/rights/{row.pk}/").content.decode()
    assert "不予办理" in page
    assert "国家机关履行法定职责所必需" in page


def test_a_correction_is_done_when_the_record_was_put_right(
    as_: As, people: dict[str, User], resident: Record, lodged: Lodged
) -> None:
    row = lodged("correct")
    assert decide(as_("supervisor"), row).status_code == 422

    form = EntryForm(
        uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, resident.grid_code, {"phone": "13912340002"}, resident.pk
    )
    made = submit(form, by=people["worker"])
    decide(as_("supervisor"), row)

    assert (again(row).status, again(row).entry_id) == ("done", made.entry.id)


def test_the_copy_has_the_persons_own_values_in_full_and_nobody_elses(
    as_: As, resident: Record, sent: dict[str, Delivery], lodged: Lodged
) -> None:
    row = lodged("copy")
    client = as_("supervisor")
    assert client.post(f"/review/rights/{row.pk}/copy/").status_code == 404
    decide(client, row)

    answer = client.post(f"/review/rights/{row.pk}/copy/")

    copied = json.loads(answer.content)
    values = {one["name"]: one["value"] for one in copied["values"]}
    assert values["id_number"] == "990101199202290010"
    assert values["phone"] == "13912345678"
    assert not any(name.startswith(("housing.", "household.", "is_key")) for name in values)
    assert [office["key"] for office in copied["disclosure"]["offices"]] == ["JZDJ", "PDA"]
    assert "no-store" in answer["Cache-Control"]
    assert Note.objects.filter(act=Act.RIGHT_ANSWERED, by__isnull=False).count() == 1


@pytest.mark.parametrize("role", ["worker", "auditor", "officer"])
def test_nobody_else_takes_the_copy(as_: As, lodged: Lodged, role: str) -> None:
    row = lodged("copy")
    decide(as_("supervisor"), row)

    assert as_(role).post(f"/review/rights/{row.pk}/copy/").status_code == 403


def test_another_grid_sees_none_of_it(as_: As, lodged: Lodged) -> None:
    row, client = lodged(), as_("other_worker")

    assert client.get(f"/review/rights/{row.pk}/").status_code == 404
    assert client.get(f"/review/rights/{row.pk}/paper/").status_code == 404
    assert str(row.pk) not in client.get("/review/rights/").content.decode()
    assert client.get(f"/review/records/{row.record_id}/rights/new/").status_code == 404


def test_the_paper_says_what_came_of_it(as_: As, lodged: Lodged, settings: Settings) -> None:
    row = lodged()
    decide(as_("supervisor"), row)

    answer = as_("worker").get(f"/review/rights/{row.pk}/paper/")

    assert answer.status_code in {200, 302}
    assert answer.status_code == 302 or answer.content.startswith(b"%PDF-")


def test_what_they_said_is_sealed(lodged: Lodged) -> None:
    row = lodged()

    assert "想知道".encode() not in bytes(row.sealed)


# --- deletion: two people, and no law against it ---


def test_whoever_lives_here_is_not_deleted(as_: As, lodged: Lodged) -> None:
    row = lodged("delete")

    answer = decide(as_("supervisor"), row, ground="purpose")

    assert answer.status_code == 422
    assert "法律规定现在必须保存" in answer.content.decode()
    assert again(row).status == "lodged"


def test_what_was_never_right_is_deleted_though_they_are_entered_as_living_here(
    as_: As, people: dict[str, User], second_supervisor: User, lodged: Lodged
) -> None:
    row = lodged("delete")

    decide(as_("supervisor"), row, ground="error")

    assert again(row).status == "agreed"
    assert not Tombstone.objects.exists()


def test_nobody_agrees_with_themselves(as_: As, lodged: Lodged) -> None:
    row = lodged("delete")
    decide(as_("supervisor"), row, ground="error")

    as_("supervisor").post(f"/review/rights/{row.pk}/act/", {"act": "agree"})

    assert again(row).status == "agreed"
    assert not Tombstone.objects.exists()


def test_the_second_person_begins_it_or_sends_it_back(
    as_: As, people: dict[str, User], second_supervisor: User, lodged: Lodged
) -> None:
    row = lodged("delete")
    second = Client()
    second.force_login(second_supervisor)
    decide(as_("supervisor"), row, ground="error")

    second.post(f"/review/rights/{row.pk}/act/", {"act": "disagree"})
    assert again(row).status == "lodged"
    decide(as_("supervisor"), row, ground="error")
    second.post(f"/review/rights/{row.pk}/act/", {"act": "agree"})

    assert again(row).status == "deleting"
    stone = Tombstone.objects.get()
    assert (stone.by, stone.agreed_by, stone.why) == (people["supervisor"].pk, second_supervisor.pk, "error")
    assert rights.may_agree(second_supervisor, again(row)) is False


def test_a_decision_cannot_be_forged_past_its_page(people: dict[str, User], lodged: Lodged) -> None:
    row = lodged("delete")

    with pytest.raises(ValueError, match="holds"):
        rights.decide(row, Decision("done", REASON, ground="purpose"), by=people["supervisor"])


def test_what_is_overdue_stands_on_top_of_the_supervisors_page(as_: As, lodged: Lodged) -> None:
    lodged()
    before = as_("supervisor").get("/review/").content.decode()
    RightsRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))

    page = as_("supervisor").get("/review/").content.decode()

    assert 'data-alarm="rights"' not in before
    assert "1 件权利请求超期" in page.split('data-alarm="rights"')[1]
