"""The second step of signing in: a code of one's phone, and before the first one, setting the phone up."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from gridapp.desk.sign_in import let_in
from gridapp.org import factors, fresh, second_step
from gridapp.org.access import user_of
from gridapp.org.areas import Unfit
from gridapp.org.models import User


@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """Asks for a code of who has just given the right password, and nobody else."""
    user, onward = second_step.held(request), fresh.onward(request)
    if user is None:
        return _anew(onward)
    if factors.of(user) is None:
        return redirect(resolve_url("desk:set_up") + "?" + urlencode({"next": onward}))
    refused = second_step.finish(request, request.POST.get("code", "")) if request.method == "POST" else ""
    if request.method != "POST" or refused:
        page = {"refused": refused, "next": onward}
        return render(request, "desk/code.html", page, status=422 if refused else 200)
    return let_in(request, user_of(request), onward)


@never_cache
@sensitive_post_parameters("code")
@sensitive_variables("codes")
def set_up(request: HttpRequest) -> HttpResponse:
    """Sets the phone up where the role asks for one; the codes on paper are shown, then they are signed in."""
    user, onward = second_step.held(request), fresh.onward(request)
    if user is None or factors.of(user) is not None:
        return _anew(onward)
    if request.method != "POST":
        return shown(request, user, onward=onward)
    try:
        codes = factors.confirm(user, request.POST.get("code", ""))
    except Unfit as refused:
        return shown(request, user, refused=str(refused), onward=onward)
    second_step.let_in(request, user, how="code")
    return render(request, "desk/recovery_codes.html", {"codes": codes, "next": onward})


@sensitive_variables("secret", "address")
def shown(request: HttpRequest, user: User, *, refused: str = "", onward: str = "") -> HttpResponse:
    """The secret as a QR code and as letters, and a field for the first code of it."""
    secret, address = factors.begun(user)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    page = {
        "picture": picture,
        "letters": letters,
        "refused": refused,
        "next": onward,
        "required": factors.required(user),
    }
    return render(request, "desk/factor_new.html", page, status=422 if refused else 200)


def _anew(onward: str) -> HttpResponse:
    return redirect(resolve_url("desk:login") + "?" + urlencode({"next": onward}))
