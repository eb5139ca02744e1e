"""What the database promises of clocks: the start stays, lateness stays, a last day moves only with its line of history."""

from django.db import migrations

KEEP = """
CREATE FUNCTION keep_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE change deadlines_deadlinechange;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a deadline is never deleted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.id, NEW.subject_type, NEW.subject_id, NEW.region_path, NEW.rule_version_id, NEW.rule_id, NEW.nature,
      NEW.trigger_event, NEW.trigger_date, NEW.window_from, NEW.first_due, NEW.started_on, NEW.recorded_at)
     IS DISTINCT FROM
     (OLD.id, OLD.subject_type, OLD.subject_id, OLD.region_path, OLD.rule_version_id, OLD.rule_id, OLD.nature,
      OLD.trigger_event, OLD.trigger_date, OLD.window_from, OLD.first_due, OLD.started_on, OLD.recorded_at) THEN
    RAISE EXCEPTION 'the start of deadline % does not change', OLD.id USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.was_late AND NOT NEW.was_late THEN
    RAISE EXCEPTION 'deadline % was late and stays so', OLD.id USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.status <> 'running' AND OLD.* IS DISTINCT FROM NEW.* THEN
    RAISE EXCEPTION 'deadline % is closed and stays so', OLD.id USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.due_date, NEW.extended_by, NEW.suspended_days) IS DISTINCT FROM
     (OLD.due_date, OLD.extended_by, OLD.suspended_days) THEN
    SELECT * INTO change FROM deadlines_deadlinechange WHERE deadline_id = OLD.id ORDER BY id DESC LIMIT 1;
    IF NOT FOUND OR change.old_due <> OLD.due_date OR change.new_due <> NEW.due_date THEN
      RAISE EXCEPTION 'the last day of deadline % moves only with a line of its history', OLD.id
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF change.made_on > OLD.due_date AND OLD.nature = 'duty' AND NOT NEW.was_late
       AND NOT (OLD.suspended_from IS NOT NULL AND OLD.suspended_to IS NULL) THEN
      RAISE EXCEPTION 'deadline % was late before its last day moved', OLD.id USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON deadlines_deadline FOR EACH ROW EXECUTE FUNCTION keep_deadline();
ALTER TABLE deadlines_deadline ENABLE ALWAYS TRIGGER keep;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON deadlines_deadlinechange
  FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE deadlines_deadlinechange ENABLE ALWAYS TRIGGER append_only;
"""

# The laboratory's role sees the clocks of laboratory subjects alone: where a case lies would tell whose sample it has.
LABORATORY = """
ALTER TABLE deadlines_deadline ENABLE ROW LEVEL SECURITY;
CREATE POLICY laboratory ON deadlines_deadline FOR ALL TO PUBLIC
  USING (current_user <> 'lab' OR subject_type LIKE 'laboratory.%')
  WITH CHECK (current_user <> 'lab' OR subject_type LIKE 'laboratory.%');
ALTER TABLE deadlines_deadlinechange ENABLE ROW LEVEL SECURITY;
CREATE POLICY laboratory ON deadlines_deadlinechange FOR ALL TO PUBLIC
  USING (current_user <> 'lab' OR deadline_id IN (SELECT id FROM deadlines_deadline))
  WITH CHECK (current_user <> 'lab' OR deadline_id IN (SELECT id FROM deadlines_deadline));
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0001_initial"), ("access", "0002_promises")]
    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.RunSQL(LABORATORY, migrations.RunSQL.noop),
    ]
