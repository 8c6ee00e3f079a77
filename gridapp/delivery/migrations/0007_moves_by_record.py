"""What waits for somebody is found in a large district; the table that is written all day is vacuumed before it bloats.

With PostgreSQL's own thresholds fourteen million deliveries would gather three million dead rows first. A lower fill
factor was measured and left out: a claim changes what partial indexes speak of, so that no update is HOT at any.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_MOVES = models.Q(("status__in", ["returned", "conflict", "manual", "uncertain", "failed"]))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("delivery", "0006_last_sweep")]

    operations = [
        migrations.RunSQL(
            "SET lock_timeout = '5s'; ALTER TABLE delivery_delivery SET (autovacuum_vacuum_scale_factor = 0.01,"
            " autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02,"
            " autovacuum_vacuum_cost_delay = 0); RESET lock_timeout",
            "SET lock_timeout = '5s'; ALTER TABLE delivery_delivery RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, autovacuum_vacuum_cost_delay);"
            " RESET lock_timeout",
        ),
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=_MOVES,
                fields=["record", "status", "changed_at"],
                include=["id"],
                name="delivery_move_of_record",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(condition=_MOVES, fields=["-changed_at"], name="delivery_moves_newest"),
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
