"""The platform's register: who declared whom where, who lives there, and what landlord and station decide.

One person lives in one room. The same application declaring the same person in the same room again corrects what it
declared; the landlord's own declaration stands.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from connectors.sandbox import Faults, Store

from .sandbox_keys import Keys
from .sandbox_rules import ENCRYPTED, FIELDS, REASONS, Refusal, Told, check, is_leaving

REMEMBERED = 24 * 3600.0
"""Seconds for which a requestId means what it meant the first time."""
IN_FORCE = ("WAIT_LESSOR", "WAIT_STATION", "PASSED")
OUR_TIME = timezone(timedelta(hours=8))

Case = dict[str, Any]
Record = dict[str, Any]


class Register:
    """`later(step, number)`: have `step` done about declaration `number` once landlord or officer come to it.
    `decided(case)`: what to do about a declaration that has been decided.
    """

    def __init__(
        self,
        store: Store,
        faults: Faults,
        keys: Keys,
        *,
        later: Callable[[Callable[[str], None], str], None],
        decided: Callable[[Case], None],
    ) -> None:
        self._store, self._faults, self._keys = store, faults, keys
        self._later, self._decided = later, decided
        self._returned: dict[str, int] = {}  # what the landlord will say, by declareNo

    def take(self, told: Told) -> Case:
        """One declaration, in clear. Raises Refusal."""
        scripted = self._faults.scripted(told.get("idNo", ""), told.get("houseCode", ""))
        code = int(scripted) if scripted is not None else 0
        returned = code == 50001 and not is_leaving(told)
        declared = not is_leaving(told) and (code == 40031 or self._faults.take("duplicate") is not None)
        if code and not returned and not declared:
            raise Refusal(code)
        check(told)
        with self._store.together():
            if declared:
                self.landlord_declares(told)
            return self._again(told) or (self._leave(told) if is_leaving(told) else self._enter(told, returned))

    def landlord_declares(self, told: Told) -> str:
        """The landlord has declared the person already; returns the number of that declaration."""
        with self._store.together():
            number = self._put(told, "PASSED", source="OWNER")
            self._store.put("residents", _person(told), self._record(number))
            return number

    def case(self, number: str) -> Case:
        """How a declaration stands and what is held of it; 40400 where there is none."""
        record = self._store.get("declarations", number)
        return _case(record, held=self._sealed(record)) if record else {**_unknown(), "data": {"declareNo": number}}

    def case_of_request(self, request: str) -> Case:
        asked = self._store.get("requests", request)
        record = self._store.get("declarations", asked["declareNo"]) if asked else None
        if asked is None or record is None:
            return {**_unknown(), "requestId": request}
        case = _case(record, held=self._sealed(record))
        return {**case, "requestId": request, **_said(asked["code"] or case["code"])}

    def decide(self, number: str) -> None:
        """Landlord and station decide now."""
        self._ask_landlord(number)
        self._review(number)

    def _again(self, told: Told) -> Case | None:
        """The first answer, for what was declared in the last 24 hours and stands as it was declared."""
        asked = self._store.get("requests", told["requestId"])
        if asked is None or time.time() - asked["at"] > REMEMBERED:
            return None
        record = self._store.get("declarations", asked["declareNo"])
        stands = record is not None and record["status"] in IN_FORCE and _declared(record) == _declared(told)
        return _case(record) if record is not None and stands else None

    def _enter(self, told: Told, returned: bool) -> Case:
        person = _person(told)
        there = [one for table in ("residents", "waiting") if (one := self._store.get(table, person)) is not None]
        if any(one["houseCode"] != told["houseCode"] for one in there):
            raise Refusal(40032)
        owner = next((one for one in there if one["source"] == "OWNER"), None)
        if owner is not None:
            self._remember(told, owner["declareNo"], 40031)
            return {"requestId": told["requestId"], **_said(40031), "data": {"declareNo": owner["declareNo"]}}
        if self._faults.take("lose"):
            return _case({**told, "declareNo": _new_number(), "status": "WAIT_LESSOR", "code": 0})
        if (before := self._store.get("waiting", person)) is not None:
            self._end(before["declareNo"])
        number = self._put(told, "WAIT_LESSOR")
        if self._faults.take("twice"):
            self._put(told, "PASSED")
        if returned:
            self._returned[number] = 50001
        self._store.put("waiting", person, self._record(number))
        self._remember(told, number)
        self._later(self._landlord_answers, number)
        return _case(self._record(number))

    def _leave(self, told: Told) -> Case:
        """Takes effect at once: nobody is asked."""
        for table in ("residents", "waiting"):
            there = self._store.get(table, _person(told))
            if there is not None and there["houseCode"] == told["houseCode"]:
                self._store.remove(table, _person(told))
                self._end(there["declareNo"])
        number = self._put(told, "PASSED")
        self._remember(told, number)
        return _case(self._record(number))

    def _landlord_answers(self, number: str) -> None:
        if self._ask_landlord(number):
            self._later(self._review, number)

    def _ask_landlord(self, number: str) -> bool:
        """True where the station comes next."""
        with self._store.together():
            record = self._record(number)
            if record.get("status") != "WAIT_LESSOR":
                return False
            code = self._returned.pop(number, 0)
            answered = {**record, "status": "RETURNED" if code else "WAIT_STATION", "code": code}
            self._store.put("declarations", number, answered)
            if code:
                self._store.remove("waiting", _person(record))
        if code:
            self._decided(_case(answered))
        return not code

    def _review(self, number: str) -> None:
        with self._store.together():
            record = self._record(number)
            if record.get("status") != "WAIT_STATION":
                return
            record["status"] = "PASSED"
            before = self._store.get("residents", _person(record))
            if before is not None:
                self._end(before["declareNo"])
            self._store.put("declarations", number, record)
            self._store.put("residents", _person(record), record)
            self._store.remove("waiting", _person(record))
        self._decided(_case(record))

    def _put(self, told: Told, status: str, *, source: str = "AGENT") -> str:
        number = _new_number()
        record = {**told, "declareNo": number, "status": status, "code": 0, "source": source}
        self._store.put("declarations", number, {**record, "at": datetime.now(OUR_TIME).isoformat()})
        return number

    def _record(self, number: str) -> Record:
        return self._store.get("declarations", number) or {}

    def _end(self, number: str) -> None:
        record = self._store.get("declarations", number)
        if record is not None:
            self._store.put("declarations", number, {**record, "status": "ENDED"})

    def _remember(self, told: Told, number: str, code: int = 0) -> None:
        self._store.put("requests", told["requestId"], {"declareNo": number, "code": code, "at": time.time()})

    def _sealed(self, record: Record) -> Told:
        """What is held of a declaration, as it travels."""
        return {
            name: self._keys.sealed(value) if name in ENCRYPTED else value for name, value in _declared(record).items()
        }


def _case(record: Record, *, held: Told | None = None) -> Case:
    named = {"declareNo": record["declareNo"], "status": record["status"]}
    return {
        "requestId": record["requestId"],
        **_said(record["code"]),
        "data": {**named, "declaration": held} if held is not None else named,
    }


def _said(code: int) -> Case:
    return {"code": code, "msg": REASONS[code]}


def _unknown() -> Case:
    return {"requestId": "", **_said(40400), "data": None}


def _declared(record: Record) -> Told:
    """What was declared, whoever came with it under which number."""
    return {name: record[name] for name in sorted(FIELDS - {"requestId", "agentName"}) if name in record}


def _person(told: Told) -> str:
    return f"{told['idType']}-{told['idNo']}"


def _new_number() -> str:
    # By chance: a platform that begins again with nothing must not give a number it gave before.
    return f"SB{datetime.now(OUR_TIME):%Y%m%d}{secrets.randbelow(10**10):010d}"
