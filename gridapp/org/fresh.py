"""Sensitive acts want a proof of who is at the machine that is no older than FRESH_MINUTES: a password, or a code.

Signing in is such a proof. What was posted meanwhile is carried on after the proof, as gridapp.org.access does it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import factors, throttle
from .access import from_tablet, told_to_tablet, user_of
from .models import User
from .session_store import SessionStore

MARK = "proved_at"
ELSEWHERE = "proved_elsewhere_at"
"""In a session that a portal opened: when they signed in there, 0 where it did not say. What was shown to a portal in
the morning proves nothing in the afternoon, though our session has just begun."""
PROOF = "again-proof"
"""The field that a proof is posted in, beside what is carried on."""
_OURS = ("csrfmiddlewaretoken", "again-")
View = Callable[..., HttpResponse]


def freshly_signed_in(view: View) -> View:
    """For views behind a decorator of access.py: asks for a proof where the last one is too old."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if from_tablet(request):
            return told_to_tablet(request, "proof")
        if request.method != "POST" or "HX-Request" in request.headers:
            return _led(request)
        said = request.POST.get(PROOF)
        refused = "" if said is None else prove(request, said)
        return asking(request, refused) if said is None or refused else view(request, *args, **kwargs)

    return guarded


def freshly_acting(view: View) -> View:
    """The same for a page that anybody may look at who comes so far: only what it is sent asks for a proof."""
    guarded = freshly_signed_in(view)

    @wraps(view)
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = view if request.method in {"GET", "HEAD"} else guarded
        return asked(request, *args, **kwargs)

    return chosen


def is_fresh(request: HttpRequest) -> bool:
    """Whether somebody has shown who they are within the last FRESH_MINUTES: by signing in, or since."""
    session = request.session
    proved = float(session.get(MARK, 0))
    if ELSEWHERE in session:
        proved = max(proved, float(session[ELSEWHERE]))
    elif isinstance(session, SessionStore):
        if session.begins:
            return True
        proved = max(proved, session.began_at.timestamp() if session.began_at else 0)
    return 0 <= time.time() - proved <= settings.FRESH_MINUTES * 60


def prove(request: HttpRequest, said: str) -> str:
    """Takes a proof; "" where it is one, else what is wrong with it in words."""
    user = user_of(request)
    if factors.of(user) is not None:
        refused = factors.prove(user, said)
        return refused or _marked(request)
    taken = throttle.take("again", str(user.pk))
    if not taken:
        return throttle.said(taken.wait)
    if not said.strip():
        throttle.give_back("again", str(user.pk))
        return str(_("请填写"))
    if not user.check_password(said):
        note(Act.PROVED, by=user.pk, about=f"account:{user.pk}", result="failed")
        return str(_("密码不对，请检查后再试。"))
    throttle.clear("again", str(user.pk))
    return _marked(request)


def mark(request: HttpRequest) -> None:
    """Whoever is there has just shown who they are: their session goes on under another key, the former is dead."""
    request.session[MARK] = time.time()
    request.session.cycle_key()


def _marked(request: HttpRequest) -> str:
    mark(request)
    note(Act.PROVED, by=request.user.pk, about=f"account:{request.user.pk}")
    return ""


def wants(user: User) -> str:
    """What proves them: code where they have a second factor, password, or "again" where they sign in elsewhere."""
    if factors.of(user) is not None:
        return "code"
    return "password" if user.has_usable_password() else "again"


def asking(request: HttpRequest, refused: str = "", page: Mapping[str, Any] | None = None) -> HttpResponse:
    """The page that asks for it, holding what was posted: it is written nowhere."""
    kept = [
        (name, value) for name, values in request.POST.lists() if not name.startswith(_OURS) for value in values
    ] if page is None else []  # fmt: skip
    # A browser lets nobody put a file back into a form: it has to be chosen once more.
    shown = {"kept": kept, "files": sorted(request.FILES), "refused": refused, "wants": wants(user_of(request))}
    shown |= {"minutes": settings.FRESH_MINUTES, "next": "", **(page or {})}
    return render(request, "desk/prove.html", shown, status=422 if refused else 200 if page is not None else 403)


def onward(request: HttpRequest) -> str:
    """Where they wanted to go, if it is a page of ours; else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def _led(request: HttpRequest) -> HttpResponse:
    """To the page that asks; a part of a page leads its whole page there, and back to where it stood."""
    if "HX-Request" not in request.headers:
        return redirect(_address(request.get_full_path()))
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    response = HttpResponse(status=200)
    response["HX-Redirect"] = _address(here.path + (f"?{here.query}" if here.query else "") or "/")
    return response


def _address(then: str) -> str:
    return resolve_url("desk:prove") + "?" + urlencode({"next": then})
