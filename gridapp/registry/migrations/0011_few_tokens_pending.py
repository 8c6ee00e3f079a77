"""New search tokens wait unsorted until there are enough of them, and every search reads all that wait.

At the server's own limit of 4 MB, two thousand people, that was most of what a search cost while many were entered.
"""

import django.contrib.postgres.indexes
from django.db import migrations

_INDEX = "record_tokens"


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_ledger_files")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"SET lock_timeout = '5s'; ALTER INDEX {_INDEX} SET (gin_pending_list_limit = 64); "
                    "RESET lock_timeout",
                    f"ALTER INDEX {_INDEX} RESET (gin_pending_list_limit)",
                )
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="record", name=_INDEX),
                migrations.AddIndex(
                    model_name="record",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fields=["tokens"], gin_pending_list_limit=64, name=_INDEX
                    ),
                ),
            ],
        )
    ]
