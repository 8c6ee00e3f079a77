"""What people have besides a password: a secret that their phone makes codes of, and codes on paper."""

from __future__ import annotations

from django.db import models

from .people import User


class Factor(models.Model):
    """A secret shared with somebody's authenticator. `confirmed_at` None: shown, but no code of it was seen yet.

    `used_step`: the last half minute of which a code was taken: neither it nor an earlier one is taken again.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="factor")
    sealed_secret = models.BinaryField()
    used_step = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)

    @property
    def bound_to(self) -> str:
        return f"factor:{self.user_id}"


class RecoveryCode(models.Model):
    """A code on paper, as a password is stored; `number` stands in front of it. Gone once it is used."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    number = models.PositiveSmallIntegerField()
    encoded = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "number"], name="one_recovery_code_a_number")]
