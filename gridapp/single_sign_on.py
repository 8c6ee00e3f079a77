"""Settings of signing in at a government portal (OpenID Connect). Without OIDC_ISSUER there is no such way in."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "").strip()  # exactly as the portal says it
OIDC_CLIENT_ID = os.environ.get("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("OIDC_CLIENT_SECRET", "")
OIDC_NAME_ZH = os.environ.get("OIDC_NAME_ZH", "")
OIDC_NAME_EN = os.environ.get("OIDC_NAME_EN", "")
OIDC_SCOPES = os.environ.get("OIDC_SCOPES", "openid")
OIDC_LINK_BY = os.environ.get("OIDC_LINK_BY", "")  # a claim that says the staff number; empty: people link themselves
OIDC_ACR = [one for one in os.environ.get("OIDC_ACR", "").split(",") if one]  # two factors were shown there
OIDC_AMR = [one for one in os.environ.get("OIDC_AMR", "").split(",") if one]
OIDC_ALGORITHMS = [one for one in os.environ.get("OIDC_ALGORITHMS", "RS256,PS256,ES256").split(",") if one]
OIDC_PATIENCE = int(os.environ.get("OIDC_PATIENCE", "10"))  # seconds

if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET")
if OIDC_ISSUER and os.environ.get("GRIDAPP_DEBUG", "1") != "1" and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must be an https address in production")
if any(one.startswith(("HS", "none")) for one in OIDC_ALGORITHMS):
    raise ImproperlyConfigured("OIDC_ALGORITHMS: only signatures with a public key prove who signed")
