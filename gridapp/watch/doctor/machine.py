"""This machine: room on its disk, and whether its clock agrees with those it works with."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.utils.translation import gettext as _

from gridapp.celery import app

from ..health import quick_connection
from .finding import Finding, fail, warn, well

GIGABYTE = 1024**3
LEAST, LITTLE = 1, 5
"""Gigabytes free below which nothing can be relied on, and below which somebody should look."""
APART = 2.0
"""Seconds that clocks may differ."""


def look() -> Iterator[Finding]:
    yield _room()
    yield from _clocks()


def _room() -> Finding:
    folder = settings.VAR if settings.VAR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(folder).free / GIGABYTE
    told = {"free": f"{free:.1f}"}
    remedy = _("清理旧日志和临时文件，或扩大磁盘；数据库的磁盘请在数据库主机上另看。")
    if free < LEAST:
        return fail("machine.disk", _("工作目录所在磁盘只剩 %(free)s GB。") % told, remedy)
    if free < LITTLE:
        return warn("machine.disk", _("工作目录所在磁盘剩 %(free)s GB。") % told, remedy)
    return well("machine.disk", _("工作目录所在磁盘剩 %(free)s GB。") % told)


def _clocks() -> Iterator[Finding]:
    for check, name, ask in (
        ("machine.database_clock", _("数据库服务器"), _database_time),
        ("machine.broker_clock", _("消息队列"), _broker_time),
    ):
        began = time.time()
        theirs = ask()
        if theirs is None:
            continue  # away, which its own look says, or one that tells no time
        apart = max(0.0, began - theirs, theirs - time.time())  # what asking took is no difference
        told = {"name": name, "seconds": f"{apart:.1f}"}
        if apart > APART:
            yield warn(
                check,
                _("本机与%(name)s的时钟相差 %(seconds)s 秒。") % told,
                _("两边都启用 NTP（chrony 或 systemd-timesyncd），指向同一个时间源。"),
            )
        else:
            yield well(check, _("本机与%(name)s的时钟一致（相差 %(seconds)s 秒）。") % told)


def _database_time() -> float | None:
    database = quick_connection()
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            return float(cursor.fetchone()[0])
    except DatabaseProblem:
        return None
    finally:
        database.close()


def _broker_time() -> float | None:
    """Redis and Valkey tell theirs; RabbitMQ does not."""
    try:
        with app.connection_for_write() as connection:
            ask = getattr(getattr(connection.default_channel, "client", None), "time", None)
            if ask is None:
                return None
            seconds, micro = ask()
            return float(seconds) + float(micro) / 1e6
    except Exception:  # each transport has classes of its own; the look at the broker says what is wrong
        return None
