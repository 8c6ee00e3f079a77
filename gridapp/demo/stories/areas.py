"""Areas and who works there: a grid renamed, one handed over, a new colleague, a lost tablet, a complaint."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from gridapp.demo import places
from gridapp.org import accounts, areas, devices, handover, suggestions
from gridapp.org.account_forms import Wanted
from gridapp.org.models import Area, HandOver, Role, User

from . import SECOND, Cast, named

_RENAMED, _STAFFED = (places.grid_code(places.COMMUNITIES[1], number) for number in (3, 2))


@transaction.atomic
def change(cast: Cast) -> None:
    """The second worker has their grid from somebody who left; somebody new begins next to it."""
    administrator, security, taker = cast["administrator"], cast["security"], cast["worker2"]
    if HandOver.objects.filter(grid=SECOND).exists():
        return
    areas.rename(
        _RENAMED, "清河社区第三网格（含河畔新村）", name_en="Clearwater Grid 3 with Riverside", by=administrator,
        why="河畔新村交付入住",
    )  # fmt: skip
    giver = _joined("worker3", "吴健", SECOND, by=security)
    handover.give(Area.objects.get(pk=SECOND), giver, taker, by=security, why="岗位调整")
    accounts.close(giver, by=security, why="调往其他街道")
    _joined("worker4", "林晓", _STAFFED, by=security)


def complain(cast: Cast) -> None:
    """What workers say, and tablets as they report themselves."""
    worker, other, supervisor = (cast[name] for name in ("worker", "worker2", "supervisor"))
    told = suggestions.suggest(
        "户号要填两遍，能不能只填一遍？", by=worker, suggestion_id=named("told"), page="desk:home"
    )
    suggestions.answer(told, "已改：同一户第二个人起自动带出。", by=supervisor)
    suggestions.suggest("楼道里信号差，照片传得慢。", by=other, suggestion_id=named("slow"), page="desk:record")
    for user, tablet, left, hours in ((worker, "at work", 0, 0), (other, "in a drawer", 3, 40)):
        devices.seen(named(tablet), user=user, session_key="", waiting=left, oldest=timedelta(hours=hours))


def _joined(username: str, name: str, grid: str, *, by: User) -> User:
    wanted = Wanted(username, name, Role.WORKER, (grid,), staff_no=f"WG01{username[-1]:0>2}")
    user, _password = accounts.create(wanted, by=by, why="新到岗")
    return user
