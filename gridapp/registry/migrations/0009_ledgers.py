from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_objections")]
    operations: list[object] = []
