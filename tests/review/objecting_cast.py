"""An objection of somebody who lives there, and what people do with one on its page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from gridapp.org.models import User
from gridapp.registry import objections
from gridapp.registry.models import Objection, Record
from gridapp.registry.objections import Source

NEW_PHONE = "13912349999"


@pytest.fixture
def raised(resident: Record, people: dict[str, User]) -> Objection:
    """The resident says at the counter that the phone is another one."""
    return objections.lodge(
        uuid4(), resident, "phone", NEW_PHONE, by=people["supervisor"], source=Source.RESIDENT, reason="号码换了",
        contact="打新号码",
    )  # fmt: skip


def do(client: Client, row: Objection, act: str, text: str = "看过了", **more: str) -> tuple[int, str]:
    """One step of an objection, as its form posts it: the status of the answer, and the page that follows."""
    posted = {"act": act, "text": text, "version": str(Record.objects.get(pk=row.record_id).version), **more}
    answer = client.post(f"/review/objections/{row.pk}/act/", posted, follow=True)
    return answer.status_code, answer.content.decode()
