"""One's own second factor: set up, given new codes on paper, done without where the role lets one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from gridapp.desk.second_step import shown
from gridapp.org import factors, recovery
from gridapp.org.access import signed_in, user_of
from gridapp.org.areas import Unfit
from gridapp.org.fresh import freshly_signed_in, mark


@signed_in
def factor(request: HttpRequest) -> HttpResponse:
    """How it stands."""
    user = user_of(request)
    page = {"factor": factors.of(user), "left": recovery.left(user), "required": factors.required(user)}
    return render(request, "desk/factor.html", page)


@signed_in
@freshly_signed_in
@sensitive_variables("codes")
def new(request: HttpRequest) -> HttpResponse:
    """Shows the secret, then takes the first code of it."""
    user = user_of(request)
    if request.method != "POST" or factors.of(user) is not None:
        return redirect("desk:factor")
    if "code" not in request.POST:
        return shown(request, user)
    try:
        codes = factors.confirm(user, request.POST.get("code", ""), but=request.session.session_key or "")
    except Unfit as refused:
        return shown(request, user, refused=str(refused))
    mark(request)
    return render(request, "desk/recovery_codes.html", {"codes": codes, "next": ""})


@signed_in
@freshly_signed_in
@sensitive_variables("codes")
def act(request: HttpRequest) -> HttpResponse:
    """New codes on paper, or no second factor any more."""
    user, wanted = user_of(request), request.POST.get("act")
    if request.method != "POST":
        return redirect("desk:factor")
    try:
        if wanted == "codes":
            return render(request, "desk/recovery_codes.html", {"codes": factors.new_codes(user), "next": ""})
        if wanted != "remove":
            raise Http404
        factors.remove(user, but=request.session.session_key or "")
        messages.success(request, _("已取消两步验证。"), extra_tags="good")
    except Unfit as refused:
        messages.error(request, str(refused), extra_tags="bad")
    return redirect("desk:factor")
