"""What is sent, as the description says it. An entry is read by the registry's EntryForm; a test holds them equal."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gridapp.dictionary import ATTACHMENTS
from gridapp.registry.models import Entry, Record

from . import cursors
from .names import given


class EntryRequestSerializer(serializers.Serializer[Any]):
    """One act on one record. Unknown keys are refused by name; null or "" empties a field."""

    id = serializers.UUIDField(help_text=_("由客户端生成；再次提交同一编号不会重复录入"))
    kind = serializers.ChoiceField(choices=Record.Kind.values)
    action = serializers.ChoiceField(choices=Entry.Action.values)
    grid_code = serializers.RegexField(r"^[0-9]{15}$")
    record = serializers.UUIDField(required=False, allow_null=True, help_text=_("新增以外的操作必填"))
    base_version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**31 - 1, help_text=_("填写时所见的档案版本")
    )
    fields = given("resident", "household", "residency", "housing", "tenancy", "premises")(required=False)  # type: ignore[assignment]
    housing = serializers.CharField(
        required=False, allow_null=True, max_length=36, help_text=_("居民的住处：房屋档案编号或25位房屋编码")
    )
    residency = given("residency", short=True)(required=False)
    household = given("household", short=True)(required=False)
    tenancy = given("tenancy", short=True)(required=False)
    premises = given("premises", short=True)(required=False)
    made_at = serializers.DateTimeField(required=False, allow_null=True, help_text=_("填写的时间，不填即现在"))
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, max_length=50, help_text=_("已确认的提醒")
    )


class AttachmentRequestSerializer(serializers.Serializer[Any]):
    """A file that a department asked for: PDF or JPEG by its content, at most 5 MB, one of a name for each record."""

    name = serializers.ChoiceField(choices=list(ATTACHMENTS))
    file = serializers.FileField()


class SearchRequestSerializer(serializers.Serializer[Any]):
    """What is looked for; in a body, since names and numbers are not for addresses."""

    q = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text=_("姓名、拼音、首字母、证件或电话后四位、地址、房屋编码"),
    )
    kind = serializers.ChoiceField(choices=Record.Kind.values, required=False, allow_null=True)
    limit = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=cursors.MOST)
    cursor = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=cursors.LONGEST)
