"""The audit as auditors read it: what was done and seen, and whether anybody changed that. Looking is noted too."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org.access import auditing, user_of
from gridapp.review import audit_lines, audit_tasks, tables
from gridapp.review.audit_lines import Criteria


@auditing
def listed(request: HttpRequest) -> HttpResponse:
    """The filters, how the chain stands, and what was found."""
    criteria = Criteria.read(request.GET.dict())
    lines, following = audit_lines.page(criteria, request.GET.get("before", ""))
    note(Act.AUDIT_SEEN, by=user_of(request).pk, filters=criteria.said)
    page = {"criteria": criteria, "lines": lines, "following": following, "state": audit_lines.state()}
    choices = {"acts": audit_lines.acts(), "results": audit_lines.results().items(), "most": audit_lines.MOST}
    return render(request, "review/audit.html", page | choices)


@auditing
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """What was found as a workbook of text cells."""
    criteria = Criteria.read(request.POST.dict())
    with transaction.atomic():
        rows = list(audit_lines.exported(criteria))
        note(Act.AUDIT_EXPORTED, by=user_of(request).pk, rows=len(rows) - 1, filters=criteria.said)
    return tables.handed_out(rows, name=f"audit-{timezone.localtime():%Y%m%d-%H%M}.xlsx")


@auditing
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Has the whole chain verified, at once and not at night."""
    user = user_of(request)
    try:
        audit_tasks.verify_chain.apply_async((user.pk,), retry=False)
    except OperationalError:
        note(Act.AUDIT_VERIFIED, by=user.pk, result="failed")
        messages.warning(request, _("消息队列不可用，没有开始。"), extra_tags="warn")
    else:
        note(Act.AUDIT_VERIFIED, by=user.pk)
        messages.success(request, _("已开始核验，过一会儿刷新看结果。"), extra_tags="good")
    return redirect("review:audit")
