"""The station's own rules, met as any browser would meet them, without the agent."""

from __future__ import annotations

import http.client
import io
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import python_calamine

from connectors.workstation.sandbox import WorkStation

PERSON = {
    "xm": "张伟", "xb": "男", "sfzh": "990101199202290010", "csny": "1992年2月", "mz": "汉族", "zzmm": "群众",
    "whcd": "大专", "hyzk": "已婚", "lxdh": "13912340001", "hjdz": "某街道1号", "xjzdz": "测试路8号301", "hh": "",
    "yhzgx": "户主", "gzdw": "", "dljr": "",
}  # fmt: skip
FLAT = {
    "fwbh": "9901010010010000012000301", "fwdz": "测试路8号301", "fz": "欧阳雪", "fzdh": "13912340002", "czyt": "住房",
    "jzrs": "4", "efd": "", "efddh": "", "zrs": "是",
}  # fmt: skip


@dataclass
class Visitor:
    """Somebody with a cookie jar."""

    station: WorkStation
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> str:
        return self._ask("POST", path, urlencode(fields).encode())[1].decode()

    def sign_in(self, **changed: str) -> str:
        granted = self.station.settings()
        return self.post("login.do", {"username": granted["account"], "password": granted["password"], **changed})

    def save(self, book: str, fields: dict[str, str], number: str = "") -> str:
        return self.post("save.do", {"lx": book, "id": number, **fields})

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection("127.0.0.1", self.station.port, timeout=30)) as connection:
            connection.request(method, f"/gzz/{path}", body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read()


@pytest.fixture
def visitor(station: WorkStation) -> Visitor:
    return Visitor(station)


@pytest.fixture
def clerk(visitor: Visitor) -> Visitor:
    visitor.sign_in()
    return visitor


def said(page: str) -> str | None:
    found = re.search(r"alert\('(.*?)'\)", page)
    return found[1] if found else None


@pytest.mark.parametrize("path", ["index.do", "menu.do", "list.do?lx=jm", "edit.do?lx=jm", "export.do?lx=jm"])
def test_nobody_gets_in_without_signing_in(visitor: Visitor, path: str) -> None:
    visitor.sign_in(password="guessed")

    assert "会话超时" in visitor.get(path)[1].decode()


def test_a_password_that_is_wrong_is_told(visitor: Visitor) -> None:
    assert "用户名或密码错误" in visitor.sign_in(password="guessed")
    assert visitor.cookies == {}


def test_whoever_has_signed_in_sees_frames_and_a_menu(clerk: Visitor) -> None:
    assert b'<frame name="main"' in clerk.get("index.do")[1]
    assert "出租屋台账" in clerk.get("menu.do")[1].decode()


@pytest.mark.parametrize(("book", "fields", "number"), [("jm", PERSON, "JM00000001"), ("czw", FLAT, "CZ00000001")])
def test_a_form_becomes_a_file_with_a_number(clerk: Visitor, book: str, fields: dict[str, str], number: str) -> None:
    receipt = clerk.save(book, fields)

    assert "保存成功" in receipt and number in receipt
    key = fields["sfzh" if book == "jm" else "fwbh"]
    listed = clerk.post("list.do", {"lx": book, "sfzh": key, "fwbh": key})
    assert number in listed and "已登记" in listed
    viewed = clerk.get(f"view.do?id={number}")[1].decode()
    assert [value for value in fields.values() if value not in viewed] == []


@pytest.mark.parametrize(
    ("book", "name", "value", "sentence"),
    [
        ("jm", "xm", "", "请填写姓名"),
        ("jm", "yhzgx", "", "请选择与户主关系"),
        ("jm", "yhzgx", "邻居", "与户主关系不在可选范围内"),
        ("jm", "xb", "1", "性别不在可选范围内"),
        ("jm", "mz", "汉", "民族不在可选范围内"),
        ("jm", "csny", "1992-02", "出生年月格式不正确"),
        ("jm", "csny", "1992年02月", "出生年月格式不正确"),
        ("jm", "lxdh", "电话", "联系电话格式不正确"),
        ("jm", "hjdz", "长" * 101, "户籍地址格式不正确"),
        ("jm", "dljr", "独居", "是否独居老人不在可选范围内"),
        ("jm", "gzdw", "", None),
        ("czw", "fwbh", "990101", "房屋编号格式不正确"),
        ("czw", "jzrs", "四", "居住人数格式不正确"),
        ("czw", "zrs", "", "请选择是否签责任书"),
        ("czw", "efd", "", None),
    ],
)
def test_a_form_is_refused_by_their_rules(
    clerk: Visitor, station: WorkStation, book: str, name: str, value: str, sentence: str | None
) -> None:
    page = clerk.save(book, {**(PERSON if book == "jm" else FLAT), name: value})

    assert said(page) == sentence
    assert bool(station.store.sizes()) == (sentence is None)


def test_no_two_files_have_the_same_number(clerk: Visitor, station: WorkStation) -> None:
    clerk.save("jm", PERSON)

    assert said(clerk.save("jm", {**PERSON, "xm": "李四"})) == "身份证号已存在"
    assert "保存成功" in clerk.save("jm", {**PERSON, "lxdh": "13912349999"}, "JM00000001")
    assert (station.store.get("residents", "JM00000001") or {})["联系电话"] == "13912349999"


def test_what_is_typed_is_shown_as_text(clerk: Visitor) -> None:
    clerk.save("jm", {**PERSON, "gzdw": "<b onclick='x'>\"公司\"</b>"})

    for path in ("view.do?id=JM00000001", "edit.do?id=JM00000001"):
        assert "&lt;b onclick=&#x27;x&#x27;&gt;" in clerk.get(path)[1].decode()


def test_the_head_of_the_station_sends_a_file_back(clerk: Visitor, station: WorkStation) -> None:
    station.faults.script(PERSON["sfzh"], "站长退回:户号为空", times=1)

    assert "保存成功" in clerk.save("jm", PERSON)

    held = station.store.get("residents", "JM00000001") or {}
    assert (held["状态"], held["退回原因"]) == ("退回", "户号为空")


def test_the_week_is_fetched_as_a_workbook(clerk: Visitor) -> None:
    clerk.save("jm", PERSON)

    status, content = clerk.get("export.do?lx=jm")

    rows: list[list[Any]] = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert status == 200
    assert rows[0][:4] == ["档案号", "姓名", "性别", "身份证号"]
    assert rows[1][:4] == ["JM00000001", "张伟", "男", "990101199202290010"]


def test_a_captcha_lets_no_program_in(visitor: Visitor, station: WorkStation) -> None:
    station.faults.set("captcha")

    assert "验证码" in visitor.get("login.do")[1].decode()
    assert "验证码错误" in visitor.sign_in(yzm="0000")
    assert visitor.cookies == {}


def test_outside_the_hours_there_is_nothing_but_the_hours(clerk: Visitor, station: WorkStation) -> None:
    station.faults.set("window_closed")

    assert "系统开放时间" in clerk.get("login.do")[1].decode()
    assert "系统开放时间" in clerk.save("jm", PERSON)
    assert station.store.sizes() == {}
