"""Machines are not led from http to https: what they sent in clear, token and all, would go unnoticed for ever."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import problems

FOR_MACHINES = ("/api/", "/callbacks/", "/outbox/")
Answering = Callable[[HttpRequest], HttpResponseBase]


def https_only(get_response: Answering) -> Answering:
    """Middleware, outside the one that leads pages to https: 403 with a problem document where no person asks."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        in_clear = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if in_clear and request.path_info.startswith(FOR_MACHINES):
            return problems.answer("https_only")
        return get_response(request)

    return answer
