"""影响评估: a target receives residents' data only after an assessment that is on file here (PIPL 55, 56).

The newest one counts: a later one that says no, or whose time is over, ends what an earlier one allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.org.models import User

from . import settling
from .assessments_kept import Assessment
from .models import Target, TargetChange

Conclusion = Assessment.Conclusion

LACKS: Mapping[str, str | Promise] = {
    "made_on": _("请写评估日期，不能晚于今天"),
    "made_by": _("请写由谁评估，不超过 100 字"),
    "title": _("请写评估报告的编号或标题，不超过 200 字"),
    "conclusion": _("请选择评估结论"),
    "said": _("请写明要采取的措施，不超过 300 字"),
    "valid_until": _("请写有效期，不能早于评估日期"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody writes down of an assessment, as texts: the days as 2026-01-31."""

    made_on: str = ""
    made_by: str = ""
    title: str = ""
    conclusion: str = ""
    said: str = ""
    valid_until: str = ""

    @classmethod
    def read(cls, posted: Mapping[str, str]) -> Said:
        return cls(**{name: posted.get(name, "").replace("\0", "").strip() for name in cls.__dataclass_fields__})

    def lacks(self, today: date) -> dict[str, str | Promise]:
        """Name -> what is wrong with it."""
        made, until = _day(self.made_on), _day(self.valid_until)
        needs_words = self.conclusion == Conclusion.MEASURES
        wrong = {
            "made_on": made is None or made > today,
            "made_by": not 0 < len(self.made_by) <= 100,
            "title": not 0 < len(self.title) <= 200,
            "conclusion": self.conclusion not in Conclusion.values,
            "said": len(self.said) > 300 or (needs_words and not self.said),
            "valid_until": until is None or (made is not None and until < made),
        }
        return {name: LACKS[name] for name, is_wrong in wrong.items() if is_wrong}


def is_needed() -> bool:
    """Where residents' data is real nothing is switched on without one."""
    return not settings.DEVELOPMENT


@transaction.atomic
def record(target: Target, said: Said, *, by: User) -> Assessment:
    """Files it. Raises ValueError where something of it `lacks`."""
    made, until = _day(said.made_on), _day(said.valid_until)
    if said.lacks(timezone.localdate()) or made is None or until is None:
        raise ValueError("an assessment says when, who, which report, what came of it and until when")
    row = Assessment.objects.create(
        target=target,
        made_on=made,
        made_by=said.made_by,
        title=said.title,
        conclusion=said.conclusion,
        said=said.said,
        valid_until=until,
        recorded_by=by,
    )
    settling.note(target, TargetChange.What.ASSESSED, by=by, why=said.title)
    return row


def latest(target_id: int) -> Assessment | None:
    """The one that counts. One statement."""
    return Assessment.objects.filter(target=target_id).select_related("recorded_by").order_by("-pk").first()


def newest() -> dict[int, Assessment]:
    """Target id -> the one that counts. One statement."""
    found = Assessment.objects.order_by("target_id", "-pk").distinct("target_id")
    return {row.target_id: row for row in found}


def holds(row: Assessment | None, on: date) -> bool:
    """Whether by it the target may receive on that day."""
    return row is not None and row.conclusion != Conclusion.UNFIT and row.made_on <= on <= row.valid_until


def stands_in_the_way(target_id: int) -> bool:
    """Whether the target may not be switched on for want of one."""
    return is_needed() and not holds(latest(target_id), timezone.localdate())


def wanting(on: date) -> list[Target]:
    """Targets that are switched on without one that holds. Two statements."""
    found = newest()
    return [row for row in Target.objects.filter(enabled=True) if not holds(found.get(row.pk), on)]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
