"""What was just saved can be taken back for some seconds; until they are over nothing of it has left the tablet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from gridapp.delivery.models import Delivery
from gridapp.registry.models import Entry, Record
from tests.browser.fitness import Walk
from tests.browser.house import House, fill, new_resident, ready, residents, said, save, waiting
from tests.conftest import Until
from tests.factories import id_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG_ENOUGH = "50"  # seconds: to be tapped on a machine that does other things as well

NEARLY = """async () => {
    const [row] = await gridapp.outbox.all();
    await gridapp.outbox.hold(row.id, 0.3, row.reopened);
}"""


@pytest.fixture(scope="module")
def holding(house: House) -> Iterator[House]:
    house.restart(UNDO_SECONDS=LONG_ENOUGH)
    yield house
    house.restart()


@pytest.fixture
def house_that_holds(holding: House, tab: Page) -> House:
    return holding


def over(tab: Page) -> None:
    """The seconds are nearly over, on this page of the tablet and on every other."""
    tab.evaluate(NEARLY)


def drafts(tab: Page) -> int:
    return int(tab.evaluate("async () => (await gridapp.store.all('drafts')).length"))


def bar(tab: Page) -> None:
    expect(tab.locator("[data-undo] [role=status]")).to_contain_text("已保存 欧** · 芳草园3栋2单元 · 还没有送出")
    expect(tab.locator("[data-strip]")).to_be_hidden()


def test_saved_with_signal_it_goes_when_it_can_not_be_taken_back_any_more(
    house_that_holds: House, tab: Page, flat: Record
) -> None:
    tab.goto(new_resident(house_that_holds, flat))
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    bar(tab)
    said(tab, "已存本机，几秒后送出")
    walk = Walk(tab, house_that_holds.url)
    walk.look("undo")
    assert walk.found == []
    assert (residents(), Entry.objects.filter(record__kind="resident").count(), waiting(tab)) == (0, 0, 1)
    assert house_that_holds.asked("entries/new/resident/") == [200]

    over(tab)

    expect(tab.get_by_role("heading", level=1)).to_have_text("欧阳金雀")
    expect(tab.locator("[data-undo]")).to_be_hidden()
    assert (residents(), waiting(tab), drafts(tab)) == (1, 0, 0)
    assert house_that_holds.asked("outbox/") == [201]


def test_taken_back_the_form_is_there_as_it_was_typed_and_nothing_is_anywhere(
    house_that_holds: House, tab: Page, flat: Record
) -> None:
    tab.goto(new_resident(house_that_holds, flat))
    number = id_number()
    fill(tab, number, "欧阳金雀")
    save(tab)
    bar(tab)
    tab.get_by_role("button", name="撤销").tap()

    expect(tab.locator("#f-id_number")).to_have_value(number)
    expect(tab.locator("[data-undo]")).to_be_hidden()
    assert (waiting(tab), residents(), Delivery.objects.filter(record__kind="resident").count()) == (0, 0, 0)
    tab.locator("#f-name").fill("欧阳银雀")
    save(tab)
    bar(tab)
    over(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("欧阳银雀")
    assert residents() == 1
    assert house_that_holds.asked("outbox/") == [201]


def test_what_the_server_would_refuse_is_said_before_anything_is_held(
    house_that_holds: House, tab: Page, flat: Record
) -> None:
    tab.goto(new_resident(house_that_holds, flat))
    fill(tab, id_number(), "欧阳金雀")
    tab.locator("#f-phone").fill("123")
    save(tab)

    expect(tab.locator(".summary")).to_be_focused()
    expect(tab.locator("[data-undo]")).to_be_hidden()
    assert waiting(tab) == 0


def test_without_signal_it_can_be_taken_back_from_the_page_of_the_next_person(
    house_that_holds: House, tab: Page, flat: Record, until: Until
) -> None:
    tab.context.set_offline(True)
    tab.goto(new_resident(house_that_holds, flat))
    number = id_number()
    fill(tab, number, "欧阳金雀")
    tab.get_by_role("button", name="保存并录下一人").tap()
    expect(tab.locator("[data-stored-before]")).to_be_visible()
    bar(tab)
    tab.reload()
    bar(tab)
    tab.get_by_role("button", name="撤销").tap()

    expect(tab.locator("#f-id_number")).to_have_value(number)
    expect(tab.locator("#place b")).to_have_text("测试路12号芳草园3栋2单元 301")
    assert waiting(tab) == 0
    save(tab)
    said(tab, "已存本机，联网后自动上传")
    tab.context.set_offline(False)
    bar(tab)
    tab.get_by_role("link", name="首页").tap()
    ready(tab)
    bar(tab)
    over(tab)
    until(lambda: residents() == 1)


def test_a_page_that_is_closed_loses_nothing(house_that_holds: House, tab: Page, flat: Record, until: Until) -> None:
    tab.goto(new_resident(house_that_holds, flat))
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    bar(tab)
    other = tab.context.new_page()
    tab.close()
    other.goto(f"{house_that_holds.url}/diag/")
    bar(other)
    over(other)

    until(lambda: residents() == 1)
    expect(other.locator("[data-undo]")).to_be_hidden()
    assert house_that_holds.asked("outbox/") == [201]


def test_the_next_one_saved_sends_the_one_before(
    house_that_holds: House, tab: Page, flat: Record, until: Until
) -> None:
    tab.goto(new_resident(house_that_holds, flat))
    fill(tab, id_number(), "欧阳金雀")
    save(tab)
    bar(tab)
    tab.goto(new_resident(house_that_holds, flat))
    fill(tab, id_number(), "赵小雀")
    save(tab)

    until(lambda: residents() == 1)
    expect(tab.locator("[data-undo] [role=status]")).to_contain_text("赵**")
    assert waiting(tab) == 1
