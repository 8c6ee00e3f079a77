"""Which fields went out together: every try names one such set, so that a resident can be told what was disclosed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class FieldSet(models.Model):
    """A set of canonical names. `id`: 63 bits of a digest of the names, so that whoever sends need not ask for it."""

    id = models.BigIntegerField(primary_key=True)
    names = ArrayField(models.CharField(max_length=64))
