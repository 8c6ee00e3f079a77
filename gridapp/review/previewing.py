"""The page of exactly what one system would be sent of one record, and what has changed since it was told."""

from __future__ import annotations

import logging
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp.delivery import preview as previews
from gridapp.org import scope
from gridapp.org.access import signed_in, user_of
from gridapp.review.opening import language, record_or_404, target_or_404

logger = logging.getLogger(__name__)


@signed_in
def preview(request: HttpRequest, record_id: UUID, key: str) -> HttpResponse:
    """Masked; a POST of somebody who decides shows every value in full, and is written down."""
    user = user_of(request)
    if not (scope.may_read_records(user) or scope.may_see_targets(user)):
        raise PermissionDenied  # a security administrator knows accounts, not residents
    one = target_or_404(key, user)
    record = record_or_404(record_id, one, user)
    full = request.method == "POST"
    if full and not scope.may_decide(user):
        raise PermissionDenied
    made = previews.of(record, one, full=full, lang=language())
    if made is None:
        raise Http404
    if full:
        logger.info("user %s saw what record %s sends to %s in full", user.pk, record.pk, key)
    page = {"record": record, "one": one, "preview": made, "full": full, "may_decide": scope.may_decide(user)}
    page["may_read_records"] = scope.may_read_records(user)
    return render(request, "review/preview.html", page)
