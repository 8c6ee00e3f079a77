"""How a department misbehaves when told to: each fault for good or for the next n requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

WORDS: Mapping[str, tuple[str, str]] = {
    "down": ("停机：连接被拒绝", "the socket refuses"),
    "slow": ("慢：过这么多秒才应答", "answers after so many seconds"),
    "hang": ("收下请求，一直不应答", "takes the request and never answers"),
    "reset": ("还没看请求就断开连接", "cuts the connection before it looks at the request"),
    "error_5xx": ("答503（填整数：答这么多次）", "answers 503 (a whole number: that many times)"),
    "too_many": (
        "答429；填的值作为Retry-After，填true则不带",
        "answers 429; the value is sent as Retry-After, true sends none",
    ),
    "error_in_200": ("状态码200，内容却是它自己的报错", "answers 200 with an error in its own words"),
    "html_instead": ("状态码200，内容却是登录页", "answers 200 with its sign-in page"),
    "duplicate": ("说已经有这一条了", "says that it already has the record"),
    "lose": ("说收到了，实际没存", "says yes and keeps nothing"),
    "answer_lost": ("存下了，没应答就断开", "keeps the record, then cuts the connection without an answer"),
    "window_closed": ("如同不在服务时间", "behaves as outside its hours"),
    "wrong_credentials": ("不认自己发出的凭据", "refuses the credentials it gave out"),
    "redirect": ("要来访者转到它的另一个地址", "sends the caller to another address of its own"),
    "drip": ("每隔这么多秒只吐一个字节", "answers a byte every so many seconds"),
    "huge": ("应答没完没了", "answers without end"),
    "twice": ("收一条存两条：对方的毛病", "stores what it gets a second time: their bug"),
    "half": ("一批只收前一半，后一半只字不提", "takes the first half of a batch and says nothing of the rest"),
    "callback_never": ("有了结果，不回调", "decides and does not call"),
    "callback_twice": ("用两个连接同时回调两次", "calls twice, in two connections at once"),
    "callback_early": ("还没应答就先回调", "calls before it has answered"),
    "callback_forged": ("别人冒名回调，没有密钥", "somebody else calls, without the key"),
    "callback_stale": ("回调的签名是一小时前的", "calls with a signature of an hour ago"),
    "callback_unknown": ("回调说的是谁也没报送过的一条", "calls about a record that nobody sent"),
    "return_short": ("回执文件少一行", "its return file lacks a row"),
    "return_shuffled": ("回执文件各行次序不同", "its return file has the rows in another order"),
    "return_foreign": ("回执文件里有一行从未报送过", "its return file speaks of a row that was never sent"),
    "disk_full": ("文件只收下开头一段", "takes the beginning of a file and no more"),
    "captcha": ("页面要人看图输验证码", "its page wants a picture read by a person"),
    "page_changed": ("页面已不是昨天的样子", "its page is not the one of yesterday"),
    "session_lost": ("中途忘了谁登录过，一次", "forgets who has signed in, once in the middle"),
    "dead_letter": ("消费失败，消息搁在一边", "could not consume the message and has put it aside"),
}
"""Fault -> what it does, in Chinese and in English."""

NAMES: Mapping[str, str] = {name: english for name, (_, english) in WORDS.items()}


class Faults:
    """The switches of one department. Thread-safe.

    `set(name, value, times=n)` turns a fault on, `take(name)` is how a request meets it: the value or None, and one of
    the n is used up. `script(key, code)` forces one answer code for one record (document number or housing code).
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, tuple[Any, int | None]] = {}
        self._scripted: dict[str, tuple[str, int | None]] = {}
        self._on_change = on_change

    def set(self, name: str, value: Any = True, *, times: int | None = None) -> None:
        """Turn a fault on, for good or for the next `times` requests; a value of False or None turns it off.

        Raises ValueError for an unknown name.
        """
        if name not in NAMES:
            raise ValueError(f"unknown fault {name}, known are {', '.join(NAMES)}")
        if name == "error_5xx" and isinstance(value, int) and not isinstance(value, bool):
            value, times = value > 0, value
        with self._lock:
            if value is False or value is None or times == 0:
                self._on.pop(name, None)
            else:
                self._on[name] = (value, times)
        self._on_change()

    def clear(self, name: str | None = None) -> None:
        """Turn one fault off, or all of them and the scripted answers too."""
        with self._lock:
            if name is None:
                self._on.clear()
                self._scripted.clear()
            else:
                self._on.pop(name, None)
        self._on_change()

    def is_on(self, name: str) -> bool:
        """Whether it is on, without using it up."""
        with self._lock:
            return name in self._on

    def take(self, name: str) -> Any:
        """The value for this request, or None; uses up one of the times."""
        with self._lock:
            return _take(self._on, name)

    def script(self, key: str, code: str | None, *, times: int | None = None) -> None:
        """Answer `code` whenever the record with this document number or housing code comes; None takes it back."""
        with self._lock:
            if code is None:
                self._scripted.pop(key, None)
            else:
                self._scripted[key] = (code, times)

    def scripted(self, *keys: str) -> str | None:
        """The code forced for the first of `keys` that has one; uses up one of its times."""
        with self._lock:
            for key in keys:
                code = _take(self._scripted, key)
                if code is not None:
                    return str(code)
        return None

    def read(self, told: Mapping[str, Any]) -> None:
        """Set faults from JSON: `{name: value | {"value": …, "times": n}, "scripted": {key: code | {"code": …}}}`.

        A value of false turns a fault off, a code of null takes a scripted answer back. Raises ValueError.
        """
        for name, value in told.items():
            if name == "scripted":
                for key, code in _object(value).items():
                    times = code.get("times") if isinstance(code, dict) else None
                    self.script(key, code["code"] if isinstance(code, dict) else code, times=times)
            elif isinstance(value, dict):
                self.set(name, value.get("value", True), times=value.get("times"))
            else:
                self.set(name, value)

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            on = {name: {"value": value, "times": times} for name, (value, times) in self._on.items()}
            scripted = {key: {"code": code, "times": times} for key, (code, times) in self._scripted.items()}
        return {**on, "scripted": scripted}


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("scripted must be an object of key: code")
    return value


def _take(switches: dict[str, tuple[Any, int | None]], name: str) -> Any:
    if name not in switches:
        return None
    value, times = switches[name]
    if times is not None and times <= 1:
        del switches[name]
    elif times is not None:
        switches[name] = (value, times - 1)
    return value
