"""What Celery runs: take ids, call one function."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab
from celery.signals import task_prerun, worker_ready, worker_shutting_down
from django.conf import settings
from django.db import close_old_connections

from gridapp.catalogue import targets
from gridapp.celery import app
from gridapp.org.models import User
from gridapp.registry import index_keys, reindexing

from . import (
    alarms,
    archives,
    backfill,
    causes_acting,
    counts_folding,
    deleting,
    draining,
    inbox,
    keys_known,
    lane,
    ledgers,
    operating,
    reconcile,
    redrawing,
    replan,
    restored,
    retention,
    retention_rules,
    rotation,
    sweep,
    wake,
)
from .models import Status


@task_prerun.connect
def _with_a_living_connection(**told: Any) -> None:
    # A thread keeps its connection from task to task; without this one that died would fail every task from then on.
    close_old_connections()


@worker_ready.connect
def _look_round(**told: Any) -> None:
    # Before anything is sent: is this the database that we knew? And which mappings has this process loaded?
    restored.check()
    backfill.due()


@worker_shutting_down.connect
def _finish(**told: Any) -> None:
    wake.stop()


@app.task
def wake_lanes(target_ids: list[int]) -> None:
    """Starts the lanes of these targets, or tells those that run here already."""
    for target_id in target_ids:
        if not wake.here(target_id):
            serve_lane.apply_async((target_id,), retry=False)


@app.task
def serve_lane(target_id: int) -> None:
    """Serves one target for a slice; work left over goes to the end of the queue."""
    restored.check(at_most_every=60)
    if lane.serve(target_id):
        serve_lane.apply_async((target_id,), retry=False)


@app.task
def sweep_lanes() -> None:
    """The clock: frees what dead workers held, opens and closes windows, wakes lanes that have due work."""
    restored.check()
    restored.go_on()
    wake_lanes(sweep.sweep())
    operating.end_slow_lanes()
    draining.end()
    read_inboxes(inbox.due())
    if backfill.due():
        carry_backfills.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)
    if rotation.due():
        carry_rotation.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)
    if reindexing.due():
        carry_reindexing.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)
    if ledgers.due():
        carry_ledgers.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)
    if causes_acting.due():
        carry_causes.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)
    counts_folding.fold()
    if redrawing.due():
        carry_redrawings.apply_async((settings.SWEEP_EVERY,), retry=False, expires=4 * settings.SWEEP_EVERY)


@app.task
def carry_backfills(seconds: float) -> None:
    """Fills in what targets lack that were connected or changed, for so long; the next look of the clock goes on."""
    backfill.go_on(seconds)


@app.task
def carry_rotation(seconds: float) -> None:
    """Seals with the newest key what an older one has sealed, for so long; the next look of the clock goes on."""
    rotation.go_on(seconds)


@app.task
def carry_reindexing(seconds: float) -> None:
    """Makes indexes with the new index key, for so long; the next look of the clock goes on."""
    reindexing.go_on(seconds, stopping=wake.stopping)


@app.task
def carry_redrawings(seconds: float) -> None:
    """Takes records along into the grids they belong to now, for so long; the next look of the clock goes on."""
    redrawing.go_on(seconds)


@app.task
def carry_ledgers(seconds: float) -> None:
    """Enters rows of ledgers for so long and makes room; the next look of the clock begins what broke off."""
    if ledgers.go_on(seconds):
        carry_ledgers.apply_async((seconds,), retry=False)


@app.task
def carry_causes(seconds: float) -> None:
    """Goes on with what somebody wanted done to everything that waits for one cause."""
    causes_acting.go_on(seconds)


@app.task
def let_go_held(target_id: int) -> None:
    """Frees what a pause held, slice by slice; whatever breaks it off, the sweeper goes on with it."""
    one = targets.target(target_id)
    while one is not None and operating.let_go(one) == operating.SLICE:
        one = targets.target(target_id)
    wake_lanes([target_id])


@app.task
def retry_stuck(target_id: int, by_id: int, status: str) -> None:
    """Goes on with what an operator wants sent again; a chain that breaks is begun again by the operator."""
    one, by = targets.target(target_id), User.objects.filter(pk=by_id).first()
    if one is not None and by is not None:
        operating.retry_all(one, by, status=Status(status), seconds=settings.LANE_SLICE)


@app.task
def look_for_alarms() -> None:
    """Raises what only shows with time, and ends what is over."""
    alarms.look()


@app.task
def read_inboxes(target_ids: list[int]) -> None:
    """Works on what departments called us with."""
    for target_id in target_ids:
        one = targets.target(target_id)
        while one is not None and inbox.read(one) == inbox.BATCH:
            continue


@app.task
def compare_targets() -> None:
    """Begins the nightly comparison of what targets hold, and forgets calls of long ago."""
    wake_lanes(reconcile.begin())
    inbox.forget()


@app.task
def keep_attempts() -> None:
    """Makes the months of the tries ahead of time, and throws away whatever is past its period."""
    retention.run(retention_rules.RULES)
    keys_known.count()
    index_keys.count()


@app.task
def carry_deletions() -> None:
    """Empties the records whose deletion every department knows of; what breaks off is begun again a minute later."""
    archives.expire()
    if deleting.due():
        deleting.go_on()


@app.task
def replan_records(after: str = "") -> None:
    """Plans a part of all records anew and passes the rest on; a chain that breaks is begun again the next night."""
    if last := replan.some(after):
        replan_records.apply_async((last,), retry=False)


@app.task
def replan_unmapped() -> None:
    """Goes on with what waited for the code of a grid that is mapped now, or for a target that is no longer here."""
    replan.unmapped()
    replan.orphaned()


app.conf.beat_schedule.update(
    {
        "replan": {
            "task": replan_records.name,
            "schedule": crontab(hour=0, minute=10),
        },  # ages and months have moved on
        "keep": {"task": keep_attempts.name, "schedule": crontab(hour=2, minute=50)},
        "compare": {"task": compare_targets.name, "schedule": crontab(hour=1, minute=30)},
        "alarms": {"task": look_for_alarms.name, "schedule": 60.0, "options": {"expires": 60.0}},
        "deletions": {"task": carry_deletions.name, "schedule": 60.0, "options": {"expires": 60.0}},
        "replan-unmapped": {"task": replan_unmapped.name, "schedule": 60.0, "options": {"expires": 60.0}},
    }
)
