"""What waits for somebody says in which grid: lists of a whole district are read from an index and nothing else.

The grid stands in the record, and a record of a million is another page of the disk. The database keeps it here as
well, of the one delivery in a hundred that waits for somebody, whoever writes it; nothing is written for the others.
"""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

_MOVES = ["returned", "conflict", "manual", "uncertain", "failed"]
_WORDS = ", ".join(f"'{word}'" for word in _MOVES)
# What it changes is changed by an UPDATE, after which the same trigger finds nothing to do.
_KEEP = f"""
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE status IN ({_WORDS}) OR waits_in IS NOT NULL) THEN
        UPDATE delivery_delivery AS d SET waits_in = now_in.grid_code
        FROM (SELECT n.id, CASE WHEN n.status IN ({_WORDS}) THEN r.grid_code END AS grid_code
            FROM new_rows n JOIN registry_record r ON r.id = n.record_id) AS now_in
        WHERE d.id = now_in.id AND d.waits_in IS DISTINCT FROM now_in.grid_code;
    END IF;
    RETURN NULL;
END
"""  # noqa: S608 - our own words
# As in 0008_counts: a lane that settles one of them at this moment is waited for, or waits and sees the new grid.
_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION delivery_keep_waits_in() RETURNS trigger LANGUAGE plpgsql AS $trigger${_KEEP}$trigger$;
CREATE OR REPLACE FUNCTION delivery_move_waits_in() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    PERFORM FROM delivery_delivery WHERE record_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
    UPDATE delivery_delivery SET waits_in = NEW.grid_code WHERE record_id = NEW.id AND waits_in IS NOT NULL;
    RETURN NULL;
END $trigger$;
"""  # noqa: S608 - our own words
_TRIGGERS = """
SET lock_timeout = '5s';
CREATE OR REPLACE TRIGGER delivery_waiting_change AFTER UPDATE ON delivery_delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION delivery_keep_waits_in();
CREATE OR REPLACE TRIGGER delivery_waiting_new AFTER INSERT ON delivery_delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION delivery_keep_waits_in();
CREATE OR REPLACE TRIGGER registry_waiting_moves AFTER UPDATE ON registry_record
    FOR EACH ROW WHEN (OLD.grid_code IS DISTINCT FROM NEW.grid_code) EXECUTE FUNCTION delivery_move_waits_in();
RESET lock_timeout;
"""
_UNDO = """
SET lock_timeout = '5s';
DROP TRIGGER IF EXISTS delivery_waiting_change ON delivery_delivery;
DROP TRIGGER IF EXISTS delivery_waiting_new ON delivery_delivery;
DROP TRIGGER IF EXISTS registry_waiting_moves ON registry_record;
DROP FUNCTION IF EXISTS delivery_keep_waits_in(), delivery_move_waits_in();
RESET lock_timeout;
"""
_FILL = f"""
UPDATE delivery_delivery AS d SET waits_in = r.grid_code FROM registry_record r
WHERE r.id = d.record_id AND d.status IN ({_WORDS}) AND d.waits_in IS DISTINCT FROM r.grid_code
"""  # noqa: S608 - our own words


class Migration(migrations.Migration):
    atomic = False  # nobody waits for the indexes

    dependencies = [("delivery", "0010_answers"), ("registry", "0006_newest_first")]

    operations = [
        migrations.RunSQL("SET lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField("delivery", "waits_in", models.CharField(max_length=15, null=True, editable=False)),
        migrations.RunSQL("RESET lock_timeout", migrations.RunSQL.noop),
        migrations.RunSQL(_FUNCTIONS + _TRIGGERS, _UNDO),
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                condition=Q(waits_in__isnull=False),
                fields=["target", "status", "reason_code", "id"],
                include=["record", "changed_at", "fields", "waits_in"],
                name="delivery_by_cause",
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                F("changed_at"),
                OpClass("waits_in", "varchar_pattern_ops"),
                condition=Q(waits_in__isnull=False),
                name="delivery_talked_over",
            ),
        ),
        RemoveIndexConcurrently("delivery", "delivery_of_cause"),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
