"""What a person says of a delivery that waits for them: filled in, there already, sent back; and who said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gridapp.catalogue.targets import Configured
from gridapp.delivery import byhand, doubts, standing
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.org.models import Area, Role, User
from gridapp.registry.models import Reference
from tests.delivery.conftest import PROFILE, Scripted

MakeDelivery = Callable[..., Delivery]


@pytest.fixture
def clerk(db: None) -> User:
    user = User.objects.create(username="clerk", first_name="李督导", role=Role.SUPERVISOR)
    user.areas.set([Area.objects.create(code="990101001", name="测试街道")])
    return user


@pytest.fixture
def one(scripted: type[Scripted]) -> Configured:
    return Configured(scripted.target, scripted.profile, scripted)


@pytest.fixture
def manual(make_delivery: MakeDelivery) -> MakeDelivery:
    def make(**columns: Any) -> Delivery:
        return make_delivery(**{"status": "manual", "due_at": None, "reason_code": "by_hand"} | columns)

    return make


def again(row: Delivery) -> Delivery:
    return Delivery.objects.get(pk=row.pk)


def test_what_was_filled_in_is_held_there_as_it_is_wanted(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    row = manual(generation=3, wanted_version=2)

    assert byhand.filled(row, one, numbers={"": "R-77"}, generation=3, by=clerk)

    done = again(row)
    assert (done.status, done.reference, done.held_version) == (Status.DELIVERED, "R-77", 2)
    assert bytes(done.held_digest or b"") == bytes(row.wanted_digest or b"")
    attempt = Attempt.objects.get(delivery=row)
    assert (attempt.by, attempt.outcome, attempt.code, attempt.action) == (clerk, "delivered", "said", "create")


def test_a_number_is_no_must(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    row = manual()

    assert byhand.filled(row, one, numbers={}, generation=1, by=clerk)

    assert again(row).status == Status.DELIVERED


def test_the_one_number_that_others_wait_for_is_handed_on(
    clerk: User, one: Configured, manual: MakeDelivery, scripted: type[Scripted]
) -> None:
    giving = replace(one, profile=replace(PROFILE, gives={"BH": "TEST.BH"}))
    row = manual()

    byhand.filled(row, giving, numbers={"": "R-77"}, generation=1, by=clerk)

    assert Reference.objects.get(record=row.record).value == "R-77"


def test_of_several_numbers_each_is_kept_under_its_own_name(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    giving = replace(one, profile=replace(PROFILE, gives={"BH": "TEST.BH", "LSH": "TEST.LSH"}))
    row = manual()

    byhand.filled(row, giving, numbers={"": "R-77", "LSH": "5"}, generation=1, by=clerk)

    assert list(Reference.objects.filter(record=row.record).values_list("name", "value")) == [("TEST.LSH", "5")]


def test_what_is_there_already_is_held(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    row = manual()

    assert byhand.there_already(row, one, numbers={"": "R-1"}, generation=1, by=clerk)

    assert (again(row).status, again(row).reference) == (Status.DELIVERED, "R-1")
    assert Attempt.objects.get(delivery=row).outcome == "alreadythere"


def test_what_is_sent_back_is_the_workers_with_reason_and_field(
    clerk: User, one: Configured, manual: MakeDelivery
) -> None:
    row = manual(held_digest=b"o" * 20, held_version=1)

    assert byhand.sent_back(row, one, reason="电话 13912345678 是空号", field="phone", generation=1, by=clerk)

    back = again(row)
    assert (back.status, back.fields, back.reason) == (Status.RETURNED, ["phone"], "电话 139****5678 是空号")
    assert bytes(back.held_digest or b"") == b"o" * 20


@pytest.mark.parametrize("now", [{"generation": 4}, {"status": "delivered"}, {"status": "submitted", "ticket": "s"}])
def test_a_card_that_is_no_longer_the_newest_settles_nothing(
    clerk: User, one: Configured, manual: MakeDelivery, now: dict[str, Any]
) -> None:
    row = manual(generation=3)
    Delivery.objects.filter(pk=row.pk).update(**now)
    before = again(row)

    assert not byhand.filled(row, one, numbers={}, generation=3, by=clerk)

    assert (again(row).status, again(row).held_digest) == (before.status, None)
    assert not Attempt.objects.exists()


def test_two_clerks_with_one_card_settle_it_once(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    row = manual()

    said = [byhand.filled(row, one, numbers={"": number}, generation=1, by=clerk) for number in ("R-1", "R-2")]

    assert said == [True, False]
    assert again(row).reference == "R-1"


def test_a_clerk_sees_what_waits_in_their_areas(
    clerk: User, one: Configured, manual: MakeDelivery, make_delivery: MakeDelivery
) -> None:
    mine, far = manual(), manual()
    make_delivery()
    far.record.grid_code = "990101002001001"
    far.record.save(update_fields=["grid_code"])

    assert list(byhand.waiting(one, clerk)) == [mine]
    assert [(queue.one.target.key, queue.waiting, queue.out) for queue in byhand.queues(clerk)] == [("TEST", 1, 0)]


def test_a_card_has_every_line_in_full_for_who_fills_it_in(one: Configured, manual: MakeDelivery) -> None:
    row = manual()

    full = byhand.card(row, one, full=True, lang="zh")
    masked = byhand.card(row, one, full=False, lang="en")

    assert [(line.theirs, line.label, line.value) for line in full.lines] == [
        ("XM", "姓名", "测试甲"),
        ("DH", "联系方式(手机)", "13912345678"),
    ]
    assert masked.lines[1].value == "139****5678"
    assert full.fields == {"name": "姓名", "phone": "联系方式(手机)"}
    assert (full.action, masked.lines[1].label) == ("create", "Phone")


def test_the_record_says_who_gave_their_word(clerk: User, one: Configured, manual: MakeDelivery) -> None:
    row = manual()
    byhand.filled(row, one, numbers={}, generation=1, by=clerk)

    (line,) = standing.of(row.record)

    assert [(attempt.by, attempt.reason) for attempt in line.tries] == [("李督导", "由人工确认")]


# --- Doubts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(make_delivery: MakeDelivery) -> MakeDelivery:
    def make(**columns: Any) -> Delivery:
        sent = {"sent_version": 1, "sent_digest": b"x" * 20, "sent_generation": 1, "maybe_sent": True}
        return make_delivery(**{"status": "uncertain", "due_at": None} | sent | columns)

    return make


def test_a_doubt_is_ended_by_who_looked_and_found_it(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful()

    assert doubts.arrived(row, reference="R-9", generation=1, by=clerk)

    done = again(row)
    assert (done.status, done.reference, done.maybe_sent) == (Status.DELIVERED, "R-9", False)
    assert Attempt.objects.get(delivery=row).by == clerk


def test_what_is_not_there_is_sent_again_at_once(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful()

    assert doubts.not_there(row, generation=1, by=clerk)

    done = again(row)
    assert (done.status, done.maybe_sent, done.held_digest) == (Status.WAITING, False, None)
    assert done.due_at is not None
    assert Attempt.objects.get(delivery=row).outcome == "notthere"


def test_a_doubt_about_a_change_leaves_what_was_held_before(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful(held_digest=b"o" * 20, held_version=1)

    doubts.not_there(row, generation=1, by=clerk)

    assert bytes(again(row).held_digest or b"") == b"o" * 20


def test_what_arrived_while_the_record_changed_is_told_the_newer(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful(generation=2, wanted_digest=b"n" * 20, wanted_version=2)

    assert doubts.arrived(row, reference="", generation=1, by=clerk)

    done = again(row)
    assert (done.status, done.held_version) == (Status.WAITING, 1)


def test_a_doubt_that_is_over_is_not_decided_again(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful()
    doubts.arrived(row, reference="", generation=1, by=clerk)

    assert not doubts.not_there(row, generation=1, by=clerk)
    assert again(row).status == Status.DELIVERED


def test_only_doubts_that_no_target_can_end_are_asked_of_people(
    clerk: User, doubtful: MakeDelivery, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = doubtful()

    assert list(doubts.undecided(clerk)) == [row]
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, can_read_back=True))
    assert list(doubts.undecided(clerk)) == []


def test_doubts_of_other_areas_are_not_shown(clerk: User, doubtful: MakeDelivery) -> None:
    row = doubtful()
    row.record.grid_code = "990101002001001"
    row.record.save(update_fields=["grid_code"])

    assert list(doubts.undecided(clerk)) == []
