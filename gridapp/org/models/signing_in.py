"""What is known of signing in: who is signed in where, known browsers, former passwords, counted tries."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import User


class Ended(models.TextChoices):
    """Why nobody is signed in any more, in words for who was."""

    OUT = "out", _("已退出")
    IDLE = "idle", _("太久没有操作，登录自动结束")
    LIMIT = "limit", _("登录时间到了，需要重新登录")
    ELSEWHERE = "elsewhere", _("这个账号在别处登录，这里的登录已结束")
    PASSWORD = "password", _("密码改了，需要重新登录")
    RIGHTS = "rights", _("账号的角色或区域有变化，需要重新登录")
    CLOSED = "closed", _("账号已停用")
    LOST = "lost", _("平板已报失")
    OWN = "own", _("您在“我的登录”里结束了这次登录")
    KEEPER = "keeper", _("管理人员结束了这次登录")
    FACTOR = "factor", _("两步验证有变化，需要重新登录")


class OpenSession(AbstractBaseSession):
    """A session of a browser, and where and since when somebody is signed in there; kept a while after it ended.

    `session_key`: a digest of what the cookie holds, so that who reads this table is nobody. `user` None: nobody yet.
    `expire_date`: when it ends by itself, earlier of idle and absolute. `idle`: seconds. `agent`: browser and machine
    in words. `seen_at`: the last act of a person, written at most once a minute.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    device = models.UUIDField(null=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    idle = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=Ended, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-seen_at"], condition=models.Q(ended_at=None), name="session_open_of_user"),
        ]

    @property
    def short_device(self) -> str:
        """What people read to each other to know which tablet is meant."""
        return self.device.hex[:6].upper() if self.device else ""

    @classmethod
    def get_session_store_class(cls) -> Any:
        from gridapp.org.session_store import SessionStore  # which knows this model

        return SessionStore


class KnownBrowser(models.Model):
    """A browser in which somebody signed in to an account before. `name`: blind index of the user name, so that an
    unknown name costs the same question; `browser`: a digest of what its cookie holds."""

    id = models.BigAutoField(primary_key=True)
    name = models.BinaryField()
    browser = models.BinaryField()
    first_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "browser"], name="one_known_browser")]


class FormerPassword(models.Model):
    """A password that an account had before, as it was stored."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    encoded = models.CharField(max_length=128)
    until = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]


class Throttled(models.Model):
    """How often something was tried since when, and until when it is refused. `subject`: a blind index of whom or
    what it is about."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    subject = models.BinaryField()
    tries = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="one_count_of_a_kind")]
