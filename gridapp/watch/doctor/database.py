"""PostgreSQL: its version, its letters, what it promises to keep, what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error as DatabaseProblem
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import checks
from gridapp.delivery import partitions

from ..logs import place
from .finding import Finding, fail, warn, well

OLDEST = 15
KEEPS = {"fsync": "on", "full_page_writes": "on"}
SNAPSHOT = 300
"""Seconds that a transaction may keep PostgreSQL from clearing away what is finished."""
FULL = 0.8
"""Part of its connections."""


def look() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except DatabaseProblem as error:
        yield fail(
            "database.reachable",
            _("连不上数据库：%(where)s。") % {"where": place(error).partition(" <")[0]},
            _("核对 DATABASE_URL 的主机、端口、账号；在本机用 psql 试同一个地址；看数据库是否在运行、防火墙是否放行。"),
        )
        return
    yield _version()
    yield _letters()
    yield _migrations()
    yield from _keeping()
    yield _idle()
    yield _connections()
    yield _snapshots()
    yield _dead_rows()
    yield from _months()
    yield from _slots()


def _one(statement: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[object, ...] = cursor.fetchone()
    return row


def _version() -> Finding:
    major = connection.cursor().connection.info.server_version // 10000
    told = {"version": major, "oldest": OLDEST}
    if major < OLDEST:
        return fail(
            "database.version",
            _("PostgreSQL %(version)d 太旧。") % told,
            _("升级到 %(oldest)d 以上。") % told,
        )
    return well("database.version", _("PostgreSQL %(version)d。") % told)


def _letters() -> Finding:
    if checks.letters_are_letters(None, databases=["default"]):
        return fail(
            "database.letters",
            _("数据库不把汉字当作字母（编码或 LC_CTYPE 不对），按姓名查找会什么也找不到。"),
            _("另建：CREATE DATABASE … ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0，再用 pg_dump 搬过去。"),
        )
    return well("database.letters", _("编码 UTF8，汉字是字母。"))


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    left = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if left:
        return fail(
            "database.migrations",
            _("还有 %(count)d 个迁移没有执行。") % {"count": left},
            _("停掉旧版本的进程后执行 manage.py migrate。"),
        )
    return well("database.migrations", _("迁移全部执行过。"))


def _keeping() -> Iterator[Finding]:
    """What was answered "saved" must be saved."""
    wrong = [name for name, wanted in KEEPS.items() if _one(f"SELECT current_setting('{name}')")[0] != wanted]
    if _one("SELECT current_setting('synchronous_commit')")[0] == "off":
        wrong.append("synchronous_commit")
    if wrong:
        yield fail(
            "database.durability",
            _("%(names)s 关着：断电会丢失已经答复“已保存”的录入。") % {"names": ", ".join(wrong)},
            _("在 postgresql.conf 里打开，重新加载，并查一下是不是 ALTER SYSTEM、ALTER ROLE 或 ALTER DATABASE 关的。"),
        )
    else:
        yield well("database.durability", _("提交之后断电也不丢。"))


def _idle() -> Finding:
    if _one("SELECT current_setting('idle_in_transaction_session_timeout')")[0] == "0":
        return warn(
            "database.idle",
            _("空闲的事务不会被结束，一个卡住的进程能一直占着锁。"),
            _("设 idle_in_transaction_session_timeout = 30s；经过 PgBouncer 时在数据库或角色上设。"),
        )
    return well("database.idle", _("空闲的事务会被结束。"))


def _connections() -> Finding:
    most, used = _one(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
        "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int"
    )
    told = {"used": used, "most": most}
    if int(str(used)) > FULL * int(str(most)):
        return warn(
            "database.connections",
            _("连接数 %(used)d，上限 %(most)d，快用完了。") % told,
            _("加大 max_connections，或减少 gunicorn、Celery 的线程，或在前面放 PgBouncer（事务模式）。"),
        )
    return well("database.connections", _("连接数 %(used)d，上限 %(most)d。") % told)


def _snapshots() -> Finding:
    (oldest,) = _one(
        "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::int FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)"
    )
    told = {"seconds": oldest}
    if int(str(oldest)) > SNAPSHOT:
        return warn(
            "database.snapshot",
            _("有一个事务已经开了 %(seconds)d 秒，已完成的行清理不掉，表会膨胀。") % told,
            _("在 pg_stat_activity 里按 xact_start 找到它；报表和备份放到备库或夜里做，必要时 pg_terminate_backend。"),
        )
    return well("database.snapshot", _("没有长时间未结束的事务。"))


def _dead_rows() -> Finding:
    live, dead = _one(
        "SELECT coalesce(sum(n_live_tup), 0)::bigint, coalesce(sum(n_dead_tup), 0)::bigint "
        "FROM pg_stat_user_tables WHERE relname = 'delivery_delivery'"
    )
    told = {"live": live, "dead": dead}
    if int(str(dead)) > max(10_000, int(str(live))):
        return warn(
            "database.dead_rows",
            _("填报表里废行 %(dead)d 多于活行 %(live)d。") % told,
            _("先看有没有长事务；再看 autovacuum 是否打开、是否太慢；可以手工执行 VACUUM delivery_delivery。"),
        )
    return well("database.dead_rows", _("填报表：活行 %(live)d，废行 %(dead)d。") % told)


def _months() -> Iterator[Finding]:
    if not partitions.is_divided():
        return
    now, known = timezone.now(), partitions.partitions()
    wanted = [partitions.months_later(now, number) for number in (0, 1)]
    missing = [f"{month:%Y-%m}" for month in wanted if not any(one.covers(month) for one in known)]
    if missing:
        yield warn(
            "database.months",
            _("推送记录缺 %(months)s 的分区。") % {"months": ", ".join(missing)},
            _("时钟每晚会建好后面的月份：查 celery beat 是否在运行；记录暂存在默认分区里，没有丢。"),
        )
    else:
        yield well("database.months", _("推送记录的分区建到了下个月。"))


def _slots() -> Iterator[Finding]:
    (unbounded, idle) = _one(
        "SELECT current_setting('max_slot_wal_keep_size') = '-1', count(*) FILTER (WHERE NOT active) "
        "FROM pg_replication_slots HAVING count(*) > 0 UNION ALL SELECT FALSE, NULL LIMIT 1"
    )
    if unbounded:
        yield warn(
            "database.slots",
            _("复制槽没有上限（其中 %(idle)d 个没有人在读）：备库一断，日志会占满磁盘。") % {"idle": idle},
            _("设 max_slot_wal_keep_size，例如磁盘的一半；不用的复制槽用 pg_drop_replication_slot 删掉。"),
        )
    elif idle is not None:
        yield well("database.slots", _("复制槽有上限。"))
