"""The city's sharing platform: an ETL that fetches delta rows, a base of people and housing, a quality report."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from connectors.sandbox import Channel, Department
from connectors.sandbox.postgres_door import HONOURED, FrontDoor
from connectors.sandbox.shift import Shift

from .sandbox_gateway import Gateway
from .sandbox_quality import CATALOGUES, FINDINGS, Row, finding, opened, sealed
from .sandbox_tables import COLUMNS, RESIDENTS, FrontDatabase

ETL_EVERY = 1800.0
REPORT_AFTER = 86400.0
"""Seconds until the report of the next morning, at most."""
AT_ONCE = 0.05

Line = dict[str, Any]
Connection = psycopg.Connection[dict[str, Any]]


class SharingPlatform(Department):
    """Its base keys people on document type and number, housing on the code; `unapproved` in its store names catalogue
    entries that nobody has approved, `population` who is called what by the police."""

    key = "GXPT"
    slug = "data_sharing"
    needs_database = True
    honours = HONOURED

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.database = FrontDatabase(self.database_url)
        self.sm4_key = secrets.token_bytes(16)
        self.gateway = Gateway(self)
        self._lines: dict[str, Line] = {}  # what the report says, by TONG_ID
        self._records: dict[str, tuple[str, str]] = {}  # which record of the base a row was about
        self._working = threading.Lock()

    def channel(self) -> Channel:
        self.database.prepare()
        return _Site(self)

    def settings(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "database": self.database.name,
            "user": self.database.account,
            "password": self.database.password,
            "sslmode": "disable",
            "sm4_key": self.sm4_key.hex(),
            **CATALOGUES,
            **self.gateway.credentials(),
        }

    def reset(self) -> None:
        with self._working:
            super().reset()
            self._lines.clear()
            self._records.clear()
            self.database.empty()

    def pause(self, seconds: float) -> float:
        """A wait of the department, as long as this run wants it."""
        return max(seconds / self.hurry, AT_ONCE) if self.own_time else AT_ONCE

    # --- What the services say ------------------------------------------------------------------------------------

    def report(self, numbers: Sequence[str]) -> list[Line]:
        """The lines about these rows; before the morning all that is said is that they were fetched."""
        with self._working:
            lines = [self._lines[number] for number in numbers if number in self._lines]
        now = time.monotonic()
        return [_told(line) if now >= line["at"] else {**_told(line), "ZT": "0", "WTDM": ""} for line in lines]

    def verification(self, numbers: Sequence[str]) -> list[Line]:
        lines = self.report(numbers)
        with self._working:
            return [{**line, "XCSJ": self._held(line["TONG_ID"])} for line in lines]

    def _held(self, number: str) -> Row | None:
        table, name = self._records[number]
        held = self.store.get("persons" if table == RESIDENTS else "housing", name)
        if held is None:
            return None
        return {**held, "ZJHM": sealed(held["ZJHM"], self.sm4_key)} if table == RESIDENTS else held

    # --- The ETL --------------------------------------------------------------------------------------------------

    def work(self, connection: Connection) -> None:
        """One run over both tables."""
        if self.faults.is_on("window_closed"):
            return
        with self._working, connection.transaction():
            for table in COLUMNS:
                waiting = sql.SQL('SELECT * FROM {} ORDER BY "XH" LIMIT 10000 FOR UPDATE').format(sql.Identifier(table))
                rows = connection.execute(waiting).fetchall()
                half = len(rows) > 1 and bool(self.faults.take("half"))
                left = [row["TONG_ID"] for row in rows[: len(rows) // 2 if half else None] if self._fetch(row, table)]
                gone = sql.SQL('DELETE FROM {} WHERE "TONG_ID" = ANY(%s)').format(sql.Identifier(table))
                connection.execute(gone, [[row["TONG_ID"] for row in rows if row["TONG_ID"] not in left]])

    def _fetch(self, row: Row, table: str) -> bool:
        """Collects one row; True for one that has to stay where it is."""
        number = str(row["TONG_ID"])
        plain = opened(row["ZJHM"] or "", self.sm4_key) if table == RESIDENTS else ""
        name = f"{row['ZJLX']}-{plain}" if table == RESIDENTS else str(row["FWBM"])
        code, column = self._judge(row, table, plain)
        before = self._lines.get(number)
        if code != "DQ-05":
            self.ledger.add(number, str(row["OP_FLAG"]))
        if code != "DQ-03" or before is None:
            self._note(row, code, column)
        else:
            self._lines[number] = {**before, "ZT": "2", "WTDM": code, "WTMS": FINDINGS[code], "WTZD": "TONG_ID"}
        self._records[number] = table, name
        if not code:
            self._keep(row, table, name, plain)
        return code == "DQ-05"

    def _judge(self, row: Row, table: str, plain: str) -> tuple[str, str]:
        """A finding and its column, ("", "") for a row that goes into the base."""
        catalogue = str(row["ZYDM"])
        if self.store.get("unapproved", catalogue) is not None or catalogue not in CATALOGUES.values():
            return "DQ-05", "ZYDM"
        scripted = self.faults.scripted(plain, str(row["FWBM"]), str(row["TONG_ID"]))
        if scripted is not None:
            return scripted, "MZ" if table == RESIDENTS else "JZYT"
        if self.faults.take("duplicate") or self._is_there(str(row["TONG_ID"])):
            return "DQ-03", "TONG_ID"
        if table == RESIDENTS and row["ZJHM"] and not plain:
            return "DQ-02", "ZJHM"
        police = self.store.get("population", plain)
        if police is not None and police["XM"] != row["XM"]:
            return "DQ-04", "XM"
        return finding(row, table)

    def _is_there(self, number: str) -> bool:
        line = self._lines.get(number)
        return line is not None and line["ZT"] == "1" and self._held(number) is not None

    def _note(self, row: Row, code: str, column: str) -> None:
        self._lines[str(row["TONG_ID"])] = {
            "TONG_ID": row["TONG_ID"],
            "SM3HASH": row["SM3HASH"],
            "ZT": "2" if code else "1",
            "WTDM": code,
            "WTMS": FINDINGS.get(code, "其他问题") if code else "",
            "WTZD": column,
            "at": time.monotonic() + (self.pause(REPORT_AFTER) if self.own_time else 0.0),
        }

    def _keep(self, row: Row, table: str, name: str, plain: str) -> None:
        where = "persons" if table == RESIDENTS else "housing"
        if self.faults.take("lose"):
            return
        if row["OP_FLAG"] == "D":
            self.store.remove(where, name)
            return
        held = {"ZYDM": row["ZYDM"], **{column: row[column] for column in COLUMNS[table] if row[column]}}
        for unkept in ("OP_FLAG", "SJGXSJ", "SM3HASH"):
            held.pop(unkept)
        self.store.put(where, name, {**held, "ZJHM": plain} if plain else held)
        if self.faults.take("twice"):
            self.store.put(where, f"{name}(2)", {**held, "ZJHM": plain} if plain else held)


def _told(line: Line) -> Line:
    return {name: value for name, value in line.items() if name != "at"}


class _Site:
    """What opens and closes together: the door to the tables, the services, and the ETL behind both."""

    def __init__(self, department: SharingPlatform) -> None:
        self._department = department
        self._door = FrontDoor(department.faults, department.database.server)
        self._services = department.gateway.channel()
        # Away, a deadlock, a statement cancelled: the ETL comes again.
        self._etl = Shift("sandbox-etl", self._collect, despite=psycopg.Error, again_after=AT_ONCE)

    def open(self, port: int) -> int:
        served = self._door.open(port)
        self._department.gateway.port = self._services.open(self._department.gateway.port)
        self._etl.begin()
        return served

    def close(self) -> None:
        self._door.close()
        self._services.close()
        self._etl.end()

    def _collect(self, closing: threading.Event) -> None:
        with psycopg.connect(self._department.database.url, row_factory=dict_row, autocommit=True) as connection:
            while not closing.wait(self._department.pause(ETL_EVERY)):
                self._department.work(connection)


DEPARTMENT = SharingPlatform
