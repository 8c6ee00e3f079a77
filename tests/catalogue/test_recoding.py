"""Codes that a department renumbered: its own payload alone says them, once every process knows, with who and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue import profiles, recoding, targets
from gridapp.catalogue.code_changes import CodeChange
from gridapp.catalogue.fingerprint import fingerprint
from gridapp.catalogue.models import Target
from gridapp.catalogue.recoding import Change
from gridapp.contract import Kind, is_in
from gridapp.contract.recoded import Recoded
from gridapp.org.models import User

LONG_AGO = timezone.now() - timedelta(days=1)
NEW = Change("ethnicity", "nation", "03", "X3", LONG_AGO, None)
GRID_LEDGER = profiles.profiles()["grid_governance"]
LAYOUT = GRID_LEDGER.layouts[Kind.RESIDENT]


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create(username="administrator", staff_no="A-1", role="administrator")


@pytest.fixture
def ledger(db: None) -> Target:
    return Target.objects.create(
        key="WG", connector="grid_governance", zh=GRID_LEDGER.zh, en=GRID_LEDGER.en, enabled=True
    )


@pytest.mark.parametrize(("code", "said"), [("03", "X3"), ("04", "04")])
def test_the_payload_says_the_new_code_and_only_for_the_code_that_changed(code: str, said: str) -> None:
    view = recoding.told({"ethnicity": code, "name": "测试甲"}, recoding.sent([NEW]))

    row = next(row for row in LAYOUT.content_rows if row.name == "nation")
    assert row.value(view) == said


def test_for_everything_else_it_is_still_our_code() -> None:
    view = recoding.told({"ethnicity": "03"}, recoding.sent([NEW]))

    assert view["ethnicity"] == "03"
    assert is_in("ethnicity", "03").holds(view)
    assert isinstance(view["ethnicity"], Recoded)


def test_without_a_change_the_view_is_not_even_copied() -> None:
    view = {"ethnicity": "04"}

    assert recoding.told(view, recoding.sent([NEW])) is view
    assert recoding.told(view, recoding.sent([])) is view


def test_a_code_that_the_mapping_refuses_can_be_given_a_word() -> None:
    profile = profiles.profiles()["family_planning"]
    refused = next(one for one in recoding.offers(profile, "marital_status") if one.code == "90")
    layout = profile.layouts[Kind.RESIDENT]
    row = next(row for row in layout.content_rows if row.name == refused.theirs)

    view = recoding.told({"marital_status": "90"}, {"marital_status": {"90": {refused.theirs: "9"}}})

    assert refused.said == ""
    assert row.value(view) == "9"


def test_what_is_no_code_is_not_offered() -> None:
    assert recoding.offers(GRID_LEDGER, "name") == []
    assert recoding.offers(profiles.profiles()["plain_json"], "ethnicity") == []  # a code inside something larger
    assert {one.theirs for one in recoding.offers(GRID_LEDGER, "ethnicity")} == {"nation"}


def test_a_change_is_kept_with_who_and_when_and_replaced_not_altered(ledger: Target, administrator: User) -> None:
    recoding.change(ledger, "ethnicity", {("nation", "03"): "X3"}, by=administrator)
    recoding.change(ledger, "ethnicity", {("nation", "03"): "X3"}, by=administrator)  # nothing new
    recoding.change(ledger, "ethnicity", {("nation", "03"): "Y3"}, by=administrator)

    (one,) = targets.targets()
    rows = CodeChange.objects.order_by("pk").values_list("becomes", "made_by", "ended_by")
    assert list(rows) == [("X3", administrator.pk, administrator.pk), ("Y3", administrator.pk, None)]
    assert recoding.planned(one.changes, timezone.now()) == {"ethnicity": {"03": {"nation": "Y3"}}}
    said = {offer.code: (offer.said, offer.changed) for offer in recoding.offers(one.profile, "ethnicity", one.changes)}
    assert (said["03"], said["04"]) == (("Y3", True), ("04", False))


def test_when_it_ends_the_mapping_counts_again(ledger: Target, administrator: User) -> None:
    made = recoding.change(ledger, "ethnicity", {("nation", "03"): "X3"}, by=administrator)

    assert recoding.end(ledger.pk, [one.pk for one in made], by=administrator) == 1

    (one,) = targets.targets()
    assert recoding.sent(one.changes) == {}


def test_senders_follow_when_every_process_knows_and_plans_a_little_later(settings: Settings) -> None:
    settings.CATALOGUE_KEPT = 1.0
    now = timezone.now()
    fresh, known, old = (NEW._replace(made_at=now - timedelta(seconds=age)) for age in (5, 12, 20))

    followed = [(bool(recoding.sent([one])), bool(recoding.planned([one], now))) for one in (fresh, known, old)]

    assert followed == [(False, False), (True, False), (True, True)]


def test_what_ended_is_gone_by_for_as_long(settings: Settings) -> None:
    settings.CATALOGUE_KEPT = 1.0
    now = timezone.now()
    lately, long_ago = (NEW._replace(ended_at=now - timedelta(seconds=age)) for age in (5, 20))

    assert recoding.planned([lately], now) == recoding.planned([NEW], now)
    assert recoding.planned([long_ago], now) == {}


def test_another_code_is_another_mapping() -> None:
    speaks = profiles.connector("grid_governance")
    assert speaks is not None

    words = {
        recoding.word(speaks, []),
        recoding.word(speaks, [NEW]),
        recoding.word(speaks, [NEW._replace(becomes="Y3")]),
    }

    assert len(words) == 3
    assert recoding.word(speaks, []) == fingerprint(speaks)
    assert all(len(word) == 64 for word in words)


def test_the_targets_and_their_changes_are_one_statement(
    ledger: Target, administrator: User, django_assert_num_queries: object
) -> None:
    recoding.change(ledger, "ethnicity", {("nation", "03"): "X3", ("nation", "05"): "X5"}, by=administrator)

    with django_assert_num_queries(1):  # type: ignore[operator]
        (one,) = targets.targets()

    assert [change.becomes for change in one.changes] == ["X3", "X5"]
