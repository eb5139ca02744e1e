"""What the database itself promises about access: the one door, static separation, a view log nobody edits."""

from django.db import migrations

ONE_DOOR = """
CREATE FUNCTION require_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user IN ('desk', 'lab', 'visitor', 'web') AND coalesce(current_setting('city.act', true), '') = '' THEN
    RAISE EXCEPTION 'a write to % outside an act', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

SEPARATION = """
CREATE FUNCTION forbid_incompatible_posts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE clash record;
BEGIN
  PERFORM pg_advisory_xact_lock(7244, NEW.account_id::int);
  SELECT held.post, pair.reason INTO clash
    FROM access_appointment held JOIN access_incompatibleposts pair
      ON (pair.first = held.post AND pair.second = NEW.post) OR (pair.second = held.post AND pair.first = NEW.post)
   WHERE held.account_id = NEW.account_id AND held.id IS DISTINCT FROM NEW.id
     AND daterange(held.since, held.until, '[]') && daterange(NEW.since, NEW.until, '[]') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'posts % and % are incompatible: %', NEW.post, clash.post, clash.reason
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER separation BEFORE INSERT OR UPDATE ON access_appointment
  FOR EACH ROW EXECUTE FUNCTION forbid_incompatible_posts();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_viewlog FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE access_viewlog ENABLE ALWAYS TRIGGER append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [
        migrations.RunSQL(
            ONE_DOOR + SEPARATION,
            """DROP TRIGGER append_only ON access_viewlog; DROP TRIGGER separation ON access_appointment;
               DROP FUNCTION forbid_incompatible_posts; DROP FUNCTION append_only; DROP FUNCTION require_act CASCADE;""",
        )
    ]
