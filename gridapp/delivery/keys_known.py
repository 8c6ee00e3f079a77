"""Which sealing keys there are and have been, and how many values each has sealed: an unused one may be taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.models.functions import Now

from gridapp import resealing, sealing

from .models import SealingKey


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: seals, opens, gone (not at hand), or other (another secret stands under its id)."""

    key: SealingKey
    state: str

    @property
    def may_go(self) -> bool:
        return self.state == "opens" and self.key.counted_at is not None and not self.key.total


def look(*, keep: bool = True) -> list[Standing]:
    """Every key that is at hand or ever was, by id; with `keep` writes down those that are new."""
    at_hand = {key.id: key for key in sealing.at_hand()}
    found = [SealingKey(number=key.id, algorithm=key.algorithm, mark=key.mark) for key in at_hand.values()]
    if keep:
        SealingKey.objects.bulk_create(found, ignore_conflicts=True)
    kept = {row.number: row for row in SealingKey.objects.all()}
    rows = {row.number: row for row in found} | kept
    return [Standing(row, _state(row, at_hand)) for _number, row in sorted(rows.items())]


def count() -> list[Standing]:
    """Counts anew what each key has sealed. Reads every sealed column once."""
    uses: dict[int, dict[str, int]] = defaultdict(dict)
    for column in resealing.columns():
        for number, values in resealing.used(column).items():
            uses[number][str(column)] = values
    known = {one.key.number for one in look()}
    SealingKey.objects.bulk_create(
        [SealingKey(number=number, algorithm="", mark="") for number in uses if number not in known],
        ignore_conflicts=True,
    )
    for row in SealingKey.objects.all():
        SealingKey.objects.filter(pk=row.pk).update(uses=uses.get(row.number, {}), counted_at=Now())
    return look()


@register(Tags.database)
def none_is_missing(app_configs: object, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """A key that was taken out while something was still sealed with it, or whose id has another secret now."""
    if "default" not in (databases or ()):
        return []
    if SealingKey._meta.db_table not in connections["default"].introspection.table_names():
        return []
    lost = [one for one in look() if one.state == "other" or (one.state == "gone" and one.key.total)]
    hint = "Put it back into SEALING_KEYS, marked :opens; manage.py reseal, then manage.py keys says when it may go."
    return [
        Error(f"Sealing key {one.key.number} is missing: {one.key.total} values.", hint=hint, id="gridapp.E022")
        for one in lost
    ]


def _state(row: SealingKey, at_hand: dict[int, sealing.Key]) -> str:
    key = at_hand.get(row.number)
    if key is None:
        return "gone"
    if row.mark and row.mark != key.mark:
        return "other"
    return "seals" if key.id == sealing.newest() else "opens"
