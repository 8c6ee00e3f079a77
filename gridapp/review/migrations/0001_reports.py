import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STATES = [
    ("waiting", "待发送"), ("sending", "发送中"), ("sent", "已发出"), ("failed", "没有发出"),
    ("doubtful", "不确定是否发出"), ("dropped", "不再发送"),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="AreaDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("area", models.CharField(max_length=12)),
                ("day", models.DateField()),
                ("entries", models.JSONField(default=list)),
                ("state", models.JSONField(null=True)),
                ("stood_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-day"], name="area_day_newest")],
                "constraints": [models.UniqueConstraint(fields=("area", "day"), name="one_row_of_an_area_and_day")],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("area_code", models.CharField(max_length=12)),
                ("every", models.CharField(choices=[("day", "日报"), ("month", "月报")], max_length=5)),
                ("sealed_address", models.BinaryField()),
                ("language", models.CharField(max_length=10)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at=None),
                        fields=("user", "area_code", "every"),
                        name="one_subscription_of_an_area",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mailing",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("first", models.DateField()),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=8)),
                ("due_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=12)),
                ("code", models.PositiveSmallIntegerField(default=0)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailings",
                        to="review.subscription",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(state__in=["waiting", "sending"]), fields=["due_at"], name="mailing_to_do"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "first"), name="one_mail_of_a_period")
                ],
            },
        ),
    ]
