"""What is noted while a request is answered knows its id and who called; what nobody noted is noted after it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gridapp.audit import origin

from . import logs, witness

Answering = Callable[[HttpRequest], HttpResponseBase]


def told(get_response: Answering) -> Answering:
    """Middleware, behind the one that names requests."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        here = origin.Origin(origin.WEB, logs.request_id.get(), origin.address_of(request.META))
        with origin.coming_from(here):
            response = get_response(request)
            witness.witness(request, response, here)
        return response

    return answer
