"""A grid is handed over with the forms that wait there; what is others' stays where it is."""

from __future__ import annotations

import pytest

from gridapp.org import handover
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, HandOver, User
from gridapp.registry import handing_over, set_aside
from gridapp.registry.models import Record
from gridapp.registry.refusals import OutOfScope
from tests.factories import GRID, OTHER_GRID, AreaFactory
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
NEW = "/entries/new/resident/"


def test_the_forms_of_the_grid_go_along(
    worker: User, other_worker: User, supervisor: User, home: Record, far_home: Record
) -> None:
    worker.areas.add(AreaFactory.create(code=OTHER_GRID))
    mine, met = kept(worker, NEW, {}, grid_code=GRID), collision(worker, home)
    elsewhere = kept(worker, NEW, {}, grid_code=OTHER_GRID)
    settled = kept(worker, NEW, {}, grid_code=GRID)
    set_aside.settle(settled, worker)

    made = handing_over.hand_over(Area.objects.get(pk=GRID), worker, other_worker, by=supervisor, why="离职")

    assert made.forms == 2
    assert list(set_aside.mine(other_worker)) == [mine]
    assert list(set_aside.caused(other_worker)) == [met]
    assert list(set_aside.mine(worker)) == [elsewhere]
    assert set_aside.kept(settled.pk, by=worker) is not None
    assert set_aside.kept(mine.pk, by=worker) == mine, "the tablet that sent it would keep it for ever"
    with pytest.raises(OutOfScope):
        set_aside.kept(mine.pk, by=supervisor)


def test_with_the_last_grid_goes_what_belongs_to_none(worker: User, other_worker: User, supervisor: User) -> None:
    lost = kept(worker, NEW, {})

    made = handing_over.hand_over(Area.objects.get(pk=GRID), worker, other_worker, by=supervisor)

    assert made.forms == 1
    assert set_aside.find(lost.pk, by=other_worker) == lost


def test_nothing_goes_where_the_grid_does_not(worker: User, supervisor: User, other_worker: User) -> None:
    form = kept(worker, NEW, {}, grid_code=GRID)

    with pytest.raises(Unfit):
        handing_over.hand_over(Area.objects.get(pk=GRID), worker, worker, by=supervisor)

    assert set_aside.find(form.pk, by=worker) == form
    assert not HandOver.objects.exists()
    assert list(handover.takers(Area.objects.get(pk=GRID), supervisor)) == [other_worker, supervisor]
