"""Counters that cost the same at any size: triggers write what each statement changed, the clock sums it up.

A statement writes one row per group, into a table to which rows are only added: no two lanes wait for each other. What
stands already is counted once, at one moment of the database; what changes meanwhile is a step like any other.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_KINDS = [("resident", "居民"), ("housing", "房屋")]
_STEP = (
    "INSERT INTO delivery_step (made_at, grid_code, target_id, kind, was, was_since, stands, stands_since, verdict,"
    " at_once, bucket, number)"
)
_BOUNDS = ",".join(f"{2 ** (half / 2):.3f}" for half in range(44))  # seconds: 1, 1.414, 2 … 34 days

_STANDING = """
CREATE OR REPLACE FUNCTION delivery_standing(status varchar, hold varchar) RETURNS varchar
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN status = 'sending' THEN 'waiting' WHEN status = 'held' THEN hold ELSE status END $$;
CREATE OR REPLACE FUNCTION delivery_since(status varchar, changed_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN status IN ('returned', 'conflict') THEN (changed_at AT TIME ZONE 'Asia/Shanghai')::date END $$;
CREATE OR REPLACE FUNCTION registry_verified_week(verified_at timestamptz, created_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT date_trunc('week', coalesce(verified_at, created_at) AT TIME ZONE 'Asia/Shanghai')::date $$;
CREATE OR REPLACE VIEW delivery_full_count AS
SELECT r.grid_code, d.target_id, r.kind, delivery_standing(d.status, d.hold) AS standing,
    delivery_since(d.status, d.changed_at) AS since, count(*) AS number
FROM delivery_delivery d JOIN registry_record r ON r.id = d.record_id GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT grid_code, NULL, kind, 'open', registry_verified_week(verified_at, created_at), count(*)
FROM registry_record WHERE closed_at IS NULL GROUP BY 1, 3, 5;
"""
_CHANGED = f"""
    {_STEP}
    SELECT now(), r.grid_code, c.target_id, r.kind, c.was, c.was_since, c.stands, c.stands_since, c.verdict,
        c.at_once AND c.verdict NOT IN ('', 'returned'), CASE WHEN c.verdict NOT IN ('', 'returned') THEN c.bucket END,
        count(*)
    FROM (SELECT n.record_id, n.target_id, o.attempts <= 1 AS at_once,
            delivery_standing(o.status, o.hold) AS was, delivery_since(o.status, o.changed_at) AS was_since,
            delivery_standing(n.status, n.hold) AS stands, delivery_since(n.status, n.changed_at) AS stands_since,
            CASE WHEN n.status IN ('returned', 'conflict')
                    AND o.status IN ('sending', 'submitted', 'uncertain', 'manual') THEN 'returned'
                WHEN n.status = 'delivered' AND o.status IN ('sending', 'submitted', 'uncertain')
                    OR n.held_digest = n.sent_digest AND n.held_version IS DISTINCT FROM o.held_version
                    THEN CASE WHEN o.held_digest IS NULL THEN 'created' ELSE 'changed' END
                WHEN n.status = 'cancelled' AND o.held_digest IS NOT NULL AND n.held_digest IS NULL THEN 'closed'
                ELSE '' END AS verdict,
            CASE WHEN n.generation = n.sent_generation
                THEN width_bucket(extract(epoch FROM now() - n.wanted_at)::float8, '{{{_BOUNDS}}}'::float8[])
                END AS bucket
        FROM old_rows o JOIN new_rows n USING (id)) c
    JOIN registry_record r ON r.id = c.record_id
    WHERE c.was <> c.stands OR c.was_since IS DISTINCT FROM c.stands_since OR c.verdict <> ''
    GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""  # noqa: S608 - our own words
_NEW = f"""
    {_STEP}
    SELECT now(), r.grid_code, n.target_id, r.kind, '', NULL, delivery_standing(n.status, n.hold),
        delivery_since(n.status, n.changed_at), '', false, NULL, count(*)
    FROM new_rows n JOIN registry_record r ON r.id = n.record_id GROUP BY 2, 3, 4, 7, 8
"""  # noqa: S608 - our own words
_FEW = 20
# A plan that is kept was made for few rows, and would compare each of a thousand with each other: EXECUTE makes a new
# one, which takes a millisecond.
_OF_DELIVERIES = f"""
CREATE OR REPLACE FUNCTION delivery_step_of_change() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    -- nothing at all, or a claim, which counts nothing
    IF NOT EXISTS (SELECT FROM new_rows WHERE status <> 'sending')
            AND NOT EXISTS (SELECT FROM old_rows WHERE status <> 'waiting') THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM new_rows) < {_FEW} THEN
        {_CHANGED};
    ELSE
        EXECUTE $step${_CHANGED}$step$;
    END IF;
    RETURN NULL;
END $trigger$;
CREATE OR REPLACE FUNCTION delivery_step_of_new() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM new_rows) < {_FEW} THEN
        {_NEW};
    ELSE
        EXECUTE $step${_NEW}$step$;
    END IF;
    RETURN NULL;
END $trigger$;
CREATE OR REPLACE FUNCTION delivery_step_of_gone() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    EXECUTE $step$
    {_STEP}
    SELECT now(), r.grid_code, o.target_id, r.kind, delivery_standing(o.status, o.hold),
        delivery_since(o.status, o.changed_at), '', NULL, '', false, NULL, count(*)
    FROM old_rows o JOIN registry_record r ON r.id = o.record_id GROUP BY 2, 3, 4, 5, 6
    $step$;
    RETURN NULL;
END $trigger$;
"""  # noqa: S608 - our own words
# A record that changes its grid takes its deliveries along. They are locked first: a lane that settles one of them at
# this moment either counts in the old grid, and is waited for, or waits itself and then sees the new one.
_OF_RECORDS = f"""
CREATE OR REPLACE FUNCTION delivery_step_of_record() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        IF OLD.closed_at IS NULL THEN
            {_STEP}
            VALUES (now(), OLD.grid_code, NULL, OLD.kind, 'open',
                registry_verified_week(OLD.verified_at, OLD.created_at), '', NULL, '', false, NULL, 1);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.closed_at IS NULL THEN
            {_STEP}
            VALUES (now(), NEW.grid_code, NULL, NEW.kind, '', NULL, 'open',
                registry_verified_week(NEW.verified_at, NEW.created_at), '', false, NULL, 1);
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.grid_code <> NEW.grid_code THEN
            WITH mine AS MATERIALIZED (
                SELECT target_id, delivery_standing(status, hold) AS standing,
                    delivery_since(status, changed_at) AS since
                FROM delivery_delivery WHERE record_id = NEW.id ORDER BY id FOR NO KEY UPDATE)
            {_STEP}
            SELECT now(), OLD.grid_code, target_id, OLD.kind, standing, since, '', NULL::date, '', false,
                NULL::smallint, 1 FROM mine
            UNION ALL
            SELECT now(), NEW.grid_code, target_id, NEW.kind, '', NULL::date, standing, since, '', false,
                NULL::smallint, 1 FROM mine;
        END IF;
    END IF;
    RETURN NULL;
END $trigger$;
CREATE OR REPLACE FUNCTION delivery_step_of_entry() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    {_STEP}
    SELECT NEW.received_at, NEW.grid_code, NULL, kind, '', NULL, '', NULL,
        CASE WHEN NEW.action = 'verify' THEN 'verified' ELSE 'entered' END, false, NULL, 1
    FROM registry_record WHERE id = NEW.record_id;
    RETURN NULL;
END $trigger$;
"""  # noqa: S608 - our own words
_TRIGGERS = """
SET lock_timeout = '5s';
CREATE OR REPLACE TRIGGER delivery_counted_change AFTER UPDATE ON delivery_delivery
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_step_of_change();
CREATE OR REPLACE TRIGGER delivery_counted_new AFTER INSERT ON delivery_delivery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION delivery_step_of_new();
CREATE OR REPLACE TRIGGER delivery_counted_gone AFTER DELETE ON delivery_delivery
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION delivery_step_of_gone();
CREATE OR REPLACE TRIGGER registry_counted_record AFTER INSERT OR DELETE ON registry_record
    FOR EACH ROW EXECUTE FUNCTION delivery_step_of_record();
CREATE OR REPLACE TRIGGER registry_counted_change AFTER UPDATE ON registry_record
    FOR EACH ROW WHEN (OLD.grid_code IS DISTINCT FROM NEW.grid_code OR OLD.closed_at IS DISTINCT FROM NEW.closed_at
        OR OLD.verified_at IS DISTINCT FROM NEW.verified_at)
    EXECUTE FUNCTION delivery_step_of_record();
CREATE OR REPLACE TRIGGER registry_counted_entry AFTER INSERT ON registry_entry
    FOR EACH ROW EXECUTE FUNCTION delivery_step_of_entry();
RESET lock_timeout;
"""
_UNDO = """
SET lock_timeout = '5s';
DROP TRIGGER IF EXISTS delivery_counted_change ON delivery_delivery;
DROP TRIGGER IF EXISTS delivery_counted_new ON delivery_delivery;
DROP TRIGGER IF EXISTS delivery_counted_gone ON delivery_delivery;
DROP TRIGGER IF EXISTS registry_counted_record ON registry_record;
DROP TRIGGER IF EXISTS registry_counted_change ON registry_record;
DROP TRIGGER IF EXISTS registry_counted_entry ON registry_entry;
DROP FUNCTION IF EXISTS delivery_step_of_change(), delivery_step_of_new(), delivery_step_of_gone(),
    delivery_step_of_record(), delivery_step_of_entry();
DROP VIEW IF EXISTS delivery_full_count;
DROP FUNCTION IF EXISTS delivery_standing(varchar, varchar), delivery_since(varchar, timestamptz),
    registry_verified_week(timestamptz, timestamptz);
RESET lock_timeout;
"""
# One statement sees one moment: together with the steps of what is written since, it is exact.
_COUNT = f"""
SET statement_timeout = 0;
WITH since AS (DELETE FROM delivery_step WHERE was <> '' OR stands <> '' OR verdict IN ('entered', 'verified'))
{_STEP}
SELECT now(), grid_code, target_id, kind, '', NULL::date, standing, since, '', false, NULL::smallint, number
FROM delivery_full_count
UNION ALL
SELECT date_trunc('day', e.received_at AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai', e.grid_code, NULL,
    r.kind, '', NULL::date, '', NULL::date, CASE WHEN e.action = 'verify' THEN 'verified' ELSE 'entered' END, false,
    NULL::smallint, count(*)
FROM registry_entry e JOIN registry_record r ON r.id = e.record_id GROUP BY 1, 2, 4, 9;
RESET statement_timeout;
"""  # noqa: S608 - our own words


def _target():
    return models.ForeignKey(
        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE,
        related_name="+", to="catalogue.target",
    )  # fmt: skip


def _id():
    return models.BigAutoField(primary_key=True, serialize=False)


class Migration(migrations.Migration):
    atomic = False  # nobody waits for the count

    dependencies = [("delivery", "0007_moves_by_record"), ("registry", "0006_newest_first")]

    operations = [
        migrations.RunSQL("SET lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(model_name="delivery", name="wanted_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL("RESET lock_timeout", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", _id()),
                ("made_at", models.DateTimeField()),
                ("grid_code", models.CharField(max_length=15)),
                ("kind", models.CharField(choices=_KINDS, max_length=8)),
                ("was", models.CharField(blank=True, max_length=10)),
                ("was_since", models.DateField(null=True)),
                ("stands", models.CharField(blank=True, max_length=10)),
                ("stands_since", models.DateField(null=True)),
                ("verdict", models.CharField(blank=True, max_length=8)),
                ("at_once", models.BooleanField(default=False)),
                ("bucket", models.PositiveSmallIntegerField(null=True)),
                ("number", models.IntegerField()),
                ("target", _target()),
            ],
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                ("id", _id()),
                ("area", models.CharField(max_length=15)),
                ("parent", models.CharField(blank=True, max_length=12)),
                ("kind", models.CharField(choices=_KINDS, max_length=8)),
                ("standing", models.CharField(max_length=10)),
                ("since", models.DateField(null=True)),
                ("number", models.BigIntegerField()),
                ("target", _target()),
            ],
            options={
                "indexes": [models.Index(fields=["parent"], name="count_by_parent")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("area", "target", "kind", "standing", "since"), name="one_count", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                ("id", _id()),
                ("area", models.CharField(max_length=15)),
                ("parent", models.CharField(blank=True, max_length=12)),
                ("day", models.DateField()),
                ("entered", models.PositiveBigIntegerField(default=0)),
                ("verified", models.PositiveBigIntegerField(default=0)),
                ("created", models.PositiveBigIntegerField(default=0)),
                ("changed", models.PositiveBigIntegerField(default=0)),
                ("closed", models.PositiveBigIntegerField(default=0)),
                ("at_once", models.PositiveBigIntegerField(default=0)),
                ("returned", models.PositiveBigIntegerField(default=0)),
                (
                    "times",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("target", _target()),
            ],
            options={
                "indexes": [models.Index(fields=["parent", "day"], name="flow_by_parent")],
                "constraints": [
                    models.UniqueConstraint(fields=("area", "day", "target"), name="one_flow", nulls_distinct=False)
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE delivery_step SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,"
            " autovacuum_vacuum_cost_delay = 0)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(_STANDING + _OF_DELIVERIES + _OF_RECORDS + _TRIGGERS, _UNDO),
        migrations.RunSQL(_COUNT, migrations.RunSQL.noop),
    ]
