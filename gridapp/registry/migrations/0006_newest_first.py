from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_photos")]

    operations = [
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                F("closed_at").desc(nulls_first=True), F("updated_at").desc(), "id", name="record_newest"
            ),
        ),
    ]
