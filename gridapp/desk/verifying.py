"""Still lives here, nothing has changed: one tap at the door."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from gridapp.desk import answers, entry_forms, form_page, looking
from gridapp.desk.entering import save
from gridapp.org.access import entering, from_tablet, user_of


@entering
@require_POST
def verify(request: HttpRequest, record_id: UUID) -> HttpResponse:
    draft = entry_forms.verify(request, user_of(request), record_id)
    if entered := save(request, draft):
        return answers.saved(request, entered, reverse("desk:record", args=[record_id]))
    if from_tablet(request) and draft.record:
        wrong = {one.field: form_page.words(one) for one in draft.refusals}
        return looking.shown(request, draft.record, wrong=wrong)
    for refusal in draft.refusals:
        messages.error(request, form_page.words(refusal), extra_tags="bad")
    return redirect("desk:record", record_id)
