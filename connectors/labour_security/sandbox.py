"""The labour department: tokens of two hours, encrypted messages, a register of who is employed by whom.

Keyed on the document number. A firm is entered with the name under which it is first heard of; from then on that is its
registered name (102). Whoever is employed elsewhere cannot be entered as new (104), a change takes them along. Somebody
who leaves stays in the register with AAE100 0.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives import hmac as macs
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.sandbox import Department, HttpChannel

from .sandbox_rules import RefusalError, check, check_keys, text

TOKEN_LIFE = 7200.0
PER_SECOND, BURST = 5, 10
"""Calls: on average, and at once after a pause."""
NEW, CHANGE, LEFT, QUESTION = "1", "2", "3", "9"
SIGN_IN = "/ldyg/v2/getToken"


class LabourOffice(Department):
    """Holds `employments` by AAC147, `firms` by AAB003, `numbers` (AAC001) by AAC147.

    A residence registration put into the table `void` is none any more (105). `token_life`: seconds.
    """

    key = "LB"
    slug = "labour_security"
    takes = (0.6, 2.0)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.token_life = TOKEN_LIFE
        self._app_id, self._secret = f"ld{secrets.token_hex(4)}", secrets.token_urlsafe(24)
        self._sm4_key, self._mac_key = secrets.token_bytes(16), secrets.token_urlsafe(16)
        self._tokens: dict[str, float] = {}
        self._left, self._counted_at = float(BURST), time.monotonic()

    def channel(self) -> HttpChannel:
        routes = [
            web.post(SIGN_IN, self._give_token),
            web.post("/ldyg/v2/employment", self._answering(self._employment)),
            web.post("/ldyg/v2/query", self._answering(self._question)),
        ]
        return HttpChannel(self, routes, error_in_200=lambda: _refused(RefusalError("999")), spares=(SIGN_IN,))

    def settings(self) -> dict[str, str]:
        return {
            "url": f"http://127.0.0.1:{self.port}/ldyg",
            "app_id": self._app_id,
            "secret": self._secret,
            "sm4_key": self._sm4_key.hex(),
            "mac_key": self._mac_key,
        }

    def reset(self) -> None:
        super().reset()
        self.token_life = TOKEN_LIFE
        self._left = float(BURST)

    async def _give_token(self, request: web.Request) -> web.Response:
        told = await _json(request)
        known = hmac.compare_digest(text(told, "secret").encode(), self._secret.encode())
        if not known or text(told, "appId") != self._app_id or self.faults.take("wrong_credentials"):
            return _refused(RefusalError("302"))
        token, now = secrets.token_hex(24), time.monotonic()
        self._tokens = {one: until for one, until in self._tokens.items() if until > now}
        self._tokens[token] = now + self.token_life
        return _said("0", "success", {"token": token, "expires_in": int(self.token_life)})

    def _answering(self, act: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            if self._too_fast():
                return web.Response(status=429, headers={"Retry-After": "1"})
            try:
                self._let_in(request)
                told = await _json(request)
                record = self._opened(told)
                if self.faults.take("window_closed"):
                    raise RefusalError("201")
                with self.store.together():
                    return _said("0", "success", act(text(told, "OPER_TYPE"), record))
            except RefusalError as refusal:
                return _refused(refusal)

        return handler

    def _let_in(self, request: web.Request) -> None:
        """Raises RefusalError."""
        if self.faults.take("session_lost"):
            self._tokens.clear()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.faults.is_on("wrong_credentials"):
            raise RefusalError("302")
        if self._tokens.get(token, 0.0) <= time.monotonic():
            raise RefusalError("301")

    def _too_fast(self) -> bool:
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        if self._left < 1:
            return True
        self._left -= 1
        return False

    def _employment(self, operation: str, record: dict[str, Any]) -> dict[str, Any]:
        """What goes with code 0. Raises RefusalError."""
        person = text(record, "AAC147")
        self.ledger.add(person, operation, serial=text(record, "BAZ001"))
        scripted = self.faults.scripted(person)
        if scripted is not None:
            raise self._as_scripted(scripted, record)
        check_keys(record)
        if operation == LEFT:
            return self._leave(record)
        if operation not in (NEW, CHANGE):
            raise RefusalError("100", "OPER_TYPE")
        check(record, is_void=lambda number: self.store.get("void", number) is not None)
        self._check_firm(record)
        held = self.store.get("employments", person)
        if operation == NEW and held is not None and held["AAE100"] == "1" and held["AAB003"] != record["AAB003"]:
            raise RefusalError("104")
        return self._enter(record)

    def _check_firm(self, record: dict[str, Any]) -> None:
        code, name = text(record, "AAB003"), text(record, "AAB004")
        firm = self.store.get("firms", code)
        if firm is not None and firm["AAB004"] != name:
            raise RefusalError("102", AAB004=firm["AAB004"])

    def _as_scripted(self, code: str, record: dict[str, Any]) -> RefusalError:
        if code != "102":
            return RefusalError(code)
        firm = self.store.get("firms", text(record, "AAB003")) or {"AAB004": f"{text(record, 'AAB004')}有限公司"}
        return RefusalError(code, AAB004=firm["AAB004"])

    def _enter(self, record: dict[str, Any]) -> dict[str, Any]:
        person, number = record["AAC147"], self._number(record["AAC147"])
        if self.faults.take("duplicate"):
            return {"AAC001": number, "EXISTED": "1"}
        if not self.faults.take("lose"):
            self.store.put("firms", record["AAB003"], {"AAB004": record["AAB004"]})
            entered = {**record, "AAC001": number, "AAE100": "1"}
            self.store.put("employments", person, entered)
            if self.faults.take("twice"):
                self.store.put("employments", f"{person}/2", entered)
        return {"AAC001": number}

    def _leave(self, record: dict[str, Any]) -> dict[str, Any]:
        """Ends the employment it speaks of; one at another firm goes on."""
        held = self.store.get("employments", record["AAC147"])
        if held is None:
            return {}
        if text(record, "AAB003") in ("", held["AAB003"]) and not self.faults.take("lose"):
            self.store.put("employments", record["AAC147"], {**held, "BAZ001": record["BAZ001"], "AAE100": "0"})
        return {"AAC001": held["AAC001"]}

    def _number(self, person: str) -> str:
        """The number this person has had from the first day."""
        given = self.store.get("numbers", person)
        if given is None:
            given = {"AAC001": f"9901{self.store.sizes().get('numbers', 0) + 1:08d}"}
            self.store.put("numbers", person, given)
        return str(given["AAC001"])

    def _question(self, operation: str, record: dict[str, Any]) -> dict[str, Any]:
        held = self.store.get("employments", text(record, "AAC147"))
        if operation != QUESTION or held is None or held["AAC058"] != record.get("AAC058"):
            return {}
        sealed = self._crypt(json.dumps(held, ensure_ascii=False).encode(), encrypt=True).hex()
        return {"OPER_TYPE": QUESTION, "ENCRYPT_DATA": sealed, "MAC": self._mac(QUESTION, sealed)}

    def _opened(self, told: dict[str, Any]) -> dict[str, Any]:
        """The record in a message. Raises RefusalError."""
        operation, sealed = text(told, "OPER_TYPE"), text(told, "ENCRYPT_DATA")
        wanted = self._mac(operation, sealed)
        if told.get("APP_ID") != self._app_id or not hmac.compare_digest(text(told, "MAC").encode(), wanted.encode()):
            raise RefusalError("303")
        try:
            record = json.loads(self._crypt(bytes.fromhex(sealed), encrypt=False))
        except ValueError:
            raise RefusalError("303") from None
        if not isinstance(record, dict):
            raise RefusalError("100", "报文")
        return record

    def _mac(self, operation: str, sealed: str) -> str:
        mac = macs.HMAC(self._mac_key.encode(), hashes.SM3())
        mac.update(f"{operation}{sealed}".encode())
        return mac.finalize().hex()

    def _crypt(self, content: bytes, *, encrypt: bool) -> bytes:
        """SM4 block by block with PKCS #7, as they decided years ago. Raises ValueError."""
        cipher = Cipher(algorithms.SM4(self._sm4_key), modes.ECB())  # noqa: S305
        padded = padding.PKCS7(128)
        if encrypt:
            padder, encryptor = padded.padder(), cipher.encryptor()
            return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
        unpadder, decryptor = padded.unpadder(), cipher.decryptor()
        plain = decryptor.update(content) + decryptor.finalize()
        return unpadder.update(plain) + unpadder.finalize()


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        told = await request.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _said(code: str, message: str, told: dict[str, Any]) -> web.Response:
    return web.json_response({"appcode": code, "message": message, "data": told})


def _refused(refusal: RefusalError) -> web.Response:
    return _said(refusal.code, refusal.message, refusal.told)


DEPARTMENT = LabourOffice
