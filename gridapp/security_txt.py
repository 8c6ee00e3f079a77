"""Whom to tell of a weakness of this installation: /.well-known/security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

_GOOD_FOR = timedelta(days=180)


@require_safe
def told(request: HttpRequest) -> HttpResponse:
    """Said anew each day: it is good for half a year from this morning. Without SECURITY_CONTACT there is none."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    ends = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + _GOOD_FOR
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACT]
    lines += [f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: zh, en"]
    lines += [f"Canonical: {request.build_absolute_uri()}"]
    if settings.SECURITY_POLICY_URL:
        lines.append(f"Policy: {settings.SECURITY_POLICY_URL}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
