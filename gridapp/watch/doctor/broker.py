"""The broker and who listens to it: a message there and back, workers that answer, a clock that has just looked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from gridapp.celery import app
from gridapp.delivery.models import Sweep

from ..health import sweep_is_late
from ..logs import place
from .finding import Finding, fail, warn, well

PING = 1.5
"""Seconds that workers have to answer."""
SPARE = 20
"""Database connections kept for the pages, beside one for every thread of the workers."""


def look() -> Iterator[Finding]:
    began = time.monotonic()
    try:
        _there_and_back()
    except Exception as error:  # kombu's transports raise classes of their own libraries, and OSError
        yield fail(
            "broker.reachable",
            _("消息队列不可用：%(where)s。录入照常保存，但要等它恢复才会推送。")
            % {"where": place(error).partition(" <")[0]},
            _("核对 BROKER_URL；在本机试它的端口；看 RabbitMQ 或 Valkey 是否在运行、账号是否有建队列的权限。"),
        )
    else:
        took = (time.monotonic() - began) * 1000
        yield well("broker.reachable", _("消息队列往返 %(took).0f 毫秒。") % {"took": took})
        yield from _workers()
    yield _clock()


def _there_and_back() -> None:
    name = f"{settings.QUEUE}.doctor.{uuid.uuid4().hex}"
    options = {"durable": False, "auto_delete": True, "expires": 60}
    with app.connection_for_write() as link:
        queue = link.SimpleQueue(name, no_ack=True, queue_opts=options, exchange_opts={"durable": False})
        try:
            queue.put({"from": "doctor"})
            queue.get(timeout=3)
        finally:
            queue.queue.delete()
            queue.close()


def _workers() -> Iterator[Finding]:
    reached: dict[str, Any] = app.control.inspect(timeout=PING).active_queues() or {}
    ours = [name for name, queues in reached.items() if any(one.get("name") == settings.QUEUE for one in queues)]
    if not ours:
        yield fail(
            "broker.workers",
            _("队列 %(queue)s 没有工作进程应答，什么也不会推送。") % {"queue": settings.QUEUE},
            _("启动 celery -A gridapp worker（完整命令见 README）；若在运行，看日志、BROKER_URL 和 GRIDAPP_QUEUE。"),
        )
        return
    answered: dict[str, Any] = app.control.inspect(destination=ours, timeout=PING).stats() or {}
    threads = sum(int(one.get("pool", {}).get("max-concurrency") or 0) for one in answered.values())
    told = {"count": len(ours), "threads": threads}
    yield well("broker.workers", _("%(count)d 个工作进程应答，共 %(threads)d 个线程。") % told)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        most = cursor.fetchone()[0]
    if threads + SPARE > most:
        yield warn(
            "broker.threads",
            _("工作线程 %(threads)d 个，而数据库只允许 %(most)d 个连接。") % {"threads": threads, "most": most},
            _("加大 max_connections，或减少 celery 的 -c，或在前面放 PgBouncer（事务模式）。"),
        )


def _clock() -> Finding:
    last = Sweep.objects.first()
    if last is None:
        age = None
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)::float8", [last.done_at])
            age = float(cursor.fetchone()[0])
    remedy = _("启动 celery -A gridapp beat（只要一个），并看工作进程是否在消费同一个队列 GRIDAPP_QUEUE。")
    if age is None:
        return fail("broker.clock", _("时钟从来没有走过：重试、时段、暂停恢复都不会发生。"), remedy)
    told = {"age": age}
    if sweep_is_late(age):
        return fail("broker.clock", _("时钟上次走是 %(age).0f 秒以前：重试、时段、暂停恢复都不会发生。") % told, remedy)
    return well("broker.clock", _("时钟 %(age).0f 秒前走过。") % told)
