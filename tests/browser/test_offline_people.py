"""A tablet that changes hands: whose entries wait on it, who may see what, and what is left when somebody goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gridapp.org.models import Device, User
from gridapp.registry.models import Entry, Record
from tests.browser.house import House, end_sessions, fill, flush, ready, save, sign_in, store_one, waiting
from tests.browser.tablets import TOLD, NewTablet
from tests.conftest import QUIET, Until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAME, NUMBER = "欧阳金雀", "990101199202290010"
KEPT = """async () => {
  const kept = Object.fromEntries((await gridapp.store.all("kept")).map((row) => [row.name, true]));
  const drafts = (await gridapp.store.all("drafts")).length;
  return { kept: Object.keys(kept), drafts, outbox: (await gridapp.outbox.all()).length };
}"""


def test_an_entry_waits_for_its_own_worker(
    tab: Page, house: House, flat: Record, worker: User, other_worker: User, until: Until
) -> None:
    store_one(tab, house, flat, NUMBER, NAME)
    end_sessions()
    tab.context.set_offline(False)
    expect(tab.locator("[data-strip]")).to_contain_text("登录后自动上传")
    assert (waiting(tab), house.asked("outbox/")) == (1, [])

    sign_in(tab.context, house, other_worker)
    tab.goto(f"{house.url}/work/")
    ready(tab)
    expect(tab.locator("[data-strip]")).to_contain_text("别人录入、还没有上传的 1")
    expect(tab.locator("[data-outbox]")).not_to_contain_text("欧")
    assert flush(tab) == "done"
    assert (waiting(tab), house.asked("outbox/")) == (1, [])

    sign_in(tab.context, house, worker)
    tab.goto(house.url)

    until(lambda: Entry.objects.filter(by=worker, record__kind="resident").exists())
    expect(tab.locator("[data-strip]")).to_be_hidden()


def test_an_expired_session_asks_to_sign_in_and_saves_once(tab: Page, house: House, flat: Record) -> None:
    tab.goto(f"{house.url}/entries/new/resident/?housing={flat.id}")
    fill(tab, NUMBER)
    end_sessions()
    save(tab)

    tab.get_by_label("用户名").fill("worker")
    tab.get_by_label("密码").fill("一次录入-2026")
    tab.get_by_role("button", name="登录并继续").tap()

    expect(tab.get_by_role("heading", level=1)).to_have_text("测试甲")
    expect(tab.locator("[data-strip]")).to_be_hidden()
    assert (waiting(tab), Record.objects.filter(kind="resident").count()) == (0, 1)


def test_signing_out_sends_first_and_leaves_nothing(tab: Page, house: House, flat: Record, until: Until) -> None:
    tab.goto(f"{house.url}/entries/new/resident/?housing={flat.id}")
    tab.locator("#f-name").fill("李四草稿")
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    store_one(tab, house, flat, NUMBER, NAME)
    tab.context.set_offline(False)
    expect(tab.locator("[data-stored] h1")).to_have_text("已送达", use_inner_text=True)
    tab.goto(house.url)

    tab.get_by_role("button", name="退出").tap()

    expect(tab.get_by_role("heading", level=1)).to_have_text("登录")
    assert Record.objects.filter(kind="resident").count() == 1
    left = tab.evaluate(KEPT)
    assert (set(left["kept"]) - {"device", "language"}, left["drafts"], left["outbox"]) == (set(), 0, 0)


def test_what_arrives_after_somebody_has_gone_is_not_kept(tab: Page) -> None:
    tab.evaluate("""async () => {
      const { store } = gridapp;
      await store.leave((await store.kept("session")).user, false);
      for (const name of ["rules", "rules_at", "session", "device_key", "sign_out_due"]) await store.keep(name, name);
      await store.put("drafts", { id: "late" });
    }""")

    left = tab.evaluate(KEPT)
    assert (set(left["kept"]) - {"device", "language"}, left["drafts"]) == ({"sign_out_due"}, 0)


def test_what_is_read_while_the_browser_clears_it_all_is_asked_once_more(tab: Page) -> None:
    assert tab.evaluate("""() => {
      const { getAll } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.getAll = function () {
        IDBObjectStore.prototype.getAll = getAll;
        const asked = getAll.call(this);
        this.transaction.abort();
        return asked;
      };
      return gridapp.store.all("kept").then((rows) => rows.length > 0);
    }""")


def test_signing_out_with_something_left_asks_and_can_keep_it_sealed(
    tab: Page, house: House, flat: Record, worker: User, until: Until
) -> None:
    tab.goto(house.url)
    ready(tab)
    page = tab.context.new_page()  # the page that stays open has the button; the net goes while it is open
    store_one(page, house, flat, NUMBER, NAME)
    tab.get_by_role("button", name="退出").tap()
    expect(tab.get_by_role("heading", name="还有没有上传的：1")).to_be_visible()
    tab.get_by_role("button", name="先不退出").tap()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.get_by_role("button", name="退出").tap()
    tab.get_by_role("button", name="退出，留着下次上传").tap()
    expect(tab.get_by_role("heading", level=1)).to_have_text("没有网络")
    assert (waiting(tab), house.asked("outbox/")) == (1, [])

    tab.context.set_offline(False)
    tab.goto(house.url)  # the session is still open there: the server hears of the sign-out now
    expect(tab.get_by_role("heading", level=1)).to_have_text("登录")
    sign_in(tab.context, house, worker)
    tab.goto(house.url)

    until(lambda: Record.objects.filter(kind="resident").count() == 1)


def test_a_tablet_reported_lost_wipes_itself(tab: Page, house: House, flat: Record) -> None:
    store_one(tab, house, flat, NUMBER, NAME)
    Device.objects.update(lost_at="2026-11-01T00:00:00Z")

    tab.context.set_offline(False)

    expect(tab.get_by_role("heading", level=1)).to_have_text("登录")
    left = tab.evaluate(KEPT)
    assert (set(left["kept"]) - {"device", "language"}, left["drafts"], left["outbox"]) == (set(), 0, 0)
    assert house.asked("outbox/") == []


def test_what_waits_cannot_be_read_from_the_tablets_disk(
    browser: Browser, house: House, flat: Record, worker: User, browser_path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(folder, executable_path=browser_path, args=QUIET, **TOLD)
    sign_in(context, house, worker)
    tab = context.new_page()
    tab.goto(house.url)
    ready(tab)
    store_one(tab, house, flat, NUMBER, NAME)
    tab.goto(f"{house.url}/entries/new/resident/?housing={flat.id}")
    tab.locator("#f-name").fill(NAME)
    tab.locator("#f-id_number").fill(NUMBER)
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    context.close()

    forms = [text.encode(code) for text in (NAME, NUMBER) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    found = [path for path in folder.rglob("*") if path.is_file()]
    databases = [path for path in found if "IndexedDB" in path.parts]
    assert databases
    assert any(
        "欧**".encode("utf-16-le") in path.read_bytes() or "欧**".encode() in path.read_bytes() for path in databases
    )
    assert [path.name for path in found if any(form in path.read_bytes() for form in forms)] == []


def test_an_idle_tablet_asks_for_its_number(new_tablet: NewTablet, house: House, flat: Record, worker: User) -> None:
    tab = new_tablet(worker, "/diag/")
    tab.get_by_label("新锁屏码").fill("2580")
    tab.get_by_label("再输一次").fill("2580")
    tab.get_by_role("button", name="设好").tap()
    expect(tab.get_by_text("锁屏码已设好。")).to_be_visible()
    tab.clock.install()
    tab.goto(f"{house.url}/entries/new/resident/?housing={flat.id}")
    expect(tab.locator("html")).to_have_attribute("data-tablet", "ready")
    tab.locator("#f-name").fill("测试甲")

    tab.clock.fast_forward("11:00")
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.keyboard.press("Escape")
    tab.reload()
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.get_by_label("锁屏码").fill("0000")
    tab.get_by_role("button", name="打开").tap()
    expect(tab.get_by_role("alert")).to_contain_text("还可以试的次数：4")
    tab.get_by_label("锁屏码").fill("2580")
    tab.get_by_role("button", name="打开").tap()

    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_five_wrong_numbers_end_the_session(new_tablet: NewTablet, house: House, worker: User) -> None:
    tab = new_tablet(worker, "/diag/")
    tab.get_by_label("新锁屏码").fill("2580")
    tab.get_by_label("再输一次").fill("2580")
    tab.get_by_role("button", name="设好").tap()
    expect(tab.get_by_text("锁屏码已设好。")).to_be_visible()
    tab.evaluate("async () => gridapp.store.keep('lock', {...(await gridapp.store.kept('lock')), locked: true})")
    tab.goto(house.url)

    for left in (4, 3, 2, 1, 0):
        tab.get_by_label("锁屏码").fill("0000")
        tab.get_by_role("button", name="打开").tap()
        if left:
            expect(tab.get_by_role("alert")).to_contain_text(f"还可以试的次数：{left}")

    expect(tab.get_by_role("heading", level=1)).to_have_text("登录")
