"""The example rules name what exists: a rule about a metric of another name never fires, and nobody notices."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Alarm, Backfill, Callback, Hold, Lane, Reconciliation, Status, Sweep, Tally
from gridapp.watch.metrics import BREAKER, RANKS

ROOT = Path(__file__).resolve().parents[2]
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"][0]["rules"]
KNOWN = {
    "rank": set(RANKS.values()),
    "state": set(BREAKER),
    "kind": set(Alarm.Kind.values),
    "status": set(Status.values),
    "hold": set(Hold.values),
    "outcome": {"unavailable", "broken", "unknown", "rejected", "misconfigured"},
    "result": {"lost"},
}


@pytest.fixture
def samples(db: None) -> dict[str, set[str]]:
    """Sample -> its labels, of a house in which there is something of everything."""
    target, now = Target.objects.create(key="WG", connector="x", zh="", en=""), timezone.now()
    Lane.objects.create(target=target, last_success_at=now, slowly=2)
    Tally.objects.create(target=target, outcome="delivered", tries=1)
    Alarm.objects.create(target=target, kind=Alarm.Kind.LATE)
    Reconciliation.objects.create(target=target, finished_at=now)
    Backfill.objects.create(target=target, why=Backfill.Why.ADDED)
    Callback.objects.create(target=target, event="1", sealed=b"", signed_at=now - timedelta(hours=1))
    Sweep.objects.create(done_at=now)
    said = Client().get("/metrics").content.decode()
    return {one.name: set(one.labels) for family in text_string_to_metric_families(said) for one in family.samples}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_names_what_exists(rule: dict[str, Any], samples: dict[str, set[str]]) -> None:
    named = re.findall(r"\b(gridapp_\w+)(?:\{([^}]*)\})?", rule["expr"])

    assert named
    for name, chosen in named:
        assert name in samples
        for label, word in re.findall(r'(\w+)=~?"([^"]*)"', chosen):
            assert label in samples[name]
            assert set(word.split("|")) <= KNOWN[label]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_says_what_is_wrong_in_both_languages_and_who_is_called(rule: dict[str, Any]) -> None:
    summary = rule["annotations"]["summary"]

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert re.search(r"[\u4e00-\u9fff]", summary) and " · " in summary
    assert "{{ $labels.target }}" not in summary or "absent(" not in rule["expr"]


def test_what_must_never_go_unnoticed_has_a_rule(samples: dict[str, set[str]]) -> None:
    watched = " ".join(rule["expr"] for rule in RULES)

    for wanted in ("lane_age_seconds{rank=\"entered\"} > 3600", "lane_age_seconds{rank=\"backlog\"} > 86400",
                   "state=\"stopped\"", "status=\"uncertain\"", "sweep_age_seconds"):  # fmt: skip
        assert wanted in watched


def test_the_page_for_operators_names_every_figure(samples: dict[str, set[str]]) -> None:
    told = (ROOT / "docs" / "operations.md").read_text()

    assert [name for name in samples if name not in told] == []
