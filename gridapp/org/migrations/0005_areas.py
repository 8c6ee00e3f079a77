import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def nobody_but(related: str = "+", *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name=related, to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [("org", "0004_device_tried")]

    operations = [
        migrations.AddField("area", "version", models.PositiveIntegerField(default=1)),
        migrations.AddField("area", "closed_at", models.DateTimeField(null=True)),
        migrations.AddField("user", "must_change_password", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="AreaVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("name_en", models.CharField(blank=True, max_length=100)),
                ("mapped", models.JSONField(default=dict)),
                ("is_open", models.BooleanField(default=True)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("since", models.DateTimeField(null=True)),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="org.area"
                    ),
                ),
                ("by", nobody_but(null=True)),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("area", "number"), name="one_version_of_an_area")],
            },
        ),
        migrations.CreateModel(
            name="Redrawing",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("moved", "调整楼栋"), ("mapped", "对应编码有变化")], max_length=6),
                ),
                ("area_code", models.CharField(max_length=15)),
                ("closes", models.CharField(blank=True, max_length=15)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("by", nobody_but()),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(("finished_at", None)), fields=["-id"], name="redrawing_under_way")
                ]
            },
        ),
        migrations.CreateModel(
            name="RedrawnPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("building_code", models.CharField(blank=True, max_length=19)),
                ("from_code", models.CharField(max_length=15)),
                ("to_code", models.CharField(max_length=15)),
                ("after", models.UUIDField(null=True)),
                ("records", models.PositiveIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "redrawing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="org.redrawing"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(condition=Q(("done_at", None)), fields=["id"], name="redrawn_part_open"),
                    models.Index(fields=["building_code", "-id"], name="redrawn_part_of_building"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("done_at", None), ~Q(("building_code", ""))),
                        fields=("building_code",),
                        name="a_building_goes_one_way",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("created", "新建"),
                            ("changed", "修改"),
                            ("closed", "停用"),
                            ("reopened", "重新启用"),
                            ("password", "重设密码"),
                            ("own", "自己改了密码"),
                            ("gave", "交出网格"),
                            ("took", "接手网格"),
                        ],
                        max_length=8,
                    ),
                ),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("by", nobody_but(null=True)),
                ("user", nobody_but("changes")),
            ],
            options={"indexes": [models.Index(fields=["user", "-id"], name="account_change_of_user")]},
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("forms", models.PositiveIntegerField(default=0)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("by", nobody_but()),
                ("giver", nobody_but()),
                ("taker", nobody_but()),
                (
                    "grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hand_overs", to="org.area"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["grid", "-id"], name="hand_over_of_grid")]},
        ),
    ]
