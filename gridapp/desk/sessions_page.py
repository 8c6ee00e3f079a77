"""我的登录: where one is signed in, and how to end that from here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gridapp.org import sessions
from gridapp.org.access import signed_in, user_of
from gridapp.org.fresh import freshly_acting
from gridapp.org.models import Ended


@signed_in
@freshly_acting
def mine(request: HttpRequest) -> HttpResponse:
    """POST `end`: the row to end; without one, all others."""
    user, here = user_of(request), request.session.session_key or ""
    if request.method != "POST":
        page = {"rows": sessions.listed(user), "here": sessions.digest(here), "past": sessions.past(user)}
        return render(request, "desk/sessions.html", page)
    if one := request.POST.get("end", ""):
        ended = sessions.end(user, [one], why=Ended.OWN, by=user) if one != sessions.digest(here) else 0
    else:
        ended = sessions.end_all(user, why=Ended.OWN, by=user, but=here)
    messages.success(request, _("已结束。") if ended else _("没有变化。"), extra_tags="good")
    return redirect("desk:sessions")
