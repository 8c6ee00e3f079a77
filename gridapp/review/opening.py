"""From a request to what its page is about, within what the user may see; anything else answers 404."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import get_language

from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.delivery import concerned, sheets
from gridapp.delivery.models import Delivery, Sheet
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Record

_Row = TypeVar("_Row", bound=Model)


def language() -> str:
    """zh or en: the language of the page, as the catalogue names it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def target_or_404(key: str, by: User) -> Configured:
    """A target by its short name; one that the user does not see answers 404, like one that does not exist."""
    one = next((one for one in officers.seen_by(by) if one.target.key == key), None)
    if one is None:
        raise Http404
    return one


def record_or_404(record_id: UUID, one: Configured, by: User) -> Record:
    """A record of the user's areas, for an officer one that their target knows; any other answers 404, like none."""
    record = concerned.record(record_id, one, by=by)
    if record is None:
        raise Http404
    return record


def delivery_or_404(one: Configured, delivery_id: int, by: User) -> Delivery:
    """A delivery to this target of a record in the user's areas, however it stands."""
    rows = scope.within(Delivery.objects.filter(target=one.target), by, "record__grid_code")
    row = rows.select_related("record__building", "target").filter(pk=delivery_id).first()
    if row is None:
        raise Http404
    return row


def sheet_or_404(one: Configured, sheet_id: int, by: User) -> Sheet:
    """A workbook for this target of which the user may see every row."""
    sheet = sheets.seen_by(by).filter(target=one.target, pk=sheet_id).first()
    if sheet is None:
        raise Http404
    return sheet


def kind_asked(request: HttpRequest) -> Kind | None:
    """The kind of record that the address filters by; None for both, also where it says nothing sensible."""
    asked = request.GET.get("kind", "")
    return Kind(asked) if asked in set(Kind) else None


def page_of(request: HttpRequest, rows: QuerySet[_Row], *, size: int) -> Page[_Row]:
    """The part of a list that the address, or where names are looked for the post, asks for. Two statements."""
    shown: Any = Paginator(rows, size).get_page(request.POST.get("page") or request.GET.get("page"))
    found: Page[_Row] = shown
    return found


def day(text: str) -> date | None:
    """A day as sent by a browser; None for anything else, and for one too far away to count from."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and 1900 <= found.year <= 2200 else None


def number(text: str | None) -> int:
    """A whole number as sent by a browser; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def row_id(text: str | None) -> int:
    """The id of a delivery as sent by a browser; 0 for anything else. After a restore ids have up to 15 digits."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
