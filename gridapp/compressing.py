"""Pages and what tablets fetch go out compressed: most of a first visit would else be the form's own text.

Whoever stands in front of us may do it too; then this finds it done. The API is left alone: its answers are small, its
clients sit in the next rack. Django pads what it compresses by a random length, and our pages mask what is secret.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORTH_IT = 1400
"""Bytes; less than this fits into one packet anyway."""

_KINDS = ("text/html", "application/json", "text/javascript")
_ANSWER = Callable[[HttpRequest], HttpResponseBase]


def pages(get_response: _ANSWER) -> _ANSWER:
    compressor = GZipMiddleware(get_response)  # only what it does to an answer is used

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        kind = response.get("Content-Type", "")
        small = response.streaming or len(getattr(response, "content", b"")) < WORTH_IT
        if small or not kind.startswith(_KINDS) or request.path.startswith(("/api/", "/callbacks/")):
            return response
        return compressor.process_response(request, response)

    return answer
