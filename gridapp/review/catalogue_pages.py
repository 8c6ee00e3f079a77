"""The pages of the catalogue: which systems there are, what each receives and why, how the way to it is now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gridapp.catalogue import assessments, officers
from gridapp.catalogue.coverage import coverage as covered
from gridapp.catalogue.description import describe
from gridapp.contract import Kind
from gridapp.delivery import backfill, health
from gridapp.delivery.gates import window
from gridapp.delivery.models import Reconciliation
from gridapp.org import scope
from gridapp.org.access import seeing_targets, signed_in, user_of
from gridapp.review.opening import kind_asked, language, page_of, target_or_404

_RUNS = 30


@signed_in
def targets(request: HttpRequest) -> HttpResponse:
    ones, lang = officers.seen_by(user_of(request)), language()
    states = health.of(ones)
    lines = [(describe(one, window(one), lang), states[one.target.key]) for one in ones]
    return render(request, "review/targets.html", {"lines": lines})


@signed_in
def target(request: HttpRequest, key: str) -> HttpResponse:
    one = target_or_404(key, user_of(request))
    page = {
        "one": one,
        "target": describe(one, window(one), language()),
        "health": health.of([one])[key],
        "backfill": backfill.latest(one.target.pk),
        "assessment": assessments.latest(one.target.pk),
        "today": timezone.localdate(),
        "may_oversee": scope.may_see_targets(user_of(request)),
        "may_administer": scope.may_administer(user_of(request)),
    }
    return render(request, "review/target.html", page)


@signed_in
def coverage(request: HttpRequest) -> HttpResponse:
    """A table of fields and targets, of one kind of record or of both."""
    kind = kind_asked(request)
    table = covered(kind, language(), ones=officers.seen_by(user_of(request)))
    rows = [(line, [line.cells.get(one.target.key) for one in table.targets]) for line in table.lines]
    page = {"kind": kind, "kinds": list(Kind), "targets": table.targets, "rows": rows}
    return render(request, "review/coverage.html", page)


@seeing_targets
def reconciliations(request: HttpRequest, key: str) -> HttpResponse:
    """What the nightly comparisons of one target found, newest first."""
    one = target_or_404(key, user_of(request))
    runs = page_of(request, Reconciliation.objects.filter(target=one.target).order_by("-pk"), size=_RUNS)
    can = one.connector.capabilities if one.connector else None
    page = {"one": one, "runs": runs, "can_be_asked": bool(can and can.can_read_back)}
    return render(request, "review/reconciliations.html", page)
