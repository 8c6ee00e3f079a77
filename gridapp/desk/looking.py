"""The pages that only show: home, search, choosing a room, one record and where its deliveries stand."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from gridapp import registry
from gridapp.desk import acts, divisions, opening, recent, record_page, revealing, search, standings, work
from gridapp.org import scope
from gridapp.org.access import entering, reading, signed_in, user_of
from gridapp.registry import looks, rights
from gridapp.registry.models import Record


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    user, on = user_of(request), timezone.localdate()
    if not scope.may_read_records(user):
        return redirect("review:accounts" if scope.may_secure(user) else "review:targets")
    page = {
        "recent": recent.entries(user, on=on),
        "waiting": recent.waiting_for(user, on=on),
        "may_enter": scope.may_enter(user),
        "needs_me": work.waiting(user) if scope.may_enter(user) else 0,
        "hits": None,
    }
    return render(request, "desk/home.html", page)


@reading
def find(request: HttpRequest) -> HttpResponse:
    """Names and numbers are searched by POST: they must not stand in an address that ends up in logs."""
    user = user_of(request)
    query = request.POST.get("q", "").replace("\0", "").strip()[:100]
    hits = search.hits(query, by=user, on=timezone.localdate()) if query else None
    page = {"hits": hits, "query": query, "may_enter": scope.may_enter(user)}
    return render(request, "desk/home.html#hits" if "HX-Request" in request.headers else "desk/search.html", page)


@entering
def choose(request: HttpRequest, purpose: str) -> HttpResponse:
    if purpose not in {"resident", "housing"}:
        raise Http404
    wanted_for = purpose if purpose == "resident" else ""
    return acts.choose(request, purpose, reverse(f"desk:new_{purpose}"), wanted_for=wanted_for)


@reading
def record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    found = opening.record_or_404(record_id, user_of(request))
    looked = looks.look(found, by=user_of(request))
    if not looked.allowed:
        return render(request, "desk/enough.html", {"looked": looked, "record": found}, status=429)
    return shown(request, found)


def shown(request: HttpRequest, found: Record, *, wrong: Mapping[str, str] | None = None) -> HttpResponse:
    """The page of a record. `wrong`: what was wrong with what was just sent; what has no place there is said on top."""
    user, wrong, on = user_of(request), wrong or {}, timezone.localdate()
    view = registry.views.view(found, on=on)
    board = standings.board(found, wrong=wrong)
    asked = {want.name for line in board.lines for want in line.wants}
    for text in [text for name, text in wrong.items() if name not in asked]:
        messages.error(request, text, extra_tags="bad")
    page = {
        "record": found,
        "page": record_page.gather(found, view, by=user, on=on),
        "board": board,
        "may_enter": scope.may_enter(user),
        "fresh_id": uuid4(),
        "is_restricted": rights.restricts(found.pk),
        "whole": revealing.asked(found, view, by=user),
    }
    return render(request, "desk/record.html", page, status=422 if wrong else 200)


@reading
def deliveries(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The part of the record page that looks again by itself."""
    user = user_of(request)
    found = opening.record_or_404(record_id, user)
    step, seen = opening.integer(request.GET.get("step")) or 0, request.GET.get("seen", "")
    page = {
        "record": found,
        "board": standings.board(found, step=max(0, step), seen=seen),
        "may_enter": scope.may_enter(user),
    }
    return render(request, "desk/deliveries.html", page)


@entering
def find_divisions(request: HttpRequest) -> HttpResponse:
    name = request.GET.get("for", "")
    page = {"found": divisions.search(request.GET.get(name, "")), "name": name}
    return render(request, "desk/divisions.html", page)
