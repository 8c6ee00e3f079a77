"""The second factor: a code of half a minute from somebody's phone (RFC 6238), each of them taken once."""

from __future__ import annotations

import hmac
import time

import pyotp
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import accounts, recovery, scope, sessions, throttle
from .areas import Unfit
from .both_steps import check_factor
from .both_steps import required as required
from .models import AccountChange, Ended, Factor, RecoveryCode, Role, User

_STEP = 30
_AROUND = (0, -1, 1)
"""Phones' clocks are a little off: one step before and after counts too."""


def of(user: User) -> Factor | None:
    """Their second factor, where they have set one up."""
    return Factor.objects.filter(user=user, confirmed_at__isnull=False).first()


def due(user: User) -> bool:
    """Whether a password alone does not sign them in."""
    return required(user) or of(user) is not None


def begun(user: User) -> tuple[str, str]:
    """The secret that is being set up, and the address that a QR code of it says; nothing counts before it is
    confirmed, and a confirmed one is not shown again. Raises Unfit."""
    row = Factor.objects.filter(user=user).first()
    if row is None:
        row = Factor(user=user)
        row.sealed_secret = sealing.seal(pyotp.random_base32().encode(), bound_to=row.bound_to)
        row, _made = Factor.objects.get_or_create(user=user, defaults={"sealed_secret": row.sealed_secret})
    if row.confirmed_at is not None:
        raise Unfit(_("已经设置过两步验证"))
    secret = _secret(row)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=_("一次录入"))


def confirm(user: User, said: str, *, but: str = "") -> list[str]:
    """Their phone makes the right codes: from now on one is asked for. The recovery codes, to be shown once.

    Other sessions of theirs end, `but` the one with that key. Raises Unfit, saying what is wrong.
    """
    row = Factor.objects.filter(user=user, confirmed_at=None).first()
    if row is None:
        raise Unfit(_("已经设置过两步验证"))
    if refused := _tried(user, row, said):
        raise Unfit(refused)
    with transaction.atomic():
        if not Factor.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=timezone.now()):
            raise Unfit(_("已经设置过两步验证"))
        codes = recovery.made(user)
        note(Act.FACTOR_ADDED, by=user.pk, about=f"account:{user.pk}")
        sessions.end_all(user, why=Ended.FACTOR, by=user, but=but)
    return codes


def prove(user: User, said: str) -> str:
    """Takes a code of their phone, or one on paper; "" where it is right, else what is wrong in words.

    At most five tries, whatever they are tried for; then none for a while.
    """
    row = of(user)
    return _tried(user, row, said, on_paper=True) if row else str(_("还没有设置两步验证"))


def new_codes(user: User) -> list[str]:
    """Ten recovery codes in place of the old ones, to be shown once. Raises Unfit."""
    if of(user) is None:
        raise Unfit(_("还没有设置两步验证"))
    with transaction.atomic():
        note(Act.RECOVERY_MADE, by=user.pk, about=f"account:{user.pk}")
        return recovery.made(user)


def remove(user: User, *, but: str = "") -> None:
    """They do without from now on, where their role lets them. Raises Unfit."""
    if required(user):
        raise Unfit(_("您的角色必须有两步验证，不能取消"))
    with transaction.atomic():
        _forget(user)
        note(Act.FACTOR_REMOVED, by=user.pk, about=f"account:{user.pk}")
        sessions.end_all(user, why=Ended.FACTOR, by=user, but=but)


def may_reset(user: User, *, by: User) -> bool:
    """Security administrators those of whom they keep, supervisors their workers'; nobody their own."""
    theirs = scope.may_secure(by) or user.role == Role.WORKER
    return theirs and accounts.find(user.pk, by) is not None


def reset(user: User, *, by: User, why: str) -> None:
    """The phone is lost: they set up another one when they sign in next. Not by who reset their password. Raises
    Unfit."""
    if not may_reset(user, by=by):
        raise Unfit(_("这个账号的两步验证由安全管理员解除"))
    if not why.strip():
        raise Unfit(_("请写明解除两步验证的原因"))
    check_factor(user, by=by)
    undo(user, by=by, why=why)


def undo(user: User, *, by: User | None, why: str) -> None:
    """The same by who runs the machine; who may was asked before. Raises Unfit."""
    with transaction.atomic():
        if not _forget(user):
            raise Unfit(_("还没有设置两步验证"))
        accounts.note(user, AccountChange.Act.FACTOR, by=by, why=why.strip())
        note(Act.FACTOR_RESET, by=by.pk if by else None, about=f"account:{user.pk}")
        sessions.end_all(user, why=Ended.FACTOR, by=by)


def _tried(user: User, row: Factor, said: str, *, on_paper: bool = False) -> str:
    said = "".join(said.split())
    if not said:
        return str(_("请填写验证码"))
    taken = throttle.take("code", str(user.pk))
    if not taken:
        return throttle.said(taken.wait)
    by_phone = _takes(row, said)
    if not by_phone and not (on_paper and recovery.used(user, said)):
        note(Act.FACTOR_FAILED, by=user.pk, about=f"account:{user.pk}", result="failed")
        return str(_("验证码不对或已经用过，请等手机上换了新的再试。"))
    if not by_phone:
        note(Act.RECOVERY_USED, by=user.pk, about=f"account:{user.pk}", left=recovery.left(user))
    throttle.clear("code", str(user.pk))
    return ""


def _takes(row: Factor, said: str) -> bool:
    """Whether it is a code of now that was not taken before; of two that bring the same one is let in."""
    if len(said) != 6 or not said.isascii() or not said.isdecimal():
        return False
    maker, now = pyotp.TOTP(_secret(row)), int(time.time()) // _STEP
    for step in (now + by for by in _AROUND):
        if hmac.compare_digest(maker.generate_otp(step), said):
            return bool(Factor.objects.filter(pk=row.pk, used_step__lt=step).update(used_step=step))
    return False


def _secret(row: Factor) -> str:
    return sealing.unseal(row.sealed_secret, bound_to=row.bound_to).decode()


def _forget(user: User) -> bool:
    RecoveryCode.objects.filter(user=user).delete()
    return Factor.objects.filter(user=user).delete()[0] > 0
