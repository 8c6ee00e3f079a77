"""The pages of the lanes: how the way to each system is, what waits there, what an administrator does about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import alarms, backlog, health, operating
from gridapp.delivery.models import Lane
from gridapp.delivery.standing import MOVE_WORDS
from gridapp.org.access import administering, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.review.lane_acts import ACTS, listed, status_asked
from gridapp.review.opening import target_or_404


@administering
def lanes(request: HttpRequest) -> HttpResponse:
    """All lanes with what is wrong on top."""
    ones = configured()
    states, waits = health.of(ones), backlog.of(ones)
    told = [(alarm, alarms.words(alarm)) for alarm in alarms.open_alarms()]
    lines = [(one, states[one.target.key], waits[one.target.key]) for one in ones]
    moves = [MOVE_WORDS[backlog.whose_move(how.state, waiting)] for _, how, waiting in lines]
    return render(
        request,
        "review/lanes.html",
        {
            "lines": [(*line, move) for line, move in zip(lines, moves, strict=True)],
            "alarms": told,
            "counted": backlog.COUNTED,
        },
    )


@administering
def lane(request: HttpRequest, key: str) -> HttpResponse:
    user, status = user_of(request), status_asked(request)
    one = target_or_404(key, user)
    waits = backlog.of([one])[key]
    page = {
        "one": one,
        "health": health.of([one])[key],
        "backlog": waits,
        "counted": backlog.COUNTED,
        "lane": Lane.objects.filter(target=one.target).first(),
        "alarms": [(a, alarms.words(a)) for a in alarms.open_alarms() if a.target_id == one.target.pk],
        "status": status,
        "rows": listed(one, status, user),
        "sendable": status in operating.SENDABLE,
        "removable": status in operating.REMOVABLE,
    }
    return render(request, "review/lane.html", page)


@administering
@require_POST
@freshly_signed_in
def act(request: HttpRequest, key: str) -> HttpResponse:
    """Does one thing to a lane, or to what was chosen of its list, and says what came of it."""
    user = user_of(request)
    one = target_or_404(key, user)
    wanted = ACTS.get(request.POST.get("act", ""))
    if wanted is None:
        raise Http404
    mood, said = wanted(one, user, request.POST)
    messages.add_message(request, messages.INFO, said, extra_tags=mood)
    return redirect("review:lane", key)
