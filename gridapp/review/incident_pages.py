"""事件报告包: who, which fields, how many people and whose, for security administrators and auditors; in minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue.wording import name_of
from gridapp.delivery import incident_pack, incidents
from gridapp.delivery.incidents import CAUSES, Asked, Incident
from gridapp.org.access import user_of, watching_sight
from gridapp.org.fresh import freshly_signed_in
from gridapp.review import paper
from gridapp.review.opening import language

_SHOWN = 100


@dataclass
class _Form:
    """What was typed. `wrong`: names of what cannot be used."""

    cause: str
    which: str
    since: datetime | None
    until: datetime | None
    found_at: datetime | None
    phrase: str
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, post: QueryDict) -> _Form:
        form = cls(
            post.get("cause", ""),
            post.get("which", "").replace("\0", "").strip(),
            _moment(post.get("since", "")),
            _moment(post.get("until", "")),
            _moment(post.get("found_at", "")),
            post.get("phrase", ""),
        )
        form.wrong = [name for name in ("since", "until", "found_at") if getattr(form, name) is None]
        form.wrong += ["cause"] if form.cause not in CAUSES else []
        return form

    def look(self) -> Incident | None:
        """What is known of it; None, and what is wrong is added, where there is no such thing."""
        if self.wrong or self.since is None or self.until is None or self.found_at is None:
            return None
        try:
            return incidents.look(Asked(self.cause, self.which, self.since, self.until, self.found_at))
        except incidents.Unknown:
            self.wrong.append("which")
            return None


@watching_sight
def incident(request: HttpRequest) -> HttpResponse:
    """The form, and below it what is known."""
    if request.method != "POST":
        return _shown(request, None, None)
    form = _Form.read(request.POST)
    found = form.look()
    if found is not None:
        note(Act.INCIDENT_LOOKED, by=user_of(request).pk, about=f"incident:{form.cause}", people=found.people)
    return _shown(request, form, found)


@watching_sight
@require_POST
@freshly_signed_in
def pack(request: HttpRequest) -> HttpResponse:
    """The files, encrypted where a pass phrase was given."""
    form = _Form.read(request.POST)
    found = form.look()
    if found is None:
        return _shown(request, form, None)
    try:
        content = incident_pack.made(found, phrase=form.phrase)
    except incident_pack.TooShort:
        form.wrong.append("phrase")
        return _shown(request, form, found)
    note(Act.INCIDENT_LOOKED, by=user_of(request).pk, about=f"incident:{form.cause}", people=found.people, taken=True)
    name, media = (
        ("incident.zip.age", "application/octet-stream") if form.phrase else ("incident.zip", "application/zip")
    )
    return paper.answer(content, name=name, media=media)


def _shown(request: HttpRequest, form: _Form | None, found: Incident | None) -> HttpResponse:
    now = timezone.localtime()
    page: dict[str, Any] = {"form": form, "found": found, "causes": list(CAUSES.items()), "shown": _SHOWN}
    page |= {"now": now, "before": now - timedelta(days=1), "wrong": form.wrong if form else []}
    if found is not None:
        page["fields"] = [(name_of(name, language()), number) for name, number in found.fields.items()]
        page["draft"], page["timeline"] = incident_pack.draft(found), found.timeline[:_SHOWN]
    return render(request, "review/incident.html", page, status=422 if page["wrong"] else 200)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)
