"""What only who runs the machine does: the first security administrator, and one who is locked out. All of it noted."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import account_forms, accounts, factors, staff
from .areas import Unfit
from .models import AccountChange, Area, Role, User


def make(username: str, name: str, role: Role, id_number: str, why: str = "") -> str:
    """An administrator's account of the whole district; its first password. Raises Unfit, IntegrityError."""
    wanted = account_forms.read({"username": username, "name": name, "role": role, "id_number": id_number}, ())
    if not account_forms.is_username(wanted.username):
        raise Unfit(_("用户名为 2 到 32 位字母、数字、点、横线或下划线"))
    if not account_forms.is_document(wanted.id_number):
        raise Unfit(_("身份证号码不对，请核对"))
    with transaction.atomic():
        area, _made = Area.objects.get_or_create(code=settings.DISTRICT, defaults={"name": settings.DISTRICT})
        user = staff.create_account(
            wanted.username, name=wanted.name, role=role, areas=[area], id_number=wanted.id_number
        )
        accounts.note(user, AccountChange.Act.CREATED, by=None, after={"role": str(role), "areas": [area.pk]}, why=why)
        note(Act.ROLE_GIVEN, about=f"account:{user.pk}", role=str(role))
        return accounts.let_in_again(user, by=None)


def undo_factor(user: User, *, why: str) -> None:
    """A security administrator's phone is lost. Raises Unfit."""
    if user.role != Role.SECURITY:
        raise Unfit(_("这个账号的两步验证由安全管理员解除"))
    factors.undo(user, by=None, why=why)


def new_password(user: User, *, why: str) -> str:
    """A new first password for a security administrator. Raises Unfit."""
    if user.role != Role.SECURITY:
        raise Unfit(_("这个账号不在您的范围内"))
    return accounts.let_in_again(user, by=None, why=why)
