"""The page of sealing keys: which there are, how much each has sealed, how far a rotation is. Never a key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp import sealing
from gridapp.delivery import keys_known
from gridapp.delivery.models import Rotation
from gridapp.org.access import keeping_clients


@keeping_clients
def keys(request: HttpRequest) -> HttpResponse:
    rotation = Rotation.objects.filter(key=sealing.newest()).order_by("pk")
    return render(request, "review/keys.html", {"rows": keys_known.look(keep=False), "rotation": rotation})
