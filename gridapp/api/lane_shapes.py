"""The answers and requests about lanes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gridapp.delivery.backlog import COUNTED, WORDS
from gridapp.delivery.health import STATES
from gridapp.delivery.models import Alarm, Status
from gridapp.delivery.standing import MOVE_WORDS

LONGEST_WHY = 200
MOST_A_MINUTE = 10_000
RETRIED = [Status.FAILED.value, Status.RETURNED.value]


class AlarmSerializer(serializers.Serializer[Any]):
    """Something that an administrator must know, while it lasts. `target` null: it concerns the whole house."""

    target = serializers.CharField(allow_null=True)
    alarm = serializers.ChoiceField(choices=Alarm.Kind.values)
    alarm_label = serializers.CharField()
    said = serializers.CharField(allow_blank=True)
    raised_at = serializers.DateTimeField()


class WaitingSerializer(serializers.Serializer[Any]):
    """Deliveries by where they stand, each counted to a limit: one more than `counted_to` means more than that."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {word: serializers.IntegerField(min_value=0, max_value=COUNTED + 1) for word in WORDS}


class LaneSerializer(serializers.Serializer[Any]):
    """How the way to one system is, and what waits there.

    `since`: when the oldest of what is due was due. `failures`: in a row. `slowly`: records a second while a backlog is
    let out slowly, else null. `move`: whose move it is.
    """

    key = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=list(STATES))
    state_label = serializers.CharField()
    why = serializers.CharField(allow_blank=True)
    opens_at = serializers.DateTimeField(allow_null=True)
    move = serializers.ChoiceField(choices=list(MOVE_WORDS))
    waiting = WaitingSerializer()
    counted_to = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    slowly = serializers.FloatField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_failure_at = serializers.DateTimeField(allow_null=True)


class LanesSerializer(serializers.Serializer[Any]):
    """In the order of the catalogue; what is wrong now, newest first."""

    alarms = AlarmSerializer(many=True)
    results = LaneSerializer(many=True)


class RetriedSerializer(serializers.Serializer[Any]):
    """`changed`: sent again, but for those `doubtful`, which may have arrived and are asked about first.

    `goes_on`: there are more, and they follow in the background.
    """

    changed = serializers.IntegerField()
    doubtful = serializers.IntegerField()
    goes_on = serializers.BooleanField()


class PauseRequestSerializer(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=LONGEST_WHY, help_text=_("暂停的原因"))


class ResumeRequestSerializer(serializers.Serializer[Any]):
    a_minute = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_A_MINUTE,
        help_text=_("每分钟最多几条，积压送完为止；不填即按原来的速度"),
    )


class RetryRequestSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=RETRIED, required=False, help_text=_("failed(默认)，或对方自己弄错时的 returned")
    )
