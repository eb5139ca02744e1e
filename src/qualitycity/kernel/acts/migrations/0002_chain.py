"""The chain: lines are only appended, their columns come from the line, and a link is made at commit."""

from django.db import migrations

CHAIN = r"""
CREATE FUNCTION fill_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE line jsonb := NEW.line::jsonb;
BEGIN
  NEW.at := (line->>'at')::timestamptz;
  NEW.business_date := (line->>'business_date')::date;
  NEW.outcome := line->>'outcome';
  NEW.actor := line->>'actor';
  NEW.workflow := line->>'workflow';
  NEW.verb := line->>'verb';
  NEW.subject_type := line->>'subject_type';
  NEW.subject_id := line->>'subject_id';
  NEW.region_path := line->>'region_path';
  RETURN NEW;
END $$;
CREATE TRIGGER fill BEFORE INSERT ON acts_act FOR EACH ROW EXECUTE FUNCTION fill_act();

CREATE FUNCTION link_act() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE p bytea; s bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7243);
  SELECT hash, seq INTO p, s FROM acts_actlink ORDER BY seq DESC LIMIT 1;
  p := coalesce(p, '\x00'::bytea);
  s := coalesce(s, 0) + 1;
  INSERT INTO acts_actlink (seq, act_id, prev, hash)
    VALUES (s, NEW.id, p, sha256(p || convert_to(s || E'\n' || NEW.line, 'UTF8')));
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION link_act() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER link AFTER INSERT ON acts_act DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION link_act();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON acts_act FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON acts_act FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON acts_actlink FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON acts_actlink FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON acts_dayroot FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE acts_act ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE acts_act ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE acts_actlink ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE acts_actlink ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE acts_dayroot ENABLE ALWAYS TRIGGER append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("acts", "0001_initial"), ("access", "0002_promises")]
    operations = [migrations.RunSQL(CHAIN, migrations.RunSQL.noop)]
