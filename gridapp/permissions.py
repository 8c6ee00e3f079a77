"""What is asked of us from where, and what pages may ask of the tablet: said once, for every answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
_TOLD = {
    "Permissions-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_HSTS = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload" if settings.SECURE_HSTS_SECONDS else ""
Answering = Callable[[HttpRequest], HttpResponseBase]


def policy(get_response: Answering) -> Answering:
    """Middleware, the outermost: headers of every answer, whoever inside gave it. A page has a richer CSP of its own.

    What does not say that it may be kept is kept nowhere.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in told(request.META).items():
            response.headers.setdefault(name, value)
        return response

    return answer


def told(environ: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an answer to that request; of HSTS nothing is said over http, as RFC 6797 has it."""
    return _TOLD | ({"Strict-Transport-Security": _HSTS} if _HSTS and _came_by_https(environ) else {})


def _came_by_https(environ: Mapping[str, Any]) -> bool:
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    if (said := environ.get(header)) is not None:
        return str(said).partition(",")[0].strip() == value
    return environ.get("wsgi.url_scheme") == "https"


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
