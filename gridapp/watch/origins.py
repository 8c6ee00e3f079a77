"""What is noted while a request is answered knows its id and who called; whom a view turns away is noted here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gridapp.audit import origin

from . import logs

Answering = Callable[[HttpRequest], HttpResponseBase]


def told(get_response: Answering) -> Answering:
    """Middleware, behind the one that names requests."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        here = origin.Origin("web", logs.request_id.get(), origin.address_of(request.META))
        with origin.coming_from(here):
            return get_response(request)

    return answer
