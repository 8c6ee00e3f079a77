"""What was seen and done, by whom, and what proves that nobody changed it since: all of it append-only.

The tables refuse UPDATE, DELETE and TRUNCATE (migration 0002); the role that the product runs under may only insert and
read (roles.py).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Func

from .acts import Act


class ClockTimestamp(Func):
    """The database's clock at this moment, not at the beginning of the transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class Note(models.Model):
    """One act. `by`: the account's id, without a foreign key, for what was noted outlives everything; None: nobody
    known. `about`: what it concerned, as kind:id (record:<uuid>, account:7, target:JZDJ). `what`: details, never a
    person's value. `result`: done, refused or failed. `process`: web, task:<name> or command:<name>. `at` and `xact`,
    the transaction that did it, are the database's own: a trigger sets them.
    """

    id = models.BigAutoField(primary_key=True)
    act = models.CharField(max_length=32)
    by = models.BigIntegerField(null=True)
    about = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=8, default="done")
    what = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    process = models.CharField(max_length=64, blank=True, db_default="")
    at = models.DateTimeField(db_default=ClockTimestamp())
    xact = models.BigIntegerField(db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["xact"], name="audit_note_xact"),
            models.Index(fields=["at"], name="audit_note_at"),
            models.Index(fields=["act", "-id"], name="audit_note_act"),
            models.Index(fields=["by", "-id"], name="audit_note_by"),
            models.Index(fields=["about", "-id"], name="audit_note_about", condition=~models.Q(about="")),
        ]

    @property
    def act_label(self) -> str:
        """The act in words; what an older or newer version noted stands as it is."""
        return str(Act(self.act).label) if self.act in Act.values else self.act


class Link(models.Model):
    """A note's place in the chain: numbered 1, 2, 3 … without a gap. docs/audit.md says what the digests are over.

    `own`: of the note alone. `digest`: over the link before. `seal`: key id and keyed digest. `horizon`: notes of
    transactions before it were all chained with this link or before.
    """

    number = models.BigIntegerField(primary_key=True)
    note_id = models.BigIntegerField(unique=True)
    algorithm = models.CharField(max_length=6)
    own = models.BinaryField()
    digest = models.BinaryField()
    seal = models.CharField(max_length=80)
    horizon = models.BigIntegerField()
    at = models.DateTimeField()


class Anchor(models.Model):
    """The end of the chain at a moment, as it was written outside the database too. `line`: exactly what was."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField()
    line = models.TextField()
    at = models.DateTimeField(db_default=ClockTimestamp())


class Stamp(models.Model):
    """What a time-stamping authority answered for an anchor (RFC 3161), as it came."""

    anchor_id = models.BigIntegerField(primary_key=True)
    token = models.BinaryField()
    stamped_at = models.DateTimeField()
    at = models.DateTimeField(db_default=ClockTimestamp())


class Taken(models.Model):
    """The operator's command took an anchor's line: it ended with 0."""

    anchor_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_default=ClockTimestamp())


class Verification(models.Model):
    """The whole chain was gone through. `faults`: the first of them as number, note, kind and words."""

    id = models.BigAutoField(primary_key=True)
    links = models.BigIntegerField()
    found = models.BigIntegerField()
    faults = models.JSONField(default=list)
    seconds = models.FloatField()
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=ClockTimestamp())
