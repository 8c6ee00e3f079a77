"""The page of the demo's departments, over a real control server with real departments behind it."""

from __future__ import annotations

import asyncio
import copy
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from connectors.handheld.sandbox import DEPARTMENT as HANDHELD
from connectors.sandbox.control import Control
from connectors.sandbox.department import Channel, Department
from gridapp.catalogue import targets
from gridapp.org.models import Role, User
from tests import factories

PAGE = "/demo/departments/"


class Counter(Department):
    """Takes workbooks over a counter: a channel that is always open, and an answer for every file."""

    key = "SZZ"
    slug = "counter"
    honours: ClassVar[frozenset[str]] = frozenset({"return_short"})

    def channel(self) -> Channel:
        return _Nothing()

    def settings(self) -> dict[str, str]:
        return {}

    def upload(self, content: bytes) -> bytes:
        if not content.startswith(b"sheet"):
            raise ValueError("不是导入模板")
        self.store.put("people", "1", {"rows": 1})
        return b"answer to " + content


class _Nothing:
    def open(self, port: int) -> int:
        return 0

    def close(self) -> None:
        return None


@pytest.fixture
def departments(settings: Settings, tmp_path: Path, db: None) -> Iterator[dict[str, Department]]:
    """The demo's settings, and its notes of where two departments are controlled."""
    settings.ROOT_URLCONF = "gridapp.demo.urls"
    templates: list[dict[str, Any]] = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"].append("gridapp.demo.pages.in_the_demo")
    settings.TEMPLATES, settings.VAR = templates, tmp_path
    targets.seed()
    made: dict[str, Department] = {"PDA": HANDHELD(), "SZZ": Counter()}
    control = Control(made)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    url = asyncio.run_coroutine_threadsafe(control.open(), loop).result(10)
    (tmp_path / "demo.json").write_text(json.dumps({"control_url": url}))
    for one in made.values():
        one.start()
    yield made
    for one in made.values():
        one.stop()
    asyncio.run_coroutine_threadsafe(control.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def administrator(db: None) -> User:
    return factories.UserFactory.create(role=Role.ADMINISTRATOR, areas=[factories.DISTRICT])


@pytest.fixture
def browser_of(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def page_of(client: Client, **headers: str) -> str:
    response = client.get(PAGE, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_each_department_says_how_it_is(browser_of: Client, departments: dict[str, Department]) -> None:
    departments["PDA"].store.put("people", "1", {"name": "测试甲"})

    page = page_of(browser_of)

    assert page.index("PDA采集系统") < page.index("省综治系统")
    assert "库里：people 1" in page
    assert "正常" in page
    assert 'value="on:slow"' in page
    assert "on:down" not in page  # it has a switch of its own


def test_a_visitor_stops_a_department_and_starts_it_again(
    browser_of: Client, departments: dict[str, Department]
) -> None:
    first = browser_of.post(f"{PAGE}PDA/", {"act": "stop"})
    assert not departments["PDA"].running
    assert "已关掉" in page_of(browser_of)
    browser_of.post(f"{PAGE}PDA/", {"act": "start"})

    assert first["Location"] == f"{PAGE}#PDA"
    assert departments["PDA"].running


def test_a_visitor_lets_a_department_fail_and_behave_again(
    browser_of: Client, departments: dict[str, Department]
) -> None:
    faults = departments["PDA"].faults

    browser_of.post(f"{PAGE}PDA/", {"act": "on:slow"})
    browser_of.post(f"{PAGE}PDA/", {"act": "on:html_instead"})
    assert (faults.take("slow"), faults.is_on("html_instead")) == (5, True)
    assert "在出错" in page_of(browser_of)
    browser_of.post(f"{PAGE}PDA/", {"act": "off:slow"})
    assert (faults.is_on("slow"), faults.is_on("html_instead")) == (False, True)
    browser_of.post(f"{PAGE}PDA/", {"act": "behave"})

    assert not faults.is_on("html_instead")


@pytest.mark.parametrize(("key", "act"), [("PDA", "explode"), ("PDA", ""), ("PDA", "on:explode"), ("NONE", "stop")])
def test_what_is_no_switch_is_not_found(
    browser_of: Client, departments: dict[str, Department], key: str, act: str
) -> None:
    assert browser_of.post(f"{PAGE}{key}/", {"act": act}).status_code == 404


def test_the_part_that_looks_again_is_the_list_alone(browser_of: Client, departments: dict[str, Department]) -> None:
    part = page_of(browser_of, **{"hx-request": "true"})

    assert part.lstrip().startswith('<section class="card" id="departments"')
    assert "<html" not in part


def test_a_workbook_is_carried_there_and_its_answer_back(
    browser_of: Client, departments: dict[str, Department]
) -> None:
    response = browser_of.post(f"{PAGE}SZZ/upload/", {"workbook": SimpleUploadedFile("台账.xls", b"sheet 1")})

    assert response.content == b"answer to sheet 1"
    assert response["Content-Disposition"].endswith("-%E5%8F%B0%E8%B4%A6.xls")
    assert departments["SZZ"].store.sizes() == {"people": 1}


@pytest.mark.parametrize(
    ("key", "content", "said"), [("SZZ", b"a letter", "不是导入模板"), ("SZZ", b"", "请选择"), ("PDA", b"x", "PDA")]
)
def test_a_file_that_is_not_taken_says_why(
    browser_of: Client, departments: dict[str, Department], key: str, content: bytes, said: str
) -> None:
    posted = {"workbook": SimpleUploadedFile("台账.xls", content)}

    page = browser_of.post(f"{PAGE}{key}/upload/", posted, follow=True).content.decode()

    assert said in page.split('class="banner bad')[1].split("</p>")[0]


def test_without_departments_the_page_says_so(
    browser_of: Client, departments: dict[str, Department], settings: Settings
) -> None:
    (settings.VAR / "demo.json").unlink()

    page = page_of(browser_of)
    told = browser_of.post(f"{PAGE}PDA/", {"act": "stop"}, follow=True).content.decode()
    carried = browser_of.post(f"{PAGE}SZZ/upload/", {"workbook": SimpleUploadedFile("a.xls", b"x")}, follow=True)

    assert "部门没有应答" in page
    assert "banner bad" in told
    assert "banner bad" in carried.content.decode()


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMINISTRATOR])
def test_only_administrators_let_departments_fail(
    client: Client, departments: dict[str, Department], role: str
) -> None:
    client.force_login(factories.UserFactory.create(username="somebody", role=role))

    answers = [client.get(PAGE), client.post(f"{PAGE}PDA/", {"act": "stop"}), client.post(f"{PAGE}SZZ/upload/")]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert departments["PDA"].running
    assert PAGE not in client.get("/").content.decode()


def test_every_page_of_the_demo_leads_there(browser_of: Client, departments: dict[str, Department]) -> None:
    assert f'<a href="{PAGE}">' in browser_of.get("/").content.decode()


def test_the_page_is_complete_in_english(browser_of: Client, departments: dict[str, Department]) -> None:
    page = page_of(browser_of, **{"accept-language": "en"})

    assert "Handheld collection system" in page
    assert "answers after so many seconds" in page
    assert "让它" not in page


@pytest.mark.django_db
def test_the_product_itself_has_no_such_page(browser_of: Client) -> None:
    assert browser_of.get(PAGE).status_code == 404
    assert PAGE not in browser_of.get("/").content.decode()
