"""A supervisor searches, keeps the search and exports what was found; the pages are fit for every eye and finger."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record
from gridapp.review.export_tasks import make_exports
from tests.browser.fitness import OPEN_ALL, Walk
from tests.browser.test_fit_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.exporting import column

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]])


@pytest.fixture(params=["zh", "en"])
def walk(request: pytest.FixtureRequest, open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    language = "en" if request.param == "en" else "zh-hans"
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    return Walk(page, live_server.url, request.param)


def test_from_a_search_to_the_file(
    walk: Walk, sign_in: SignIn, supervisor: User, resident: Record, tmp_path: Path
) -> None:
    page = walk.page
    sign_in(page, supervisor)
    walk.open("/review/search/")
    walk.look("search")

    page.locator("#s-q").fill("测试甲")
    page.locator("#s-kind").select_option("resident")
    page.locator("main button.main").tap()
    expect(page.locator(f'a[href="/records/{resident.pk}/"]')).to_be_visible()
    walk.look("search-found")
    page.evaluate(OPEN_ALL)  # the walk leaves some open and some not
    page.locator("#s-name").fill("找人")
    page.locator("#keep button").tap()
    page.get_by_role("link", name="找人", exact=True).tap()
    expect(page.locator(f'a[href="/records/{resident.pk}/"]')).to_be_visible()
    page.locator("#export summary").tap()
    page.locator("#export button").tap()
    expect(page.locator(".summary")).to_be_focused()
    walk.look("export-refused")
    page.evaluate(OPEN_ALL)
    page.locator("#s-purpose").fill("春季走访核对")
    page.locator("#export button").tap()
    expect(page.locator(".banner.good")).to_be_visible()
    make_exports()
    page.reload()
    walk.look("exports")
    with page.expect_download() as download:
        page.locator(".standing button").tap()
    download.value.save_as(tmp_path / "export.xlsx")

    name = "姓名" if walk.language == "zh" else "Name"
    assert column((tmp_path / "export.xlsx").read_bytes(), name) == ["测试甲"]
    assert walk.found == []
