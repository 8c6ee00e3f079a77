from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("delivery", "0008_counts")]
    operations: list[object] = []
