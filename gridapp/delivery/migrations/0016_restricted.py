"""What would go out of a person whose processing is restricted is held, whoever writes it; a close still goes.

Before each row and not after the statement: no lane may see it waiting in between.
"""

from django.db import migrations, models

_DO = """
CREATE OR REPLACE FUNCTION delivery_hold_restricted() RETURNS trigger LANGUAGE plpgsql AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM registry_rightsrequest
            WHERE record_id = NEW.record_id AND kind = 'restrict' AND status = 'done') THEN
        NEW.status := 'held';
        NEW.hold := 'restricted';
        NEW.waits_for := '';
        NEW.due_at := NULL;
        NEW.reason_code := 'restricted';
        NEW.reason := '';
        NEW.fields := '{}';
        NEW.changed_at := now();
    END IF;
    RETURN NEW;
END $trigger$;
SET lock_timeout = '5s';
CREATE OR REPLACE TRIGGER delivery_restricted BEFORE INSERT OR UPDATE ON delivery_delivery
    FOR EACH ROW WHEN (NEW.status IN ('waiting', 'manual') AND NEW.wanted_digest IS NOT NULL)
    EXECUTE FUNCTION delivery_hold_restricted();
RESET lock_timeout;
"""
_UNDO = """
SET lock_timeout = '5s';
DROP TRIGGER IF EXISTS delivery_restricted ON delivery_delivery;
DROP FUNCTION IF EXISTS delivery_hold_restricted();
RESET lock_timeout;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0015_keys"), ("registry", "0016_restrictions")]

    operations = [
        migrations.AlterField(
            "delivery",
            "hold",
            models.CharField(
                blank=True,
                choices=[
                    ("dependency", "等待前置"),
                    ("window", "等待时段"),
                    ("limit", "今日额度已满"),
                    ("paused", "已暂停"),
                    ("restricted", "限制处理"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(_DO, _UNDO),
    ]
