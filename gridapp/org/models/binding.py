"""The keys of tablets, and what a lost tablet handed in."""

from __future__ import annotations

from django.db import models

from .clients import Device
from .people import User


class DeviceKey(models.Model):
    """The public half of a key that the tablet made and cannot give away (ECDSA P-256, SubjectPublicKeyInfo).

    `approved_at` None: somebody signed in there, and the office has not said yet that it is one of its tablets.
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, related_name="key")
    spki = models.BinaryField()
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")


class HeldBack(models.Model):
    """A sealed form, or a photo of one (`part`), that came from a lost tablet: neither filed nor lost until somebody
    decides. `envelope`: as it came; it opens with the key of the server only. `said`: what became of it."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="held_back")
    entry_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(default=0)
    envelope = models.JSONField()
    came_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    said = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "entry_id", "part"], name="held_back_once")]
