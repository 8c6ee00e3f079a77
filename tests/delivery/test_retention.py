"""保存期限: every table is decided on, the periods are lawful and true, and one night throws away what is past them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from pytest_django import Settings

from gridapp.api import once
from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.delivery import keeping, retention, tasks
from gridapp.delivery.models import Callback, Delivery
from gridapp.delivery.retention import Period, Rule, Unit
from gridapp.delivery.retention_rules import FOR_GOOD, PERIODS, RULES
from gridapp.org import known_browsers
from gridapp.org.models import Device, HeldBack, KnownBrowser, Suggestion, Throttled
from gridapp.registry.models import Looked, Shown, UnusualDay
from gridapp.webhooks import following
from gridapp.webhooks.models import Event
from tests import factories

ROOT = Path(__file__).parents[2]
DAYS = {Unit.HOURS: 1 / 24, Unit.DAYS: 1, Unit.MONTHS: 30, Unit.YEARS: 365}


def rule_of(label: str) -> Rule:
    return next(rule for rule in RULES if label in rule.models)


def test_it_is_decided_of_every_table_how_long_it_is_kept() -> None:
    ours = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("gridapp.") and model._meta.managed
    }

    assert {label for rule in RULES for label in rule.models} == ours


def test_what_stays_for_good_has_no_period_and_says_why() -> None:
    assert [str(rule.what) for rule in FOR_GOOD if rule.period or rule.by or not str(rule.since)] == []
    assert [str(rule.what) for rule in PERIODS if rule.period is None] == []


def test_no_table_stays_for_good_and_goes_after_a_time() -> None:
    going = {label for rule in PERIODS for label in rule.models}

    assert going & {label for rule in FOR_GOOD for label in rule.models} == set()


def test_everything_with_a_period_is_thrown_away_by_somebody_but_residents_by_two_people() -> None:
    assert [rule.models[0] for rule in PERIODS if not rule.by] == ["registry.Record"]
    assert all(callable(import_string(rule.by)) for rule in PERIODS if rule.by)


def test_no_period_is_shorter_than_the_law_asks_for() -> None:
    bound = [(rule.period, rule.least) for rule in PERIODS if rule.period and rule.least]

    assert len(bound) >= 5
    assert [
        str(period) for period, least in bound if period.usual * DAYS[period.unit] < least.usual * DAYS[least.unit]
    ] == []


def test_the_table_says_of_each_setting_what_it_usually_is(settings: Settings) -> None:
    assert [rule.period.setting for rule in PERIODS if rule.period and rule.period.usual != rule.period.now] == []

    settings.RETENTION_YEARS = 7

    assert rule_of("registry.Record").period == Period(5, Unit.YEARS, "RETENTION_YEARS")
    with translation.override("en"):
        assert str(rule_of("registry.Record").period) == "7 years"


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("webhooks.Event", following.KEPT),
        ("api.Answered", once.KEPT),
        ("org.KnownBrowser", timedelta(days=known_browsers.DAYS)),
    ],
)
def test_the_table_says_what_those_do_whom_it_does_not_ask(label: str, kept: timedelta) -> None:
    period = rule_of(label).period

    assert period is not None
    assert timedelta(days=period.usual * DAYS[period.unit]) == kept


def test_the_documentation_has_the_same_table() -> None:
    with translation.override("en"):
        table = retention.markdown(RULES)

    assert table in (ROOT / "docs/privacy.md").read_text()


def broken() -> int:
    raise ValueError("a value of somebody: 13912345678")


@pytest.mark.django_db
def test_whoever_fails_keeps_nobody_else_from_it_and_it_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    Throttled.objects.create(kind="code", subject=b"x", since=timezone.now() - timedelta(days=2))
    fails = Rule("x", (), Period(1, Unit.DAYS), "x", "x", None, f"{__name__}.broken")

    with caplog.at_level(logging.ERROR):
        gone = retention.run([fails, rule_of("org.Throttled")])

    assert gone == {"org.throttle.forget": 1} and not Throttled.objects.exists()
    row = Note.objects.get(act=Act.PERIODS_KEPT)
    assert (row.result, row.what) == ("failed", {"org.throttle.forget": 1, "broken": [f"{__name__}.broken"]})
    assert "ValueError" in caplog.text and "13912345678" not in caplog.text


@pytest.mark.django_db
def test_one_night_goes_through_everything_and_notes_one_line_with_numbers(
    make_delivery: Callable[..., Delivery],
) -> None:
    target = make_delivery().target
    long_ago = timezone.now() - timedelta(days=3 * 366 + 40)
    worker = factories.UserFactory.create()
    call = Callback.objects.create(target=target, event="E", signed_at=long_ago, sealed=b"")
    Callback.objects.filter(pk=call.pk).update(received_at=long_ago, due_at=None)
    looked = Looked.objects.create(user=worker, day=long_ago.date(), record_id=uuid4())
    Event.objects.create(kind="webhook.test", thin={}, at=long_ago)
    KnownBrowser.objects.create(name=b"n", browser=b"b", seen_at=long_ago)

    tasks.keep_attempts()

    row = Note.objects.get(act=Act.PERIODS_KEPT)
    assert (row.result, row.what) == (
        "done",
        {
            "delivery.inbox.forget": 1,
            "registry.looks.forget": 1,
            "webhooks.following.tidy": 1,
            "known_browsers": 1,
        },
    )
    assert not Looked.objects.filter(pk=looked.pk).exists() and not Event.objects.exists()


@pytest.mark.django_db
def test_what_was_shown_whole_what_was_unusual_and_what_was_answered_goes_after_three_years() -> None:
    worker = factories.UserFactory.create()
    for days in (35 * 30, 37 * 31):
        at = timezone.now() - timedelta(days=days)
        shown = Shown.objects.create(user=worker, record_id=uuid4(), fields=["phone"], why="visit")
        Shown.objects.filter(pk=shown.pk).update(at=at)
        UnusualDay.objects.create(user=worker, day=at.date(), looks=1, usual=1, settled_at=at)
        Suggestion.objects.create(sealed=b"", answered_at=at)
    waiting = UnusualDay.objects.create(user=worker, day=timezone.localdate(), looks=1, usual=1)
    unanswered = Suggestion.objects.create(sealed=b"")

    done = keeping.tidy()

    assert (done["values shown whole"], done["unusual days"], done["suggestions"]) == (1, 1, 1)
    assert (Shown.objects.count(), UnusualDay.objects.count(), Suggestion.objects.count()) == (1, 2, 2)
    assert UnusualDay.objects.filter(pk=waiting.pk).exists() and Suggestion.objects.filter(pk=unanswered.pk).exists()


@pytest.mark.django_db
def test_what_a_lost_tablet_handed_in_goes_half_a_year_after_it_was_decided_on_never_before() -> None:
    worker = factories.UserFactory.create()
    device = Device.objects.create(id=uuid4(), user=worker, seen_at=timezone.now())
    for part, days in ((0, 200), (1, 100), (2, None)):
        at = timezone.now() - timedelta(days=days) if days else None
        HeldBack.objects.create(device=device, entry_id=uuid4(), part=part, envelope={}, settled_at=at)

    assert keeping.tidy()["forms held back"] == 1
    assert set(HeldBack.objects.values_list("part", flat=True)) == {1, 2}
