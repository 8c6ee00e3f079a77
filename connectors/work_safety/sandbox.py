"""The work safety department: a consumer of events that keeps places and their hazards and publishes a result for each.

Keyed on the housing code; duplicates are known by eventId and answered with their old result. A place that has no
hazards any more has its open report closed (整改). What is not signed, or cannot be read, goes to the dead letters.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac

from connectors.sandbox import Department
from connectors.sandbox.amqp import GENERIC, Account, Broker
from connectors.sandbox.amqp_door import QueueChannel

from .sandbox_clerk import Counter, Reply
from .sandbox_rules import (
    MAINLAND,
    REASONS,
    Box,
    Event,
    RefusalError,
    UnreadableError,
    check,
    check_frame,
    hazards_of,
    photo,
)

PLACE_TOPIC, RESULT_TOPIC = "grid.safety.place.v1", "grid.safety.result.v1"
DISTRICT = "990101"
STAFF = "aqsc"
OPEN, SETTLED = "待整改", "已整改"
IN_CHARGE, GONE = "在管", "已注销"
NOT_CONTENT = {"eventId", "occurTime", "reporter"}


class WorkSafetyOffice(Department):
    """Holds `places` and `hazards` by houseCode, and `dead_letters` in their order.

    `area`: its jurisdiction. `wants_photo`: the hazards it does not believe without one (AQ-2001). `broker`: the
    address, with credentials, of a broker that stands somewhere else; `user`, `password`: the district's account there.
    """

    key = "AQSC"
    slug = "work_safety"
    takes = (2.0, 10.0)
    honours = GENERIC

    def __init__(self, *, broker: str = "", user: str = "", password: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.area: Box = MAINLAND
        self.wants_photo = {"WH01"}
        self._user, self._password = user or f"d{DISTRICT}", password or secrets.token_urlsafe(16)
        self._result_queue = f"{RESULT_TOPIC}.{DISTRICT}"
        self._hmac_key, self._staff_password = secrets.token_urlsafe(24), secrets.token_urlsafe(16)
        self._elsewhere = broker
        self._done: dict[str, dict[str, Any]] = {}
        self.broker = Broker(
            self.faults,
            {
                STAFF: Account(self._staff_password, staff=True),
                self._user: Account(self._password, frozenset({PLACE_TOPIC}), frozenset({self._result_queue})),
            },
        )
        self._door: QueueChannel | None = None

    def channel(self) -> QueueChannel:
        self._door = QueueChannel(None if self._elsewhere else self.broker, self._sit)
        return self._door

    def settings(self) -> dict[str, str]:
        address = self._elsewhere.rpartition("@")[2].rstrip("/") or f"127.0.0.1:{self.port}"
        return {
            "url": f"amqp://{address}/",
            "user": self._user,
            "password": self._password,
            "exchange": PLACE_TOPIC,
            "result_queue": self._result_queue,
            "hmac_key": self._hmac_key,
        }

    def reset(self) -> None:
        super().reset()
        self.area, self.wants_photo = MAINLAND, {"WH01"}
        self._done.clear()
        if self._door is not None and self.running:
            self._door.do(self.broker.clear)
        else:
            self.broker.clear()

    async def _sit(self, port: int, sits: Any) -> None:
        address = self._elsewhere or f"amqp://{STAFF}:{self._staff_password}@127.0.0.1:{port}/"
        queues = {"events": PLACE_TOPIC, "results": RESULT_TOPIC, "queue": self._result_queue, "district": DISTRICT}
        await Counter(address, queues, self.consume, self.waits).sit(sits)

    # --- One event ---------------------------------------------------------------------------------------------------

    def consume(self, body: bytes, mac: str) -> list[Reply]:
        """What is published for one message, in its order; nothing for one that names no event."""
        event = _read(body)
        name = event.get("eventId")
        self.ledger.add(str(event.get("houseCode", "")), str(event.get("eventType", "")), event=name)
        if not isinstance(name, str) or not name:
            self._put_aside(event)
            return []
        with self.store.together():
            result = self._done.get(name)
            if result is None:
                result = self._result(event, signed=self._signed(body, mac))
                if not self.faults.take("lose") and result["code"] != "AQ-5000":
                    self._done[name] = result
        return self._published(result)

    def _result(self, event: Event, *, signed: bool) -> dict[str, Any]:
        numbers: dict[str, str] = {}
        try:
            code = self._decide(event, numbers, signed=signed)
        except RefusalError as refusal:
            code = refusal.code
        except (UnreadableError, AttributeError):
            code = "AQ-5000"
            self._put_aside(event)
        if code == "AQ-1001":
            numbers["placeId"] = self._number("C", str(event["houseCode"]))
            report = self.store.get("hazards", str(event["houseCode"]))
            numbers |= {"hazardNo": report["hazardNo"]} if report else {}
        said = {name: event.get(name) for name in ("eventId", "eventType", "houseCode")}
        return {**said, "code": code, "message": REASONS.get(code, "其他错误"), **numbers}

    def _decide(self, event: Event, numbers: dict[str, str], *, signed: bool) -> str:
        """The code, with `numbers` given on the way. Raises RefusalError, UnreadableError."""
        house = str(event.get("houseCode", ""))
        scripted = self.faults.scripted(house)
        if not signed or self.faults.take("dead_letter") or scripted == "AQ-5000":
            raise UnreadableError
        if scripted is not None:
            return scripted
        check_frame(event)
        if self.faults.take("duplicate"):
            return "AQ-1001"
        if event["eventType"] == "PLACE_CLOSE":
            return self._close(event, numbers)
        check(event, area=self.area, wants_photo=self.wants_photo)
        held = self.store.get("places", house)
        if held is not None and held["status"] == IN_CHARGE and _content(held) == _content(event):
            return "AQ-1001"
        return self._enter(event, numbers)

    def _enter(self, event: Event, numbers: dict[str, str]) -> str:
        house, kept = event["houseCode"], not self.faults.is_on("lose")
        numbers["placeId"] = self._number("C", house)
        place = {name: value for name, value in event.items() if name != "hazardPhoto"}
        hazards, before = hazards_of(event), self.store.get("hazards", house)
        if hazards:
            numbers["hazardNo"] = self._number("Y", house)
        if not kept:
            return "AQ-0000"
        self.store.put("places", house, {**place, "placeId": numbers["placeId"], "status": IN_CHARGE})
        if hazards:
            report = {"hazardNo": numbers["hazardNo"], "hazards": hazards, "photo": photo(event), "status": OPEN}
            self.store.put("hazards", house, report)
        elif before is not None:
            self.store.put("hazards", house, {**before, "status": SETTLED})
        if self.faults.take("twice"):
            self.store.put("places", f"{house}/2", {**place, "placeId": f"{numbers['placeId']}-2"})
        return "AQ-0000"

    def _close(self, event: Event, numbers: dict[str, str]) -> str:
        held = self.store.get("places", event["houseCode"])
        if held is not None and not self.faults.is_on("lose"):
            numbers["placeId"] = held["placeId"]
            closed = {name: event[name] for name in ("eventId", "eventType", "occurTime", "reporter")}
            self.store.put("places", event["houseCode"], {**held, **closed, "status": GONE})
        return "AQ-0000"

    def _number(self, letter: str, house: str) -> str:
        """The number this house has had for it from the first day: as many as there were before it, and one."""
        given = self.store.get("numbers", f"{letter}{house}")
        if given is None:
            given = {"number": f"{letter}{DISTRICT}{self.store.sizes().get('numbers', 0) + 1:08d}"}
            self.store.put("numbers", f"{letter}{house}", given)
        return str(given["number"])

    def _put_aside(self, event: Event) -> None:
        place = f"{self.store.sizes().get('dead_letters', 0) + 1:06d}"
        self.store.put("dead_letters", place, {name: str(value)[:200] for name, value in event.items()})

    # --- What is published -------------------------------------------------------------------------------------------

    def _published(self, result: dict[str, Any]) -> list[Reply]:
        replies = [self._reply(result, self._hmac_key)]
        if self.faults.take("error_in_200"):
            replies = [self._reply({"eventId": result["eventId"], "code": "500", "msg": "系统繁忙"}, self._hmac_key)]
        if self.faults.take("callback_never"):
            replies = []
        if self.faults.take("callback_twice"):
            replies *= 2
        if self.faults.take("callback_forged"):
            forged = {**result, "code": "AQ-0000", "placeId": "C000000000000"}
            replies.insert(0, self._reply(forged, "the key of somebody else"))
        if self.faults.take("callback_unknown"):
            replies.insert(0, self._reply({**result, "eventId": str(uuid.uuid4())}, self._hmac_key))
        if self.faults.take("return_shuffled"):
            replies = [reply.late() for reply in replies]
        return replies

    def _reply(self, result: dict[str, Any], key: str) -> Reply:
        told = {**result, "resultTime": int(time.time() * 1000)}
        body = json.dumps(told, ensure_ascii=False).encode()
        mac = hmac.HMAC(key.encode(), hashes.SM3())
        mac.update(body)
        return Reply(body, mac.finalize().hex())

    def _signed(self, body: bytes, told: str) -> bool:
        mac = hmac.HMAC(self._hmac_key.encode(), hashes.SM3())
        mac.update(body)
        try:
            mac.verify(bytes.fromhex(told))
        except (InvalidSignature, ValueError):
            return False
        return True


def _read(body: bytes) -> Event:
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _content(record: dict[str, Any]) -> dict[str, Any]:
    """What makes two events the same: neither who and when nor what the department has added."""
    own = NOT_CONTENT | {"placeId", "status", "hazardPhoto", "eventType"}
    return {name: value for name, value in record.items() if name not in own}


DEPARTMENT = WorkSafetyOffice
