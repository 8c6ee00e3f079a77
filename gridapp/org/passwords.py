"""What a password has to be by the profile of this installation, and when another one is due."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .guessable import spellings
from .models import FormerPassword, User

LONGEST = 128
_KINDS = 3
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that a reader takes for something else
_GROUP = 4
_PRODUCT = ("gridapp", "一次录入", "处处到位", "wangge", "网格")
_TELLING = 4  # shorter words of the context are in too many good passwords


class Length:
    """At least as long as the profile asks, at most what a hash is made of at no cost; anything in between."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < settings.PASSWORD_SHORTEST:
            raise ValidationError(self.get_help_text(), code="too_short")
        if len(password) > LONGEST:
            raise ValidationError(_("最多 %(most)s 个字符") % {"most": LONGEST}, code="too_long")

    def get_help_text(self) -> str:
        return _("至少 %(least)s 个字符") % {"least": settings.PASSWORD_SHORTEST}


class Kinds:
    """Three of: capitals, small letters, digits, others."""

    def validate(self, password: str, user: User | None = None) -> None:
        kinds = {
            "upper" if one.isupper() else "lower" if one.islower() else "digit" if one.isdigit() else "other"
            for one in password
        }
        if len(kinds) < _KINDS:
            raise ValidationError(self.get_help_text(), code="too_plain")

    def get_help_text(self) -> str:
        return _("大写字母、小写字母、数字、其他字符，四类里至少有三类")


class Former:
    """None of the last ones, the present one among them."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        held = User.objects.filter(pk=user.pk).values_list("password", flat=True)
        former = FormerPassword.objects.filter(user=user).values_list("encoded", flat=True)
        encoded = [*held, *former[: settings.PASSWORDS_REMEMBERED - 1]]
        if any(check_password(password, one) for one in encoded):
            raise ValidationError(self.get_help_text(), code="used_before")

    def get_help_text(self) -> str:
        return _("不能和最近 %(number)s 次用过的相同") % {"number": settings.PASSWORDS_REMEMBERED}


class Context:
    """Nothing that is written on the door: names of the account, the district, the product."""

    def validate(self, password: str, user: User | None = None) -> None:
        words = [*_PRODUCT, settings.DISTRICT]
        if user is not None:
            words += [user.username, user.first_name, user.staff_no]
        told = [word.casefold() for word in words if len(word) >= _TELLING or (not word.isascii() and word)]
        if any(word in written for written in spellings(password) for word in told):
            raise ValidationError(self.get_help_text(), code="of_the_context")

    def get_help_text(self) -> str:
        return _("不能含有用户名、姓名、工号、区划代码或本系统的名字")


def made() -> str:
    """At random, for people to read to each other: fulfils either profile."""
    groups = max(3, -(-(settings.PASSWORD_SHORTEST + 1) // (_GROUP + 1)))
    while True:
        letters = ["".join(secrets.choice(_READABLE) for _ in range(_GROUP)) for _ in range(groups)]
        password = "-".join(letters)
        if any(one.isdigit() for one in password) and any(one.isalpha() for one in password):
            return password


def due(user: User) -> datetime | None:
    """When the account has to have another password; None: never."""
    if not settings.PASSWORD_DAYS or not user.has_usable_password():
        return None
    return (user.password_set_at or user.date_joined) + timedelta(days=settings.PASSWORD_DAYS)


def is_over(user: User) -> bool:
    """Whether another password has to be chosen before anything else."""
    end = due(user)
    return end is not None and end <= timezone.now()


def days_left(user: User) -> int | None:
    """For who should be warned: how many days are left; None for everybody else."""
    end = due(user)
    if end is None:
        return None
    days = (timezone.localdate(end) - timezone.localdate()).days
    return days if 0 <= days <= settings.PASSWORD_WARNED_DAYS else None


def replaced(user: User, encoded: str) -> None:
    """Keeps a password that is replaced, for as long as it may not come back; inside the caller's transaction."""
    if settings.PASSWORDS_REMEMBERED < 2 or not encoded or encoded.startswith("!"):
        return
    FormerPassword.objects.create(user=user, encoded=encoded)
    kept = FormerPassword.objects.filter(user=user).values_list("pk", flat=True)[: settings.PASSWORDS_REMEMBERED - 1]
    FormerPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
