"""The answers, as the interface description says them and as they are written: one definition for both."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gridapp.delivery.models import Status
from gridapp.delivery.standing import MOVE_WORDS, Standing
from gridapp.dictionary import ATTACHMENTS
from gridapp.dictionary.attachments import MEDIA_TYPES
from gridapp.registry.models import Entry, Record

from . import names

NOT_CONNECTED = "not_connected"
STATUSES = [*Status.values, NOT_CONNECTED]


class ErrorSerializer(serializers.Serializer[Any]):
    """One thing that is wrong. `field`: its canonical name, or "" for the whole request."""

    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()
    message_zh = serializers.CharField()
    message_en = serializers.CharField()
    remedy = serializers.CharField()
    remedy_zh = serializers.CharField()
    remedy_en = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. `message` and `remedy` are in the language of Accept-Language, Chinese by default."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(required=False)
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]


class AttemptSerializer(serializers.Serializer[Any]):
    """One try."""

    started_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    action = serializers.CharField()
    outcome = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    reason = names.Said(allow_blank=True)


class DeliverySerializer(serializers.Serializer[Any]):
    """Where one target stands, and whose move it is. Attempts are newest first."""

    target = serializers.CharField(source="target_key")
    target_name = serializers.CharField()
    connected = serializers.BooleanField()
    status = serializers.SerializerMethodField()
    status_label = serializers.CharField()
    move = serializers.ChoiceField(choices=list(MOVE_WORDS))
    move_label = serializers.CharField(allow_blank=True)
    next_try = serializers.DateTimeField(allow_null=True)
    reason = names.Said(allow_blank=True)
    reason_code = serializers.CharField(allow_blank=True)
    fields = serializers.ListField(child=serializers.CharField(), source="reason_fields")  # type: ignore[assignment]
    reference = serializers.CharField(allow_blank=True)
    waits_for = serializers.CharField(allow_blank=True)
    held_version = serializers.IntegerField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptSerializer(many=True, source="tries")

    @extend_schema_field(serializers.ChoiceField(choices=STATUSES))
    def get_status(self, standing: Standing) -> str:
        return standing.status or NOT_CONNECTED


class EnteredSerializer(serializers.Serializer[Any]):
    """What became of an entry that was sent. `number` rises with each entry of the district."""

    id = serializers.UUIDField()
    record = serializers.UUIDField()
    number = serializers.IntegerField()
    version = serializers.IntegerField()
    deliveries = DeliverySerializer(many=True)


class EntrySerializer(EnteredSerializer):
    """One entry: an act on a record, without what was typed."""

    kind = serializers.ChoiceField(choices=Record.Kind.values)
    action = serializers.ChoiceField(choices=Entry.Action.values)
    grid_code = serializers.CharField()
    made_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()


class HomeSerializer(serializers.Serializer[Any]):
    """The housing unit that a resident lives at, else lived at last."""

    id = serializers.UUIDField()
    housing_code = serializers.CharField(allow_blank=True)
    grid_code = serializers.CharField()
    address = serializers.CharField(allow_blank=True)


class FoundSerializer(serializers.Serializer[Any]):
    """One hit of a search: a person by name, a housing unit by address."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Record.Kind.values)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    address = serializers.CharField(allow_blank=True)
    grid_code = serializers.CharField()
    housing_code = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    closed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class SearchSerializer(serializers.Serializer[Any]):
    """Open records first, then the newest. `next`: the cursor of what follows, null where nothing does."""

    results = FoundSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RecordSerializer(serializers.Serializer[Any]):
    """One record. Values that are not for every eye are masked; what is unknown has no key.

    `fields` has canonical names; the blocks have them without the block's own, as an entry has.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Record.Kind.values)
    grid_code = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    fields = names.Shown()  # type: ignore[assignment]
    housing = HomeSerializer(allow_null=True)
    residency = names.Shown(allow_null=True)
    household = names.Shown(allow_null=True)
    tenancy = names.Shown(allow_null=True)
    premises = names.Shown(allow_null=True)
    deliveries = DeliverySerializer(many=True)


class AttachmentSerializer(serializers.Serializer[Any]):
    """What was kept of a file: a photo without what the camera wrote beside it. `sha256` in hexadecimal."""

    record = serializers.UUIDField()
    version = serializers.IntegerField()
    name = serializers.ChoiceField(choices=list(ATTACHMENTS))
    media_type = serializers.ChoiceField(choices=MEDIA_TYPES)
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    added_at = serializers.DateTimeField()
    deliveries = DeliverySerializer(many=True)


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})
class ClockField(serializers.TimeField):
    """Hour and minute of any day, local time: the format `time` has seconds and a zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)


class BreakSerializer(serializers.Serializer[Any]):
    """A pause of every day."""

    begins = ClockField()
    ends = ClockField()


class MonthEndSerializer(serializers.Serializer[Any]):
    """Closed from `closes` on the last working day of a month until `reopens` on the first of the next."""

    closes = ClockField()
    reopens = ClockField()


class SeasonSerializer(serializers.Serializer[Any]):
    """First and last day (MM-DD) of the part of the year in which a target takes anything."""

    first = serializers.CharField()
    last = serializers.CharField()


class WindowSerializer(serializers.Serializer[Any]):
    """When a target takes anything, local time. `opens` equal to `closes`: round the clock. Weekday 0 is Monday.

    `working_days`: on those alone. `freeze_days`: days of each month on which nothing is taken.
    """

    opens = ClockField()
    closes = ClockField()
    breaks = BreakSerializer(many=True)
    working_days = serializers.BooleanField()
    closed_weekday = serializers.IntegerField(allow_null=True, min_value=0, max_value=6)
    closed_from = ClockField(allow_null=True)
    closed_until = ClockField(allow_null=True)
    freeze_days = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=31))
    month_end = MonthEndSerializer(allow_null=True)
    season = SeasonSerializer(allow_null=True)


class TargetSerializer(serializers.Serializer[Any]):
    """One departmental system. `needs`: what must be known first; `kinds`: the records it receives."""

    key = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()
    connected = serializers.BooleanField()
    enabled = serializers.BooleanField()
    paused = serializers.BooleanField()
    window = WindowSerializer()
    needs = serializers.ListField(child=serializers.CharField())
    kinds = serializers.ListField(child=serializers.CharField())


class TargetsSerializer(serializers.Serializer[Any]):
    """In the order of the catalogue."""

    results = TargetSerializer(many=True)
