"""Building, floor, room with a finger: every room at a glance, a new one in two taps, nobody entered twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, NotSame, Record, Residency
from tests.browser.test_desk_for_everyone import TOO_SMALL, violations
from tests.desk.cast import GRID, HOUSING, RESIDENT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Server:
    url: str


@pytest.fixture
def rooms(worker: User, building: Building, resident: Record) -> dict[str, Record]:
    """Some rooms of the building: empty, lived in, and not seen for long."""
    found = {}
    for number in ("302", "201", "202", "401"):
        fields = HOUSING | {"housing.building_code": building.code, "housing.floor_no": int(number[0])}
        form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, GRID, fields | {"housing.room_no": number})
        found[number] = submit(form, by=worker).record
    person = RESIDENT | {"id_number": "99010119380815004X", "name": "测试丙", "phone": "13912345602"}
    submit(
        EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, person, housing=found["201"].id), by=worker
    )
    seen = timezone.now() - timedelta(days=120)
    Residency.objects.filter(housing=found["201"]).update(verified_at=seen)
    return found


def test_every_room_of_a_building_is_seen_at_a_glance(
    on_tablet: Page, live_server: Server, rooms: dict[str, Record], screenshots: Path
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/choose/resident/")
    page.get_by_placeholder("路名、小区、楼栋，或拼音首字母").fill("fcy")
    page.get_by_role("button", name="查找").tap()
    page.get_by_role("link", name="芳草园").tap()

    third = page.get_by_role("region", name="3 层")
    expect(third.get_by_role("link")).to_have_count(3)
    expect(third.get_by_role("link", name="301")).to_contain_text("有 1 人")
    expect(third.get_by_role("link", name="302")).to_contain_text("空")
    expect(page.get_by_role("link", name="201")).to_contain_text("待核实")
    page.screenshot(path=screenshots / "rooms.png", full_page=True)
    assert page.evaluate(TOO_SMALL) == []
    assert violations(page) == ""


def test_a_new_room_is_two_taps(
    on_tablet: Page, live_server: Server, rooms: dict[str, Record], screenshots: Path
) -> None:
    page = on_tablet
    building = rooms["302"].building_id
    page.goto(f"{live_server.url}/entries/choose/resident/?building={building}")

    page.get_by_role("region", name="3 层").get_by_role("link", name="303").tap()
    expect(page.get_by_text("已按 302 房填好")).to_be_visible()
    page.screenshot(path=screenshots / "new_room.png")
    page.get_by_role("button", name="保存", exact=True).tap()

    page.wait_for_url("**/entries/new/resident/?housing=*")  # and on with the person for whom it was needed
    assert Record.objects.filter(building=building, room_no="303", floor_no=3).exists()


def test_somebody_on_file_is_told_after_the_number_and_moves_in(
    on_tablet: Page, live_server: Server, resident: Record, rooms: dict[str, Record], screenshots: Path
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={rooms['302'].id}")

    page.locator("#f-id_number").fill("990101199202290010")
    page.locator("#f-name").focus()

    expect(page.get_by_role("heading", name="已有档案，不用再录")).to_be_visible()
    expect(page.locator("#alike-hint")).to_have_text("已有档案")
    page.screenshot(path=screenshots / "known.png")
    assert violations(page) == ""
    onward = page.get_by_role("link", name="搬到这里")
    expect(onward).not_to_have_css("color", onward.evaluate("one => getComputedStyle(one).backgroundColor"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="搬到这里").tap()
    page.wait_for_url(f"**/records/{resident.id}/move/?housing={rooms['302'].id}")


def test_somebody_like_it_is_asked_about_once(
    on_tablet: Page, live_server: Server, resident: Record, rooms: dict[str, Record], screenshots: Path
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={rooms['302'].id}")
    page.locator("#f-name").fill("测试甲")
    page.locator("#f-phone").fill("13912345678")
    page.locator("#f-hukou_address").focus()
    expect(page.get_by_role("heading", name="可能已有档案，是同一人吗？")).to_be_visible()
    page.get_by_role("heading", name="可能已有档案，是同一人吗？").scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "alike.png")

    with page.expect_response("**/entries/not-same/"):
        page.get_by_role("button", name="不是同一人").tap()
    expect(page.get_by_role("heading", name="可能已有档案，是同一人吗？")).to_have_count(0)
    with page.expect_response("**/entries/check/resident/"):
        page.locator("#f-hukou_address").fill("测试路1号")
        page.locator("#f-name").focus()

    expect(page.get_by_role("heading", name="可能已有档案，是同一人吗？")).to_have_count(0)
    assert NotSame.objects.get().record_id == resident.id


def test_a_known_person_is_confirmed_with_one_tap(
    on_tablet: Page, live_server: Server, resident: Record, screenshots: Path
) -> None:
    page = on_tablet
    page.goto(f"{live_server.url}/records/{resident.id}/")
    values = page.locator(".values-part .values").first
    expect(values.locator(".from").first).to_contain_text(f"王秀英 {timezone.localdate():%Y-%m-%d}")
    page.screenshot(path=screenshots / "known_person.png", full_page=True)

    page.get_by_role("button", name="在住，无变化，确认").tap()

    expect(page.get_by_text("已保存：测试甲")).to_be_visible()
    assert Entry.objects.filter(record=resident, action=Entry.Action.VERIFY).count() == 1


def test_the_relation_to_the_head_is_one_tap(on_tablet: Page, live_server: Server, worker: User, flat: Record) -> None:
    head = RESIDENT | {"residency.relation_to_head": "02", "household.household_no": "990100001"}
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, head, housing=flat.id)
    before = submit(form, by=worker).record
    page = on_tablet
    page.goto(f"{live_server.url}/entries/new/resident/?housing={flat.id}&after={before.id}")

    page.locator("#f-id_number").fill("990101199202290029")
    page.locator("#f-name").focus()
    page.locator("#found-relation").get_by_role("button", name="配偶").tap()

    relation = page.locator('[data-field="residency.relation_to_head"]')
    expect(relation.get_by_role("radio", name="配偶")).to_be_checked()
    expect(page.locator("#found-relation button")).to_have_count(0)
