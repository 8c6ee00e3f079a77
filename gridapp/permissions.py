"""What pages may ask of the tablet: its camera, for house codes. Never where it is, never what it hears."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY = "camera=(self), microphone=(), geolocation=()"
Answering = Callable[[HttpRequest], HttpResponseBase]


def policy(get_response: Answering) -> Answering:
    """Middleware."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = POLICY
        return response

    return answer
