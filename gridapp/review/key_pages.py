"""The page of keys: which there are, how much each has sealed, how far a change of one is. Never a key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp import sealing
from gridapp.delivery import keys_known
from gridapp.delivery.models import Rotation
from gridapp.org.access import keeping_clients
from gridapp.registry import index_keys


@keeping_clients
def keys(request: HttpRequest) -> HttpResponse:
    rotation = Rotation.objects.filter(key=sealing.newest()).order_by("pk")
    page = {"rows": keys_known.look(keep=False), "rotation": rotation, "index": index_keys.standing()}
    return render(request, "review/keys.html", page)
