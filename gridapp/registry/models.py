"""What is true: buildings, records, entries, residencies, households, numbers that targets gave, attachments.

A person's values live sealed in one document per row (`gridapp.sealing`); what is searched or constrained is a column
or a blind token. Nothing here knows of targets.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from gridapp import sealing

from .exported import Exported as Exported
from .exports_kept import Export as Export
from .exports_kept import ExportPart as ExportPart
from .exports_kept import SavedSearch as SavedSearch
from .index_keys_kept import IndexKey as IndexKey
from .ledgers_kept import Ledger as Ledger
from .ledgers_kept import LedgerFile as LedgerFile
from .ledgers_kept import LedgerPart as LedgerPart
from .ledgers_kept import LedgerRow as LedgerRow
from .not_same import NotSame as NotSame
from .objection import Objection as Objection
from .photo import Photo as Photo
from .rights_kept import RightsRequest as RightsRequest
from .sight_kept import Looked as Looked
from .sight_kept import Shown as Shown
from .sight_kept import UnusualDay as UnusualDay
from .tombstones_kept import Tombstone as Tombstone


class Building(models.Model):
    """One stairwell of one building: the levels of the address that are never typed at the door (derivation D9)."""

    code = models.CharField(_("楼栋编码"), max_length=19, primary_key=True)
    grid_code = models.CharField(max_length=15, db_index=True)
    road = models.CharField(max_length=50)
    door_no = models.CharField(max_length=20)
    estate_name = models.CharField(max_length=50, blank=True)
    building_no = models.CharField(max_length=20, blank=True)
    unit_no = models.CharField(max_length=10, blank=True)
    floors = models.PositiveSmallIntegerField(default=6)
    building_use = models.CharField(max_length=2, blank=True)
    house_structure = models.CharField(max_length=1, blank=True)
    longitude = models.DecimalField(max_digits=11, decimal_places=8)
    latitude = models.DecimalField(max_digits=10, decimal_places=8)

    class Meta:
        ordering = ["code"]


class Record(models.Model):
    """One resident or one housing unit as the product knows it now.

    `sealed`: the current document, bound to the id. `identity`: blind index of the person's document, one per person.
    `tokens`: blind search tokens. `version` rises with each entry that changes something.
    """

    class Kind(models.TextChoices):
        RESIDENT = "resident", _("居民")
        HOUSING = "housing", _("房屋")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    grid_code = models.CharField(max_length=15)
    version = models.PositiveIntegerField(default=1)
    sealed = models.BinaryField()
    identity = models.BinaryField(null=True)
    tokens = ArrayField(models.BigIntegerField(), default=list)
    closed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Housing only
    building = models.ForeignKey(Building, null=True, on_delete=models.PROTECT, related_name="rooms")
    floor_no = models.SmallIntegerField(null=True)
    room_no = models.CharField(max_length=20, blank=True)
    housing_code = models.CharField(max_length=25, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity"], name="one_person_per_document"),
            models.UniqueConstraint(fields=["housing_code"], name="one_housing_per_code"),
            models.UniqueConstraint(fields=["building", "room_no"], name="one_housing_per_room"),
        ]
        indexes = [
            # kB of what waits to be sorted in: every search reads all of it
            GinIndex(fields=["tokens"], name="record_tokens", gin_pending_list_limit=64),
            models.Index(OpClass("grid_code", "varchar_pattern_ops"), "kind", name="record_scope"),
            models.Index(Right("housing_code", 8), name="record_short_code"),
            # the order of a search: of a frequent surname the newest are read, not everybody
            models.Index(F("closed_at").desc(nulls_first=True), F("updated_at").desc(), "id", name="record_newest"),
            models.Index(fields=["verified_at", "id"], condition=Q(closed_at=None), name="record_longest_unseen"),
        ]

    @property
    def bound_to(self) -> str:
        return f"record:{self.id}"

    def document(self) -> dict[str, Any]:
        """Canonical name -> value as entered (JSON types). Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)
        return opened


class FormerDocument(models.Model):
    """A document that a person had before an upgrade: still leads to the same person (handbook 2.11, rule 1)."""

    identity = models.BinaryField(unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="former_documents")


