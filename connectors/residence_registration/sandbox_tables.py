"""The exchange tables as the police document them, in a database of their own, and the account that may use them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_DATE = "'^[0-9]{8}$'"
# Column -> length in bytes of GBK, and what a filled one must look like; required columns end with a star.
_TEXTS: Mapping[str, tuple[int, str]] = {
    "CZLX*": (1, "'^[AUD]$'"),
    "CYZJDM*": (3, "'^([0-9]{3}|G0[12])$'"),
    "GMSFHM": (18, "'^[0-9]{17}[0-9X]$'"),
    "ZJHM": (30, ""),
    "XM*": (40, ""),
    "CYM": (40, ""),
    "WWX": (40, ""),
    "WWM": (40, ""),
    "XBDM*": (1, "'^[12]$'"),
    "MZDM*": (2, "'^(0[1-9]|[1-4][0-9]|5[0-6]|97|98)$'"),
    "CSRQ*": (8, _DATE),
    "JGSSXQDM": (6, "'^[0-9]{6}$'"),
    "XLDM": (2, "'^[1-9]0$'"),
    "HYZKDM": (2, "'^(10|2[0-3]|30|40|90)$'"),
    "ZZMMDM": (2, "'^(0[1-9]|1[0-3])$'"),
    "CYZK_ZY": (60, ""),
    "CYZK_DWMC": (200, ""),
    "LXDH*": (20, "'^[0-9]{7,20}$'"),
    "HJDZ_SSXQDM*": (6, "'^[0-9]{6}$'"),
    "HJDZ_QHNXXDZ*": (200, ""),
    "JZDZ_DZBM*": (25, ""),
    "JZDZ_QHNXXDZ*": (400, ""),
    "ZZSYDM*": (2, "'^(0[1-9]|10|11|99)$'"),
    "ZZCSDM*": (2, "'^0[1-6]$'"),
    "LBSRQ*": (8, _DATE),
    "NLKRQ": (8, _DATE),
    "YHZGXDM": (2, "'^[0-9]{2}$'"),
    "YFZGX*": (1, "'^[1-9]$'"),
    "SSJWQDM*": (12, "'^[0-9A-Z]{12}$'"),
    "CJR*": (18, ""),
    "CJSJ*": (14, "'^[0-9]{14}$'"),
    "QM*": (64, "'^[0-9A-F]{64}$'"),
}

_DOWN = """
CREATE TABLE IF NOT EXISTS "T_JH_JZDJ_DOWN" (
    "DSBM" varchar(32) PRIMARY KEY, "CLZT" char(1) NOT NULL, "CLSJ" timestamptz NOT NULL, "CWDM" varchar(4),
    "CWXX" varchar(200), "SHZT" char(1), "SHSJ" timestamptz, "RKBM" varchar(20), "DJBH" varchar(30), "QM" varchar(64));
CREATE SEQUENCE IF NOT EXISTS "XH";
CREATE TABLE IF NOT EXISTS "CS" ("QMMY" varchar(64) NOT NULL);
"""


def _column(name: str, size: int, shape: str) -> str:
    bare = name.rstrip("*")
    rule = f"octet_length(convert_to(\"{bare}\", 'GBK')) <= {size}"  # the database is GBK: other characters do not fit
    if shape:
        rule += f' AND "{bare}" ~ {shape}'
    if name.endswith("*"):
        rule += f" AND \"{bare}\" <> ''"
    needed = " NOT NULL" if name.endswith("*") else ""
    return f'"{bare}" varchar{needed} CONSTRAINT "CK_{bare}" CHECK ({rule})'


_UP = (
    'CREATE TABLE IF NOT EXISTS "T_JH_JZDJ_UP" ("DSBM" varchar(32) PRIMARY KEY CHECK ("DSBM" ~ \'^[0-9a-zA-Z]{32}$\'), '
    + ", ".join(_column(name, size, shape) for name, (size, shape) in _TEXTS.items())
    + ', "CLZT" char(1) NOT NULL DEFAULT \'0\', "RKSJ" timestamptz NOT NULL DEFAULT clock_timestamp());'
)


class FrontDatabase:
    """A database `<name>_jzdj` beside the given one, and the account of the grid office. Remembers its secret."""

    def __init__(self, url: str) -> None:
        self._admin = url
        given = conninfo_to_dict(url)
        self.name = f"{given.get('dbname') or 'postgres'}_jzdj"
        self.account = f"{self.name}_wg"
        self.password = secrets.token_urlsafe(16)
        self.secret = ""
        self.url = make_conninfo(url, dbname=self.name)
        self.server = {"host": str(given.get("host") or "127.0.0.1"), "port": str(given.get("port") or "5432")}

    def prepare(self) -> None:
        """Make what is missing; the account gets this run's password. Rows of earlier runs stay."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
            # The server's log would quote refused rows.
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET log_error_verbosity = terse").format(sql.Identifier(self.name))
            )
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [self.account]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(self.account)))
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(self.account), sql.Literal(self.password))
            )
        with psycopg.connect(self.url) as connection:
            connection.execute(_UP)
            connection.execute(_DOWN)
            connection.execute(
                sql.SQL(
                    'GRANT SELECT, INSERT ON "T_JH_JZDJ_UP" TO {0}; GRANT SELECT ON "T_JH_JZDJ_DOWN" TO {0}'
                ).format(sql.Identifier(self.account))
            )
            connection.execute(
                'INSERT INTO "CS" SELECT %s WHERE NOT EXISTS (SELECT FROM "CS")', [secrets.token_hex(16)]
            )
            row = connection.execute('SELECT "QMMY" FROM "CS"').fetchone()
            self.secret = row[0] if row else ""

    def empty(self) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute('DELETE FROM "T_JH_JZDJ_UP"; DELETE FROM "T_JH_JZDJ_DOWN"')
