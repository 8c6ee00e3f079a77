"""User name and password, with errors that say what to do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

_FIELDS = (("username", _("用户名"), _("请填写用户名")), ("password", _("密码"), _("请填写密码")))


class SignInForm(AuthenticationForm):
    """Django's own check; the words are ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {
            "invalid_login": _("用户名或密码不对，请检查后再试。"),
            "inactive": _("这个账号已停用，请联系管理员。"),
        }
        for name, label, missing in _FIELDS:
            field = self.fields[name]
            field.label = label
            field.error_messages["required"] = missing
            field.widget.attrs.update({"class": "input", "autocapitalize": "none", "aria-describedby": f"e-{name}"})
        self.fields["username"].widget.attrs.pop("autofocus", None)
