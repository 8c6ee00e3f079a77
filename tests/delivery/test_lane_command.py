"""Lanes operated from a terminal."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Lane

pytestmark = pytest.mark.django_db


def lane(*told: str, **options: Any) -> str:
    said = io.StringIO()
    call_command("lane", *told, stdout=said, **options)
    return said.getvalue().strip()


def test_a_lane_is_paused_with_a_reason_and_resumed(scripted: Any) -> None:
    said = [lane("TEST", "pause", why="对方升级"), lane("TEST", "pause")]
    paused = Target.objects.get(key="TEST").paused_why

    said += [lane("TEST", "resume"), lane("TEST", "resume")]

    assert said == [
        "TEST: paused", "TEST: was paused already", "TEST: resumed", "TEST: was not paused; goes on at its own pace",
    ]  # fmt: skip
    assert paused == "对方升级"
    assert Target.objects.get(key="TEST").paused_at is None


def test_a_backlog_is_let_out_slowly(scripted: Any) -> None:
    lane("TEST", "pause")

    said = lane("TEST", "slowly", "30")

    assert "at most 30 a minute" in said
    assert Lane.objects.get(target__key="TEST").slowly == 0.5
    assert Target.objects.get(key="TEST").paused_at is None


def test_a_lane_that_stopped_is_reopened(scripted: Any) -> None:
    later = timezone.now() + timedelta(hours=1)
    Lane.objects.create(target=scripted.target, failures=9, stopped_why="48001", closed_until=later)

    lane("TEST", "reopen")

    row = Lane.objects.get(target=scripted.target)
    assert (row.failures, row.stopped_why, row.closed_until) == (0, "", None)


@pytest.mark.parametrize(
    "told", [("NOBODY", "pause"), ("TEST", "burn"), ("TEST", "slowly"), ("TEST", "slowly", "0"), ("TEST", "pause", "5")]
)
def test_what_makes_no_sense_is_refused(scripted: Any, told: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        lane(*told)

    assert not Target.objects.filter(paused_at__isnull=False).exists()
