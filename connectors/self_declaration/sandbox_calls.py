"""How the platform calls who declared: signed, again until it is heard, and wrongly where it was told to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from connectors.sandbox import Faults

from .sandbox_keys import Keys
from .sandbox_office import Office, post
from .sandbox_rules import REASONS

AGAIN_AFTER = (60.0, 300.0, 900.0, 3600.0)
"""Seconds until it calls again where nobody answered with 2xx; then it gives up, and there is the query."""
AN_HOUR = 3600.0

Case = dict[str, Any]


class Calls:
    """`url`: where to call now, "" for nobody. `pause`: a wait of the platform in this run's time."""

    def __init__(
        self, keys: Keys, faults: Faults, office: Office, url: Callable[[], str], pause: Callable[[float], float]
    ) -> None:
        self._keys, self._faults, self._office, self._url, self._pause = keys, faults, office, url, pause
        self.made: list[dict[str, Any]] = []
        """Every call: the event's number, the declaration, the status of the answer (0 where there was none)."""

    def about(self, case: Case) -> None:
        """Calls soon, unless it is told something else."""
        if not self._url() or self._faults.take("callback_never"):
            return
        if self._faults.take("callback_early"):
            self._call(case, secrets.token_hex(16))
            return
        if self._faults.take("callback_unknown"):
            self._soon(_about_nobody())
        if self._faults.take("callback_forged"):
            self._soon(_contrary(case), forged=True)
        elif self._faults.take("callback_stale"):
            self._soon(case, age=AN_HOUR)
        else:
            self._soon(case, times=2 if self._faults.take("callback_twice") else 1)

    def _soon(self, case: Case, *, times: int = 1, **how: Any) -> None:
        event = secrets.token_hex(16)
        for _ in range(times):
            self._office.after(0, partial(self._call, case, event, **how))

    def _call(self, case: Case, event: str, tries: int = 0, **how: Any) -> None:
        if self._faults.is_on("window_closed"):
            self._office.after(max(self._pause(60), 0.05), partial(self._call, case, event, tries, **how))
            return
        body = json.dumps(case, ensure_ascii=False).encode()
        status = post(self._url(), self._keys.signed(event, body, **how), body)
        self.made.append({"event": event, "declareNo": case["data"]["declareNo"], "status": status})
        if not 200 <= status < 300 and tries < len(AGAIN_AFTER) and not how:
            self._office.after(self._pause(AGAIN_AFTER[tries]), partial(self._call, case, event, tries + 1))


def _about_nobody() -> Case:
    return {
        "requestId": secrets.token_hex(16),
        "code": 0,
        "msg": REASONS[0],
        "data": {"declareNo": f"SB99999999{secrets.randbelow(10**10):010d}", "status": "PASSED"},
    }


def _contrary(case: Case) -> Case:
    code, status = (50001, "RETURNED") if case["code"] == 0 else (0, "PASSED")
    return {**case, "code": code, "msg": REASONS[code], "data": {**case["data"], "status": status}}
