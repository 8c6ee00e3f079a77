"""What the systems would see of a form as it stands."""

from __future__ import annotations

from uuid import uuid4

from django.utils import timezone

from gridapp.desk import rules
from gridapp.desk.draft import Action, Draft
from gridapp.registry.models import Record

KNOWN = {"education": "20", "employer_name": "测试厂", "phone": "13912345678"}


def judged(**values: str) -> dict[str, object]:
    draft = Draft("resident", Action.CORRECT, uuid4(), record=Record(kind="resident"), values=values, known=KNOWN)
    view, refusals = draft.judged(on=timezone.localdate())
    assert refusals == []
    return {name: view.get(name) for name in KNOWN}


def test_what_was_emptied_is_empty() -> None:
    assert judged(education="", employer_name="") == {**KNOWN, "education": None, "employer_name": None}


def test_what_was_not_sent_stays_as_it_is() -> None:
    assert judged() == KNOWN


def test_what_is_masked_stands_empty_and_stays() -> None:
    assert judged(phone="") == KNOWN
    draft = Draft("resident", Action.CORRECT, uuid4(), record=Record(kind="resident"), known=KNOWN)
    assert rules.known(draft)["masked"] == ["phone"]
