import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_ledgers")]

    operations = [
        migrations.AddField(
            model_name="ledger", name="why", field=models.CharField(blank=True, max_length=12, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="ledger",
            name="stage",
            field=models.CharField(
                choices=[
                    ("reading", "读取中"),
                    ("broken", "读不出来"),
                    ("columns", "待核对列"),
                    ("running", "导入中"),
                    ("done", "已导入"),
                    ("dropped", "已放弃"),
                ],
                default="columns",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="LedgerFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "ledger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="registry.ledger"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ledger", "number"), name="one_ledger_file_of_a_number")
                ],
            },
        ),
    ]
