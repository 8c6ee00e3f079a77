"""Known-bad designs, each of which the harness must turn red: else a green run means nothing.

    python -m tests.chaos.mutants NAME -- <what Celery is given>

puts one of them into a worker and runs it in this process. Nothing in the product knows of them.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`patch`: module and function that put it in. `breaks`: the invariants of which one at least must fail.

    `rates`: what departments must do beyond the usual to make it seen. `poisoned`: records that kill their worker.
    `hanging`: departments that never answer.
    """

    zh: str
    en: str
    patch: str
    breaks: tuple[str, ...]
    rates: Mapping[str, float] = field(default_factory=dict)
    poisoned: int = 0
    hanging: int = 0


_CLAIMING, _SENDING = "tests.chaos.mutants_claiming", "tests.chaos.mutants_sending"
SLOW = {"slow": 0.15}

MUTANTS: Mapping[str, Mutant] = {
    "mark-before-send": Mutant(
        "先记已入库、后推送", "marked delivered before it is sent", f"{_CLAIMING}:mark_before_sending", ("I2",)
    ),
    "short-lease": Mutant(
        "租约短于应答时限",
        "the lease is shorter than the deadline",
        f"{_CLAIMING}:short_lease",
        ("I3", "I8"),
        {"slow": 0.4},
    ),
    "no-token": Mutant(
        "认领和结算不验令牌", "no fencing token is checked", f"{_CLAIMING}:no_token", ("I3", "I8", "I11"), SLOW
    ),
    "doubt-cleared": Mutant(
        "抹去“可能已送达”，不问就重发",
        "what may have arrived is sent again unasked",
        f"{_CLAIMING}:doubt_cleared",
        ("I3",),
    ),
    "wake-up-only": Mutant(
        "只靠唤醒，无人巡查",
        "nobody looks by themselves: a lost hint is lost work",
        f"{_CLAIMING}:wake_up_only",
        ("I1",),
    ),
    "own-clock": Mutant(
        "用本机时钟而非数据库时钟",
        "the worker's own clock, minutes behind",
        f"{_CLAIMING}:own_clock",
        ("I1", "I3", "I8"),
        SLOW,
    ),
    "shared-pool": Mutant(
        "各通道共用一个池", "one pool for all lanes, no breaker", f"{_CLAIMING}:shared_pool", ("I6", "I1"), hanging=1
    ),
    "follow-redirects": Mutant(
        "跟随重定向", "redirections are followed", f"{_SENDING}:follow_redirects", ("I2",), {"redirect": 0.02}
    ),
    "success-by-status": Mutant(
        "以状态码200为成功", "a status of 200 is a success", f"{_SENDING}:success_by_status", ("I2",), {"lie": 0.03}
    ),
    "counted-at-the-end": Mutant(
        "推送结束才计次", "a try counts when it has ended", f"{_CLAIMING}:counted_at_the_end", ("I5", "I1"), poisoned=1
    ),
    "unknown-is-failure": Mutant(
        "结果不明当作失败，立即重发", "no answer is a no: sent again at once", f"{_SENDING}:unknown_is_failure", ("I3",)
    ),
    "unknown-is-success": Mutant(
        "结果不明当作已入库",
        "no answer is a yes, and what a dead worker had in hand too",
        f"{_CLAIMING}:unknown_is_success",
        ("I2", "I11"),
    ),
    "stale-after-newer": Mutant(
        "旧内容晚于新内容送达",
        "an older content is sent after the newer",
        f"{_SENDING}:stale_after_newer",
        ("I4", "I3"),
    ),
    "one-fails-all": Mutant(
        "一条失败整批重发", "where one of a batch fails all are sent again", f"{_SENDING}:one_fails_all", ("I3",)
    ),
    "no-superseded-check": Mutant(
        "结算不看途中更正",
        "a correction that came meanwhile is not seen",
        f"{_SENDING}:no_superseded_check",
        ("I1", "I2"),
        {"slow": 0.4},
    ),
    "tries-forgotten": Mutant("不写推送记录", "no try is written down", f"{_SENDING}:tries_forgotten", ("I8",)),
    "values-in-the-log": Mutant(
        "绕过日志掩码打印居民信息",
        "residents' values are printed past the log's mask",
        f"{_SENDING}:values_in_the_log",
        ("I9",),
    ),
}
"""Name -> what is done wrong. Each must turn a run red."""

CONTROLS: Mapping[str, Mutant] = {
    "sleepy": Mutant(
        "结算前偶尔停顿",
        "stands still before settling, as no-token does",
        f"{_CLAIMING}:sleepy_before_settling",
        (),
        SLOW,
    ),
}
"""What some mutants need to be seen, without the mistake: a run with it must stay green."""


def known(name: str) -> Mutant:
    """Raises KeyError."""
    return {**MUTANTS, **CONTROLS}[name]


def put_in(name: str) -> None:
    """Puts a mutant into this process, after django.setup(). Raises KeyError, DisarmedError."""
    module, _, function = known(name).patch.partition(":")
    patch: Callable[[], None] = getattr(importlib.import_module(module), function)
    patch()
    logger.warning("this worker is built wrong on purpose: %s", known(name).en)


def main(arguments: Sequence[str]) -> None:
    name, separator, *given = arguments
    if separator != "--":
        raise SystemExit(__doc__)
    import django

    django.setup()
    put_in(name)
    from gridapp.celery import app

    app.worker_main(given)


if __name__ == "__main__":
    main(sys.argv[1:])
