"""The answers about the catalogue: one system, the table of fields and systems, what one system would be sent."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gridapp.contract import Action, ByHand, Evidence, Kind
from gridapp.delivery.health import STATES
from gridapp.delivery.models import Backfill, Status

from .shapes import WindowSerializer

KINDS = [kind.value for kind in Kind]
NEEDED = ["always", "sometimes", "optional"]


class ReceivedSerializer(serializers.Serializer[Any]):
    """One field that a system receives. `needed` and `made_of` in words; `theirs`: its name there."""

    field = serializers.CharField(source="name")
    label = serializers.CharField()  # type: ignore[assignment]
    theirs = serializers.CharField()
    needed = serializers.CharField()
    made_of = serializers.CharField(allow_blank=True)
    sharing = serializers.CharField()
    sharing_label = serializers.CharField()
    sensitivity = serializers.CharField()
    note = serializers.CharField(allow_blank=True)


class PartSerializer(serializers.Serializer[Any]):
    """What a system receives of one kind of record. `ended`: which ended residencies it is told of, "" for none."""

    kind = serializers.ChoiceField(choices=KINDS)
    concerns = serializers.CharField()
    ended = serializers.CharField(allow_blank=True)
    actions = serializers.ListField(child=serializers.ChoiceField(choices=[action.value for action in Action]))
    fields = ReceivedSerializer(many=True, source="entries")  # type: ignore[assignment]


class GivenSerializer(serializers.Serializer[Any]):
    """A number that a system gives back."""

    theirs = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class BackfillSerializer(serializers.Serializer[Any]):
    """Planning all records for one system that was connected or changed: how far it has come.

    `seen` of `total` records; `written`: deliveries that changed. `finished_at` null: under way.
    """

    why = serializers.ChoiceField(choices=Backfill.Why.values)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField()
    seen = serializers.IntegerField()
    written = serializers.IntegerField()


class TargetPageSerializer(serializers.Serializer[Any]):
    """The catalogue page of one system, in words of the language of the request.

    What only a connector knows is null while there is none. `per_second` counts calls, `per_day` records.
    """

    key = serializers.CharField()
    name = serializers.CharField()
    connected = serializers.BooleanField()
    state = serializers.ChoiceField(choices=list(STATES))
    state_label = serializers.CharField()
    opens_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)
    purpose = serializers.CharField(allow_blank=True)
    basis = serializers.CharField(allow_blank=True)
    window = WindowSerializer()
    hours = serializers.ListField(child=serializers.CharField())
    needs = serializers.ListField(child=serializers.CharField())
    gives = GivenSerializer(many=True)
    can_change = serializers.BooleanField()
    can_close = serializers.BooleanField()
    can_read_back = serializers.BooleanField(allow_null=True)
    calls_back = serializers.BooleanField(allow_null=True)
    asynchronous = serializers.BooleanField(allow_null=True)
    by_hand = serializers.ChoiceField(choices=[one.value for one in ByHand], allow_null=True)
    evidence = serializers.ChoiceField(choices=[one.value for one in Evidence], allow_null=True)
    batch = serializers.IntegerField(allow_null=True)
    per_second = serializers.FloatField(allow_null=True)
    per_day = serializers.IntegerField(allow_null=True)
    backfill = BackfillSerializer(allow_null=True)
    kinds = PartSerializer(many=True)


class CellSerializer(serializers.Serializer[Any]):
    """What one system does with one field. `when`: of whom it is needed, where that is not everybody."""

    target = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    needed = serializers.ChoiceField(choices=NEEDED)
    when = serializers.CharField(allow_blank=True)
    theirs = serializers.ListField(child=serializers.CharField())


class CoveredSerializer(serializers.Serializer[Any]):
    """One field, with the systems that receive it."""

    field = serializers.CharField(source="name")
    label = serializers.CharField()  # type: ignore[assignment]
    sharing = serializers.CharField()
    sharing_label = serializers.CharField()
    sensitivity = serializers.CharField()
    targets = CellSerializer(many=True)


class CoverageSerializer(serializers.Serializer[Any]):
    """Which system receives which field. `targets`: their keys in the order of the catalogue."""

    targets = serializers.ListField(child=serializers.CharField())
    fields = CoveredSerializer(many=True)  # type: ignore[assignment]


class LineSerializer(serializers.Serializer[Any]):
    """One field as the system sees it, masked. `refused`: why it cannot take the value."""

    theirs = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    value = serializers.CharField(allow_blank=True)
    refused = serializers.CharField(allow_blank=True)


class BlockSerializer(serializers.Serializer[Any]):
    """What is in the way. `waits_for`: the system whose number is missing."""

    status = serializers.ChoiceField(choices=Status.values)
    code = serializers.CharField()
    waits_for = serializers.CharField(allow_blank=True)
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class ChangeSerializer(serializers.Serializer[Any]):
    """One line that differs from what was told last, masked."""

    how = serializers.ChoiceField(choices=["added", "changed", "gone"])
    theirs = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """Against what the system was told last. `version` 0: nothing yet, or (`holds_other`) it holds something else.

    `certain`: what was sent then is proved to the letter; otherwise `unsure` names what cannot be compared.
    """

    version = serializers.IntegerField()
    told_at = serializers.DateTimeField(allow_null=True)
    holds_other = serializers.BooleanField()
    certain = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    unsure = serializers.ListField(child=serializers.CharField())


class PreviewSerializer(serializers.Serializer[Any]):
    """What one system would be sent of one record now. `action` "": nothing would.

    `trouble`: settings or connector, where the lines are only those of the table. `message_hidden`: there is a whole
    message, but it holds values that cannot be masked in it.
    """

    record = serializers.UUIDField()
    target = serializers.CharField()
    concerned = serializers.BooleanField()
    concerns = serializers.CharField()
    action = serializers.ChoiceField(choices=[action.value for action in Action], allow_blank=True)
    block = BlockSerializer(allow_null=True)
    lines = LineSerializer(many=True)
    message = serializers.CharField(allow_blank=True, trim_whitespace=False)
    message_hidden = serializers.BooleanField()
    trouble = serializers.ChoiceField(choices=["settings", "connector"], allow_blank=True)
    difference = DifferenceSerializer()
