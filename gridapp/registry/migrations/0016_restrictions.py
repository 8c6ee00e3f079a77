"""A restriction that was granted can be ended, and is found at once by its record."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # nobody waits for the index

    dependencies = [("registry", "0015_index_keys")]

    operations = [
        migrations.AlterField(
            "rightsrequest",
            "status",
            models.CharField(
                choices=[
                    ("lodged", "待办理"),
                    ("agreed", "等第二人复核"),
                    ("deleting", "正在删除"),
                    ("done", "已办结"),
                    ("refused", "不予办理"),
                    ("back", "本人撤回"),
                    ("lifted", "限制已解除"),
                ],
                default="lodged",
                max_length=8,
            ),
        ),
        AddIndexConcurrently(
            "rightsrequest",
            models.Index(fields=["record"], condition=Q(kind="restrict", status="done"), name="right_restricts"),
        ),
    ]
