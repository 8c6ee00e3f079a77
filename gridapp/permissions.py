"""What is asked of us from where, and what pages may ask of the tablet: said once, for every answer."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

POLICY = (
    "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), hid=(), midi=(), "
    "accelerometer=(), gyroscope=(), magnetometer=()"
)
"""The camera reads house codes. Never where a tablet is, never what it hears."""
_PAGES = ("GET", "HEAD", "POST")
_BY_THEMSELVES = ("/api/", "/outbox/", "/callbacks/")
"""What says itself which methods it knows."""
_OF_OTHERS = frozenset({"cross-site", "same-site"})
Answering = Callable[[HttpRequest], HttpResponseBase]


def policy(get_response: Answering) -> Answering:
    """Middleware: headers of every answer. What does not say that it may be kept is kept nowhere."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def gate(get_response: Answering) -> Answering:
    """Middleware: pages know three methods, and other sites may link to us, no more.

    A browser says in Sec-Fetch-Site who asks; nobody can forge that from a page. One too old to say it is let through:
    forms have a token, cookies stay at home (SameSite), and no answer is shared with another origin.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method not in _PAGES and not request.path_info.startswith(_BY_THEMSELVES):
            return HttpResponseNotAllowed(_PAGES)
        if request.path_info == f"{settings.STATIC_URL}staticfiles.json":
            return HttpResponse(status=404)  # a list for our own processes, which lies among the files
        if _is_of_another_site(request):
            return HttpResponse(status=403)
        return get_response(request)

    return answer


def _is_of_another_site(request: HttpRequest) -> bool:
    asked = request.headers
    if asked.get("Sec-Fetch-Site", "") not in _OF_OTHERS or request.path_info.startswith(settings.STATIC_URL):
        return False
    followed = asked.get("Sec-Fetch-Mode") == "navigate" and asked.get("Sec-Fetch-Dest") == "document"
    return not (followed and request.method in ("GET", "HEAD"))
