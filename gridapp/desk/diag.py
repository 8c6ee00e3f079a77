"""What a tablet found out about itself, kept with it for its office: can it work without signal?"""

from __future__ import annotations

import json

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from gridapp.desk.session import device_of
from gridapp.org import devices, tablet_checks
from gridapp.org.access import barred, for_tablets, told_to_tablet


@for_tablets
def report(request: HttpRequest) -> HttpResponse:
    """POST: `{"checks": {name: [answer, detail]}}` as static/diag.js found them, of a tablet that /session/ knows."""
    if reason := barred(request):
        return told_to_tablet(request, reason)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        tried = tablet_checks.read(json.loads(request.body)["checks"])
    except (ValueError, TypeError, KeyError, RecursionError, RequestDataTooBig):
        return JsonResponse({"ok": False, "reason": "malformed"}, status=400)
    device = device_of(request)
    if device is None or not devices.tried(device, tried):
        return JsonResponse({"ok": False, "reason": "unknown"}, status=400)
    return JsonResponse({"ok": True})
