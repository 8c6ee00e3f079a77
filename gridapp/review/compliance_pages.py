"""合规审计材料: one package for whoever audits how personal information is kept, made by the audit administrator."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue import assessments
from gridapp.org.access import auditing, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.review import audit_lines, compliance_pack, paper
from gridapp.review.compliance_pack import Days
from gridapp.review.opening import day

LONGEST = timedelta(days=3 * 366)


@auditing
def page(request: HttpRequest) -> HttpResponse:
    return _shown(request, {}, status=200)


@auditing
@require_POST
@freshly_signed_in
def pack(request: HttpRequest) -> HttpResponse:
    """The package of the days that were asked for; noted."""
    user, days = user_of(request), _days(request.POST)
    if days is None:
        return _shown(request, request.POST.dict(), status=422)
    content = compliance_pack.made(days, by=user)
    note(Act.COMPLIANCE_PACKED, by=user.pk, first=str(days.first), last=str(days.last), size=len(content))
    return paper.answer(content, name=f"compliance-{days.first}-{days.last}.zip", media="application/zip")


def _shown(request: HttpRequest, typed: dict[str, str], *, status: int) -> HttpResponse:
    today = timezone.localdate()
    begins = typed.get("first") or str(today - timedelta(days=365))
    told = {"first": begins, "last": typed.get("last") or str(today), "wrong": status != 200}
    told |= {"wanting": assessments.wanting(today), "state": audit_lines.state()}
    return render(request, "review/compliance.html", told, status=status)


def _days(post: QueryDict) -> Days | None:
    first, last = day(post.get("first", "")), day(post.get("last", ""))
    if first is None or last is None or not first <= last <= min(first + LONGEST, timezone.localdate()):
        return None
    return Days(first, last)
