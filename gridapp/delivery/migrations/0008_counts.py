from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("delivery", "0007_moves_by_record")]
    operations: list[object] = []
