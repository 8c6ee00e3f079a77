"""The pages of accounts: who signs in, with which role and where; made, changed, closed, given a new password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from gridapp.org import account_forms, accounts, areas, factors, sessions
from gridapp.org.access import keeping_accounts, user_of
from gridapp.org.account_forms import Complaints, Known, Wanted
from gridapp.org.areas import Unfit
from gridapp.org.fresh import freshly_acting, freshly_signed_in
from gridapp.org.models import Role, User
from gridapp.review.opening import page_of

_LISTED, _CHIPS, _CHANGES = 50, 60, 20
WORDS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("姓名"),
    "role": gettext_lazy("角色"),
    "staff_no": gettext_lazy("工号"),
    "areas": gettext_lazy("区域"),
    "id_number": gettext_lazy("身份证号"),
    "grid": gettext_lazy("网格"),
}


@keeping_accounts
def listed(request: HttpRequest) -> HttpResponse:
    """The accounts that the user keeps; those found by name, user name or staff number, which are posted."""
    user, asked = user_of(request), request.POST.get("q", "").replace("\0", "").strip()[:50]
    rows = accounts.listed(user)
    if asked:
        named = Q(first_name__icontains=asked) | Q(username__icontains=asked) | Q(staff_no__iexact=asked)
        rows = rows.filter(named | Q(areas__code=asked)).distinct()
    return render(request, "review/accounts.html", {"rows": page_of(request, rows, size=_LISTED), "asked": asked})


@keeping_accounts
@freshly_signed_in
@sensitive_variables("password", "made", "wanted")
def new(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.method != "POST":
        return render(request, "review/account_form.html", _form_page(user, None, {}))
    wanted, complaints = _read(request, user)
    if not complaints:
        try:
            made, password = accounts.create(wanted, by=user)
        except Unfit as refused:
            complaints = {"username": str(refused)}
        else:
            return _password_shown(request, made, password)
    return render(request, "review/account_form.html", _form_page(user, wanted, complaints), status=422)


@keeping_accounts
@freshly_acting
def account(request: HttpRequest, user_id: int) -> HttpResponse:
    by = user_of(request)
    one = _account_or_404(user_id, by)
    if request.method != "POST":
        return render(request, "review/account.html", _account_page(by, one, _as_it_is(one), {}))
    wanted, complaints = _read(request, by, one)
    if not complaints:
        try:
            done = accounts.change(one, wanted, by=by, why=request.POST.get("why", "").strip())
            messages.success(request, _("已保存。") if done else _("没有变化。"), extra_tags="good")
            return redirect("review:account", one.pk)
        except Unfit as refused:
            complaints = {"areas": str(refused)}
    return render(request, "review/account.html", _account_page(by, one, wanted, complaints), status=422)


@keeping_accounts
@require_POST
@freshly_signed_in
@sensitive_variables("password")
def act(request: HttpRequest, user_id: int) -> HttpResponse:
    """停用, 重新启用, 结束登录, or a new first password."""
    by = user_of(request)
    one, wanted = _account_or_404(user_id, by), request.POST.get("act", "")
    if wanted not in {*_ACTS, "password", "factor"}:
        raise Http404
    try:
        if wanted == "password":
            return _password_shown(request, one, accounts.reset_password(one, by=by))
        if wanted == "factor":
            return _factor_reset(request, one, by)
        done, said = _ACTS[wanted]
        done(one, by=by, why=request.POST.get("why", "").strip())
        messages.success(request, str(said), extra_tags="good")
    except Unfit as refused:
        messages.error(request, str(refused), extra_tags="bad")
    return redirect("review:account", one.pk)


_ACTS: Mapping[str, tuple[Callable[..., bool], str | Promise]] = {
    "close": (accounts.close, gettext_lazy("已停用，登录马上失效。做过的录入都保留。")),
    "reopen": (accounts.reopen, gettext_lazy("已重新启用。")),
    "sessions": (accounts.end_sessions, gettext_lazy("登录都已结束，本人可以重新登录。")),
}


def _factor_reset(request: HttpRequest, one: User, by: User) -> HttpResponse:
    factors.reset(one, by=by, why=request.POST.get("why", ""))
    messages.success(request, _("已解除，本人下次登录时重新设置。登录都已结束。"), extra_tags="good")
    return redirect("review:account", one.pk)


def _password_shown(request: HttpRequest, one: User, password: str) -> HttpResponse:
    """Once, on this page and nowhere again."""
    return render(request, "review/account_password.html", {"one": one, "password": password})


def _read(request: HttpRequest, by: User, one: User | None = None) -> tuple[Wanted, Complaints]:
    """The form; ticked areas and typed codes together."""
    said = {name: request.POST.get(name, "") for name in account_forms.FIELDS}
    said["areas"] = " ".join([*request.POST.getlist("area"), said["areas"]])
    roles = accounts.may_give(by)
    wanted = account_forms.read(said | ({"username": one.username} if one else {}), roles)
    known = Known.of(wanted.areas, [] if one else [wanted.username])
    return wanted, account_forms.judge(wanted, by, known, roles, is_new=one is None)


def _as_it_is(one: User) -> Wanted:
    return Wanted(one.username, one.first_name, one.role, tuple(area.pk for area in one.areas.all()), one.staff_no)


def _form_page(by: User, wanted: Wanted | None, complaints: Complaints) -> dict[str, Any]:
    offered = list(areas.seen_by(by).filter(closed_at=None)[: _CHIPS + 1])
    chips = offered if len(offered) <= _CHIPS else []
    ticked = set(wanted.areas) if wanted else set()
    typed = " ".join(sorted(ticked - {one.pk for one in chips}))
    roles = [(str(role), Role(role).label) for role in accounts.may_give(by)]
    return {
        "wanted": wanted,
        "complaints": complaints,
        "roles": roles,
        "chips": [(one, one.pk in ticked) for one in chips],
        "typed": typed,
    }


def _account_page(by: User, one: User, wanted: Wanted, complaints: Complaints) -> dict[str, Any]:
    changes = [(row, _changed(row.before, row.after)) for row in accounts.history(one)[:_CHANGES]]
    page = {"one": one, "changes": changes, "open": sessions.listed(one), "factor": factors.of(one)}
    page["may_reset"] = page["factor"] is not None and factors.may_reset(one, by=by)
    return page | _form_page(by, wanted, complaints)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str | Promise, str, str]]:
    """(what, from, to) in words."""
    names = [name for name in WORDS if name in before or name in after]
    return [(WORDS[name], _said(name, before.get(name)), _said(name, after.get(name))) for name in names]


def _said(name: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if value is True:
        return _("已填")
    if name == "role":
        return str(Role(value).label)
    return " ".join(value) if isinstance(value, list) else str(value)


def _account_or_404(user_id: int, by: User) -> User:
    found = accounts.find(user_id, by)
    if found is None:
        raise Http404
    return found
