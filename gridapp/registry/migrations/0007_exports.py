import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_newest_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("saved_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["owner", "-saved_at"], name="saved_search_of_owner")]},
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("area_code", models.CharField(blank=True, max_length=15)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等人批准"),
                            ("making", "正在制作"),
                            ("ready", "可以下载"),
                            ("fetched", "已下载"),
                            ("refused", "没有批准"),
                            ("expired", "过期未下载，已删除"),
                            ("too_many", "行数太多，没有制作"),
                            ("broken", "没有做成，请管理员处理"),
                        ],
                        max_length=8,
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("after_grid", models.CharField(blank=True, max_length=15)),
                ("after", models.UUIDField(null=True)),
                ("ready_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-asked_at"], name="export_newest"),
                    models.Index(condition=Q(state__in=["making", "ready"]), fields=["state"], name="export_under_way"),
                ]
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("rows", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="registry.export"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("export", "number"), name="one_part_of_a_number")]
            },
        ),
        # the order of what was not verified for long: the longest first
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["verified_at", "id"], condition=Q(closed_at=None), name="record_longest_unseen"),
        ),
    ]
