"""The police side of residence registration: a ferry that fetches rows on its own clock, a register, a later review.

Its hours (ferry 06:00-23:00, review 09:00-18:00) are not kept by the wall clock, or a demo in the evening would stand
still: the fault `window_closed` closes both.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from connectors.sandbox import Channel, Department
from connectors.sandbox.postgres_door import HONOURED, FrontDoor
from connectors.sandbox.shift import Shift

from .sandbox_tables import FrontDatabase

FERRY_EVERY = 600.0
REVIEW_TAKES = 3600.0
AT_ONCE = 0.05

REASONS = {
    "3001": "公民身份号码校验位错误",
    "3002": "姓名与身份号码不一致",
    "3003": "该人员已在其他住址登记,请先注销原登记",
    "3004": "标准地址编码不存在或已停用",
    "3005": "该人员为本市户籍且人户一致,无需登记",
    "3006": "死亡注销人员",
    "3101": "退回:居住事由与职业不符,请核实",
    "3102": "退回:联系电话为空号",
    "9001": "签名校验失败",
    "9002": "摆渡超时",
}
BY_OFFICER = ("3101", "3102")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

Row = dict[str, Any]
Connection = psycopg.Connection[Row]


class PoliceRegister(Department):
    key = "JZDJ"
    slug = "residence_registration"
    takes = (900.0, 86400.0)
    needs_database = True
    honours = HONOURED

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.database = FrontDatabase(self.database_url)
        self._returns: dict[str, str] = {}  # what an officer will find, by DSBM
        self._working = threading.Lock()

    def channel(self) -> Channel:
        self.database.prepare()
        return _FrontMachine(self)

    def settings(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "database": self.database.name,
            "user": self.database.account,
            "password": self.database.password,
            "sslmode": "disable",
            "sign_secret": self.database.secret,
        }

    def reset(self) -> None:
        with self._working:
            super().reset()
            self._returns.clear()
            self.database.empty()

    def pause(self, seconds: float) -> float:
        """A wait of the department, as long as this run wants it."""
        return max(seconds / self.hurry, AT_ONCE) if self.own_time else AT_ONCE

    def work(self, connection: Connection) -> None:
        """One run of the ferry and one look of the officers at what waits for them."""
        if self.faults.is_on("window_closed"):
            return
        with self._working, connection.transaction():
            # Rows whose ferry was late go with the next one.
            connection.execute(
                'UPDATE "T_JH_JZDJ_UP" u SET "CLZT" = \'0\' FROM "T_JH_JZDJ_DOWN" d'
                ' WHERE d."DSBM" = u."DSBM" AND d."CWDM" = \'9002\''
            )
            waiting = 'SELECT * FROM "T_JH_JZDJ_UP" WHERE "CLZT" = \'0\' ORDER BY "RKSJ" LIMIT 1000'
            for row in connection.execute(waiting).fetchall():
                self._fetch(connection, row)
            reviewed = (
                'SELECT u.* FROM "T_JH_JZDJ_UP" u JOIN "T_JH_JZDJ_DOWN" d USING ("DSBM") WHERE d."CLZT" = \'2\''
                ' AND d."SHZT" IS NULL AND d."CLSJ" <= now() - make_interval(secs => %s) ORDER BY d."CLSJ"'
            )
            wait = self.pause(REVIEW_TAKES) if self.own_time else 0.0
            for row in connection.execute(reviewed, [wait]).fetchall():
                self._review(connection, row)

    def remember(self, connection: Connection) -> None:
        """The register as the tables of an earlier run leave it."""
        passed = (
            'SELECT u.*, d."RKBM", d."DJBH" FROM "T_JH_JZDJ_UP" u JOIN "T_JH_JZDJ_DOWN" d USING ("DSBM")'
            ' WHERE d."SHZT" = \'1\' ORDER BY d."SHSJ"'
        )
        with self._working:  # what is thrown away meanwhile is not remembered afterwards
            for row in connection.execute(passed).fetchall():
                self._register(row, row["RKBM"] or "", row["DJBH"] or "")

    def _fetch(self, connection: Connection, row: Row) -> None:
        self.ledger.add(row["DSBM"], row["CZLX"])
        code = self._judge(row)
        if code in BY_OFFICER:
            self._returns[row["DSBM"]] = code
            code = ""
        else:
            self._returns.pop(row["DSBM"], None)
        done = "3" if code else "2"
        connection.execute(
            'INSERT INTO "T_JH_JZDJ_DOWN" ("DSBM", "CLZT", "CLSJ", "CWDM", "CWXX", "QM") VALUES'
            ' (%s, %s, clock_timestamp(), %s, %s, %s) ON CONFLICT ("DSBM") DO UPDATE SET "CLZT" = excluded."CLZT",'
            ' "CLSJ" = excluded."CLSJ", "CWDM" = excluded."CWDM", "CWXX" = excluded."CWXX", "QM" = excluded."QM",'
            ' "SHZT" = NULL, "SHSJ" = NULL',
            [row["DSBM"], done, code or None, REASONS.get(code), row["QM"]],
        )
        if code and code != "9002":
            self._take_out(connection, row)
        else:
            connection.execute('UPDATE "T_JH_JZDJ_UP" SET "CLZT" = %s WHERE "DSBM" = %s', [done, row["DSBM"]])

    def _take_out(self, connection: Connection, row: Row) -> None:
        """A refused row leaves UP, so that the sender may put it there again under its number."""
        connection.execute('DELETE FROM "T_JH_JZDJ_UP" WHERE "DSBM" = %s', [row["DSBM"]])

    def _judge(self, row: Row) -> str:
        """A code of the table, or "" for a row that goes into the register."""
        if row["QM"] != _signature(row, self.database.secret):
            return "9001"
        if self.faults.take("error_in_200"):
            return "9002"
        scripted = self.faults.scripted(_number(row), row["JZDZ_DZBM"], row["DSBM"])
        if scripted is not None:
            return scripted
        if row["CYZJDM"] in ("111", "112", "113") and not _checks(row["GMSFHM"] or row["ZJHM"] or ""):
            return "3001"
        return "" if row["CZLX"] == "D" else self._judge_place(row)

    def _judge_place(self, row: Row) -> str:
        place = row["JZDZ_DZBM"]
        if not (len(place) == 25 and place.isdigit()) or self.store.get("retired", place) is not None:
            return "3004"
        same_city = row["HJDZ_SSXQDM"][:4] == place[:4]
        if same_city and row["HJDZ_QHNXXDZ"] in row["JZDZ_QHNXXDZ"]:
            return "3005"
        held = self.store.get("residents", _person(row))
        if row["CZLX"] == "A" and held is not None and held["JZDZ_DZBM"] != place:
            return "3003"
        return ""

    def _review(self, connection: Connection, row: Row) -> None:
        code = self._returns.get(row["DSBM"])  # until the row comes anew: what is written here may not stay
        if code is not None:
            verdict = ["2", code, REASONS[code], None, None]
            self._take_out(connection, row)
        else:
            number, certificate = self._numbers(connection, row)
            verdict = ["1", None, None, number, certificate]
            self._register(row, number, certificate)
        connection.execute(
            'UPDATE "T_JH_JZDJ_DOWN" SET "SHZT" = %s, "CWDM" = %s, "CWXX" = %s, "RKBM" = %s, "DJBH" = %s,'
            ' "SHSJ" = clock_timestamp() WHERE "DSBM" = %s',
            [*verdict, row["DSBM"]],
        )

    def _numbers(self, connection: Connection, row: Row) -> tuple[str, str]:
        held = self.store.get("residents", _person(row))
        if held is not None:
            return held["RKBM"], held["DJBH"]
        serial = (connection.execute("SELECT nextval('\"XH\"') AS number").fetchone() or {})["number"]
        return f"RK{serial:010d}", f"{row['SSJWQDM'][:6]}{datetime.now(UTC):%Y%m%d}{serial:06d}"

    def _register(self, row: Row, number: str, certificate: str) -> None:
        if row["CZLX"] == "D":
            self.store.remove("residents", _person(row))
        elif not self.faults.take("lose") and not self.faults.take("duplicate"):
            held = {name: value for name, value in row.items() if isinstance(value, str)}
            self.store.put("residents", _person(row), {**held, "RKBM": number, "DJBH": certificate})


class _FrontMachine:
    """What opens and closes together: the door to the tables, and the ferry behind them."""

    def __init__(self, department: PoliceRegister) -> None:
        self._department = department
        self._door = FrontDoor(department.faults, department.database.server)
        # Away, a deadlock, a statement cancelled: the ferry comes again.
        self._ferry = Shift("sandbox-ferry", self._carry, despite=psycopg.Error, again_after=AT_ONCE)

    def open(self, port: int) -> int:
        served = self._door.open(port)
        self._ferry.begin()
        return served

    def close(self) -> None:
        self._door.close()
        self._ferry.end()

    def _carry(self, closing: threading.Event) -> None:
        with psycopg.connect(self._department.database.url, row_factory=dict_row, autocommit=True) as connection:
            self._department.remember(connection)
            while not closing.wait(self._department.pause(FERRY_EVERY)):
                self._department.work(connection)


def _number(row: Mapping[str, Any]) -> str:
    return str(row["GMSFHM"] or row["ZJHM"] or "")


def _person(row: Mapping[str, Any]) -> str:
    return f"{row['CYZJDM']}-{_number(row)}"


def _checks(number: str) -> bool:
    """GB 11643: the last character follows from the seventeen before it."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    remainder = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
    return number[17] == "10X98765432"[remainder]


def _signature(row: Mapping[str, Any], secret: str) -> str:
    signed = ("DSBM", "CZLX", "CYZJDM", "GMSFHM", "ZJHM", "XM", "JZDZ_DZBM", "CJSJ")
    text = "|".join([*((row[name] or "") for name in signed), secret])
    return hashlib.new("sm3", text.encode("gbk")).hexdigest().upper()


DEPARTMENT = PoliceRegister
