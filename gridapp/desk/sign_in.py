"""Sign in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from gridapp import cookies
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org import passwords, portal, second_step
from gridapp.org.access import from_tablet
from gridapp.org.attended import why_signed_out
from gridapp.org.models import User
from gridapp.org.sign_in_form import SignInForm


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    onward = _onward(request)
    if request.user.is_authenticated:
        return redirect(onward)
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        page = {"form": form, "next": onward, "why": why_signed_out(request)}
        page["leaves_portal"] = bool(cookies.said(request, portal.COOKIE))
        return form.refused(render(request, "desk/sign_in.html", page), 422 if form.is_bound else 200)
    if not second_step.begin(request, form.get_user()):
        return redirect(resolve_url("desk:code") + "?" + urlencode({"next": onward}))
    return let_in(request, form.get_user(), onward)


def let_in(request: HttpRequest, user: User, onward: str) -> HttpResponse:
    """Where somebody goes who has just signed in; in their language, and warned of what is due."""
    days = passwords.days_left(user)
    if days is not None and not user.must_change_password:
        said = ngettext(
            "密码还有 %(days)s 天到期，请在页面底部“改密码”里换一个新的。",
            "密码还有 %(days)s 天到期，请在页面底部“改密码”里换一个新的。",
            days,
        )
        messages.warning(request, said % {"days": days}, extra_tags="warn")
    response = redirect(onward)
    if user.language and not cookies.said(request, settings.LANGUAGE_COOKIE):
        cookies.leave(response, settings.LANGUAGE_COOKIE, user.language, seconds=settings.LANGUAGE_COOKIE_AGE)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.pk is not None:
        note(Act.SIGNED_OUT, by=request.user.pk, about=f"account:{request.user.pk}")
    began_at_portal = portal.BEGAN in request.session
    logout(request)
    if not from_tablet(request):
        return portal.signed_out(began_at_portal, redirect("desk:login"))
    response = portal.signed_out(began_at_portal, JsonResponse({"ok": True}))
    # On a redirect browsers break off and clear nothing, so a script asks. X-Keep: forms of others still wait there,
    # and storage is cleared whole or not at all.
    response["Clear-Site-Data"] = '"cache"' if "X-Keep" in request.headers else '"cache", "storage"'
    return response


def _onward(request: HttpRequest) -> str:
    """Where they wanted to go, if it is a page of ours; else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)
