"""Attempts go into one partition a month, and tables that are written all day are tidied before they bloat.

Nothing is copied: what a filled house has becomes the first partition. What takes long (indexes, looking through all
rows) is done beside the work; the exchange itself takes milliseconds under a lock that it waits for five seconds at most.
Broken off anywhere, it can be begun again.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models, transaction

# Columns of the parent's indexes, by name; the same are made for what is carried over.
_INDEXES = {
    "attempt_by_delivery": "(delivery_id, id DESC)",
    "attempt_by_person": "(by_id) WHERE by_id IS NOT NULL",
    "attempt_nothing_left": "(started_at) WHERE (code = 'unreached' AND outcome = 'unavailable')"
    " OR (code = 'unreadable' AND outcome = 'broken')",
}
_THIS_MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"


def divide(apps, schema_editor):
    """The plain table becomes the partitioned one, with what is in it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = 'delivery_attempt'::regclass")
        if cursor.fetchone()[0]:
            return
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET statement_timeout = 0")
        try:
            _make_default(cursor)
            cursor.execute("SELECT EXISTS (SELECT FROM delivery_attempt)")
            bound = _prepare(cursor) if cursor.fetchone()[0] else None
            with transaction.atomic(using=schema_editor.connection.alias):
                _exchange(cursor, bound)
        finally:
            if not schema_editor.connection.needs_rollback:
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")


def _make_default(cursor):
    """Where rows go whose month nobody has made: a clock far off, or a house whose nightly work did not run."""
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS delivery_attempt_default "
        "(LIKE delivery_attempt INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )
    cursor.execute("ALTER TABLE delivery_attempt_default DROP CONSTRAINT IF EXISTS attempt_before")


def _prepare(cursor):
    """All that takes long, while tries are written on; returns until when the old table goes (ISO text)."""
    cursor.execute(
        "SELECT coalesce((SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') FROM pg_constraint"
        " WHERE conname = 'attempt_before' AND conrelid = 'delivery_attempt'::regclass),"
        " (date_trunc('month', now() AT TIME ZONE 'UTC' + interval '7 days') AT TIME ZONE 'UTC'"
        " + interval '1 month')::text)"
    )
    bound = cursor.fetchone()[0]
    cursor.execute(
        "WITH strays AS (DELETE FROM delivery_attempt WHERE started_at >= %s RETURNING *)"
        " INSERT INTO delivery_attempt_default SELECT * FROM strays",
        [bound],
    )
    cursor.execute("ALTER TABLE delivery_attempt DROP CONSTRAINT IF EXISTS attempt_before")
    cursor.execute(
        f"ALTER TABLE delivery_attempt ADD CONSTRAINT attempt_before CHECK (started_at < '{bound}') NOT VALID"
    )
    cursor.execute("ALTER TABLE delivery_attempt VALIDATE CONSTRAINT attempt_before")
    missing = {"key": "(id, started_at)"} | {n: c for n, c in _INDEXES.items() if n != "attempt_by_delivery"}
    for name, columns in missing.items():
        unique = "UNIQUE" if name == "key" else ""
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS delivery_attempt_before_{name}")
        cursor.execute(
            f"CREATE {unique} INDEX CONCURRENTLY delivery_attempt_before_{name} ON delivery_attempt {columns}"
        )
    return bound


def _exchange(cursor, bound):
    cursor.execute("LOCK TABLE delivery_attempt IN ACCESS EXCLUSIVE MODE")
    cursor.execute("SELECT nextval(pg_get_serial_sequence('delivery_attempt', 'id'))")
    begin = cursor.fetchone()[0]
    cursor.execute("ALTER TABLE delivery_attempt RENAME TO delivery_attempt_before")
    cursor.execute("ALTER TABLE delivery_attempt_before ALTER COLUMN id DROP IDENTITY")
    cursor.execute("CREATE TABLE delivery_attempt (LIKE delivery_attempt_default INCLUDING CONSTRAINTS)"
                   " PARTITION BY RANGE (started_at)")  # fmt: skip
    if bound is None:
        cursor.execute("DROP TABLE delivery_attempt_before")
    else:
        _strip(cursor)
    cursor.execute(f"CREATE SEQUENCE delivery_attempt_id_seq START {begin} OWNED BY delivery_attempt.id")
    cursor.execute("ALTER TABLE delivery_attempt ALTER COLUMN id SET DEFAULT nextval('delivery_attempt_id_seq')")
    cursor.execute("ALTER TABLE delivery_attempt ADD CONSTRAINT delivery_attempt_pkey PRIMARY KEY (id, started_at)")
    for name, columns in _INDEXES.items():
        cursor.execute(f"CREATE INDEX {name} ON delivery_attempt {columns}")
    if bound is not None:
        cursor.execute(
            f"ALTER TABLE delivery_attempt ATTACH PARTITION delivery_attempt_before"
            f" FOR VALUES FROM (MINVALUE) TO ('{bound}')"
        )
        cursor.execute("ALTER TABLE delivery_attempt_before DROP CONSTRAINT attempt_before")
    cursor.execute("ALTER TABLE delivery_attempt ATTACH PARTITION delivery_attempt_default DEFAULT")
    _make_months(cursor, since=bound)


