"""Who undoes whose second factor, and who cannot do without one."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from gridapp import sealing
from gridapp.audit.models import Note
from gridapp.org import factors
from gridapp.org.areas import Unfit
from gridapp.org.models import Factor, Role, User
from tests import factories


def phone_of(user: User) -> pyotp.TOTP:
    row = Factor.objects.get(user=user)
    return pyotp.TOTP(sealing.unseal(row.sealed_secret, bound_to=row.bound_to).decode())


def test_who_needs_one_does_not_do_without(db: None, settings: Any) -> None:
    settings.SECOND_FACTOR = frozenset({"worker"})

    with pytest.raises(Unfit, match="不能取消"):
        factors.remove(factories.UserFactory.create())


@pytest.mark.parametrize(
    ("role", "of", "may"),
    [
        (Role.SECURITY, Role.WORKER, True),
        (Role.SECURITY, Role.SUPERVISOR, True),
        (Role.SECURITY, Role.AUDITOR, True),
        (Role.SUPERVISOR, Role.WORKER, True),
        (Role.SUPERVISOR, Role.SUPERVISOR, False),
        (Role.ADMINISTRATOR, Role.WORKER, False),
        (Role.AUDITOR, Role.WORKER, False),
        (Role.WORKER, Role.WORKER, False),
    ],
)
def test_who_undoes_whose_factor(db: None, role: Role, of: Role, may: bool) -> None:
    by = factories.UserFactory.create(role=role, areas=["990101"])
    user = factories.UserFactory.create(role=of)
    factors.begun(user)
    factors.confirm(user, phone_of(user).now())

    if not may:
        with pytest.raises(Unfit, match="安全管理员"):
            factors.reset(user, by=by, why="手机丢了")
        assert factors.of(user)
        return
    with pytest.raises(Unfit, match="原因"):
        factors.reset(user, by=by, why=" ")
    factors.reset(user, by=by, why="手机丢了")
    assert factors.of(user) is None
    assert Note.objects.filter(act="factor.reset", by=by.pk, about=f"account:{user.pk}").count() == 1
