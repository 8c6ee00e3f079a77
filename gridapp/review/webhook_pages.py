"""The pages of notices to other systems: which addresses there are, what was sent there last, and how it arrived."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from gridapp.org import tokens
from gridapp.org.access import keeping_clients, user_of
from gridapp.org.fresh import freshly_signed_in
from gridapp.org.models import User
from gridapp.review.opening import page_of, row_id
from gridapp.webhooks import endpoints, sending
from gridapp.webhooks.models import Endpoint

_LISTED = 50
_FIELDS = ("username", "name", "url")


@keeping_clients
def listed(request: HttpRequest) -> HttpResponse:
    rows = page_of(request, endpoints.kept_by(user_of(request)), size=_LISTED)
    return render(request, "review/webhooks.html", {"rows": rows})


@keeping_clients
@freshly_signed_in
@sensitive_variables("secret")
def new(request: HttpRequest) -> HttpResponse:
    by, complaints = user_of(request), dict[str, str]()
    said = {name: request.POST.get(name, "").replace("\0", "").strip()[:501] for name in _FIELDS}
    events = [kind.value for kind in endpoints.TOLD if kind in request.POST.getlist("event")]
    if request.method == "POST":
        user, complaints = _judged(said, events, by)
        if user is not None and not complaints:
            made, secret = endpoints.make(said["name"], said["url"], events, user=user, by=by)
            return _secret_shown(request, made, secret)
    kinds = [(kind.value, kind.label) for kind in endpoints.TOLD]
    shown = {"said": said, "ticked": events, "kinds": kinds, "complaints": complaints}
    return render(request, "review/webhook_form.html", shown, status=422 if complaints else 200)


@keeping_clients
def one(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _endpoint_or_404(endpoint_id, user_of(request))
    return render(request, "review/webhook.html", {"one": endpoint, "rows": sending.newest(endpoint)})


@keeping_clients
@require_POST
@freshly_signed_in
@sensitive_variables("secret")
def act(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """测试, 重发, 换密钥, 停用, 启用."""
    by = user_of(request)
    endpoint, wanted = _endpoint_or_404(endpoint_id, by), request.POST.get("act", "")
    if wanted == "rotate":
        return _secret_shown(request, endpoint, endpoints.rotate(endpoint, by=by))
    messages.success(request, _done(endpoint, wanted, request, by), extra_tags="good")
    return redirect("review:webhook", endpoint.pk)


def _done(endpoint: Endpoint, wanted: str, request: HttpRequest, by: User) -> str:
    """Does it and says so; raises Http404 for what is none."""
    if wanted == "test":
        endpoints.test(endpoint)
        return _("测试通知已排队，几秒后刷新本页看结果。")
    if wanted == "replay":
        number = endpoints.replay(endpoint, message_id=row_id(request.POST.get("message")) or None)
        return _("已排队重发 {number} 条。").format(number=number)
    if wanted == "disable":
        endpoints.disable(endpoint, Endpoint.Why.BY_HAND, by=by)
        return _("已停用，没有发出的都保留。")
    if wanted == "enable":
        endpoints.enable(endpoint, by=by)
        return _("已启用。")
    raise Http404


def _judged(said: dict[str, str], events: list[str], by: User) -> tuple[User | None, dict[str, str]]:
    user = tokens.clients(by).filter(username=said["username"]).first()
    complaints = {
        "username": "" if user else _("请填写您范围内一个在用账号的用户名，不能是自己"),
        "name": "" if 0 < len(said["name"]) <= 100 else _("请填写名称，最多 100 字"),
        "url": _wrong_with(said["url"]),
        "events": "" if events else _("请至少选一项"),
    }
    return user, {name: text for name, text in complaints.items() if text}


def _wrong_with(url: str) -> str:
    try:
        endpoints.check(url if len(url) <= 500 else "")
    except endpoints.Unfit as unfit:
        return {
            "https": _("地址必须以 https:// 开头"),
            "egress": _("这个地址不在允许的外联清单里，请先由系统管理员加入"),
        }.get(str(unfit), _("请填写完整的网址，最多 500 个字符，不含用户名和密码"))
    return ""


def _secret_shown(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """Once, on this page and nowhere again."""
    return render(request, "review/webhook_secret.html", {"one": endpoint, "secret": secret})


def _endpoint_or_404(endpoint_id: UUID, by: User) -> Endpoint:
    found = endpoints.kept_by(by).filter(pk=endpoint_id).first()
    if found is None:
        raise Http404
    return found
