"""The file of a ledger waits sealed until a task reads it; the page looks again by itself."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from gridapp.delivery import ledgers as carrying
from gridapp.registry.models import Ledger, LedgerFile
from tests.registry.ledger_books import book, person
from tests.review.test_ledger_pages import PAGE, As, home_code, page_of  # noqa: F401 - fixtures

# ruff: noqa: F811


def test_a_file_is_read_by_a_task(as_: As, home_code: str) -> None:
    client = as_("supervisor")
    client.post(f"{PAGE}new/", {"ledger": SimpleUploadedFile("台账.xlsx", book(person(home_code)))})
    ledger = Ledger.objects.get()
    page, polled = f"{PAGE}{ledger.pk}/", {"HX-Request": "true"}

    waiting, listed, part = page_of(client.get(page)), page_of(client.get(PAGE)), client.get(page, headers=polled)
    carrying.go_on(60)
    read, after = client.get(page, headers=polled), page_of(client.get(page))

    assert 'hx-trigger="load delay:3s"' in waiting
    assert "读取中" in waiting
    assert "读取中" in listed
    assert "HX-Refresh" not in part
    assert read["HX-Refresh"] == "true"
    assert "核对列" in after


def test_a_file_that_cannot_be_read_says_why(as_: As, home_code: str) -> None:
    client, broken = as_("supervisor"), book(person(home_code)).replace(b"sheet1.xml", b"sheet9.xml")
    client.post(f"{PAGE}new/", {"ledger": SimpleUploadedFile("台账.xlsx", broken)})

    carrying.go_on(60)

    ledger = Ledger.objects.get()
    assert (ledger.stage, ledger.rows) == ("broken", 0)
    assert "文件已损坏或设有密码" in page_of(client.get(f"{PAGE}{ledger.pk}/"))
    assert "读不出来" in page_of(client.get(PAGE))


def test_a_file_that_breaks_what_reads_it_keeps_no_other_waiting(as_: As, home_code: str) -> None:
    client, file = as_("supervisor"), book(person(home_code))
    for name in ("first.xlsx", "second.xlsx"):
        client.post(f"{PAGE}new/", {"ledger": SimpleUploadedFile(name, file)})
    first, second = Ledger.objects.order_by("made_at")
    LedgerFile.objects.filter(ledger=first).update(sealed=b"sealed with a key that is lost")

    carrying.go_on(60)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, first.why, second.stage) == ("broken", "failed", "columns")
    assert not LedgerFile.objects.exists()
    assert "请管理员处理" in page_of(client.get(f"{PAGE}{first.pk}/"))
