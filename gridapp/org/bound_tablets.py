"""Middleware: whoever works only at a tablet that was let in gets nowhere from any other browser."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from . import binding
from .access import from_tablet, told_to_tablet
from .models import User

Answering = Callable[[HttpRequest], HttpResponseBase]
_OPEN = (
    "/tablet/", "/login/", "/logout/", "/portal/", "/password/", "/factor/", "/session/", "/prove/", "/i18n/", "/api/",
    "/callbacks/", "/sw.js", "/manifest.webmanifest", "/shell/", "/offline/", "/diag/", "/notice/", "/complaints/",
    "/outbox/held/", "/.well-known/",
)  # fmt: skip
"""Signing in and what has nobody's data in it; the API has tokens of its own."""


def bound(get_response: Answering) -> Answering:
    """Asks nothing where TABLETS_BOUND is off."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not settings.TABLETS_BOUND or request.path_info.startswith((*_OPEN, settings.STATIC_URL)):
            return get_response(request)
        user = request.user
        if not isinstance(user, User) or not binding.wanted(user) or request.session.get(binding.MARK):
            return get_response(request)
        return _refused(request)

    return answer


def _refused(request: HttpRequest) -> HttpResponse:
    if from_tablet(request) or request.path_info.startswith("/outbox/"):
        return told_to_tablet(request, "unbound")
    if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
        return redirect(resolve_url("desk:tablet") + "?" + urlencode({"next": request.get_full_path()}))
    return HttpResponse(status=403)
