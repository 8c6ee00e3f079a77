"""The pages that open without the net: the entry forms without anybody's data, and the service worker that keeps them.

They hold no user, no token and no resident, so every worker of a tablet may see them. No statement is made for them.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gridapp.desk import groups, questions
from gridapp.desk.form_page import HEADINGS, Check, FormPage
from gridapp.desk.questions import Shown
from gridapp.org.tablet_checks import CHECKS

KINDS = ("resident", "housing")
SHARED = ("store.js", "outbox.js")
"""What the service worker needs of the pages' scripts, in this order."""


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. With SERVICE_WORKER=off one that removes itself."""
    if settings.SERVICE_WORKER == "off":
        return HttpResponse(render_to_string("desk/sw_off.js"), content_type="text/javascript")
    version, kept = edition()
    about: dict[str, Any] = {"version": version, "kept": json.dumps(kept), "static_url": settings.STATIC_URL}
    about["scripts"] = [static(name) for name in SHARED]
    return HttpResponse(render_to_string("desk/sw.js", about), content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
def entry(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty form of a kind, in the language asked for."""
    if kind not in KINDS:
        raise Http404
    return HttpResponse(_form(kind, _language(request)))


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_plain("desk/offline.html", _language(request)))


@require_safe
@cache_control(no_cache=True)
def diag(request: HttpRequest) -> HttpResponse:
    """What this tablet and its browser can do, found out by the browser itself."""
    return HttpResponse(_plain("desk/diag.html", _language(request), checks=CHECKS.items()))


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """What the tablet needs to put the product on its home screen."""
    about = {
        "name": _("一次录入"),
        "short_name": _("一次录入"),
        "lang": translation.get_language(),
        "start_url": reverse("desk:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#0b57a4",
        "theme_color": "#0b57a4",
        "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(about, content_type="application/manifest+json")


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE


def _form(kind: str, language: str) -> str:
    """form.html as for a new record whose place is not chosen yet; which fields are asked the tablet works out."""
    with translation.override(language):
        asked = [name for name in groups.ALWAYS[kind] if name in groups.names(kind)]
        first = {"id_type": "111"} if kind == "resident" else {}
        page = FormPage(
            heading=HEADINGS[kind],
            groups=questions.draw(kind, Shown(first, asked, needed=asked)),
            summary=[],
            doubts=[],
            check=Check(asked=asked, needed=asked, wrong={}, derived=[], targets=[], offers=[]),
            place="",
            elsewhere="",
            hidden=[("entry_id", "")],
        )
    return _plain("desk/form.html", language, page=page, kind=kind, shell=reverse(f"desk:new_{kind}"))


def _plain(template: str, language: str, **about: Any) -> str:
    """Rendered without the request: nothing of who asks can get into it."""
    with translation.override(language):
        return render_to_string(template, {"shell": "/", "is_practice": settings.PRACTICE, **about})


@lru_cache(maxsize=1)
def edition() -> tuple[str, list[str]]:
    """The version, which changes with everything that is kept, and the addresses to keep. Worked out once a process."""
    pages = {
        f"{address}?language={language}": page
        for language, _name in settings.LANGUAGES
        for address, page in (
            *((reverse("desk:shell", args=[kind]), _form(kind, language)) for kind in KINDS),
            (reverse("desk:offline"), _plain("desk/offline.html", language)),
            (reverse("desk:diag"), _plain("desk/diag.html", language, checks=CHECKS.items())),
        )
    }
    files = sorted({url for page in pages.values() for url in re.findall(rf'"({settings.STATIC_URL}[^"]+)"', page)})
    seen = hashlib.sha256("\n".join([*pages, *pages.values(), *files]).encode())
    for url in files if settings.DEVELOPMENT else ():  # their names do not change with their content there
        found = finders.find(url.removeprefix(settings.STATIC_URL))
        seen.update(Path(found).read_bytes() if isinstance(found, str) else b"")
    return seen.hexdigest()[:16], [*pages, *files]
