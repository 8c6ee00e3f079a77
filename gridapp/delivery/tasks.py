"""What Celery runs: take ids, call one function."""

from __future__ import annotations

from gridapp.celery import app

from . import lane, sweep, wake


@app.task
def wake_lanes(target_ids: list[int]) -> None:
    """Starts the lanes of these targets, or tells those that run here already."""
    for target_id in target_ids:
        if not wake.here(target_id):
            serve_lane.apply_async((target_id,), retry=False)


@app.task
def serve_lane(target_id: int) -> None:
    """Serves one target for a slice; work left over goes to the end of the queue."""
    if lane.serve(target_id):
        serve_lane.apply_async((target_id,), retry=False)


@app.task
def sweep_lanes() -> None:
    """The clock: frees what dead workers held, opens and closes windows, wakes lanes that have due work."""
    wake_lanes(sweep.sweep())
