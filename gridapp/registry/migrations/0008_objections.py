import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from gridapp import sealing
from gridapp.contract import working_days_after


def claims_known_before(apps, schema_editor):
    """Homes that two grids claim already wait for a decision like those that come."""
    Entry, Objection = apps.get_model("registry", "Entry"), apps.get_model("registry", "Objection")
    Residency = apps.get_model("registry", "Residency")
    rows = Residency.objects.filter(is_open=True, is_contested=True).select_related("resident", "housing")
    for home in rows.iterator(chunk_size=500):
        main = Residency.objects.filter(resident=home.resident, is_open=True, is_primary=True).first()
        made = Entry.objects.filter(record=home.resident, grid_code=home.housing.grid_code).select_related("by").last()
        if main is None or made is None:
            continue
        row = Objection(
            id=uuid.uuid4(), record=home.resident, residency=home, field="residency.housing", source="grid",
            version=home.resident.version, grid_code=home.resident.grid_code, raised_in=home.housing.grid_code,
            raised_by=made.by, raised_at=made.received_at, status="raised",
            due_on=working_days_after(timezone.localdate(made.received_at), 5),
        )
        step = {"act": "raised", "at": made.received_at, "by": made.by.first_name or made.by.username, "text": ""}
        kept = {"claimed": str(home.housing_id), "was": str(main.housing_id), "contact": "", "steps": [step]}
        row.sealed = sealing.seal_json(kept, bound_to=f"objection:{row.id}")
        row.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("field", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("source", models.CharField(choices=[("department", "部门"), ("grid", "其他网格"), ("resident", "居民")], max_length=10)),
                ("target", models.CharField(blank=True, max_length=32)),
                ("grid_code", models.CharField(max_length=15)),
                ("raised_in", models.CharField(blank=True, max_length=15)),
                ("raised_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("status", models.CharField(choices=[("raised", "待受理"), ("accepted", "核实中"), ("checked", "待决定"), ("upheld", "已更正"), ("kept", "维持原值"), ("refused", "不予受理"), ("over", "已了结")], default="raised", max_length=8)),
                ("sealed", models.BinaryField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("entry_id", models.UUIDField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("raised_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("record", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="registry.record")),
                ("residency", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.residency")),
            ],
            options={
                "indexes": [
                    models.Index(models.F("due_on"), models.F("id"), condition=models.Q(("decided_at", None)), name="objection_open"),
                    models.Index(models.OrderBy(models.F("decided_at"), descending=True), condition=models.Q(("decided_at__isnull", False)), name="objection_decided"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(decided_at=None, status__in=["raised", "accepted", "checked"])
                        | models.Q(decided_at__isnull=False, status__in=["upheld", "kept", "refused", "over"]),
                        name="objection_decided_once",
                    ),
                ],
            },
        ),
        migrations.RunPython(claims_known_before, migrations.RunPython.noop, elidable=True),
    ]
