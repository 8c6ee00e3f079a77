"""The people who sign in, what was done to their accounts, and what they say."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.management.base import CommandError
from django.db import models
from django.utils.translation import gettext_lazy as _

from gridapp import sealing

from .areas import Area


class Role(models.TextChoices):
    WORKER = "worker", _("网格员")
    SUPERVISOR = "supervisor", _("督导")
    OFFICER = "officer", _("部门专员")
    ADMINISTRATOR = "administrator", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


class Accounts(UserManager["User"]):
    """Nobody stands above the roles: three administrators hold what elsewhere a superuser holds alone."""

    use_in_migrations = False

    def create_superuser(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises CommandError: Django's own command is told what to use."""
        raise CommandError("no account stands above all others: use manage.py administrator")


class User(AbstractUser):
    """Someone who signs in. `areas` are the prefixes inside which they see anything at all."""

    role = models.CharField(_("角色"), max_length=16, choices=Role, default=Role.WORKER)
    staff_no = models.CharField(_("工号"), max_length=20, blank=True)
    sealed_id_number = models.BinaryField(blank=True, default=b"")
    areas = models.ManyToManyField(Area, blank=True, related_name="staff")
    language = models.CharField(max_length=10, blank=True)
    must_change_password = models.BooleanField(default=False)  # it was set by somebody else
    person = models.BinaryField(null=True, editable=False)  # blind index of the document number: see org.duties
    password_set_at = models.DateTimeField(null=True)  # None: as long as the account is there

    objects: ClassVar[Accounts] = Accounts()
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(is_superuser=False, is_staff=False), name="nobody_above_all")
        ]
        indexes = [
            models.Index(fields=["person"], name="account_of_person", condition=models.Q(person__isnull=False)),
            models.Index(fields=["staff_no"], name="account_of_staff_no", condition=~models.Q(staff_no="")),
        ]

    @property
    def display_name(self) -> str:
        return self.first_name or self.username

    @property
    def bound_to(self) -> str:
        return f"user:{self.username}"

    @property
    def id_number(self) -> str:
        """Their own document number, for targets that ask who made an entry."""
        if not self.sealed_id_number:
            return ""
        return sealing.unseal(self.sealed_id_number, bound_to=self.bound_to).decode()


class AccountChange(models.Model):
    """What was done to an account, by whom: append-only. `before`, `after`: what of it changed, never a password."""

    class Act(models.TextChoices):
        CREATED = "created", _("新建")
        CHANGED = "changed", _("修改")
        CLOSED = "closed", _("停用")
        REOPENED = "reopened", _("重新启用")
        PASSWORD = "password", _("重设密码")
        OWN_PASSWORD = "own", _("自己改了密码")
        GAVE = "gave", _("交出网格")
        TOOK = "took", _("接手网格")
        FACTOR = "factor", _("解除两步验证")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="changes")
    act = models.CharField(max_length=8, choices=Act)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("org.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="account_change_of_user")]


class HandOver(models.Model):
    """A grid went from one worker to the next. `forms`: how many set-aside forms went with it."""

    id = models.BigAutoField(primary_key=True)
    grid = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    forms = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["grid", "-id"], name="hand_over_of_grid")]


class Suggestion(models.Model):
    """What somebody who works with this complains of or suggests, and what was answered; read by supervisors.

    `id` is made by the page. `by` is empty where they did not sign. `area_code`: where they work: who oversees it reads
    it. `page`: where they came from, as a kind of page. `sealed`, `sealed_answer`: the texts, for people name people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="suggestions")
    area_code = models.CharField(max_length=15, blank=True)
    page = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)
    sealed_answer = models.BinaryField(blank=True, default=b"")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["-made_at"], name="suggestion_newest")]

    @property
    def bound_to(self) -> str:
        return f"suggestion:{self.id}"

    @property
    def text(self) -> str:
        return sealing.unseal(self.sealed, bound_to=self.bound_to).decode()

    @property
    def answer(self) -> str:
        return sealing.unseal(self.sealed_answer, bound_to=self.bound_to).decode() if self.sealed_answer else ""
