"""Who calls: a token in the Authorization header, never in an address, where logs would keep it."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gridapp.audit.acts import Act
from gridapp.audit.origin import address_of
from gridapp.org import desks, tokens
from gridapp.org.models import ApiToken, User

from . import pace
from .problems import CHALLENGE, Problem

_SCHEMES = {"token", "bearer"}
_NAMES = {"token", "access_token", "api_key", "apikey", "authorization"}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <text>` or `Bearer <text>`. Another scheme is as good as none."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        _not_in_the_address(request)
        scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() not in _SCHEMES:
            return None
        token = tokens.live(text.strip())
        if token is None:
            raise AuthenticationFailed
        address = address_of(request.META)
        if not tokens.hears(token, address) or not desks.lets_in(token.user, address):
            pace.noted(Act.TOKEN_REFUSED, f"token:{token.pk}", by=token.user_id, why="network")
            raise Problem("network")
        tokens.used(token, address)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with 401."""
        return CHALLENGE


def _not_in_the_address(request: Request) -> None:
    """An address is kept by proxies and logs: a token that came in one is lost. Raises Problem."""
    for name, values in request.query_params.lists():
        if name.lower() in _NAMES or any(tokens.PREFIX in value for value in (name, *values)):
            token = next(filter(None, (tokens.live(value) for value in values)), None)
            about = f"token:{token.pk}" if token else ""
            pace.noted(Act.TOKEN_IN_ADDRESS, about, by=token.user_id if token else None)
            raise Problem("token_in_address")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the interface description says the same."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer … | Authorization: Token …"}
