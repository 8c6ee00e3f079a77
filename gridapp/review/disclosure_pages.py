"""告知清单: which office got which of a resident's data, when and why; to read, and to hand to the resident."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gridapp import registry
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org import scope
from gridapp.org.access import reading, user_of
from gridapp.org.models import User
from gridapp.registry.models import Record
from gridapp.review import disclosure_words, paper, report_pdf
from gridapp.review.dear import dear


@reading
def ledger(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """For whoever may read the record; it is noted who looked."""
    user = user_of(request)
    record = found(record_id, user)
    note(Act.DISCLOSURE_SEEN, by=user.pk, about=f"record:{record.pk}")
    page: dict[str, Any] = {"record": record, "ledger": disclosure_words.ledger(record)}
    page |= {"can_print": report_pdf.is_available(), "packages": report_pdf.PACKAGES}
    return render(request, "review/disclosure.html", page | {"may_lodge": scope.may_enter(user)})


@reading
@dear
def printed(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The same as PDF in both languages; where none can be made, back to the page, which says what is missing."""
    user = user_of(request)
    record = found(record_id, user)
    if not report_pdf.is_available():
        return redirect("review:disclosure", record.pk)
    note(Act.DISCLOSURE_PRINTED, by=user.pk, about=f"record:{record.pk}")
    content = paper.made(
        "review/disclosure_paper.html", lambda: {"ledger": disclosure_words.ledger(record)}, title=_("告知清单")
    )
    return paper.answer(content, name=f"disclosure-{record.pk.hex[:8]}.pdf")


def found(record_id: UUID, by: User) -> Record:
    """A record that the user may read; any other answers 404, like none."""
    record = registry.find(record_id, by=by)
    if record is None:
        raise Http404
    return record
