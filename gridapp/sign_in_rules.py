"""Settings of signing in, all from the environment: cookies, passwords by profile, sessions, tries.

PASSWORD_PROFILE djbh is what an assessment for 等保 (GB/T 22239) looks for: kinds of character, renewal, lock-out, few
sessions at once. asvs follows OWASP ASVS 5.0: length and no common words instead, never renewed without a reason.
"""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

_DEVELOPMENT = os.environ.get("GRIDAPP_DEBUG", "1") == "1"


def _number(name: str, usual: int, least: int, most: int) -> int:
    value = int(os.environ.get(name, usual))
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be between {least} and {most}")
    return value


AUTH_USER_MODEL = "org.User"
LOGIN_URL = "desk:login"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "desk:login"

# --- Cookies: __Host- ties them to this very host, so that a neighbour under the same domain cannot plant one --
SESSION_COOKIE_NAME = "sessionid" if _DEVELOPMENT else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if _DEVELOPMENT else "__Host-csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _DEVELOPMENT
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
COOKIE_PREFIX = "" if _DEVELOPMENT else "__Host-"  # of all our own: gridapp.cookies
LANGUAGE_COOKIE = "django_language"
LANGUAGE_COOKIE_NAME = COOKIE_PREFIX + LANGUAGE_COOKIE
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = not _DEVELOPMENT, True, "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
MESSAGE_STORAGE = "gridapp.cookies.Messages"

# --- Passwords -------------------------------------------------------------------------------------------------------
PASSWORD_PROFILE = os.environ.get("PASSWORD_PROFILE", "djbh")
if PASSWORD_PROFILE not in {"djbh", "asvs"}:
    raise ImproperlyConfigured("PASSWORD_PROFILE must be djbh or asvs")
_IS_DJBH = PASSWORD_PROFILE == "djbh"  # noqa: S105 - a profile's name
PASSWORD_SHORTEST = _number("PASSWORD_SHORTEST", 8, 8, 12) if _IS_DJBH else _number("PASSWORD_SHORTEST", 15, 12, 64)
PASSWORD_DAYS = _number("PASSWORD_DAYS", 90 if _IS_DJBH else 0, 0, 365)  # 0: never has to be renewed
PASSWORD_WARNED_DAYS = _number("PASSWORD_WARNED_DAYS", 7, 0, 60)
PASSWORDS_REMEMBERED = _number("PASSWORDS_REMEMBERED", 5 if _IS_DJBH else 0, 0, 24)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "gridapp.org.guessable.Common"},
    {"NAME": "gridapp.org.passwords.Length"},
    {"NAME": "gridapp.org.passwords.Context"},
    *([{"NAME": "gridapp.org.passwords.Kinds"}] if _IS_DJBH else []),
    *([{"NAME": "gridapp.org.passwords.Former"}] if PASSWORDS_REMEMBERED else []),
]

# --- Sessions --------------------------------------------------------------------------------------------------------
SESSION_ENGINE = "gridapp.org.session_store"
SESSION_COOKIE_AGE = _number("SESSION_HOURS", 12, 1, 24) * 3600  # then everybody signs in again, whatever they do
SESSION_IDLE = _number("SESSION_IDLE_MINUTES", 30, 5, 120) * 60
SESSION_IDLE_ADMINISTRATORS = _number("SESSION_IDLE_ADMINISTRATORS_MINUTES", 15, 5, 60) * 60
SESSION_IDLE_WORKERS = _number("SESSION_IDLE_WORKERS_MINUTES", 120, 5, 720) * 60  # they are in stairwells, without net
SESSIONS_AT_ONCE = _number("SESSIONS_AT_ONCE", 3 if _IS_DJBH else 5, 1, 1000)
SESSIONS_AT_ONCE_ADMINISTRATORS = _number("SESSIONS_AT_ONCE_ADMINISTRATORS", 1 if _IS_DJBH else 5, 1, 1000)
# How long who was signed in where can be looked up: six months at least by 网络安全法, 184 days at most
SESSIONS_KEPT_DAYS = _number("SESSIONS_KEPT_DAYS", 200, 184, 3650)

# --- Tries: how many, in how many seconds, then none for how many seconds ---------------------------------------------
THROTTLES = {
    kind: os.environ.get(f"THROTTLE_{kind.upper()}", usual)
    for kind, usual in {
        "password": "5/900/900",  # an account from a browser that knows it: only its own failures count
        "account": "5/900/900",  # an account from all other browsers together
        "address": "50/600/600",  # an office behind one address makes some mistakes each morning
        "everywhere": "1000/600/60",  # all other browsers, all accounts: slows down who tries one password on many
        "code": "5/900/900",
        "again": "5/900/900",  # the password once more, before something sensitive
        "reveal": "60/3600/600",  # whole values, shown on request
        "reveal_day": "200/86400/28800",
        "held": "300/3600/600",  # what a lost tablet hands in
        "exists": "30/3600/3600",  # asking whether a document is on file, and entering nobody
        "export": "20/3600/3600",
    }.items()
}
if any(len(parts := rule.split("/")) != 3 or not all(part.isdecimal() and int(part) for part in parts)
       for rule in THROTTLES.values()):  # fmt: skip
    raise ImproperlyConfigured("THROTTLE_… is written tries/seconds/seconds, as 5/900/900")
