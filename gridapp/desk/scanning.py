"""A code on a door, read by the camera or typed, leads to the home behind it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gridapp.desk import opening
from gridapp.org import scope
from gridapp.org.access import reading, user_of
from gridapp.org.models import User
from gridapp.registry import door_codes
from gridapp.registry.models import Building, Record

_BUILDING = 19
"""Digits of a housing code that are its building's."""


@reading
@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """Straight on with the one home that is meant; else a page to choose from, or to try again."""
    user, text = user_of(request), request.POST.get("code", "")[: door_codes.LONGEST]
    purpose, wanted_for = request.POST.get("purpose", ""), request.POST.get("for", "")
    homes = [(home, _onward(home, purpose, wanted_for)) for home in door_codes.homes(text, by=user)]
    if len(homes) == 1:
        return redirect(homes[0][1])
    page: dict[str, object] = {"homes": homes, "purpose": purpose, "wanted_for": wanted_for}
    page |= {"building": _building(text, user), "choose": _choice(purpose, wanted_for)}
    return render(request, "desk/scanned.html", page)


@reading
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """The address in a door's picture, as any camera opens it."""
    homes = door_codes.homes(request.get_full_path(), by=user_of(request))
    if not homes:
        raise Http404
    return redirect("desk:record", homes[0].id)


def _onward(home: Record, purpose: str, wanted_for: str) -> str:
    """Where the worker goes on with a home: who is entered or moves there, else its own record."""
    mover = opening.identifier(wanted_for)
    if home.closed_at is None and purpose == "resident":
        return f"{reverse('desk:new_resident')}?housing={home.id}"
    if home.closed_at is None and purpose == "move" and mover:
        return f"{reverse('desk:move', args=[mover])}?housing={home.id}"
    return reverse("desk:record", args=[home.id])


def _building(text: str, user: User) -> Building | None:
    """The building of a code whose room is not registered yet."""
    code = door_codes.housing_code(text)[:_BUILDING]
    return scope.within(Building.objects.all(), user).filter(code=code).first() if code else None


def _choice(purpose: str, wanted_for: str) -> str:
    """Where a place is chosen by hand instead."""
    mover = opening.identifier(wanted_for)
    if purpose == "move" and mover:
        return reverse("desk:move", args=[mover])
    return reverse("desk:choose", args=[purpose if purpose in {"resident", "housing"} else "resident"])
