"""Every answer has an id: in its header, in each log line about it, on the page that says something broke."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from gridapp.dictionary import mask_text

from . import logs

HEADER = "X-Request-ID"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
logger = logging.getLogger("gridapp.access")
Answering = Callable[[HttpRequest], HttpResponseBase]


def named(get_response: Answering) -> Answering:
    """Middleware: takes the caller's id where it can be nothing but one, else makes one; and the access log."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        name = _given(request) or uuid.uuid4().hex
        held = logs.request_id.set(name)
        try:
            response = get_response(request)
            response[HEADER] = name
            _note(request, response, time.monotonic() - began)
        finally:
            logs.request_id.reset(held)
        return response

    return answer


def broke(request: HttpRequest, *args: object) -> HttpResponse:
    """The page of an unexpected error, with the id under which the log knows it. No database, no session is needed."""
    return HttpResponse(render_to_string("500.html", {"request_id": logs.request_id.get()}), status=500)


def _given(request: HttpRequest) -> str:
    """The id that came with the request, "" where it might be anything else: a line break, a resident's number."""
    name = request.headers.get(HEADER, "")
    return name if _SAFE.fullmatch(name) and mask_text(name) == name else ""


def _note(request: HttpRequest, response: HttpResponseBase, took: float) -> None:
    if not logger.isEnabledFor(logging.INFO) or request.path_info.startswith(settings.STATIC_URL):
        return
    matched = request.resolver_match
    about = (
        {name: value for name, value in matched.kwargs.items() if isinstance(value, int | uuid.UUID)} if matched else {}
    )
    method = request.method if request.method in _METHODS else "other"
    logger.info(
        "%s %s",
        method,
        response.status_code,
        extra={
            "method": method,
            "route": matched.route if matched else None,
            "ids": about or None,
            "status": response.status_code,
            "milliseconds": round(took * 1000, 1),
        },
    )
