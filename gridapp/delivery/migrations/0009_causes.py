"""Failures of one cause as one thing: remarks, whose it is, and what was done to all of it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_STATUSES = [
    ("waiting", "待推送"),
    ("held", "等待中"),
    ("sending", "推送中"),
    ("submitted", "审核中"),
    ("delivered", "已入库"),
    ("returned", "退回"),
    ("conflict", "冲突待定"),
    ("manual", "待人工代填"),
    ("uncertain", "待核对"),
    ("failed", "推送失败"),
    ("withheld", "不予共享"),
    ("cancelled", "已撤销"),
]
_ACTS = [
    ("retry", "重新推送"),
    ("recode", "按新代码重新推送"),
    ("back", "退回网格员"),
    ("arrived", "对方有"),
    ("not_there", "对方没有，重新推送"),
    ("cancel", "撤销"),
]


def _user(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **options
    )


def _of_cause() -> list[tuple[str, models.Field]]:
    target = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalogue.target")
    return [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("status", models.CharField(choices=_STATUSES, max_length=9)),
        ("code", models.CharField(blank=True, max_length=64)),
        ("field", models.CharField(blank=True, max_length=64)),
        ("area_code", models.CharField(blank=True, max_length=15)),
        ("by", _user()),
        ("target", target),
    ]


_MOVES = models.Q(("status__in", ["returned", "conflict", "manual", "uncertain", "failed"]))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("delivery", "0008_counts"),
        ("catalogue", "0002_settling"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="CauseNote",
            fields=[
                *_of_cause(),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("sealed", models.BinaryField(blank=True, default=b"")),
                ("given_to", _user(null=True)),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["target", "status", "code", "field", "-id"], name="note_of_cause")],
            },
        ),
        migrations.CreateModel(
            name="CauseAct",
            fields=[
                *_of_cause(),
                ("act", models.CharField(choices=_ACTS, max_length=9)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("begins_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("stopped_by", _user(null=True)),
                ("after", models.BigIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("doubtful", models.PositiveIntegerField(default=0)),
                ("sealed", models.BinaryField(blank=True, default=b"")),
                (
                    "changes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("resumes", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["target", "status", "code", "field", "-id"], name="act_of_cause"),
                    models.Index(
                        condition=models.Q(("finished_at", None)), fields=["begins_at"], name="act_unfinished"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("target", "status", "code", "field", "area_code"),
                        name="one_act_at_a_time_per_cause",
                    )
                ],
            },
        ),
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                condition=_MOVES,
                fields=["target", "status", "reason_code", "id"],
                include=["record", "changed_at", "fields"],
                name="delivery_of_cause",
            ),
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
