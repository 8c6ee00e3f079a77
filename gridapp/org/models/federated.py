"""Accounts of a portal that stand for accounts of ours."""

from __future__ import annotations

from django.db import models

from .people import User


class Federated(models.Model):
    """Whoever the issuer calls `subject` is that user. `linked_how`: by themselves, or by their staff number."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="federated")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_how = models.CharField(max_length=8)
    linked_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_of_a_subject"),
            models.UniqueConstraint(fields=["issuer", "user"], name="one_subject_of_an_account"),
        ]
