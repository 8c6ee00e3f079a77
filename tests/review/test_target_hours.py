"""Hours and pace of one target: the department's, or the district's own; laid out for the next two weeks."""

from __future__ import annotations

from datetime import time

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target, TargetChange
from gridapp.catalogue.targets import targets as configured
from gridapp.contract import Window
from gridapp.delivery import gates
from tests.review.settled import ACT, PAGE, As, do, now

pytestmark = pytest.mark.usefixtures("plain")


def filed(row: Target) -> list[tuple[str, list[str]]]:
    return [(one.what, one.names) for one in TargetChange.objects.filter(target=row).order_by("pk")]


def hours(**changed: str) -> dict[str, str]:
    return {"own": "own", "opens": "08:30", "closes": "17:30", "breaks": "", "freeze_days": "", **changed}


def window(row: Target) -> Window:
    return gates.window(next(one for one in configured() if one.target.pk == row.pk))


def test_a_district_has_hours_of_its_own_and_gives_them_up_again(as_: As, plain: Target) -> None:
    client, profile = as_("administrator"), window(plain)

    do(client, "hours", working_days="yes", **hours(breaks="12:00–14:00", freeze_days="28-31、15"))
    own = window(plain)
    do(client, "hours", own="theirs")

    assert (own.opens, own.closes, own.breaks) == (time(8, 30), time(17, 30), ((time(12), time(14)),))
    assert (own.freeze_days, own.working_days) == (frozenset({15, 28, 29, 30, 31}), True)
    assert (window(plain), now(plain).window) == (profile, None)
    assert filed(plain) == [("hours", ["window"]), ("hours", ["window"])]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("opens", "25:00"), ("opens", "early"), ("breaks", "14:00-12:00"), ("breaks", "noon"), ("freeze_days", "0"),
        ("freeze_days", "1-32"), ("opens", "22:00"), ("a_minute", "0"), ("a_minute", "nan"), ("a_minute", "-1"),
        ("batch", "0"), ("batch", "201"), ("batch", "1.5"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused_as_they_were_typed(as_: As, plain: Target, name: str, typed: str) -> None:
    answer = as_("administrator").post(ACT, {"act": "hours", **hours(**{name: typed})})

    assert answer.status_code == 422
    assert f'id="error-{name}"' in answer.content.decode()
    assert f'value="{typed}"' in answer.content.decode()
    assert now(plain).window is None


def test_the_pace_is_a_districts_own_too(as_: As, plain: Target) -> None:
    client = as_("administrator")

    do(client, "hours", own="theirs", a_minute="90", batch="50")
    own = now(plain)
    do(client, "hours", own="theirs", a_minute="", batch="")

    assert (own.per_second, own.batch) == (1.5, 50)
    assert (now(plain).per_second, now(plain).batch) == (None, None)


def test_the_calendar_says_what_each_day_is(as_: As) -> None:
    client = as_("administrator")
    every_day = ",".join(str(day) for day in range(1, 31) if day != timezone.localdate().day)
    do(client, "hours", **hours(freeze_days=every_day))

    page = client.get(PAGE).content.decode()

    assert "封账，不受理" in page
    assert "08:30 起" in page
