"""A grid goes from one worker to the next: whose it is, and who did so. The forms go with it: registry.handing_over."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from . import accounts, scope
from .areas import Unfit
from .models import AccountChange, Area, Device, HandOver, Role, User

_ABLE = (Role.WORKER, Role.SUPERVISOR)


def workers_of(grid: Area) -> QuerySet[User]:
    """The open accounts that have this very grid, by name."""
    return User.objects.filter(areas=grid, is_active=True).order_by("first_name", "username")


def unstaffed(grids: Collection[Area]) -> set[str]:
    """The codes of those grids that are open and of which no worker has this very grid. One statement."""
    having = User.objects.filter(areas__in=grids, is_active=True, role=Role.WORKER)
    staffed = set(having.values_list("areas__code", flat=True))
    return {grid.pk for grid in grids if grid.is_grid and grid.closed_at is None} - staffed


def takers(grid: Area, by: User) -> QuerySet[User]:
    """The accounts of `by`'s that enter things and could have it, by name."""
    able = [role for role in accounts.may_give(by) if role in _ABLE]
    return accounts.listed(by).filter(is_active=True, role__in=able).exclude(areas=grid)


def unsent(giver: User) -> int:
    """How many forms still wait on tablets that the worker used last: to be sent before the grid goes."""
    return sum(Device.objects.filter(user=giver, lost_at=None).values_list("waiting", flat=True))


def went(giver: User, taker_id: int) -> bool:
    """Whether one worker ever handed a grid to the other."""
    return HandOver.objects.filter(giver=giver, taker=taker_id).exists()


def give(grid: Area, giver: User, taker: User, *, by: User, why: str = "", forms: int = 0) -> HandOver:
    """The grid is the taker's from now on, and the giver's no more. Raises Unfit.

    Runs inside the caller's transaction.atomic(), in which the forms go too: `forms` says how many.
    """
    with transaction.atomic():
        pair = {user.pk: user for user in User.objects.select_for_update().filter(pk__in=(giver.pk, taker.pk))}
        if giver.pk == taker.pk or len(pair) < 2:
            raise Unfit(_("请选择交出和接手的两个人"))
        if not scope.allows(by, grid.pk) or not accounts.listed(by).filter(pk=taker.pk, is_active=True).exists():
            raise Unfit(_("接手的人不在您的范围内"))
        if giver.role not in accounts.may_give(by):
            raise Unfit(_("交出的人角色高于您，请管理员办理"))
        if not giver.areas.filter(pk=grid.pk).exists():
            raise Unfit(_("交出的人没有单独分到这个网格，请到账号里改他的区域"))
        giver.areas.remove(grid)
        taker.areas.add(grid)
        said = {"grid": grid.pk}
        accounts.note(giver, AccountChange.Act.GAVE, by=by, before=said, why=why)
        accounts.note(taker, AccountChange.Act.TOOK, by=by, after=said, why=why)
        return HandOver.objects.create(grid=grid, giver=giver, taker=taker, by=by, forms=forms, why=why[:200])
