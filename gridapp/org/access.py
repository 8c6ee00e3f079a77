"""Who may open a page, and what becomes of a form whose session or token has expired meanwhile: nothing typed is lost.

The posted values go back to the browser as hidden fields of a page that asks to sign in again (or to confirm, where
only the token is old); the next post carries them on. They are written nowhere: not to the session, not to a log.
A tablet that sends a form by script (header X-Tablet) holds the form itself, and is answered in JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.authentication import CSRFCheck

from . import passwords, scope, second_step
from .attended import why_signed_out
from .models import User
from .sign_in_form import SignInForm

View = Callable[..., HttpResponse]
SIGN_IN_PREFIX = "again"


def signed_in(view: View) -> View:
    """For people who signed in; pages are not kept by the browser, posted values not shown in error reports.

    Whoever has a password that somebody else set, or one that is too old, is led to choose one first. What was typed
    before that is taken.
    """

    @wraps(view)
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        looks = request.method in {"GET", "HEAD"} and not from_tablet(request)
        user = user_of(request)
        if looks and (user.must_change_password or passwords.is_over(user)):
            return redirect("desk:password")
        return view(request, *args, **kwargs)

    return choosing_password(chosen)


def choosing_password(view: View) -> View:
    """As signed_in, also for who still has to choose a password."""

    @csrf_exempt  # checked below, so that an old token costs a tap and not what was typed
    @never_cache
    @sensitive_post_parameters()
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stale, form = _token_is_stale(request), SignInForm(request, prefix=SIGN_IN_PREFIX)
        tries = request.method == "POST" and not stale and f"{SIGN_IN_PREFIX}-username" in request.POST
        if tries and not request.user.is_authenticated:
            form = SignInForm(request, request.POST, prefix=SIGN_IN_PREFIX)
            if form.is_valid():
                second_step.begin(request, form.get_user())
        refused = _second_step(request) if request.method == "POST" and not stale else ""
        if request.user.is_authenticated and not stale:
            return view(request, *args, **kwargs)
        return told_to_tablet(request) if from_tablet(request) else _keep(request, form, refused)

    return guarded


def for_tablets(view: View) -> View:
    """For scripts of a tablet: nothing is kept by the browser, and the view itself asks `barred`, to answer in JSON."""

    @csrf_exempt  # checked by barred()
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return guarded


def from_tablet(request: HttpRequest) -> bool:
    """True where a script of ours sent it, which reads JSON and would take a page for sign-in for an answer."""
    return "X-Tablet" in request.headers


def barred(request: HttpRequest) -> str:
    """Why a tablet is not heard: "signed_out" or "csrf"; "" where it is."""
    if not request.user.is_authenticated:
        return "signed_out"
    return "csrf" if _token_is_stale(request) else ""


def told_to_tablet(request: HttpRequest, reason: str = "", **more: Any) -> JsonResponse:
    """401 or 403 and why, in JSON: a redirect to the sign-in page a script would follow and take for success."""
    reason = reason or barred(request)
    return JsonResponse({"ok": False, "reason": reason, **more}, status=401 if reason == "signed_out" else 403)


def entering(view: View) -> View:
    """As signed_in, and only for roles that make entries."""
    return _only(view, scope.may_enter)


def reading(view: View) -> View:
    """As signed_in, and only for roles that look records up: all but department officers."""
    return _only(view, scope.may_read_records)


def overseeing(view: View) -> View:
    """As signed_in, and only for roles that look at more than their own entries; no department officers."""
    return _only(view, scope.may_oversee)


def seeing_targets(view: View) -> View:
    """As overseeing, and for department officers too: the view keeps to the targets they see (catalogue.officers)."""
    return _only(view, scope.may_see_targets)


def deciding(view: View) -> View:
    """As signed_in, and only for who answers for residents' data: supervisors."""
    return _only(view, scope.may_decide)


def operating(view: View) -> View:
    """As signed_in, and only for who keeps it going: supervisors and system administrators."""
    return _only(view, scope.may_operate)


def administering(view: View) -> View:
    """As signed_in, and only for administrators."""
    return _only(view, scope.may_administer)


def keeping_accounts(view: View) -> View:
    """As signed_in, and only for who keeps accounts and tablets: supervisors and security administrators."""
    return _only(view, scope.may_keep_accounts)


def keeping_clients(view: View) -> View:
    """As signed_in, and only for security administrators: see scope.may_keep_clients."""
    return _only(view, scope.may_keep_clients)


def watching_sight(view: View) -> View:
    """As signed_in, and only for who looks into how people look: security administrators and auditors."""
    return _only(view, scope.may_watch_sight)


def auditing(view: View) -> View:
    """As signed_in, and only for auditors."""
    return _only(view, scope.may_audit)


def seeing_periods(view: View) -> View:
    """As signed_in, and only for supervisors and the three administrators."""
    return _only(view, scope.may_see_periods)


def renumbering(view: View) -> View:
    """As signed_in, and only for who writes down a department's new codes: see scope.may_renumber."""
    return _only(view, scope.may_renumber)


def user_of(request: HttpRequest) -> User:
    """The user behind a view that is guarded here."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - nobody else is let in
    return user


def _only(view: View, allowed: Callable[[Any], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not allowed(request.user):
            if from_tablet(request):
                return told_to_tablet(request, "role")
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(guarded)


def _token_is_stale(request: HttpRequest) -> bool:
    if request.method in {"GET", "HEAD"}:
        return False
    check = CSRFCheck(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is not None


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _second_step(request: HttpRequest) -> str:
    """Takes the code that the page asked for after the password; what is wrong with it, in words."""
    said = request.POST.get(f"{SIGN_IN_PREFIX}-code")
    return "" if said is None or request.user.is_authenticated else second_step.finish(request, said)


def _keep(request: HttpRequest, form: SignInForm, refused: str = "") -> HttpResponse:
    known = request.user.is_authenticated
    status = 403 if known else 401
    if "HX-Request" in request.headers:
        return HttpResponse(status=status)
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if _token_is_stale(request) and urlsplit(request.headers.get("Origin", "")).netloc != request.get_host():
        raise PermissionDenied  # a form of somebody else's page is not carried on
    ours = ("csrfmiddlewaretoken", f"{SIGN_IN_PREFIX}-")
    kept = [(name, value) for name, values in request.POST.lists() if not name.startswith(ours) for value in values]
    # A browser lets nobody put a file back into a form: it has to be chosen once more.
    page = {"kept": kept, "files": sorted(request.FILES), "form": form, "needs_sign_in": not known}
    page |= {"why": why_signed_out(request), "half": second_step.held(request), "refused": refused}
    return form.refused(render(request, "kept.html", page), status)