class Entry(models.Model):
    """One act of a worker on one record: immutable, numbered, signed by who and when. The id is made by the client.

    `sealed`: {"entered": what the worker gave, "set": what it changed of the record's document, "confirmed": doubts}.
    Laid over each other in their order, the `set` of a record's entries give its document at any version.
    """

    class Action(models.TextChoices):
        CREATE = "create", _("新增")
        CHANGE = "change", _("变更")
        VERIFY = "verify", _("核实")
        MOVE = "move", _("迁移")
        CLOSE = "close", _("注销")
        CORRECT = "correct", _("更正")

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, editable=False)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="entries")
    action = models.CharField(max_length=8, choices=Action)
    version = models.PositiveIntegerField()
    digest = models.BinaryField()  # keyed: what "the same content again" is judged by
    sealed = models.BinaryField()  # what was entered, bound to the entry's id
    grid_code = models.CharField(max_length=15)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="entries")
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["by", "-received_at"], name="entry_by_worker")]

    @property
    def bound_to(self) -> str:
        return f"entry:{self.id}"

    def fields(self) -> dict[str, Any]:
        """Canonical name -> value as it was entered (JSON types, null: emptied). Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)["entered"]
        return opened


class Household(models.Model):
    """The people who live together at one housing unit. `sealed`: household.* fields."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    housing = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="households")
    sealed = models.BinaryField()

    @property
    def bound_to(self) -> str:
        return f"household:{self.id}"


class Residency(models.Model):
    """A person lives at a housing unit, from - to. `sealed`: residency.* fields.

    `is_contested`: entered as the main home while the person's main home is in another grid; a supervisor decides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="residencies")
    housing = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="occupancies")
    household = models.ForeignKey(Household, null=True, on_delete=models.SET_NULL, related_name="members")
    is_primary = models.BooleanField(default=True)
    is_open = models.BooleanField(default=True)
    is_contested = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=Q(is_open=True, is_primary=True), name="one_open_primary_per_person"
            ),
            models.UniqueConstraint(
                fields=["resident", "housing"], condition=Q(is_open=True), name="one_open_residency_per_person_and_home"
            ),
        ]
        indexes = [
            models.Index(fields=["housing"], condition=Q(is_open=True), name="residency_living_there"),
            models.Index(fields=["housing"], condition=Q(is_open=True, is_primary=False), name="residency_second_home"),
        ]

    @property
    def bound_to(self) -> str:
        return f"residency:{self.id}"


class Reference(models.Model):
    """A number that a target gave for a record and that others need: `housing.housing_code`, `JZDJ.DJBH`."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="references")
    name = models.CharField(max_length=64)
    value = models.CharField(max_length=64)
    source = models.CharField(max_length=32)
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "name"], name="one_value_per_reference")]


class Attachment(models.Model):
    """A scan or photo that a department asked for (dictionary: ATTACHMENTS). A newer file takes the older one's place.

    `sealed`: the content, bound to record, name and digest. `sha256`: of the content, in hexadecimal.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    sealed = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "name"], name="one_attachment_of_a_name")]

    @property
    def bound_to(self) -> str:
        return self.binding(self.record_id, self.name, self.sha256)

    @staticmethod
    def binding(record_id: uuid.UUID, name: str, sha256: str) -> str:
        """What the sealed content is bound to."""
        return f"attachment:{record_id}:{name}:{sha256}"


class SetAside(models.Model):
    """An act that arrived from a tablet and could not be saved as it is: it waits, as it was typed, for a person.

    `refusals`: [field, code] of what is wrong, without values. `sealed`: {"path", "form", "refusals", "doubts",
    "reason"}, bound to the entry's id. `record`: what it is about, if it exists and is in the owner's areas.
    """

    class Settled(models.TextChoices):
        ENTERED = "entered", _("补正后已保存")
        DECIDED = "decided", _("督导已定")
        DROPPED = "dropped", _("不再需要")

    entry_id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    grid_code = models.CharField(max_length=15, blank=True)
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Record.Kind)
    action = models.CharField(max_length=8, choices=Entry.Action)
    is_conflict = models.BooleanField(default=False)
    refusals = models.JSONField(default=list)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_as = models.CharField(max_length=8, choices=Settled, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-received_at"], condition=Q(settled_at=None), name="set_aside_of_worker"),
            models.Index(
                OpClass("grid_code", "varchar_pattern_ops"),
                condition=Q(settled_at=None, is_conflict=True),
                name="set_aside_undecided",
            ),
        ]

    @property
    def bound_to(self) -> str:
        return f"set aside:{self.entry_id}"
