"""告知清单: who may see it, what stands in it, that it is noted, and that the paper says it in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry.models import Record
from gridapp.review import report_pdf
from tests.exporting import made
from tests.review.rights_cast import send

As = Callable[..., Client]


def page_of(client: Client, record: Record) -> str:
    answer = client.get(f"/review/records/{record.pk}/disclosure/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_office_stands_with_its_fields_basis_purpose_and_receipt(
    as_: As, resident: Record, sent: dict[str, Delivery]
) -> None:
    page = page_of(as_("worker"), resident)

    assert "提供给了 2 个部门" in page
    section = page.split('id="office-JZDJ"')[1].split("</section>")[0]
    for said in ("公民身份号码", "联系方式", "法律依据", "用途", "DJ-1", "存有第 1 版"):
        assert said in section
    other = page.split('id="office-PDA"')[1].split("</section>")[0]
    assert "公民身份号码" not in other
    assert "PDA-7" in other


def test_no_value_of_the_person_and_no_word_of_a_department_stands_in_it(
    as_: As, resident: Record, sent: dict[str, Delivery]
) -> None:
    page = page_of(as_("supervisor"), resident)

    assert "990101199202290010" not in page
    assert "13912345678" not in page
    assert "部门的话里有" not in page


def test_systems_that_got_nothing_are_named(as_: As, resident: Record, sent: dict[str, Delivery]) -> None:
    page = page_of(as_("supervisor"), resident)

    untold = page.split('id="untold-title"')[1].split("</section>")[0]
    assert "劳保" in untold
    assert "居住登记" not in untold


def test_a_list_of_staff_in_which_the_person_stands_is_told_without_who_took_it(
    as_: As, people: dict[str, User], resident: Record
) -> None:
    export = made(people["supervisor"], purpose="春季走访核对 13912345678")

    page = page_of(as_("worker"), resident)

    said = page.split('id="lists-title"')[1].split("</section>")[0]
    assert export.short_id in said
    assert "春季走访核对" in said
    assert "13912345678" not in said
    assert people["supervisor"].display_name not in said


@pytest.mark.parametrize(
    ("role", "status"),
    [("worker", 200), ("supervisor", 200), ("auditor", 200), ("administrator", 200), ("officer", 403)],
)
def test_whoever_may_read_the_record_may_read_it(as_: As, resident: Record, role: str, status: int) -> None:
    for part in ("", "pdf/"):
        answer = as_(role).get(f"/review/records/{resident.pk}/disclosure/{part}")
        assert answer.status_code in ({status} if status == 403 else {200, 302})


def test_of_another_grid_there_is_none(as_: As, resident: Record) -> None:
    assert as_("other_worker").get(f"/review/records/{resident.pk}/disclosure/").status_code == 404
    assert as_("other_worker").get(f"/review/records/{resident.pk}/disclosure/pdf/").status_code == 404
    assert not Note.objects.filter(act=Act.DISCLOSURE_SEEN).exists()


def test_every_look_is_noted(as_: As, people: dict[str, User], resident: Record) -> None:
    page_of(as_("worker"), resident)
    page_of(as_("worker"), resident)

    noted = Note.objects.filter(act=Act.DISCLOSURE_SEEN).values_list("by", "about")
    assert list(noted) == [(people["worker"].pk, f"record:{resident.pk}")] * 2


def test_the_page_names_where_to_complain_and_what_one_may_ask(as_: As, resident: Record, settings: Settings) -> None:
    settings.COMPLAINTS_CONTACT = "0755-12345"

    page = page_of(as_("worker"), resident)

    assert "0755-12345" in page
    assert "15 个工作日内答复" in page


def test_in_english_it_is_complete(as_: As, resident: Record, sent: dict[str, Delivery]) -> None:
    page = as_("supervisor", language="en").get(f"/review/records/{resident.pk}/disclosure/").content.decode()

    assert "Document number" in page or "number" in page.split("office-JZDJ")[1]
    assert "Legal basis" in page


def test_of_a_flat_it_speaks_of_the_flat_and_not_of_a_person(
    as_: As, people: dict[str, User], flat: Record, resident: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []

    def keep(page: str, *, style: str) -> bytes:
        printed.append(page)
        return b"%PDF-"

    monkeypatch.setattr(report_pdf, "is_available", lambda: True)
    monkeypatch.setattr(report_pdf, "printed", keep)
    send(flat, "FWBM", {"housing.address"})
    made(people["supervisor"], kind="housing")

    page = page_of(as_("supervisor"), flat)
    as_("supervisor").get(f"/review/records/{flat.pk}/disclosure/pdf/")

    body = page.split("<main")[1]
    assert "这套房屋的信息提供给了 1 个部门" in body
    assert "这套房屋出现在下列" in body
    assert "本人" not in body
    assert "房屋信息提供情况告知清单" in printed[0]
    assert "本人" not in printed[0]
    assert "Your data" not in printed[0]
    assert "Data of this flat was provided to 1 office" in printed[0]


def test_the_record_page_leads_to_it(as_: As, resident: Record) -> None:
    assert (
        f"/review/records/{resident.pk}/disclosure/" in as_("worker").get(f"/records/{resident.pk}/").content.decode()
    )


def test_the_paper_has_both_languages(
    as_: As, resident: Record, sent: dict[str, Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []

    def keep(page: str, *, style: str) -> bytes:
        printed.append(page)
        return b"%PDF-"

    monkeypatch.setattr(report_pdf, "is_available", lambda: True)
    monkeypatch.setattr(report_pdf, "printed", keep)  # what is drawn of it, the next test sees

    answer = as_("worker").get(f"/review/records/{resident.pk}/disclosure/pdf/")

    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    assert "测试甲" not in answer["Content-Disposition"]
    chinese, english = printed[0].split("<main ")[1:]
    assert "法律依据" in chinese
    assert "Legal basis" in english
    assert Note.objects.filter(act=Act.DISCLOSURE_PRINTED).count() == 1


def test_the_paper_is_a_pdf_or_the_page_says_what_is_missing(
    as_: As, resident: Record, sent: dict[str, Delivery]
) -> None:
    answer = as_("worker").get(f"/review/records/{resident.pk}/disclosure/pdf/")

    made = answer.status_code == 200 and answer.content.startswith(b"%PDF-") and len(answer.content) > 10_000
    assert made if report_pdf.is_available() else answer.status_code == 302
