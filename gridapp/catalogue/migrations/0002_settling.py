import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField("target", "draining_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "target",
            "draining_why",
            models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.CreateModel(
            name="EnablingRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("basis", models.TextField()),
                ("purpose", models.TextField()),
                ("settings_digest", models.BinaryField()),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "等另一人同意"),
                            ("consented", "已同意，已启用"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                            ("overtaken", "设置后来有改动，需要重新申请"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "asked_by",
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
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="catalogue.target"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["target", "-id"], name="request_by_target")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(outcome="waiting"), fields=("target",), name="one_request_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(outcome="consented")
                        | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by"))),
                        name="consented_by_a_second_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TargetChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("settings", "改了设置"),
                            ("hours", "改了时段和速度"),
                            ("checked", "测试了连接"),
                            ("officer", "指定了专员"),
                            ("no_officer", "撤下了专员"),
                            ("asked", "申请了启用"),
                            ("consented", "同意了启用"),
                            ("refused", "没有同意启用"),
                            ("withdrawn", "撤回了申请"),
                            ("disabled", "停用了"),
                            ("backfill", "要求了补报"),
                            ("drain", "要求送完再停"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("names", models.JSONField(default=list)),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="catalogue.target"
                    ),
                ),
            ],
            options={"ordering": ["-id"], "indexes": [models.Index(fields=["target", "-id"], name="change_by_target")]},
        ),
        migrations.CreateModel(
            name="TargetOfficer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("named_at", models.DateTimeField(auto_now_add=True)),
                (
                    "named_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="officers", to="catalogue.target"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="systems", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("target", "user"), name="one_officer_once_a_target")]
            },
        ),
    ]
