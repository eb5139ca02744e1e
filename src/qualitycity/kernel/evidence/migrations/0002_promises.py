"""The database keeps evidence: an attachment never changes, a stored file never becomes another."""

from django.db import migrations

PROMISES = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evidence_attachment FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE evidence_attachment ENABLE ALWAYS TRIGGER append_only;

CREATE FUNCTION storedfile_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.sha256, NEW.size, NEW.mime, NEW.stored_at) IS DISTINCT FROM (OLD.sha256, OLD.size, OLD.mime, OLD.stored_at) THEN
    RAISE EXCEPTION 'a stored file keeps digest, size and type' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON evidence_storedfile FOR EACH ROW EXECUTE FUNCTION storedfile_stays();
ALTER TABLE evidence_storedfile ENABLE ALWAYS TRIGGER stays;
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("access", "0002_promises")]
    operations = [
        migrations.RunSQL(
            PROMISES,
            """DROP TRIGGER append_only ON evidence_attachment; DROP TRIGGER stays ON evidence_storedfile;
               DROP FUNCTION storedfile_stays;""",
        )
    ]
