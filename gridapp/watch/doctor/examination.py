"""The whole examination in its order: what is set, what is reached with it, what runs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from django.db import Error as DatabaseProblem
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..logs import place
from . import administrators, assessments, audit, broker, configuration, connectors, database, keys, lanes, machine
from .finding import Finding, fail

Look = Callable[[], Iterator[Finding]]

LOOKS: Mapping[str, tuple[str | Promise, Look]] = {
    "configuration": (gettext_lazy("配置"), configuration.look),
    "machine": (gettext_lazy("本机"), machine.look),
    "database": (gettext_lazy("数据库"), database.look),
    "keys": (gettext_lazy("密钥"), keys.look),
    "administrators": (gettext_lazy("管理员"), administrators.look),
    "audit": (gettext_lazy("审计"), audit.look),
    "broker": (gettext_lazy("消息队列与进程"), broker.look),
    "connectors": (gettext_lazy("已安装的连接器"), connectors.look),
    "assessments": (gettext_lazy("影响评估"), assessments.look),
    "lanes": (gettext_lazy("目标系统与通道"), lanes.look),
}


def examine(*, call_targets: bool = False) -> Iterator[tuple[str, Finding]]:
    """(name of the look, finding), one after the other. `call_targets`: each one's own harmless call is made too.

    A look that breaks is a finding itself, and the others go on.
    """
    looks = {name: look for name, (_label, look) in LOOKS.items()}
    if call_targets:
        looks["targets"] = lanes.call
    for name, look in looks.items():
        try:
            for finding in look():
                yield name, finding
        except DatabaseProblem as error:
            yield (
                name,
                fail(
                    f"{name}.broken",
                    _("数据库不可用，这一项没有查完（%(where)s）。") % {"where": type(error).__name__},
                    _("先处理上面关于数据库的问题，再运行一次 doctor。"),
                ),
            )
        except Exception as error:  # one look must not keep the others from being made
            yield (
                name,
                fail(
                    f"{name}.broken",
                    _("检查本身出错：%(where)s。") % {"where": place(error)},
                    _("请把这一行连同版本号报告给开发者。"),
                ),
            )
