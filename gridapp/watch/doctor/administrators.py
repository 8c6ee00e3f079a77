"""Who administers: three people with three duties, and a second factor for each."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from gridapp.org import duties
from gridapp.org.models import Role, User

from .finding import Finding, fail, warn, well


def look() -> Iterator[Finding]:
    yield _second_factor()
    yield _addresses()
    yield from _administrators()


def _second_factor() -> Finding:
    """等保三级 asks for two factors of whoever administers."""
    without = sorted(duties.ADMINISTRATORS - settings.SECOND_FACTOR)
    if without and not settings.DEVELOPMENT:
        return fail(
            "administrators.second_factor",
            _("管理类账号只凭密码就能登录：SECOND_FACTOR 没有包括 %(roles)s。") % {"roles": "、".join(without)},
            _("在 SECOND_FACTOR 里补上这些角色，再重启所有进程；本人下次登录时设置手机。"),
        )
    return well(
        "administrators.second_factor",
        _("要求两步验证的角色：%(number)d 个。") % {"number": len(settings.SECOND_FACTOR)},
    )


def _addresses() -> Finding:
    """等保三级 binds whoever administers to some addresses."""
    if not settings.ADMIN_ADDRESSES and not settings.DEVELOPMENT:
        return warn(
            "administrators.addresses",
            _("管理类账号从任何地址都能登录。"),
            _("设 ADMIN_ADDRESSES 为管理员工位所在的网络，例如 10.8.0.0/24，再重启所有进程。"),
        )
    return well(
        "administrators.addresses",
        _("限定管理类账号的网络：%(number)d 个。") % {"number": len(settings.ADMIN_ADDRESSES)},
    )


def _administrators() -> Iterator[Finding]:
    active = User.objects.filter(is_active=True)
    for role in (Role.SECURITY, Role.AUDITOR):
        if active.filter(role=role).exists():
            yield well(f"administrators.{role}", _("%(role)s账号：有。") % {"role": role.label})
            continue
        yield warn(
            f"administrators.{role}",
            _("没有启用的%(role)s账号。") % {"role": role.label},
            _("用 manage.py administrator 新建，系统管理、安全管理和审计要由三个不同的人担任。"),
        )
    unknown = active.filter(role__in=duties.ADMINISTRATORS, person=None).count()
    if unknown:
        yield warn(
            "administrators.duties",
            _("%(unknown)d 个管理类账号没有填身份证号。") % {"unknown": unknown},
            _("请安全管理员补填身份证号。"),
        )
