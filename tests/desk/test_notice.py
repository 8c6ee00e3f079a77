"""The notice to residents: for everybody, complete, in both languages, and truthful about who is told."""

from __future__ import annotations

import pytest
from django.test import Client

from gridapp.catalogue.models import Target
from gridapp.desk import notice


def test_anybody_may_read_it(client: Client, targets: None) -> None:
    page = client.get("/notice/")

    text = page.content.decode()
    assert page.status_code == 200
    assert len(page.context["systems"]) == Target.objects.filter(enabled=True).count() > 0
    assert "《个人信息保护法》第十三条" in text
    assert "怎样投诉" in text


def test_a_system_that_is_switched_off_is_told_nothing_and_not_named(client: Client, targets: None) -> None:
    Target.objects.filter(key="LB").update(enabled=False)

    assert "LB" not in {one.key for one in client.get("/notice/").context["systems"]}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_system_says_why_and_what_it_gets(targets: None, lang: str) -> None:
    for one in notice.systems(lang):
        assert one.purpose and one.basis and one.owner
        assert one.of_people or one.of_homes
        assert len(set(one.of_people)) == len(one.of_people)


def test_the_form_opens_it_without_leaving(desk: Client, flat: object) -> None:
    page = desk.get("/entries/new/resident/", {"housing": str(flat.id)}).content.decode()  # type: ignore[attr-defined]

    assert 'href="/notice/" target="_blank" rel="noopener"' in page


def test_whom_to_call_is_said(client: Client, targets: None, settings: object) -> None:
    settings.COMPLAINTS_CONTACT = "12345"  # type: ignore[attr-defined]

    assert "12345" in client.get("/notice/").content.decode()
    assert "12345" in client.get("/complaints/").content.decode()
