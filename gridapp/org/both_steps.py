"""Password and second factor of one account are let go by two people: who did both could sign in as its owner.

Only of accounts that cannot do without a factor: administrators, supervisors, officers, as SECOND_FACTOR says.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from .areas import Unfit
from .models import AccountChange, Factor, User

_Act = AccountChange.Act
_OF_PASSWORD = (_Act.CREATED, _Act.PASSWORD, _Act.OWN_PASSWORD)


def required(user: User) -> bool:
    """Whether the account cannot do without a second factor: see SECOND_FACTOR."""
    return user.role in settings.SECOND_FACTOR


def may_let_go_of_factor(user: User, *, by: User) -> bool:
    """False while the password is one that `by` gave them and nobody has chosen another since."""
    last = AccountChange.objects.filter(user=user, act__in=_OF_PASSWORD).order_by("-id").first()
    return not required(user) or last is None or last.act == _Act.OWN_PASSWORD or last.by_id != by.pk


def check_password(user: User, *, by: User) -> None:
    """Raises Unfit while there is no factor because `by` undid it."""
    if not required(user) or Factor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        return
    last = AccountChange.objects.filter(user=user, act=_Act.FACTOR).order_by("-id").first()
    if last is not None and last.by_id == by.pk:
        raise Unfit(_("两步验证是您解除的：本人重新设置以前，密码请另一位管理员重设"))


def check_factor(user: User, *, by: User) -> None:
    """Raises Unfit where `may_let_go_of_factor` says no."""
    if not may_let_go_of_factor(user, by=by):
        raise Unfit(_("密码是您重设的：本人改掉以前，两步验证请另一位管理员解除"))
