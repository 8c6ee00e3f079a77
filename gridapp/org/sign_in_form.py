"""User name and password, with errors that say what to do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from gridapp.audit import origin

from . import desks, knocking, passwords, throttle

_FIELDS = (("username", _("用户名"), _("请填写用户名")), ("password", _("密码"), _("请填写密码")))


class SignInForm(AuthenticationForm):
    """Django's own check; the words are ours. `wait`: seconds until a password is looked at again, 0: it was."""

    wait = 0

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
        self.fields["password"].widget.attrs["maxlength"] = passwords.LONGEST

    def clean(self) -> dict[str, Any]:
        """Looks at a password only where one may be tried now; the same for a name that nobody has."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password or self.request is None:
            return self.cleaned_data
        self.wait = knocking.knock(self.request, name)
        if self.wait:
            raise ValidationError(throttle.said(self.wait), code="wait")
        try:
            if len(password) > passwords.LONGEST:
                raise self.get_invalid_login_error()
            super().clean()
        except ValidationError:
            knocking.failed(name)
            raise
        if not desks.lets_in(self.get_user(), origin.address_of(self.request.META)):
            knocking.failed(name, why="address")
            raise self.get_invalid_login_error()  # whoever guesses elsewhere does not learn that it is right
        knocking.opened(self.request, name)
        return self.cleaned_data

    def refused(self, response: HttpResponse, status: int) -> HttpResponse:
        """Tells a page that shows the refused form how it stands: so and so, or to be tried later."""
        response.status_code = status
        if self.wait:
            response.status_code, response["Retry-After"] = 429, str(self.wait)
        return response
