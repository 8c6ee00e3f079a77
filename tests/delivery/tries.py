"""Tries with dates of long ago, and in which partition one lies."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from gridapp.delivery.models import Attempt, Delivery


def tried(delivery: Delivery, ago: timedelta, outcome: str = "delivered", code: str = "") -> Attempt:
    at = timezone.now() - ago
    return Attempt.objects.create(
        delivery=delivery, version=1, generation=1, action="create", outcome=outcome, code=code, started_at=at,
        finished_at=at,
    )  # fmt: skip


def where(attempt: Attempt) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM delivery_attempt WHERE id = %s", [attempt.pk])
        return str(cursor.fetchone()[0])
