"""One target: its settings for administrators, the consent of a second person, and its department's own side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gridapp.catalogue import assessments, officers, recoding, settling, settling_enabling, settling_hours
from gridapp.catalogue.models import Assessment, Target, TargetChange
from gridapp.catalogue.targets import Configured
from gridapp.delivery import backfill, checking, gates, health
from gridapp.delivery.models import Backfill, Lane
from gridapp.org import scope
from gridapp.org.access import administering, seeing_targets, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import Role, User
from gridapp.review import target_sides
from gridapp.review.opening import language, row_id, target_or_404
from gridapp.review.target_forms import ACTS

_CHANGES, _RUNS, _MOST_OFFICERS = 20, 5, 200
HOURS: Mapping[str, str | Promise] = {
    "window": gettext_lazy("时段"),
    "per_second": gettext_lazy("速度"),
    "batch": gettext_lazy("每次最多几条"),
}
_WORD = 12
"""Characters of a mapping's word that people compare."""


@administering
def settle(request: HttpRequest, key: str) -> HttpResponse:
    """Everything that is set of one target. Asked for again every few seconds while a back-fill is under way."""
    one = _now(target_or_404(key, user_of(request)))
    if "HX-Request" in request.headers:
        return render(request, "review/target_settings.html#backfill", _filling(one))
    return render(request, "review/target_settings.html", _settings_page(one, user_of(request)))


@administering
@require_POST
@freshly_signed_in
def act(request: HttpRequest, key: str) -> HttpResponse:
    """Does what one of the page's forms says."""
    one, user = _now(target_or_404(key, user_of(request))), user_of(request)
    wanted = ACTS.get(request.POST.get("act", ""))
    if wanted is None:
        raise Http404
    done = wanted(one, user, request.POST)
    if done.page:
        page = _settings_page(one, user) | dict(done.page)
        return render(request, "review/target_settings.html", page, status=done.status)
    messages.add_message(request, messages.INFO, done.said, extra_tags=done.mood)
    return redirect("review:settle", key)


@seeing_targets
def enabling(request: HttpRequest, key: str) -> HttpResponse:
    """The request to switch a target on, for whoever may consent to it."""
    user = user_of(request)
    one = _now(target_or_404(key, user))
    asked = settling_enabling.latest(one)
    if asked is None or not (scope.may_administer(user) or officers.own(user) is not None):
        raise Http404
    refused = settling_enabling.may_decide(asked, user)
    page = {"one": one, "asked": asked, "refused": settling_enabling.REFUSED.get(refused, "")}
    page |= {"assessment": assessments.latest(one.target.pk), "today": timezone.localdate()}
    return render(request, "review/target_enabling.html", page)


@seeing_targets
@require_POST
@freshly_signed_in
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """同意 or 不同意."""
    user, said = user_of(request), request.POST.get("act")
    asked = settling_enabling.latest(target_or_404(key, user))
    if asked is None or said not in {"consent", "refuse"}:
        raise Http404
    if said == "consent":
        refused, well = settling_enabling.consent(asked, by=user), _("已同意，已启用。以前录入的会自动补报。")
    else:
        refused = settling_enabling.refuse(asked, request.POST.get("why", "").strip(), by=user)
        well = _("已记下：不同意。")
    told, mood = (settling_enabling.REFUSED[refused], "bad") if refused else (well, "good")
    messages.add_message(request, messages.INFO, str(told), extra_tags=mood)
    return redirect("review:enabling", key)


@seeing_targets
def side(request: HttpRequest, key: str) -> HttpResponse:
    """One target as its department sees it: what we sent, what came back, how far both agree."""
    user = user_of(request)
    one = target_or_404(key, user)
    status = target_sides.status_asked(request.GET.get("status", ""))
    seen = target_sides.of(one, user, today=timezone.localdate())
    rows, onward = target_sides.rows(one, user, status, before=row_id(request.GET.get("before")))
    asked = settling_enabling.latest(one)
    page = {"one": one, "side": seen, "rows": rows, "onward": onward, "status": status, "health": health.of([one])[key]}
    page["to_decide"] = asked is not None and not settling_enabling.may_decide(asked, user)
    return render(request, "review/target_side.html", page)


def _now(one: Configured) -> Configured:
    """As its row says at this moment: what is kept in memory may be a second old, and a form shows what was saved."""
    return replace(one, target=Target.objects.get(pk=one.target.pk))


def _settings_page(one: Configured, user: User) -> dict[str, Any]:
    window, named = gates.window(one), officers.of(one)
    theirs = [each.user_id for each in named]
    others = User.objects.filter(role=Role.OFFICER, is_active=True).exclude(pk__in=theirs).order_by("username")
    return {
        "one": one,
        "is_connected": one.connector is not None,
        "health": health.of([one])[one.target.key],
        "settings": settling.asked(one, language()),
        "hours": settling_hours.shown(one, window),
        "calendar": list(settling_hours.calendar(window, timezone.localtime())),
        "officers": named,
        "others": others[:_MOST_OFFICERS],
        "asked": settling_enabling.latest(one),
        "in_the_way": [settling_enabling.IN_THE_WAY[key] for key in settling_enabling.in_the_way(one)],
        "entry": settling_enabling.proposed(one, language()),
        "assessments": Assessment.objects.filter(target=one.target).select_related("recorded_by").order_by("-pk"),
        "conclusions": Assessment.Conclusion.choices,
        "assessment_needed": assessments.is_needed(),
        "today": timezone.localdate(),
        "mapping": _mapping(one),
        "runs": Backfill.objects.filter(target=one.target).order_by("-pk")[:_RUNS],
        "changes": _filed(one),
        "wrong": {},
        **_filling(one),
    }


def _filling(one: Configured) -> dict[str, Any]:
    return {"one": one, "backfill": backfill.latest(one.target.pk)}


def _filed(one: Configured) -> list[tuple[TargetChange, list[str], str]]:
    """What was done to the target, newest first, with the names of what changed and why in words."""
    names = (
        {each.name: each.en if language() == "en" else each.zh for each in one.connector.settings}
        if one.connector
        else {}
    )
    names |= {name: str(words) for name, words in HOURS.items()}
    rows = TargetChange.objects.filter(target=one.target).select_related("by")[:_CHANGES]
    return [
        (row, [names.get(name, name) for name in row.names], str(checking.WORDS.get(row.why, row.why))) for row in rows
    ]


def _mapping(one: Configured) -> Mapping[str, Any]:
    """The word of the mapping as it is, the one that all records were planned with last, and the changed codes."""
    lane = Lane.objects.filter(target=one.target).first()
    word = recoding.word(one.connector, one.changes) if one.connector else ""
    planned = lane.planned_with if lane else ""
    return {
        "word": word[:_WORD],
        "planned": planned[:_WORD],
        "up_to_date": bool(word) and word == planned,
        "changes": one.changes,
    }
