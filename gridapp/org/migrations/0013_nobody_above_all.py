"""Superusers of before are what their role says from now on; the three administrators are made by the command."""

from __future__ import annotations

from django.db import migrations, models

_BOUND = "UPDATE org_user SET is_superuser = FALSE, is_staff = FALSE WHERE is_superuser OR is_staff"


class Migration(migrations.Migration):
    dependencies = [("org", "0012_tablet_keys")]

    operations = [
        migrations.RunSQL(_BOUND, migrations.RunSQL.noop),
        migrations.AlterModelManagers(name="user", managers=[]),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_staff", False), ("is_superuser", False)), name="nobody_above_all"
            ),
        ),
    ]
