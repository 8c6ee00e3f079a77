"""The page of tablets: when each was last heard of, how much waits there, and what is done when one is lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp.org import binding, devices
from gridapp.org.access import keeping_accounts, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.review.opening import page_of

_LISTED = 50
_LONG = timedelta(days=1)
"""A form that has waited longer is asked after."""


@keeping_accounts
def tablets(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, devices.listed(user_of(request)), size=_LISTED)
    return render(request, "review/devices.html", {"rows": rows, "long_ago": timezone.now() - _LONG})


@keeping_accounts
@require_POST
@freshly_signed_in
def report(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """报失并清除, or taken back as long as the tablet has not been told."""
    user, said = user_of(request), request.POST.get("act")
    if said not in {"lost", "found", "approve"}:
        raise Http404
    if said == "lost" and devices.report_lost(device_id, by=user):
        messages.success(request, _("已报失：登录已失效，下次联网时清除这台平板上的内容。"), extra_tags="good")
    elif said == "found" and devices.found_again(device_id, by=user):
        messages.success(request, _("已撤回报失。"), extra_tags="good")
    elif said == "approve" and binding.approve(device_id, by=user):
        messages.success(request, _("已批准，可以用这台平板办事了。"), extra_tags="good")
    else:
        messages.warning(request, _("这台平板不在您的范围内，或已经处理过了。"), extra_tags="warn")
    return redirect("review:devices")
