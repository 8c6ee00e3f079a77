"""A government portal says who somebody is: OpenID Connect, authorization code with PKCE, state and nonce (Authlib).

What it says is believed only where the signature is one of its keys, made for us, just now, for this very sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

from gridapp import cookies, egress
from gridapp.contract import Misconfigured

from .portal_line import Client

BEGAN = "portal_session"
"""In a session of ours: that it began at the portal, where another one may be open still."""
ANEW = "portal_anew"
"""In the session of who left to prove again who they are: being signed in there is not enough."""
COOKIE = "portal"
"""After signing out: the page to sign in offers to leave the portal, too."""
_NAME = "portal"
_HOUR = 3600
_LEEWAY = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")


class Unreachable(Exception):
    """The portal does not answer, or not as a portal does."""


class Refused(Exception):
    """What came back proves nothing. `why`: one word for the audit, never anything of what came."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Said:
    """Who the portal says it is. `two_factors`: it says that more than a password was shown there. `at`: when that was
    (auth_time, seconds of 1970), 0 where it does not say."""

    issuer: str
    subject: str
    two_factors: bool
    staff_no: str
    at: float = 0


def is_on() -> bool:
    """Whether there is a portal."""
    return bool(settings.OIDC_ISSUER)


def name() -> str:
    """Of the portal, in the language of the page."""
    english = (get_language() or "").startswith("en")
    return str(settings.OIDC_NAME_EN if english else settings.OIDC_NAME_ZH) or _("政务统一身份认证")


def leave(request: HttpRequest, redirect_uri: str, *, anew: bool = False) -> HttpResponse:
    """Sends the browser to the portal; state, nonce and verifier stay in the session. Raises Unreachable.

    `anew`: the portal shall ask, though somebody is signed in there.
    """
    asked: dict[str, Any] = {"max_age": settings.SESSION_COOKIE_AGE} | ({"prompt": "login"} if anew else {})
    try:
        answer: HttpResponse = _ready().authorize_redirect(request, redirect_uri, **asked)
    except (requests.RequestException, AuthlibBaseError, ValueError, KeyError) as error:
        raise Unreachable(type(error).__name__) from None
    return answer


def came_back(request: HttpRequest) -> Said:
    """Who it is. A state counts once, so does a code. Raises Refused, Unreachable."""
    issuer = str(settings.OIDC_ISSUER)
    if request.GET.get("iss", issuer) != issuer:
        raise Refused("issuer")
    client = _ready()
    options = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
        "nonce": {"essential": True},
    }
    try:
        token = client.authorize_access_token(request, claims_options=options, claims_cls=CodeIDToken, leeway=_LEEWAY)
    except requests.RequestException as error:
        raise Unreachable(type(error).__name__) from None
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise Refused(str(getattr(error, "error", "") or type(error).__name__)[:60]) from None
    claims = token.get("userinfo")
    if not claims or not str(claims.get("sub", "")):
        raise Refused("no_id_token")
    return _said(claims)


def way_out(redirect_uri: str) -> str:
    """Where the portal ends its own session, "" where it says no such place. Raises Unreachable."""
    client = _ready()
    if not client.server_metadata.get("end_session_endpoint"):
        return ""
    made = client.create_logout_url(redirect_uri, client_id=settings.OIDC_CLIENT_ID)
    return str(made["url"])


def signed_out(began: bool, response: HttpResponse) -> HttpResponse:
    """Has the next page say that the portal may still know whoever just left."""
    if began:
        cookies.leave(response, COOKIE, "1", seconds=_HOUR)
    return response


def _said(claims: Mapping[str, Any]) -> Said:
    methods = claims.get("amr")
    strong = claims.get("acr") in settings.OIDC_ACR
    strong = strong or (isinstance(methods, list) and bool({str(one) for one in methods} & set(settings.OIDC_AMR)))
    staff_no = claims.get(settings.OIDC_LINK_BY) if settings.OIDC_LINK_BY else ""
    staff_no = staff_no if isinstance(staff_no, str) else ""
    return Said(str(claims["iss"]), str(claims["sub"])[:255], strong, staff_no, _signed_in_at(claims.get("auth_time")))


def _signed_in_at(told: Any) -> float:
    """Raises Refused for longer ago than was asked for (max_age), and for what is no time."""
    if told is None:
        return 0  # many portals do not say it, though they should
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise Refused("auth_time")
    if not -_LEEWAY <= time.time() - told <= settings.SESSION_COOKIE_AGE + _LEEWAY:
        raise Refused("auth_time")
    return float(told)


def _ready() -> Any:
    """The client, knowing what the portal says of itself. Raises Unreachable where that is not what we were told."""
    client = _client(*_asked(), int(time.time() // _HOUR))
    try:
        egress.check_url(str(settings.OIDC_ISSUER))
        known = client.load_server_metadata()
        for each in _ENDPOINTS:
            if known.get(each):
                egress.check_url(known[each])
    except (requests.RequestException, AuthlibBaseError, Misconfigured, ValueError, KeyError) as error:
        raise Unreachable(type(error).__name__) from None
    if known.get("issuer") != settings.OIDC_ISSUER:
        raise Unreachable("another issuer")
    # Whatever the portal offers: a shared secret or none at all signs nothing.
    client.server_metadata["id_token_signing_alg_values_supported"] = list(settings.OIDC_ALGORITHMS)
    return client


def _asked() -> tuple[str, str, str, str, int]:
    return (
        settings.OIDC_ISSUER,
        settings.OIDC_CLIENT_ID,
        settings.OIDC_CLIENT_SECRET,
        settings.OIDC_SCOPES,
        settings.OIDC_PATIENCE,
    )


@lru_cache(maxsize=2)
def _client(issuer: str, client_id: str, secret: str, scopes: str, patience: int, hour: int) -> Any:
    """Asked anew each hour: portals change their keys."""
    how = {"scope": scopes, "code_challenge_method": "S256", "default_timeout": patience}
    return OAuth().register(
        _NAME,
        client_cls=Client,
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs=how,
    )
