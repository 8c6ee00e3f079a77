"""The pages of tokens of other clients: which there are and when they end; made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from gridapp.org import token_forms, tokens
from gridapp.org.access import keeping_clients, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import Scope
from gridapp.review.opening import page_of

_LISTED = 50
_USUAL = token_forms.read({"days": str(tokens.USUAL.days)}, ())


@keeping_clients
def listed(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, tokens.kept_by(user_of(request)), size=_LISTED)
    return render(request, "review/tokens.html", {"rows": rows})


@keeping_clients
@freshly_signed_in
@sensitive_variables("text")
def new(request: HttpRequest) -> HttpResponse:
    by, wanted, complaints = user_of(request), _USUAL, dict[str, str]()
    if request.method == "POST":
        wanted = token_forms.read(request.POST.dict(), request.POST.getlist("scope"))
        user, complaints = token_forms.judge(wanted, tokens.clients(by))
        if user is not None and not complaints:
            ends = timezone.now() + timedelta(days=int(wanted.days))
            told = {"purpose": wanted.purpose, "contact": wanted.contact, "networks": wanted.network_list}
            text = tokens.issue(user, scopes=wanted.scopes, expires_at=ends, by=by, **told)  # type: ignore[arg-type]
            return render(request, "review/token_shown.html", {"text": text, "one": user, "ends": ends})
    shown = {"wanted": wanted, "complaints": complaints, "scopes": Scope.choices, "most": token_forms.MOST_DAYS}
    return render(request, "review/token_form.html", shown, status=422 if complaints else 200)


@keeping_clients
@require_POST
@freshly_signed_in
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """At once: the next request with it is refused."""
    by = user_of(request)
    if not tokens.kept_by(by).filter(pk=token_id).exists():
        raise Http404
    if tokens.revoke_kept(token_id, by=by):
        messages.success(request, _("已撤销，马上失效。"), extra_tags="good")
    else:
        messages.warning(request, _("已经撤销过了。"), extra_tags="warn")
    return redirect("review:tokens")
