"""The page of the demo's departments: how they are, and switches to let them fail while somebody watches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gridapp import uploads
from gridapp.catalogue import targets
from gridapp.contract import ByHand
from gridapp.demo import control
from gridapp.demo.control import Away, Refused
from gridapp.org import scope
from gridapp.org.access import administering

_ACTS = {"start", "stop", "behave", "on", "off"}


def in_the_demo(request: HttpRequest) -> dict[str, str]:
    """What every page of the demo knows besides: where its departments are, for who may let them fail."""
    shown = scope.may_administer(getattr(request, "user", AnonymousUser()))
    return {"demo_departments": reverse("demo:departments") if shown else ""}


@administering
def departments(request: HttpRequest) -> HttpResponse:
    """The whole page, or the part of it that looks again by itself."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    try:
        found = control.departments(language)
    except Away:
        found = None
    by_key = {one.key: one for one in found or ()}
    # An example department that no district has by itself is left out.
    known = [(one, by_key[one.target.key]) for one in targets.targets() if one.target.key in by_key]
    page: dict[str, Any] = {"departments": known, "away": found is None, "uploads": _taking_workbooks()}
    part = "HX-Request" in request.headers
    return render(request, "demo/departments.html#departments" if part else "demo/departments.html", page)


@administering
@require_POST
def tell(request: HttpRequest, key: str) -> HttpResponse:
    """One switch of one department."""
    act, _colon, fault = request.POST.get("act", "").partition(":")
    if act not in _ACTS:
        raise Http404
    try:
        if act in {"start", "stop"}:
            control.switch(key, up=act == "start")
        elif act == "behave":
            control.behave(key)
        else:
            control.misbehave(key, fault, on=act == "on")
    except Refused:
        raise Http404 from None
    except Away:
        messages.error(request, _("部门没有应答。"), extra_tags="bad")
    return redirect(f"{reverse('demo:departments')}#{key}")


@administering
@require_POST
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Carries a workbook to a department, as a person would to its page, and hands out what comes back."""
    content = uploads.read(request, "workbook")
    try:
        if not content:
            raise Refused(_("请选择要上传的文件。"))
        came_back = control.upload(key, content)
    except Refused as refused:
        messages.error(request, str(refused), extra_tags="bad")
        return redirect("demo:departments")
    except Away:
        messages.error(request, _("部门没有应答。"), extra_tags="bad")
        return redirect("demo:departments")
    name = getattr(request.FILES["workbook"], "name", "") or key
    response = HttpResponse(came_back, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=_("结果-") + name)
    return response


def _taking_workbooks() -> set[str]:
    connectors = {one.target.key: one.connector for one in targets.targets()}
    return {key for key, one in connectors.items() if one and one.capabilities.by_hand == ByHand.WORKBOOK}
