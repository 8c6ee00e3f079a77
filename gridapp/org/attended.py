"""Whether a person is there: what pages and tablets ask by themselves keeps no session open."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gridapp import cookies
from gridapp.audit import origin

from . import known_browsers
from .models import Ended, User
from .session_store import Came, SessionStore

WHY_COOKIE = "ended"
"""Why one is signed out, for the page that asks to sign in; a word of Ended, nothing else."""
_MINUTES = 600
_TABLET = "tablet"
_BY_ITSELF = frozenset({"/session/", "/diag/report/"})
_LOOKING = frozenset({"GET", "HEAD"})
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("HuaweiBrowser", "Huawei Browser"), ("QQBrowser", "QQ"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_MACHINES = (
    ("OpenHarmony", "HarmonyOS"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPad", "iPad"),
    ("iPhone", "iPhone"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("UOS", "UOS"), ("Linux", "Linux"),
)  # fmt: skip
Answering = Callable[[HttpRequest], HttpResponseBase]


def attended(get_response: Answering) -> Answering:
    """Middleware, inside the session's: says where the request came from, and what became of the session."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        session = request.session
        if not isinstance(session, SessionStore):
            return get_response(request)
        session.came = came(request)
        response = get_response(request)
        if not session.accessed:
            return response
        if by_person(request):
            session.touch()
        if session.begins and isinstance(request.user, User):
            known_browsers.remember(request, response, request.user)
            cookies.take_back(response, WHY_COOKIE)
        elif session.ended_why and session.is_empty():
            cookies.leave(response, WHY_COOKIE, session.ended_why, seconds=_MINUTES)
        return response

    return answer


def why_signed_out(request: HttpRequest) -> str:
    """Why the session that this browser had is over, in words; "" where it had none, or signed out itself."""
    told = getattr(request.session, "ended_why", "") or cookies.said(request, WHY_COOKIE)
    return str(Ended(told).label) if told in Ended.values and told != Ended.OUT else ""


def came(request: HttpRequest) -> Came:
    """The tablet by its cookie, the address, browser and machine in words."""
    return Came(_uuid(cookies.said(request, _TABLET)), origin.address_of(request.META), in_words(request))


def by_person(request: HttpRequest) -> bool:
    """True for opening a page and for sending anything; false where a script looked, as far as that can be told."""
    if request.path_info in _BY_ITSELF:
        return False
    if request.method not in _LOOKING:
        return True
    by_script = "HX-Request" in request.headers or "X-Tablet" in request.headers
    return not by_script and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def in_words(request: HttpRequest) -> str:
    """`Chrome 142 · Android`; what cannot be read is left out, and nothing else of the header is kept."""
    agent = request.headers.get("User-Agent", "")[:500]
    found = []
    for mark, word in _BROWSERS:
        if seen := re.search(rf"{mark}\w*/(\d{{1,4}})", agent):
            found.append(f"{word} {seen[1]}")
            break
    found += [word for mark, word in _MACHINES if mark in agent][:1]
    return " · ".join(found)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
