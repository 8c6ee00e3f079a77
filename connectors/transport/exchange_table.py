"""The way out over exchange tables: rows put into a front-end database, verdicts read from it. PostgreSQL dialect.

Nothing counts before its commit, so a failure before that moment is certain: nothing was sent.

Front machines run other databases too. What is PostgreSQL's here stands in four places, no connector sees any of it:
* `Table.insert`: KingbaseES in its PostgreSQL mode has ON CONFLICT; openGauss and GaussDB say ON DUPLICATE KEY UPDATE
  NOTHING; DM8 and Oracle put row by row with the hint IGNORE_ROW_ON_DUPKEY_INDEX, or MERGE … WHEN NOT MATCHED.
* `Table.select`: DM8 and Oracle have no `= ANY(array)` but lists of at most 1,000 binds.
* `_REFUSED`: SQLSTATE everywhere but in DM8 (numbers of its own) and Oracle (ORA-01400 for 23502, 02290 for 23514,
  12899 for 22001).
* `ExchangeTables._attempt`: dmPython blocks, oracledb (thin) has a connection of its own kind; a driver that blocks is
  called in a thread that is abandoned at the same deadline.
Names stay quoted and in upper case everywhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from gridapp import egress
from gridapp.contract import Misconfigured, Unavailable

Row = Mapping[str, Any]
T = TypeVar("T")

# What a row is refused for, by SQLSTATE. The server's own words stay out: they can quote the row.
_REFUSED: Mapping[str, str] = {
    "22001": "超过前置表的长度",
    "22021": "含有前置表字符集以外的字",
    "22P05": "含有前置表字符集以外的字",
    "23502": "前置表的必填项为空",
    "23514": "不符合前置表的取值规定",
}
# A connection that is refused has no SQLSTATE, only words, in English or in Chinese. What matches none is no fault of
# the operator's.
_OPERATOR: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"invalid (port|sslmode|integer)"), "address", "前置库的地址写得不对"),
    (re.compile(r"does not support SSL|certificate|证书"), "tls", "与前置库的加密约定不符"),
    (
        re.compile(
            r"password|authentication failed|(role|database) .* does not exist|pg_hba|not permitted"
            r"|认证失败|不存在|不允许"
        ),
        "login",
        "前置库不接受账号、密码或库名",
    ),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the department documents it. These are the only identifiers that ever stand in a statement."""

    name: str
    key: str
    columns: tuple[str, ...]

    def insert(self, rows: int) -> sql.Composed:
        """So many rows in the order of the columns; a row whose key is there already is left as it is."""
        row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(self.columns)))
        return sql.SQL("INSERT INTO {} ({}) VALUES {} ON CONFLICT ({}) DO NOTHING").format(
            sql.Identifier(self.name),
            sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            sql.SQL(", ").join([row] * rows),
            sql.Identifier(self.key),
        )

    def select(self) -> sql.Composed:
        return sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s)").format(
            sql.SQL(", ").join(map(sql.Identifier, self.columns)), sql.Identifier(self.name), sql.Identifier(self.key)
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that the table does not take: SQLSTATE, what it means, and the columns that are named."""

    code: str
    reason: str
    columns: tuple[str, ...]


class _Progress:
    """How far a piece of work has come, for whoever has to judge its end."""

    connection: psycopg.AsyncConnection[Any] | None = None
    committing = False


Work = Callable[[psycopg.AsyncConnection[Any], _Progress], Awaitable[T]]


class ExchangeTables:
    """One front-end database. Every call is a connection and a transaction of its own, over within `deadline` seconds.

    `address`: host, port, dbname, user, password, sslmode as libpq names them.
    """

    def __init__(self, address: Mapping[str, str], *, deadline: float) -> None:
        self._address = dict(address)
        self._deadline = deadline

    async def put(self, table: Table, rows: Sequence[Row]) -> list[Refusal | None]:
        """Insert rows in one transaction; keys that are there already stay as they are.

        Returns a refusal, or None for taken, per row. Raises Unavailable or Misconfigured; then none was taken, unless
        Unavailable says that it may have been sent. One statement has at most 65,535 values.
        """
        (refusals,) = await self.put_together([(table, rows)])
        return refusals

    async def put_together(self, batches: Sequence[tuple[Table, Sequence[Row]]]) -> list[list[Refusal | None]]:
        """The same for rows of several tables, in one transaction for all."""

        async def work(connection: psycopg.AsyncConnection[Any], progress: _Progress) -> list[list[Refusal | None]]:
            values = [(table, [[row.get(name) for name in table.columns] for row in rows]) for table, rows in batches]
            refusals: list[list[Refusal | None]] = [[None] * len(rows) for _, rows in values]
            try:
                for table, rows in values:
                    # One statement and not executemany(): its pipeline logs the rows that the server refuses.
                    if rows:
                        await connection.execute(table.insert(len(rows)), [value for row in rows for value in row])
            except (psycopg.DataError, psycopg.IntegrityError, UnicodeEncodeError):
                await connection.rollback()
                refusals = [[await _one(connection, table, row) for row in rows] for table, rows in values]
            progress.committing = True
            await connection.commit()
            return refusals

        return await self._run(work)

    async def read(self, tables: Sequence[Table], keys: Sequence[str]) -> list[dict[str, dict[str, Any]]]:
        """Rows by key, one dictionary per table, all as of one moment: a ferry may move rows from one to another."""

        async def work(connection: psycopg.AsyncConnection[Any], _: _Progress) -> list[dict[str, dict[str, Any]]]:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
            found = []
            for table in tables:
                cursor = connection.cursor(row_factory=dict_row)
                await cursor.execute(table.select(), [list(keys)])
                found.append({row[table.key]: row for row in await cursor.fetchall()})
            return found

        return await self._run(work)

    async def _run(self, work: Work[T]) -> T:
        progress = _Progress()
        task = asyncio.create_task(self._attempt(work, progress))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._deadline)
            if not done:
                raise Unavailable("前置库没有在规定时间内应答", maybe_sent=progress.committing)
            return task.result()
        finally:
            if not task.done():
                # Cancelling alone would have psycopg ask a silent server to cancel, and wait for that too.
                if progress.connection is not None:
                    progress.connection.pgconn.finish()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _attempt(self, work: Work[T], progress: _Progress) -> T:
        try:
            connection = await psycopg.AsyncConnection.connect(make_conninfo("", **await _pinned(self._address)))
        except (psycopg.Error, OSError, ValueError) as error:
            # Not chained: libpq's words quote host and user, and ours say all that an operator needs.
            raise _not_opened(str(error)) from None
        progress.connection = connection
        try:
            return await work(connection, progress)
        except psycopg.Error as error:
            raise _failure(error, maybe_sent=progress.committing) from None
        finally:
            await connection.close()


async def _pinned(address: Mapping[str, str]) -> dict[str, str]:
    """With the numeric addresses to connect to; `host` stays for the certificate. Raises OSError, Misconfigured."""
    host, port = address.get("host", ""), address.get("port") or "5432"
    if not host or host.startswith("/") or not port.isdecimal():
        return dict(address)  # a socket of this machine, or something that libpq refuses in its own words
    found = await egress.addresses(host, int(port))
    return {**address, "host": ",".join([host] * len(found)), "hostaddr": ",".join(found)}


async def _one(connection: psycopg.AsyncConnection[Any], table: Table, row: Sequence[Any]) -> Refusal | None:
    """One row behind a savepoint, so that a bad one does not take the others with it."""
    try:
        async with connection.transaction():
            await connection.execute(table.insert(1), row)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        code = error.sqlstate or "22021"  # psycopg itself refuses a NUL, without a code
        named = f"{error.diag.column_name or ''} {error.diag.constraint_name or ''}"
        columns = tuple(name for name in table.columns if re.search(rf"(?<![A-Z]){name}(?![A-Z_])", named))
        return Refusal(code, _REFUSED.get(code, "前置表不接收这一行"), columns)
    except UnicodeEncodeError:
        return Refusal("22021", _REFUSED["22021"], ())
    return None


def _not_opened(words: str) -> Unavailable | Misconfigured:
    for pattern, code, ours in _OPERATOR:
        if pattern.search(words):
            return Misconfigured(code, ours)
    return Unavailable("连不上前置库", maybe_sent=False, reached=False)


def _failure(error: psycopg.Error, *, maybe_sent: bool) -> Unavailable | Misconfigured:
    code = error.sqlstate or ""
    if code[:2] in ("28", "42", "3D", "3F"):  # who we are, what we may, what is there
        return Misconfigured(code, "前置库的表、列或权限与约定不符")
    return Unavailable(f"前置库出错({code})" if code else "与前置库的连接中断", maybe_sent=maybe_sent)
