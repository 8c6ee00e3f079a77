"""A ledger that somebody handed in: its columns, what of it is still to be read, and the rows that need a person."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Ledger(models.Model):
    """One workbook of people or homes that existed before, on its way to becoming entries of its owner.

    `fields`: a canonical name for each column, "" for one that is not taken. `defaults`: canonical name -> what stands
    for every row that says nothing. `grid_code`: of rows that name no grid, may be "". `area_code`: whoever oversees it
    sees the ledger. `why`: a file that could not be read, see ledgers_reading.Unreadable. `heading`: the row of the
    headings, counted from 1. `sealed`: {"name", "titles"}. `rows` that have something in them; of those `done`:
    `entered`, `same` (known already), `aside` (known otherwise), `wrong`. Of those aside `taken` and `kept` were
    decided.
    """

    class Stage(models.TextChoices):
        READING = "reading", _("读取中")
        UNREADABLE = "broken", _("读不出来")
        COLUMNS = "columns", _("待核对列")
        RUNNING = "running", _("导入中")
        DONE = "done", _("已导入")
        DROPPED = "dropped", _("已放弃")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    area_code = models.CharField(max_length=15, blank=True)
    grid_code = models.CharField(max_length=15, blank=True)
    kind = models.CharField(max_length=8, choices=[("resident", _("居民")), ("housing", _("房屋"))])
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.COLUMNS)
    fields = models.JSONField(default=list)
    defaults = models.JSONField(default=dict)
    why = models.CharField(max_length=12, blank=True)
    heading = models.PositiveIntegerField(default=1)
    sealed = models.BinaryField()
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    aside = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["started_at"], condition=Q(stage="running"), name="ledger_running")]

    @property
    def bound_to(self) -> str:
        return f"ledger:{self.id}"

    @property
    def undecided(self) -> int:
        """Rows that differ from what is known and wait for a person."""
        return self.aside - self.taken - self.kept

    @property
    def percent(self) -> int:
        return 100 * self.done // self.rows if self.rows else 100


class LedgerFile(models.Model):
    """A piece of a file that nobody has read yet, in the order of `number`; goes when it has been read."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ledger", "number"], name="one_ledger_file_of_a_number")]

    @property
    def bound_to(self) -> str:
        return f"ledger file:{self.ledger_id}:{self.number}"


class LedgerPart(models.Model):
    """Rows that are still to be read, in the order of `number`. `sealed`: [[row number, [text or null …]] …].

    A part goes in the transaction that made its entries, so that nothing of it lies about afterwards.
    """

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ledger", "number"], name="one_ledger_part_of_a_number")]

    @property
    def bound_to(self) -> str:
        return f"ledger part:{self.ledger_id}:{self.number}"


class LedgerRow(models.Model):
    """A row that a person must look at. `number`: its row in the file, counted from 1.

    `sealed`: {"cells", "refusals"}; of a row that differs also "given": canonical name -> value as it would be stored,
    "differs": the names that differ, "housing": id of the home it names. `answer`: what was decided of many at once and
    is being carried out. Goes when it is decided, or some weeks after.
    """

    class Why(models.TextChoices):
        WRONG = "wrong", _("有误")
        DIFFERS = "differs", _("与档案不一致")
        ALIKE = "alike", _("疑似同一人")

    class Answer(models.TextChoices):
        TAKEN = "taken", _("以台账为准")
        KEPT = "kept", _("保留档案")

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="left")
    number = models.PositiveIntegerField()
    why = models.CharField(max_length=8, choices=Why)
    record = models.ForeignKey("registry.Record", null=True, on_delete=models.CASCADE, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ledger", "number"], name="one_ledger_row_of_a_number")]
        indexes = [
            models.Index(fields=["ledger", "why", "number"], name="ledger_row_listed"),
            models.Index(fields=["ledger", "number"], condition=~Q(answer=""), name="ledger_row_answered"),
        ]

    @property
    def bound_to(self) -> str:
        return f"ledger row:{self.ledger_id}:{self.number}"
