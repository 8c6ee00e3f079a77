"""What a department asks for in addition, beside the delivery that it returned; the page works without a script."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import registry, uploads
from gridapp.delivery.supplement import supplement
from gridapp.desk import form_page, looking, opening, questions
from gridapp.dictionary import ATTACHMENTS
from gridapp.org.access import entering, user_of


@entering
@require_POST
def add(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One file for one name; what is wrong with it stands beside the field where it was chosen."""
    user = user_of(request)
    record = opening.record_or_404(record_id, user)
    name = request.POST.get("name", "").replace("\0", "")[:64]
    try:
        supplement(record.id, name, uploads.read(request, "file"), by=user)
    except registry.OutOfScope:
        raise Http404 from None
    except registry.Refused as refused:
        wrong = {one.field: form_page.words(one) for one in refused.refusals}
        return looking.shown(request, record, wrong=wrong)
    label = ATTACHMENTS[name].label(questions.language())
    messages.success(request, _("已补充“%(label)s”，正在重新推送。") % {"label": label}, extra_tags="good")
    return redirect("desk:record", record.id)
