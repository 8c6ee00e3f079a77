"""Who calls: a token in the Authorization header, never in an address, where logs would keep it."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gridapp.org import tokens
from gridapp.org.models import User

_SCHEMES = {"token", "bearer"}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <text>` or `Bearer <text>`. Another scheme is as good as none."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() not in _SCHEMES:
            return None
        user = tokens.find(text.strip())
        if user is None:
            raise AuthenticationFailed
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with 401."""
        return 'Token realm="gridapp", Bearer realm="gridapp"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the interface description says the same."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer … | Authorization: Token …"}
