"""One's own password: chosen before anything else where somebody else set it, and whenever one wants another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.org import accounts, passwords, throttle
from gridapp.org.access import choosing_password, user_of

_LABELS = {
    "old_password": gettext_lazy("现在的密码"),
    "new_password1": gettext_lazy("新密码"),
    "new_password2": gettext_lazy("再写一次新密码"),
}


class ChoosingForm(PasswordChangeForm):
    """Django's own checks; another one than before, and the words are ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _LABELS.items():
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.error_messages["required"] = gettext_lazy("请填写")
            field.widget.attrs.update({"class": "input", "aria-describedby": f"e-{name}"})
            field.widget.attrs.pop("autofocus", None)

    def clean_old_password(self) -> str:
        """Whoever finds an open page does not guess at it for long."""
        taken = throttle.take("again", str(self.user.pk))
        if not taken:
            raise ValidationError(throttle.said(taken.wait), code="wait")
        old: str = super().clean_old_password()
        throttle.clear("again", str(self.user.pk))
        return old

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        new = said.get("new_password1")
        if new and new == said.get("old_password"):
            self.add_error("new_password1", _("新密码要和现在的不一样"))
        return said


@choosing_password
def password(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = ChoosingForm(user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        page = {"form": form, "must": user.must_change_password, "over": passwords.is_over(user)}
        page |= {"rules": password_validation.password_validators_help_texts()}
        return render(request, "desk/password.html", page, status=422 if form.is_bound else 200)
    accounts.chose_password(user, form.cleaned_data["new_password1"], but=request.session.session_key or "")
    update_session_auth_hash(request, user)
    messages.success(request, _("密码已改。其他地方的登录都已失效。"), extra_tags="good")
    return redirect("desk:home")
