"""The two doors an entry comes in by, the worker's page and the API, and what a clerk does by hand at the pages."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gridapp.delivery import brought
from gridapp.delivery.models import Sheet
from gridapp.org import tokens
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record

from .conftest import GRID, Stack

_OF_THE_PLACE = {"building_code": "building", "floor_no": "floor", "room_no": "room_no"}


class Api:
    """Entries as another client sends them."""

    def __init__(self, by: User) -> None:
        self._client = Client(headers={"Authorization": f"Token {tokens.issue(by)}"})

    def enter(self, raw: Mapping[str, Any]) -> Record:
        body = {"id": str(uuid4()), "grid_code": GRID, **raw}
        answer = self._client.post("/api/v1/entries/", body, content_type="application/json")
        assert answer.status_code == 201, answer.content.decode()
        return Entry.objects.get(id=body["id"]).record


class Page:
    """Entries as the worker's form posts them; what the page asks twice is confirmed."""

    def __init__(self, by: User) -> None:
        self._client = Client()
        self._client.force_login(by)

    def enter(self, raw: Mapping[str, Any]) -> Record:
        posted = {"entry_id": str(uuid4()), **_form(raw)}
        answer = self._client.post(f"/entries/new/{raw['kind']}/", posted)
        if answer.status_code == 422 and (hidden := list(answer.context["page"].hidden)):
            confirmed = [value for name, value in hidden if name == "confirmed"]
            answer = self._client.post(f"/entries/new/{raw['kind']}/", {**posted, "confirmed": confirmed})
        assert answer.status_code == 302, _complaints(answer)
        return Entry.objects.get(id=posted["entry_id"]).record


def _form(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the form, by their names."""
    of_housing = raw["kind"] == "housing"
    form: dict[str, Any] = {"housing": raw.get("housing", "")}
    for name, value in raw["fields"].items():
        form[_OF_THE_PLACE.get(name, f"housing.{name}") if of_housing else name] = value
    for block in ("residency", "household", "tenancy"):
        form |= {f"{block}.{name}": value for name, value in raw.get(block, {}).items()}
    return {name: _typed(value) for name, value in form.items() if value is not None}


def _typed(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _complaints(answer: Any) -> str:
    page = answer.content.decode()
    return f"{answer.status_code}: {re.findall(r'<p class=.error.[^>]*>([^<]+)<', page)}"


def fill_by_workbook(stack: Stack, key: str, by: User) -> list[dict[str, int]]:
    """Exports all that waits at one target, carries each workbook there and brings back the answer; counts of each."""
    clerk = Client()
    clerk.force_login(by)
    while True:
        before = Sheet.objects.count()
        for kind in ("resident", "housing"):
            clerk.post(f"/review/byhand/{key}/export/?kind={kind}")
        if Sheet.objects.count() == before:
            break
    for sheet in Sheet.objects.filter(returned_at=None):
        page = f"/review/byhand/{key}/sheets/{sheet.pk}/"
        url = f"{stack.sandbox.control}departments/{key}/upload/"
        carried = urllib.request.Request(url, data=clerk.get(page).content)  # noqa: S310 - our own sandbox
        with urllib.request.urlopen(carried, timeout=30) as came_back:  # noqa: S310
            answer = clerk.post(f"{page}answer/", {"came_back": _file(came_back.read())})
        assert answer.status_code == 302, _complaints(answer)
        sheet.refresh_from_db()
        clerk.post(f"{page}answer/settle/", {"act": "apply", "seen": brought.word(sheet)})
    return [dict(counts) for counts in Sheet.objects.order_by("pk").values_list("counts", flat=True)]


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("result.xls", content, content_type="application/vnd.ms-excel")
