"""Signing in at the government portal: there, back again, linking the two accounts, and out there as well."""

from __future__ import annotations

import time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gridapp import cookies
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.desk.sign_in import let_in
from gridapp.org import factors, federated, fresh, portal, second_step
from gridapp.org.access import signed_in, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import User
from gridapp.org.portal import Said

HELD = "portal_said"
_ONWARD = "portal_next"
_SECONDS = 600


@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """To the portal. `next` is kept here, so nothing that comes back says where to go."""
    onward = _if_on(fresh.onward(request))
    request.session[_ONWARD] = onward
    anew = bool(request.session.pop(portal.ANEW, False))
    try:
        return portal.leave(request, request.build_absolute_uri(reverse("desk:portal_back")), anew=anew)
    except portal.Unreachable:
        return _anew(request, onward, _("%(portal)s现在连不上，请用本系统的用户名和密码登录。"))


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """From the portal, with a code."""
    onward = _if_on(str(request.session.pop(_ONWARD, "") or resolve_url("desk:home")))
    try:
        said = portal.came_back(request)
    except portal.Unreachable:
        return _anew(request, onward, _("%(portal)s现在连不上，请用本系统的用户名和密码登录。"))
    except portal.Refused as refused:
        note(Act.SIGN_IN_FAILED, result="failed", how="portal", why=refused.why)
        return _anew(request, onward, _("%(portal)s没有确认您的身份，请重新登录。"))
    user = federated.find(said)
    if request.user.is_authenticated:
        return _held(request, said) if user is None else redirect(onward)
    if user is None:
        _hold(request, said)
        text = _("%(portal)s的账号还没有与本系统的账号关联。请先用本系统的用户名和密码登录一次，然后确认关联。")
        return _anew(request, reverse("desk:portal_link"), text)
    return _let_in(request, user, said, onward)


@signed_in
def link(request: HttpRequest) -> HttpResponse:
    """The two accounts of one person: how it stands, and linked or parted by a tap."""
    _if_on("")
    return _act(request) if request.method == "POST" else _shown(request)


@never_cache
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """Out of the portal too, for who has signed out here."""
    _if_on("")
    home = resolve_url("desk:login")
    try:
        away = "" if request.user.is_authenticated else portal.way_out(request.build_absolute_uri(home))
    except portal.Unreachable:
        away = ""
    response = redirect(away or home)
    cookies.take_back(response, portal.COOKIE)
    return response


def _shown(request: HttpRequest) -> HttpResponse:
    page = {"portal": portal.name(), "link": federated.of(user_of(request)), "held": _said(request) is not None}
    return render(request, "desk/portal.html", page)


@freshly_signed_in
def _act(request: HttpRequest) -> HttpResponse:
    user, act = user_of(request), request.POST.get("act")
    if act == "part" and federated.unlink(user):
        messages.success(request, _("已解除关联。"), extra_tags="good")
    said = _said(request)
    if act == "link" and said is not None:
        request.session.pop(HELD, None)
        if federated.link(user, said):
            messages.success(request, _("已关联，下次可以直接从那里登录。"), extra_tags="good")
        else:
            messages.error(request, _("没有关联：两个账号中有一个已经关联了别的账号。"), extra_tags="bad")
    return redirect("desk:portal_link")


def _let_in(request: HttpRequest, user: User, said: Said, onward: str) -> HttpResponse:
    """Like after the right password: a closed account is closed, and a second factor is asked for where one is due."""
    if not user.is_active:
        note(Act.SIGN_IN_FAILED, about=f"account:{user.pk}", result="failed", how="portal", why="closed")
        return _anew(request, onward, _("这个账号已停用，请联系管理员。"))
    if factors.due(user) and not said.two_factors:
        second_step.begin(request, user)
        request.session[portal.BEGAN] = True
        return redirect(resolve_url("desk:code") + "?" + urlencode({"next": onward}))
    second_step.let_in(request, user, how="portal")
    request.session.update({portal.BEGAN: True, fresh.ELSEWHERE: said.at})
    return let_in(request, user, onward)


def _held(request: HttpRequest, said: Said) -> HttpResponse:
    _hold(request, said)
    return redirect("desk:portal_link")


def _hold(request: HttpRequest, said: Said) -> None:
    """Whom the portal named, until its account is linked: here and not in the page, so nobody can name another."""
    request.session[HELD] = {"issuer": said.issuer, "subject": said.subject, "at": int(time.time())}


def _said(request: HttpRequest) -> Said | None:
    held: Any = request.session.get(HELD)
    if not held or not 0 <= time.time() - held["at"] <= _SECONDS:
        return None
    return Said(held["issuer"], held["subject"], two_factors=False, staff_no="")


def _anew(request: HttpRequest, onward: str, text: str) -> HttpResponse:
    messages.warning(request, text % {"portal": portal.name()}, extra_tags="warn")
    return redirect(resolve_url("desk:login") + "?" + urlencode({"next": onward}))


def _if_on(text: str) -> str:
    if not portal.is_on():
        raise Http404
    return text