def _strip(cursor):
    """The old table gets the key of a partition, and loses what the new one does without."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'delivery_attempt_before'::regclass AND contype IN ('p', 'f')"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE delivery_attempt_before DROP CONSTRAINT "{name}"')
    cursor.execute("ALTER INDEX attempt_by_delivery RENAME TO delivery_attempt_before_by_delivery")
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'delivery_attempt_before'::regclass"
        " AND indexrelid::regclass::text NOT LIKE '%%\\_before\\_%%'"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute(
        "ALTER TABLE delivery_attempt_before ADD CONSTRAINT delivery_attempt_before_pkey"
        " PRIMARY KEY USING INDEX delivery_attempt_before_key"
    )


def _make_months(cursor, since):
    """This month and the next two, as far as the old table does not reach."""
    cursor.execute(
        f"SELECT to_char(m AT TIME ZONE 'UTC', 'YYYY_MM'), m::text, (m + interval '1 month')::text"
        f" FROM generate_series({_THIS_MONTH}, {_THIS_MONTH} + interval '2 months', '1 month') m"
        f" WHERE m >= coalesce(%s::timestamptz, '-infinity')",
        [since],
    )
    for name, begins, ends in cursor.fetchall():
        cursor.execute(
            f"CREATE TABLE delivery_attempt_{name} PARTITION OF delivery_attempt"
            f" FOR VALUES FROM ('{begins}') TO ('{ends}')"
        )


def unite(apps, schema_editor):
    """One plain table again; every row is copied under a lock."""
    steps = (
        "SET LOCAL lock_timeout = '5s'",
        "SET LOCAL statement_timeout = 0",
        "ALTER TABLE delivery_attempt RENAME TO delivery_attempt_divided",
        "CREATE TABLE delivery_attempt (LIKE delivery_attempt_divided INCLUDING CONSTRAINTS)",
        "INSERT INTO delivery_attempt SELECT * FROM delivery_attempt_divided ORDER BY id",
        "DROP TABLE delivery_attempt_divided",
        "ALTER TABLE delivery_attempt ADD PRIMARY KEY (id)",
        "ALTER TABLE delivery_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
        "SELECT setval(pg_get_serial_sequence('delivery_attempt', 'id'), coalesce(max(id), 0) + 1, false)"
        " FROM delivery_attempt",
        "CREATE INDEX attempt_by_delivery ON delivery_attempt (delivery_id, id DESC)",
        "CREATE INDEX delivery_attempt_delivery_id ON delivery_attempt (delivery_id)",
        "CREATE INDEX delivery_attempt_by_id ON delivery_attempt (by_id)",
        "ALTER TABLE delivery_attempt ADD CONSTRAINT delivery_attempt_by_id_fk FOREIGN KEY (by_id)"
        " REFERENCES org_user (id) DEFERRABLE INITIALLY DEFERRED",
    )
    with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
        for step in steps:
            cursor.execute(step)


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [
        ("delivery", "0004_alarms_backfills_tallies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(divide, unite)],
            state_operations=[
                migrations.AlterField(
                    model_name="attempt",
                    name="by",
                    field=models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+", to=settings.AUTH_USER_MODEL,
                    ),  # fmt: skip
                ),
                migrations.AlterField(
                    model_name="attempt",
                    name="delivery",
                    field=models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                        related_name="tries", to="delivery.delivery",
                    ),  # fmt: skip
                ),
                migrations.AddIndex(
                    model_name="attempt",
                    index=models.Index(
                        condition=models.Q(("by__isnull", False)), fields=["by"], name="attempt_by_person"
                    ),
                ),
                migrations.AddIndex(
                    model_name="attempt",
                    index=models.Index(
                        condition=models.Q(
                            models.Q(("code", "unreached"), ("outcome", "unavailable")),
                            models.Q(("code", "unreadable"), ("outcome", "broken")),
                            _connector="OR",
                        ),
                        fields=["started_at"],
                        name="attempt_nothing_left",
                    ),
                ),
            ],
        ),
    ]
