"""Pages of what the browser agent saw: every page it filled, and what stopped it."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp.delivery import health, pictures
from gridapp.org.access import seeing_targets, user_of
from gridapp.review.opening import page_of, target_or_404

logger = logging.getLogger(__name__)

_LISTED = 12


@seeing_targets
def listed(request: HttpRequest, key: str) -> HttpResponse:
    user = user_of(request)
    one = target_or_404(key, user)
    rows = page_of(request, pictures.of(one, user), size=_LISTED)
    page = {"one": one, "rows": rows, "health": health.of([one])[one.target.key]}
    return render(request, "review/pictures.html", page)


@seeing_targets
def picture(request: HttpRequest, key: str, picture_id: int) -> HttpResponse:
    """One PNG; who fetched it is written down."""
    user = user_of(request)
    found = pictures.of(target_or_404(key, user), user).filter(pk=picture_id).first()
    if found is None:
        raise Http404
    logger.info("user %s looked at picture %s", user.pk, found.pk)
    return HttpResponse(pictures.content(found), content_type="image/png", headers={"Cache-Control": "no-store"})
