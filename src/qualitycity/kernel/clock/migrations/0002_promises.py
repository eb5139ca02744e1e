"""What the database promises of clock and calendar: they only grow. No setting and no year's version is ever changed."""

from django.db import migrations

# An update that changes nothing (the engine saving a new subject once more) passes; any other is refused, for all roles.
TABLES = ("clock_clocksetting", "clock_calendaredition", "clock_calendaryear")
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE ON {table} FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION append_only();
CREATE TRIGGER never_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_deleted;
"""


class Migration(migrations.Migration):
    dependencies = [("clock", "0001_initial"), ("access", "0002_promises")]
    operations = [migrations.RunSQL(APPEND_ONLY.format(table=table), migrations.RunSQL.noop) for table in TABLES]
