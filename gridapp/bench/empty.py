"""The product's addresses and one more, of a page that does nothing: what being served costs by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from gridapp.org.access import signed_in

ADDRESS = "/empty/"


@signed_in
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path(ADDRESS.removeprefix("/"), empty), path("", include("gridapp.urls"))]
