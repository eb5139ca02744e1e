"""What the database promises of the rulebook: it only grows. No version and no edition is ever changed or deleted."""

from django.db import migrations

# An update that changes nothing (the engine saving a new subject once more) passes; any other is refused, for all roles.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE ON rulebook_ruleversion FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION append_only();
CREATE TRIGGER never_deleted BEFORE DELETE ON rulebook_ruleversion FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE ON rulebook_edition FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION append_only();
CREATE TRIGGER never_deleted BEFORE DELETE ON rulebook_edition FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE rulebook_ruleversion ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE rulebook_ruleversion ENABLE ALWAYS TRIGGER never_deleted;
ALTER TABLE rulebook_edition ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE rulebook_edition ENABLE ALWAYS TRIGGER never_deleted;
"""


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_initial"), ("access", "0002_promises")]
    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]
