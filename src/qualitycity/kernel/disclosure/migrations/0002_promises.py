"""The database keeps publications and seals: no version changes, no secret changes but by opening once."""

from django.db import migrations

PROMISES = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON disclosure_version FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE disclosure_version ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON disclosure_publicfile FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE disclosure_publicfile ENABLE ALWAYS TRIGGER append_only;

CREATE FUNCTION secret_opens_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a sealed secret is never deleted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.opened_at IS NOT NULL
     OR (NEW.subject_type, NEW.subject_id, NEW.purpose, NEW.commitment, NEW.sealed, NEW.sealed_at)
        IS DISTINCT FROM (OLD.subject_type, OLD.subject_id, OLD.purpose, OLD.commitment, OLD.sealed, OLD.sealed_at)
     OR NEW.opened_at IS NULL
     OR encode(sha256(convert_to(NEW.opened_value, 'UTF8')), 'hex') <> NEW.commitment THEN
    RAISE EXCEPTION 'a sealed secret changes only by opening once, with the value it commits to'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER opens_once BEFORE UPDATE OR DELETE ON disclosure_secret
  FOR EACH ROW EXECUTE FUNCTION secret_opens_once();
ALTER TABLE disclosure_secret ENABLE ALWAYS TRIGGER opens_once;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial"), ("access", "0002_promises")]
    operations = [migrations.RunSQL(PROMISES, migrations.RunSQL.noop)]
