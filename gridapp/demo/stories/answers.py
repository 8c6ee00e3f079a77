"""What departments answer to the second grid: most of it is taken, some comes back, some nobody knows."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from gridapp.delivery import causes, causes_notes
from gridapp.delivery.models import Attempt, CauseNote, Delivery, Status
from gridapp.demo import control
from gridapp.demo.people import DIVISION

from . import SECOND, Cast, people_of

_NO_FIRM, _OTHER_FIRM = ("101", 4), ("104", 2)
_REFUSED = (("PDA", "12", 0), ("SZZ", "姓名只能输入2-20个字符", 4))
"""System, its code, the first of two people. Fewer than stop a lane, and said once: whoever sends again is heard."""
_AGES = (timedelta(days=5), timedelta(days=2))
_PATIENCE, _PAUSE = 60.0, 1.0


def forewarn() -> None:
    """Tells the departments whom of the second grid they will not take; before anything of it reaches them."""
    known = [person.document() for person in people_of(SECOND)]
    employed = [one["id_number"] for one in known if one.get("employer_uscc") and one["hukou_division"] != DIVISION]
    everybody = [one["id_number"] for one in known]
    for code, number in (_NO_FIRM, _OTHER_FIRM):
        told, employed = employed[:number], employed[number:]
        control.answer("LB", told, code)
    for key, code, first in _REFUSED:
        control.answer(key, everybody[first : first + 2], code)


def wait_and_remark(cast: Cast) -> None:
    """When the answers are there: some came days ago, and somebody has begun to ask about it."""
    supervisor = cast["supervisor"]
    if CauseNote.objects.exists():
        return
    back = Delivery.objects.filter(target__key="LB", status=Status.RETURNED).order_by("pk")
    wait_for(lambda: back.count() >= 3)
    ids = list(back.values_list("pk", flat=True))
    for place, age in enumerate(_AGES):
        Delivery.objects.filter(pk__in=ids[place :: len(_AGES) + 1]).update(changed_at=F("changed_at") - age)
        Attempt.objects.filter(delivery__in=ids[place :: len(_AGES) + 1]).update(
            started_at=F("started_at") - age, finished_at=F("finished_at") - age
        )
    seen = next((one for one in causes.every(supervisor) if one.one.target.key == "LB"), None)
    if seen is not None:
        causes_notes.remark(seen.cause, "已打电话问过：对方更新了企业库，先核对信用代码再退回。", by=supervisor)
        causes_notes.give(seen.cause, cast["administrator"], by=supervisor)


def wait_for(condition: Callable[[], bool]) -> bool:
    """Looks every second for a minute, each time at what is committed by then; whether it came true."""
    until = time.monotonic() + _PATIENCE
    while not (came := condition()) and time.monotonic() < until:
        time.sleep(_PAUSE)
    return came
