"""Asks once more who is there, and leads on to the page that wanted to know."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from gridapp.org import fresh, portal
from gridapp.org.access import choosing_password


@choosing_password
def prove(request: HttpRequest) -> HttpResponse:
    onward = fresh.onward(request)
    if request.method == "POST" and "elsewhere" in request.POST:
        logout(request)  # they sign in with somebody else's page, so they do that once more
        request.session[portal.ANEW] = True
        return redirect(resolve_url("desk:login") + "?" + urlencode({"next": onward}))
    if request.method != "POST":
        return redirect(onward) if fresh.is_fresh(request) else fresh.asking(request, page={"next": onward})
    refused = fresh.prove(request, request.POST.get(fresh.PROOF, ""))
    return fresh.asking(request, refused, {"next": onward}) if refused else redirect(onward)
