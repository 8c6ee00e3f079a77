"""Three addresses for machines, answered before anything else: no host is checked, no session, cookie, language or
redirect to https is added, nothing is logged. A probe comes by an address of its own, every few seconds.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from prometheus_client import exposition

from gridapp import permissions

from . import health
from .metrics import registry

logger = logging.getLogger(__name__)

ALIVE = b'{"alive": true}'
_HERE = ("127.0.0.1", "::1", "")  # "": a socket of this machine
Answering = Callable[[HttpRequest], HttpResponseBase]


def doors(get_response: Answering) -> Answering:
    """Middleware, outside all others but the headers'."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        door = _DOORS.get(request.path_info) if request.method in ("GET", "HEAD") else None
        answered = door(request) if door is not None else None
        if answered is None:
            return get_response(request)
        answered["Cache-Control"] = "no-store"
        answered._has_been_logged = True  # type: ignore[attr-defined]  # Django's own sign: no line for a probe's 503
        return answered

    return answer


def alive(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Around the WSGI application: /healthz without Django, which looks after its database connections first."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/healthz" or environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return application(environ, start_response)
        size = str(len(ALIVE))
        said = {"Content-Type": "application/json", "Content-Length": size, **permissions.told(environ)}
        start_response("200 OK", list(said.items()))
        return [ALIVE] if environ["REQUEST_METHOD"] == "GET" else []

    return answer


def _healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ALIVE, content_type="application/json")


def _readyz(request: HttpRequest) -> HttpResponse:
    found = health.ready()
    return JsonResponse({"ready": found.ready, "checks": found.checks}, status=200 if found.ready else 503)


def _metrics(request: HttpRequest) -> HttpResponse | None:
    """None, so that the page does not exist, for whoever may not see it."""
    if not _may_scrape(request):
        return None
    encode, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
    try:
        return HttpResponse(encode(registry()), content_type=content_type)
    except DatabaseProblem as error:
        logger.warning("the figures cannot be read: %s", error)
        return HttpResponse(status=503)


def _may_scrape(request: HttpRequest) -> bool:
    """With METRICS_TOKEN who says it; without one, while developing, this machine."""
    if not settings.METRICS_TOKEN:
        return settings.DEVELOPMENT and request.META.get("REMOTE_ADDR", "") in _HERE
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(said.strip().encode("utf-8", "replace"), settings.METRICS_TOKEN.encode())
    return same and scheme.lower() == "bearer"


_DOORS: dict[str, Callable[[HttpRequest], HttpResponse | None]] = {
    "/healthz": _healthz,
    "/readyz": _readyz,
    "/metrics": _metrics,
}
