"""The delta tables as the platform documents them, in a database of their own, and the account that may add to them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

RESIDENTS, HOUSING = "T_GX_RK_DELTA", "T_GX_FW_DELTA"
# Column -> characters. Nothing is compulsory here: what is empty or wrong stands in the quality report.
_HEAD = {"OP_FLAG": 1, "SJGXSJ": 23, "ZYDM": 40}
COLUMNS: Mapping[str, Mapping[str, int]] = {
    RESIDENTS: {
        **_HEAD, "ZJLX": 3, "ZJHM": 120, "XM": 100, "XB": 1, "CSRQ": 10, "MZ": 2, "HJDQH": 6, "JZDQH": 12, "FWBM": 25,
        "JZDZ": 300, "RZRQ": 10, "BLRQ": 10, "SM3HASH": 64,
    },
    HOUSING: {
        **_HEAD, "FWBM": 25, "FWDZ": 300, "XZQH": 12, "JZYT": 2, "SFCZ": 1, "JD": 14, "WD": 14, "SM3HASH": 64,
    },
}  # fmt: skip


def _definition(table: str) -> str:
    columns = (
        f'"{name}" varchar CONSTRAINT "CK_{name}" CHECK (char_length("{name}") <= {size})'
        for name, size in COLUMNS[table].items()
    )
    return (
        f'CREATE TABLE IF NOT EXISTS "{table}" ("TONG_ID" varchar(36) PRIMARY KEY, {", ".join(columns)},'
        ' "XH" bigint GENERATED ALWAYS AS IDENTITY);'
    )


class FrontDatabase:
    """A database `<name>_gxpt` beside the given one, and the account of the grid office."""

    def __init__(self, url: str) -> None:
        self._admin = url
        given = conninfo_to_dict(url)
        self.name = f"{given.get('dbname') or 'postgres'}_gxpt"
        self.account = f"{self.name}_wg"
        self.password = secrets.token_urlsafe(16)
        self.url = make_conninfo(url, dbname=self.name)
        self.server = {"host": str(given.get("host") or "127.0.0.1"), "port": str(given.get("port") or "5432")}

    def prepare(self) -> None:
        """Make what is missing; the account gets this run's password. Rows that nobody fetched yet stay."""
        name, account = sql.Identifier(self.name), sql.Identifier(self.account)
        with psycopg.connect(self._admin, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            # The server's log would quote refused rows.
            connection.execute(sql.SQL("ALTER DATABASE {} SET log_error_verbosity = terse").format(name))
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [self.account]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(account))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(account, sql.Literal(self.password)))
        with psycopg.connect(self.url) as connection:
            for table in COLUMNS:
                connection.execute(_definition(table))
                allowed = sql.SQL("GRANT SELECT, INSERT ON {} TO {}").format(sql.Identifier(table), account)
                connection.execute(allowed)

    def empty(self) -> None:
        with psycopg.connect(self.url) as connection:
            for table in COLUMNS:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
