"""An export says how many were left out because their processing is restricted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_restrictions")]

    operations = [
        migrations.AddField(
            "export", "restricted", models.PositiveIntegerField(db_default=0, default=0)
        ),
    ]
