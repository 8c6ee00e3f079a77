"""What Celery runs for the audit: chains what is committed, anchors and stamps the end, verifies the whole."""

from __future__ import annotations

import logging
from typing import Any

from celery.schedules import crontab
from celery.signals import task_prerun, worker_ready
from django.conf import settings

from gridapp.audit import anchoring, chaining, handing_over, origin, stamping, troubles, verifying
from gridapp.audit.models import Verification
from gridapp.celery import app
from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm

logger = logging.getLogger(__name__)

_NAMED = 100
"""Faults that are kept with a verification; the command names them all."""


@task_prerun.connect
def _noted_as_of_the_task(task: Any = None, **told: Any) -> None:
    origin.of_task(task.name)


@worker_ready.connect
def _look_at_all(**told: Any) -> None:
    # After a restore transactions may count from lower down than the horizon: once all notes are looked at.
    chaining.chain(whole=True)


@app.task
def chain_notes() -> None:
    """Takes up what is committed."""
    chaining.chain()


@app.task
def anchor_chain() -> None:
    """Anchors where it is time, hands over what waits, gets the stamps that are missing, and says what is wrong."""
    try:
        if anchoring.due():
            chaining.chain()
            anchoring.anchor()
    except OSError as error:
        logger.error("audit: the anchor was not written: %s", type(error).__name__)
    try:
        handing_over.hand_over()
    except handing_over.NotTaken as error:
        logger.error("audit: the command did not take an anchor: %s", error)
    try:
        for anchor in stamping.missing():
            stamping.stamp(anchor)
    except (OSError, stamping.NoStamp) as error:
        logger.error("audit: no stamp: %s", type(error).__name__)
    tell()


@app.task
def verify_chain(by_id: int | None = None) -> None:
    """Goes through everything and keeps what was found."""
    report = verifying.verify()
    faults = [[str(fault.kind), fault.number, fault.note_id, fault.said] for fault in report.faults[:_NAMED]]
    found = {"links": report.links, "found": report.found, "faults": faults, "seconds": report.seconds}
    Verification(by=by_id, **found).save(force_insert=True)
    for fault in report.faults[:_NAMED]:
        logger.error("audit: %s at number %s, note %s", fault.kind, fault.number, fault.note_id)
    tell()


def tell() -> None:
    """The alarm says what is wrong now, or ends."""
    said = troubles.first()
    if said:
        alarms.raise_alarm(None, Alarm.Kind.AUDIT, said)
    else:
        alarms.end(None, Alarm.Kind.AUDIT)


_EVERY = settings.AUDIT_CHAIN_EVERY
app.conf.beat_schedule.update(
    {
        "audit-chain": {"task": chain_notes.name, "schedule": _EVERY, "options": {"expires": 2 * _EVERY}},
        "audit-anchor": {"task": anchor_chain.name, "schedule": 60.0, "options": {"expires": 60.0}},
        "audit-verify": {"task": verify_chain.name, "schedule": crontab(hour=settings.AUDIT_VERIFY_HOUR, minute=20)},
    }
)
