"""What was answered under an Idempotency-Key, for a day."""

from __future__ import annotations

from django.db import models

from gridapp.org.models import ApiToken


class Answered(models.Model):
    """One request and its answer. `key`, `request`: keyed digests. `status` None: it is under way since `made_at`.

    `sealed`: media type, Location and body of the answer.
    """

    id = models.BigAutoField(primary_key=True)
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.BinaryField()
    request = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    sealed = models.BinaryField(default=b"")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]
        indexes = [models.Index(fields=["made_at"], name="answered_made")]

    @property
    def bound_to(self) -> str:
        return f"answered:{self.token_id}:{bytes(self.key).hex()}"
