"""Which anchors the operator's command took; as append-only as the rest of the audit."""

from django.db import migrations, models

import gridapp.audit.models

STAYS = """
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit_taken FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_stays_whole BEFORE TRUNCATE ON audit_taken FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_is_now BEFORE INSERT ON audit_taken FOR EACH ROW EXECUTE FUNCTION audit_is_now();
"""
UNDO = """
DROP TRIGGER audit_stays ON audit_taken;
DROP TRIGGER audit_stays_whole ON audit_taken;
DROP TRIGGER audit_is_now ON audit_taken;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_append_only")]

    operations = [
        migrations.CreateModel(
            name="Taken",
            fields=[
                ("anchor_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=gridapp.audit.models.ClockTimestamp())),
            ],
        ),
        migrations.RunSQL(STAYS, UNDO),
    ]
