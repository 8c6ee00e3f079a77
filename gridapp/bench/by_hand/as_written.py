"""As usually written: every row saved, every request on a connection of its own, Celery's own retries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import requests
from django.db import transaction

from .celery import as_written as app
from .models import HandDelivery, HandEntry

TIMEOUT = 10.0
"""Seconds, as the product's plain connector."""


def submit(body: bytes, urls: Sequence[str], *, queue: str) -> None:
    """One entry and a row for each target, then a task for each row when that is committed."""
    with transaction.atomic():
        entry = HandEntry.objects.create(body=body)
        for number, url in enumerate(urls):
            delivery = HandDelivery.objects.create(entry=entry, target=number, url=url)
            transaction.on_commit(partial(deliver.apply_async, (delivery.pk,), queue=queue))


@app.task(autoretry_for=(requests.RequestException,), retry_backoff=True, max_retries=10)
def deliver(delivery_id: int) -> None:
    """Tells one target of one entry."""
    delivery = HandDelivery.objects.select_related("entry").get(pk=delivery_id)
    delivery.status, delivery.attempts = "sending", delivery.attempts + 1
    delivery.save()
    headers = {"Content-Type": "application/json"}
    answer = requests.post(delivery.url, data=bytes(delivery.entry.body), headers=headers, timeout=TIMEOUT)
    answer.raise_for_status()
    delivery.status, delivery.reason = "delivered", ""
    delivery.save()
