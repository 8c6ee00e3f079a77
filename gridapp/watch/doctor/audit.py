"""The audit: who could change it, whether it is chained, anchored outside the database and verified."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from gridapp.audit import roles, troubles

from .finding import Finding, fail, warn, well


def look() -> Iterator[Finding]:
    yield _role()
    yield _keeping()
    yield _anchors()


def _role() -> Finding:
    able = roles.may_change()
    if not able:
        return well("audit.role", _("运行账号对审计记录只能新增和读取。"))
    if settings.DEVELOPMENT:
        return well("audit.role", _("这是试用：运行账号是表的主人，改动只能靠核验发现。"))
    return warn(
        "audit.role",
        _("运行账号能改动审计记录（%(how)s）。") % {"how": ", ".join(able[:3])},
        _("用主人账号执行 manage.py audit_role 运行账号 --apply，再把 DATABASE_URL 换成运行账号；见 docs/audit.md。"),
    )


def _keeping() -> Finding:
    said = troubles.first()
    if not said:
        return well("audit.chain", _("审计记录都已上链，最近一次核验没有发现问题。"))
    kind = fail if said.startswith("verify") else warn
    return kind(
        "audit.chain",
        _("审计记录有问题：%(said)s。") % {"said": said},
        _("verify：保全现场后执行 manage.py audit_verify；其余：查 Celery 时钟、锚点文件夹、外送命令、时间戳服务。"),
    )


def _anchors() -> Finding:
    if settings.AUDIT_ANCHORS or settings.DEVELOPMENT:
        return well("audit.anchors", _("锚点写在数据库之外。"))
    return warn(
        "audit.anchors",
        _("没有设 AUDIT_ANCHORS：锚点和程序在同一块盘上。"),
        _("设成另一台机器或只能追加的存储上的文件夹；或用 AUDIT_ANCHOR_COMMAND 把每一行送出去。"),
    )
