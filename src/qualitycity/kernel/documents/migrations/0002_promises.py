"""The database keeps papers: only the state of a valid paper changes, once; the public reads a view of what a code discloses."""

from django.db import migrations

PROMISES = """
CREATE FUNCTION paper_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'an issued paper is never deleted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF OLD.state <> 'valid' OR NEW.state NOT IN ('superseded', 'withdrawn')
     OR (NEW.id, NEW.code, NEW.kind, NEW.kind_title, NEW.title, NEW.number, NEW.subject_type, NEW.subject_id,
         NEW.region_path, NEW.file_id, NEW.data, NEW.issuer, NEW.issued_on, NEW.issued_at, NEW.issued_by)
        IS DISTINCT FROM
        (OLD.id, OLD.code, OLD.kind, OLD.kind_title, OLD.title, OLD.number, OLD.subject_type, OLD.subject_id,
         OLD.region_path, OLD.file_id, OLD.data, OLD.issuer, OLD.issued_on, OLD.issued_at, OLD.issued_by) THEN
    RAISE EXCEPTION 'an issued paper changes only by being superseded or withdrawn, once'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON documents_paper FOR EACH ROW EXECUTE FUNCTION paper_stays();
ALTER TABLE documents_paper ENABLE ALWAYS TRIGGER stays;

CREATE FUNCTION number_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (NEW.series, NEW.year) IS DISTINCT FROM (OLD.series, OLD.year) OR NEW.last <> OLD.last + 1 THEN
    RAISE EXCEPTION 'a series of numbers only counts on' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER goes_on BEFORE UPDATE OR DELETE ON documents_numberseries
  FOR EACH ROW EXECUTE FUNCTION number_goes_on();
ALTER TABLE documents_numberseries ENABLE ALWAYS TRIGGER goes_on;

CREATE VIEW documents_publicpaper WITH (security_barrier) AS
  SELECT paper.code, paper.kind_title, paper.number, paper.file_id AS sha256, paper.issuer, paper.issued_on,
         paper.state, paper.state_reason, paper.state_since, newer.code AS replaced_by
    FROM documents_paper paper LEFT JOIN documents_paper newer ON newer.id = paper.replaced_by_id;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("access", "0002_promises")]
    operations = [
        migrations.RunSQL(
            PROMISES,
            """DROP VIEW documents_publicpaper; DROP TRIGGER stays ON documents_paper; DROP FUNCTION paper_stays;
               DROP TRIGGER goes_on ON documents_numberseries; DROP FUNCTION number_goes_on;""",
        )
    ]
