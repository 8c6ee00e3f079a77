"""Where departments call us: signed over the raw body, kept, answered; worked on afterwards."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Call, Forged, Signed
from gridapp.delivery import dispatch, inbox, wake

from . import flood, problems

logger = logging.getLogger(__name__)

LARGEST = 256 * 1024
"""Bytes of a call."""


@csrf_exempt  # no cookie is looked at: the department's signature is what counts
@never_cache
@require_POST
def callback(request: HttpRequest, key: str) -> HttpResponse:
    """Takes a call of target `key`: 202 for one that is kept, or that is here already."""
    one = next((one for one in targets.targets() if one.target.key == key), None)
    if one is None or not one.live or one.connector is None or not one.connector.capabilities.calls_back:
        return problems.answer("not_found")
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return problems.answer("callback_too_large", most=LARGEST // 1024)
    try:
        if inbox.keep(one, _verified(one, request), request.body):
            wake.read_inbox([one.target.pk])
    except (Forged, inbox.StaleError) as error:
        flood.forged(request.META)
        logger.warning("%s: a call is refused: %s", key, type(error).__name__)
        return problems.answer("bad_signature")
    return JsonResponse({"received": True}, status=202)


def _verified(one: Configured, request: HttpRequest) -> Signed:
    assert one.connector is not None  # noqa: S101 - told to the type checker
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return one.connector(one.target.settings()).verify(Call(request.body, headers))
    except Forged:
        raise
    except Exception as error:  # headers that a connector did not think of are no proof of anything either
        logger.error("%s: a call cannot be verified: %s", one.target.key, dispatch.trace(error))
        raise Forged(type(error).__name__) from None
