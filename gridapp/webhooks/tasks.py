"""What Celery runs for webhooks: the clock reads on and wakes the addresses that something waits for."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from gridapp.celery import app

from . import endpoints, following, sending


@app.task
def tell_others() -> None:
    """Reads on, and sends what is due."""
    following.follow()
    for endpoint_id in sending.due():
        send_webhooks.apply_async((str(endpoint_id),), retry=False, expires=60)


@app.task
def look_at_webhooks() -> None:
    """Says which addresses were switched off by themselves."""
    endpoints.tell_of_disabled()


@app.task
def send_webhooks(endpoint_id: str) -> None:
    """Sends to one address; what is left over the next look of the clock goes on with."""
    sending.serve(UUID(endpoint_id))


app.conf.beat_schedule.update(
    {
        "webhooks": {
            "task": tell_others.name,
            "schedule": settings.SWEEP_EVERY,
            "options": {"expires": 4 * settings.SWEEP_EVERY},
        },
        "webhooks-look": {"task": look_at_webhooks.name, "schedule": 60.0, "options": {"expires": 60.0}},
    }
)
