"""One person, one duty: the database itself refuses two, whoever writes. gridapp.org.duties says them in words."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from gridapp import sealing

_MAKE = """
CREATE FUNCTION org_duty(role text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN role IN ('administrator', 'security', 'auditor') THEN role ELSE 'business' END
$$;
CREATE FUNCTION org_one_duty() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  duty text := org_duty(NEW.role);
  taken boolean := false;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF org_duty(OLD.role) <> duty THEN
      RAISE EXCEPTION 'an account keeps its duty' USING ERRCODE = '23514', CONSTRAINT = 'duty_of_an_account';
    END IF;
  END IF;
  IF NOT NEW.is_active THEN
    RETURN NEW;
  END IF;
  IF duty <> 'business' AND NEW.person IS NULL AND NEW.staff_no = '' THEN
    RAISE EXCEPTION 'an administrator is a known person'
      USING ERRCODE = '23514', CONSTRAINT = 'person_of_an_administrator';
  END IF;
  -- Two who write at once wait for one another here, and the second one sees what the first wrote.
  IF NEW.person IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('org person ' || encode(NEW.person, 'hex'), 0));
    taken := EXISTS (SELECT 1 FROM org_user u WHERE u.person = NEW.person AND u.id <> NEW.id AND u.is_active
                     AND org_duty(u.role) <> duty);
  END IF;
  IF NEW.staff_no <> '' AND NOT taken THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('org staff ' || NEW.staff_no, 0));
    taken := EXISTS (SELECT 1 FROM org_user u WHERE u.staff_no = NEW.staff_no AND u.id <> NEW.id AND u.is_active
                     AND org_duty(u.role) <> duty);
  END IF;
  IF taken THEN
    RAISE EXCEPTION 'one person, one duty' USING ERRCODE = '23P01', CONSTRAINT = 'one_duty_a_person';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER org_one_duty BEFORE INSERT OR UPDATE OF role, person, staff_no, is_active ON org_user
  FOR EACH ROW EXECUTE FUNCTION org_one_duty();
"""
_TAKE_AWAY = """
DROP TRIGGER org_one_duty ON org_user;
DROP FUNCTION org_one_duty();
DROP FUNCTION org_duty(text);
"""


def know(apps: Any, schema_editor: Any) -> None:
    """Who the accounts there are belong to. What does not open stays unknown: `manage.py doctor` says so."""
    user = apps.get_model("org", "User")
    for row in user.objects.exclude(sealed_id_number=b"").only("pk", "username", "sealed_id_number"):
        try:
            number = sealing.unseal(row.sealed_id_number, bound_to=f"user:{row.username}").decode()
        except sealing.Unsealable:
            continue
        user.objects.filter(pk=row.pk).update(person=sealing.blind(number.upper(), purpose="person of an account"))


class Migration(migrations.Migration):
    dependencies = [("org", "0009_second_factor")]

    operations = [migrations.RunPython(know, migrations.RunPython.noop), migrations.RunSQL(_MAKE, _TAKE_AWAY)]
