"""What Celery runs for exports: the clock looks for something to make, and deletes what nobody fetched."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from gridapp.celery import app
from gridapp.registry import exports, exports_making
from gridapp.registry.exports import Wish
from gridapp.registry.models import Export, Record
from gridapp.review import search
from gridapp.review.search import Criteria


def wanted(export: Export, wish: Wish) -> QuerySet[Record]:
    """The records of an export: what its criteria find for who asked, as their areas are now, in the area agreed to."""
    return search.rows(Criteria.read(wish.criteria), export.by).filter(grid_code__startswith=export.area_code)


@app.task
def make_exports() -> None:
    """Makes workbooks for a slice of time; the next look of the clock goes on."""
    if exports_making.due():
        exports_making.go_on(wanted, settings.LANE_SLICE)


@app.task
def expire_exports() -> None:
    """Deletes the files whose day is over."""
    exports.expire()


app.conf.beat_schedule.update(
    {
        "exports": {
            "task": make_exports.name,
            "schedule": settings.SWEEP_EVERY,
            "options": {"expires": 4 * settings.SWEEP_EVERY},
        },
        "exports-expire": {"task": expire_exports.name, "schedule": 300.0, "options": {"expires": 300.0}},
    }
)
